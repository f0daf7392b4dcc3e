//! The job from launch to report.
//!
//! 1. Launch the controller as a worker on a host that another thread serves.
//! 2. Fill the disk, all clients at once, and flush it.
//! 3. Read and write at random, and restart the controller meanwhile.
//! 4. Flush, then check every block: through the controller, and in the file itself.
//! 5. Compare what the controller has counted with what the clients were answered, and let it go.

use crate::arguments::Arguments;
use crate::backing::Backing;
use crate::client::Client;
use crate::findings::Findings;
use crate::numbers::{count, duration, rate};
use crate::pattern::BLOCK_BYTES;
use crate::phase::{self, Signals};
use crate::progress::Progress;
use crate::random::Random;
use crate::region::Region;
use crate::report::{Disk, Gathered, Report, Requests, Restart, Times};
use anyhow::{Context, anyhow, ensure};
use examples::disk::{DISK_WORKER, DiskConfig, DiskCounters, DiskRequest, DiskWorkerParams};
use futures::executor::block_on;
use mesh::rpc::RpcSend;
use mesh_worker::{RegisteredWorkers, WorkerHandle, WorkerHost, worker_host};
use std::fs::File;
use std::thread;
use std::time::{Duration, Instant};

/// Does the job.
///
/// # Errors
///
/// The file, the controller or a thread failed. Blocks that are wrong are no error; the report tells of them.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Report> {
    let Backing { file, size_bytes } = Backing::open(arguments)?;
    let (host, runner) = worker_host();
    let runner = thread::Builder::new()
        .name("worker host".into())
        .spawn(|| block_on(runner.run(RegisteredWorkers)))
        .context("cannot start a thread for the worker host")?;

    let (disk, commands) = mesh::channel();
    let params = DiskWorkerParams {
        config: DiskConfig {
            sector_size: BLOCK_BYTES as u32,
            read_only: false,
        },
        commands,
        backing_file: file
            .try_clone()
            .context("cannot share the file with the disk controller")?
            .into(),
    };
    let handle = block_on(host.launch_worker(DISK_WORKER, params))
        .context("cannot launch the disk controller")?;

    let mut job = Job {
        arguments,
        file,
        host,
        handle,
        disk,
    };
    let outcome = job.measure(size_bytes);
    let ended = job.end();
    let gathered = match (outcome, ended) {
        // What clients see of a controller that failed is that it is gone; why it is, they cannot know.
        (_, Err(cause)) => return Err(cause),
        (Err(cause), Ok(())) => return Err(cause),
        (Ok(gathered), Ok(())) => gathered,
    };
    runner
        .join()
        .map_err(|_| anyhow!("the worker host panicked"))?;
    Ok(Report::new(arguments, gathered))
}

/// A running controller, and the means to use it.
struct Job<'a> {
    arguments: &'a Arguments,
    file: File,
    host: WorkerHost,
    handle: WorkerHandle,
    disk: mesh::Sender<DiskRequest>,
}

