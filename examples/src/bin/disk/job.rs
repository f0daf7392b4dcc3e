//! The job from launch to report.
//!
//! 1. Launch the controllers, each as a worker in a child process.
//! 2. Fill the disk, all clients at once, and flush it.
//! 3. Read and write at random; meanwhile restart a controller hot, and kill one and launch it again.
//! 4. Flush, then check every block: through the controllers, and in the file itself.
//! 5. Compare what the controllers have counted with what the clients were answered, and let them go.

use crate::arguments::Arguments;
use crate::backing::Backing;
use crate::client::Client;
use crate::controller::{Controller, Place};
use crate::findings::Findings;
use crate::numbers::{count, rate};
use crate::pattern::BLOCK_BYTES;
use crate::phase::{self, Signals};
use crate::progress::Progress;
use crate::random::Random;
use crate::region::Region;
use crate::report::{Disk, Gathered, Kill, Report, Requests, Restart, Times};
use anyhow::{Context, ensure};
use examples::disk::DiskCounters;
use futures::executor::block_on;
use std::fs::File;
use std::time::{Duration, Instant};

/// Does the job.
///
/// # Errors
///
/// The file, a controller or a thread failed. Blocks that are wrong are no error; the report tells of them.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Report> {
    let Backing { file, size_bytes } = Backing::open(arguments)?;
    let place = Place::new(arguments.in_process)?;
    let mut job = Job {
        arguments,
        file,
        place,
        controllers: Vec::new(),
    };
    let outcome = job.launch(size_bytes).and_then(|disk| job.measure(disk));
    let ended = job.end();
    match (outcome, ended) {
        // What clients see of a controller that failed is that it is gone; why it is, its handle says.
        (_, Err(cause)) | (Err(cause), Ok(())) => Err(cause),
        (Ok(gathered), Ok(())) => Ok(Report::new(arguments, gathered)),
    }
}

/// Running controllers, and the means to use them.
struct Job<'a> {
    arguments: &'a Arguments,
    file: File,
    place: Place,
    controllers: Vec<Controller>,
}

impl Job<'_> {
    fn launch(&mut self, size_bytes: u64) -> anyhow::Result<Disk> {
        for index in 0..self.arguments.workers {
            let (controller, info) = Controller::launch(&self.place, index, &self.file)?;
            self.controllers.push(controller);
            ensure!(
                info.size_bytes == size_bytes,
                "the disk has {} bytes and its file {size_bytes}",
                info.size_bytes
            );
        }
        Ok(Disk {
            size_bytes,
            sector_size: BLOCK_BYTES as u32,
        })
    }

    /// Everything between launch and end.
    fn measure(&mut self, disk: Disk) -> anyhow::Result<Gathered> {
        let mut clients = self.clients(disk.size_bytes / BLOCK_BYTES as u64);

        let start = Instant::now();
        self.pass(
            "filling",
            disk.size_bytes,
            &mut clients,
            |client, signals| block_on(client.fill(signals)),
        )?;
        let fill = start.elapsed();
        let fill_flush = self.flush()?;

        let start = Instant::now();
        let (restarts, kills) = self.load(&mut clients)?;
        let load = start.elapsed();
        let load_flush = self.flush()?;

        let start = Instant::now();
        let by_controller = self.pass(
            "checking",
            disk.size_bytes,
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
            disk,
            times,
            restarts,
            kills,
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
                let controller = &self.controllers[index as usize % self.controllers.len()];
                Client::new(controller.connection.clone(), region, random)
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

    /// The mixed load, until its time is over and all that was to happen meanwhile has.
    fn load(&mut self, clients: &mut [Client]) -> anyhow::Result<(Vec<Restart>, Vec<Kill>)> {
        let Arguments {
            seconds, restarts, ..
        } = *self.arguments;
        let events = restarts + self.arguments.kills();
        let progress = Progress::new("running", 1000);
        let signals = Signals::default();
        let (mut restarted, mut killed) = (Vec::new(), Vec::new());
        let start = Instant::now();
        let watch = || {
            let elapsed = start.elapsed();
            if signals.stopped() {
                return Ok(());
            }
            let done = restarted.len() + killed.len();
            let due = seconds.mul_f64((done + 1) as f64 / f64::from(events + 1));
            if done == events as usize {
                if elapsed >= seconds {
                    signals.stop();
                }
            } else if elapsed >= due {
                let at = done % self.controllers.len();
                if restarted.len() < restarts as usize {
                    restarted.push(self.restart(at, &signals, start)?);
                } else {
                    killed.push(self.kill(at, start)?);
                }
            }
            let part = elapsed.as_secs_f64() / seconds.as_secs_f64();
            let operations = rate(signals.operations(), elapsed);
            let message = format!("{} operations/s", count(operations));
            progress.show((part * 1000.0) as u64, message);
            Ok(())
        };
        let work = |client: &mut Client| block_on(client.mix(&signals));
        phase::run(clients, &signals, work, watch)?;
        Ok((restarted, killed))
    }

    fn restart(
        &mut self,
        index: usize,
        signals: &Signals,
        start: Instant,
    ) -> anyhow::Result<Restart> {
        let at = start.elapsed();
        signals.restart_begins_or_ends();
        let outcome = self.controllers[index].restart(&self.place);
        let time = start.elapsed() - at;
        signals.restart_begins_or_ends();
        outcome?;
        Ok(Restart { at, time })
    }

    fn kill(&mut self, index: usize, start: Instant) -> anyhow::Result<Kill> {
        let at = start.elapsed();
        let loss = self.controllers[index].kill(&self.place, &self.file)?;
        let time = start.elapsed() - at;
        Ok(Kill { at, time, loss })
    }

    fn flush(&mut self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        for controller in &mut self.controllers {
            controller.flush()?;
        }
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

    /// What the controllers say to have answered since they were launched, beside what was answered in the eyes of those who
    /// asked.
    fn compare_counts(&self, clients: &[Client]) -> anyhow::Result<Requests> {
        let (mut served, mut asked) = (DiskCounters::default(), DiskCounters::default());
        for controller in &self.controllers {
            let (counters, by_us) = controller.counters()?;
            served = served + counters;
            asked = asked + by_us;
        }
        for client in clients {
            asked = asked
                + DiskCounters {
                    reads: client.answered.reads,
                    read_bytes: client.answered.read_bytes,
                    writes: client.answered.writes,
                    written_bytes: client.answered.written_bytes,
                    ..DiskCounters::default()
                };
        }
        Ok(Requests {
            asked: asked.requests(),
            served: served.requests(),
            agree: asked == served,
        })
    }

    /// Stops the controllers and learns how they ended.
    fn end(self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        for controller in self.controllers {
            // The others are ended, too, when one has failed.
            let ended = controller.end();
            outcome = outcome.and(ended);
        }
        self.place.end();
        outcome
    }
}