impl Job<'_> {
    /// Everything between launch and end.
    fn measure(&mut self, size_bytes: u64) -> anyhow::Result<Gathered> {
        let info = block_on(self.disk.call(DiskRequest::GetInfo, ()))
            .context("cannot ask the disk controller what the disk is like")?;
        ensure!(
            info.size_bytes == size_bytes,
            "the disk has {} bytes and its file {size_bytes}",
            info.size_bytes
        );
        let mut clients = self.clients(info.size_bytes / BLOCK_BYTES as u64);

        let start = Instant::now();
        self.pass(
            "filling",
            info.size_bytes,
            &mut clients,
            |client, signals| block_on(client.fill(signals)),
        )?;
        let fill = start.elapsed();
        let fill_flush = self.flush()?;

        let start = Instant::now();
        let restarts = self.load(&mut clients)?;
        let load = start.elapsed();
        let load_flush = self.flush()?;

        let start = Instant::now();
        let by_controller = self.pass(
            "checking",
            info.size_bytes,
            &mut clients,
            |client, signals| block_on(client.verify(signals)),
        )?;
        let by_controller = Findings::sum(&by_controller);
        let in_file = self.check_file(&clients)?;
        let times = Times {
            fill,
            fill_flush,
            load,
            load_flush,
            check: start.elapsed(),
        };
        Ok(Gathered {
            disk: Disk {
                size_bytes: info.size_bytes,
                sector_size: info.sector_size,
            },
            times,
            restarts,
            by_controller,
            in_file,
            requests: self.compare_counts(&clients)?,
            clients,
        })
    }

    fn clients(&self, blocks: u64) -> Vec<Client> {
        let Arguments { seed, clients, .. } = *self.arguments;
        Region::deal(seed, blocks, clients.into())
            .into_iter()
            .zip(0..)
            .map(|(region, index)| {
                let random = Random::new(&[seed, index]);
                Client::new(self.disk.clone(), region, random)
            })
            .collect()
    }

    /// Has every client go once through its region.
    fn pass<T: Send>(
        &self,
        stage: &'static str,
        size_bytes: u64,
        clients: &mut [Client],
        work: impl Fn(&mut Client, &Signals) -> anyhow::Result<T> + Sync,
    ) -> anyhow::Result<Vec<T>> {
        let progress = Progress::new(stage, size_bytes);
        let signals = Signals::default();
        let start = Instant::now();
        let watch = || {
            let bytes = signals.bytes();
            let speed = crate::numbers::bytes(rate(bytes, start.elapsed()));
            progress.show(bytes, format!("{speed}/s"));
            Ok(())
        };
        phase::run(clients, &signals, |client| work(client, &signals), watch)
    }

    /// The mixed load, until its time is over and all restarts are done.
    fn load(&mut self, clients: &mut [Client]) -> anyhow::Result<Vec<Restart>> {
        let Arguments {
            seconds, restarts, ..
        } = *self.arguments;
        let progress = Progress::new("running", 1000);
        let signals = Signals::default();
        let mut done: Vec<Restart> = Vec::new();
        let start = Instant::now();
        let watch = || {
            let elapsed = start.elapsed();
            if signals.stopped() {
                return Ok(());
            }
            let due = seconds.mul_f64((done.len() + 1) as f64 / f64::from(restarts + 1));
            if done.len() < restarts as usize {
                if elapsed >= due {
                    done.push(self.restart(&signals, start)?);
                }
            } else if elapsed >= seconds {
                signals.stop();
            }
            let part = elapsed.as_secs_f64() / seconds.as_secs_f64();
            let operations = rate(signals.operations(), elapsed);
            let mut message = format!("{} operations/s", count(operations));
            if let Some(last) = done.last() {
                message += &format!(", restarted in {}", duration(last.time));
            }
            progress.show((part * 1000.0) as u64, message);
            Ok(())
        };
        let work = |client: &mut Client| block_on(client.mix(&signals));
        phase::run(clients, &signals, work, watch)?;
        Ok(done)
    }

    fn restart(&mut self, signals: &Signals, start: Instant) -> anyhow::Result<Restart> {
        let at = start.elapsed();
        signals.restart_begins_or_ends();
        let outcome = block_on(self.handle.restart(&self.host));
        let time = start.elapsed() - at;
        signals.restart_begins_or_ends();
        outcome.context("cannot restart the disk controller")?;
        Ok(Restart { at, time })
    }

    fn flush(&self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        block_on(self.disk.call_failable(DiskRequest::Flush, ()))
            .context("cannot flush the disk")?;
        Ok(start.elapsed())
    }

    fn check_file(&self, clients: &[Client]) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        for client in clients {
            client
                .region
                .check_file(&self.file, &mut findings)
                .context("cannot read the file to check it")?;
        }
        Ok(findings)
    }

    /// What the controller says to have answered, beside what was answered in the eyes of those who asked.
    fn compare_counts(&self, clients: &[Client]) -> anyhow::Result<Requests> {
        let counters = block_on(self.handle.inspect("counters"))
            .context("cannot look into the disk controller")?;
        let counters: DiskCounters =
            serde_json::from_value(counters).context("the disk controller shows no counters")?;
        let answered = DiskCounters {
            reads: clients.iter().map(|client| client.answered.reads).sum(),
            read_bytes: clients
                .iter()
                .map(|client| client.answered.read_bytes)
                .sum(),
            writes: clients.iter().map(|client| client.answered.writes).sum(),
            written_bytes: clients
                .iter()
                .map(|client| client.answered.written_bytes)
                .sum(),
            flushes: 2,
            infos: 1,
            errors: 0,
            restarts: self.arguments.restarts.into(),
        };
        Ok(Requests {
            asked: answered.requests(),
            served: counters.requests(),
            agree: answered == counters,
        })
    }

    /// Stops the controller and learns how it ended. Nobody has a request under way any more.
    fn end(self) -> anyhow::Result<()> {
        let Self {
            host, mut handle, ..
        } = self;
        handle.stop();
        // Without a host the runner ends with its last worker.
        drop(host);
        block_on(handle.join()).context("the disk controller failed")
    }
}
