//! A disk controller of the job: where it runs, and what is done to it.
//!
//! By default each controller is a worker in a child process of its own, and a restart moves it hot into a fresh one: the new
//! process gets the state, with the file and the requests that are queued, and the old one ends. With `--in-process` the
//! controllers are threads, launched and restarted by the same calls.

use crate::connection::Connection;
use crate::pattern::BLOCK_BYTES;
use anyhow::{Context, anyhow, ensure};
use examples::disk::{
    DISK_WORKER, DiskConfig, DiskCounters, DiskInfo, DiskRequest, DiskWorkerParams,
};
use futures::executor::block_on;
use mesh::rpc::RpcSend;
use mesh_process::{Mesh, ProcessConfig, ProcessHandle, try_run_mesh_host};
use mesh_worker::{RegisteredWorkers, WorkerHandle, WorkerHost, WorkerHostRunner, worker_host};
use std::fs::File;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// What the mesh of this program is called.
const MESH: &str = "disk";

/// Serves controllers, if this process was launched for that, and does not return then.
///
/// # Errors
///
/// The process was launched for it, and could not join.
pub(crate) fn serve_if_launched() -> anyhow::Result<()> {
    let serve = async |runner: WorkerHostRunner| runner.run(RegisteredWorkers).await;
    try_run_mesh_host(MESH, serve).context("cannot join the disk job")
}

/// Where controllers run.
pub(crate) enum Place {
    Threads,
    Children(Mesh),
}

impl Place {
    pub(crate) fn new(in_process: bool) -> anyhow::Result<Self> {
        if in_process {
            return Ok(Self::Threads);
        }
        let mesh = Mesh::new(MESH).context("cannot make a mesh of processes")?;
        Ok(Self::Children(mesh))
    }

    /// A fresh thread or process that controllers can be launched into.
    fn host(&self, name: &str) -> anyhow::Result<(WorkerHost, Runner)> {
        let (host, runner) = worker_host();
        let runner = match self {
            Self::Threads => thread::Builder::new()
                .name(name.into())
                .spawn(|| block_on(runner.run(RegisteredWorkers)))
                .map(Runner::Thread)
                .context("cannot start a thread for a disk controller")?,
            Self::Children(mesh) => {
                let launch = mesh.launch_host(ProcessConfig::new(name), runner);
                let child = block_on(launch).context("cannot launch a process for a controller")?;
                Runner::Child(child)
            }
        };
        Ok((host, runner))
    }

    /// Waits until all processes have ended, with everything delivered.
    pub(crate) fn end(self) {
        if let Self::Children(mesh) = self {
            block_on(mesh.shutdown());
        }
    }
}

/// What runs a controller's host.
enum Runner {
    Thread(JoinHandle<()>),
    Child(ProcessHandle),
}

impl Runner {
    /// Waits for its end, which comes when its host and its worker are gone.
    fn end(self) -> anyhow::Result<()> {
        match self {
            Self::Thread(thread) => thread
                .join()
                .map_err(|_| anyhow!("the thread of a disk controller panicked")),
            Self::Child(child) => {
                let status = block_on(child.wait()).context("cannot wait for a process")?;
                ensure!(
                    status.success(),
                    "the process of a controller ended with {status}"
                );
                Ok(())
            }
        }
    }
}

/// A running controller.
pub(crate) struct Controller {
    name: String,
    host: WorkerHost,
    runner: Runner,
    handle: WorkerHandle,
    pub(crate) connection: Arc<Connection>,
    /// What this program, not its clients, has asked of it since it was launched.
    asked: DiskCounters,
}

impl Controller {
    /// Launches a controller on a file, and asks it what the disk is like.
    pub(crate) fn launch(
        place: &Place,
        index: u16,
        file: &File,
    ) -> anyhow::Result<(Self, DiskInfo)> {
        let name = format!("disk controller {index}");
        let (disk, host, runner, handle) = start(place, &name, file)?;
        let mut controller = Self {
            name,
            host,
            runner,
            handle,
            connection: Arc::new(Connection::new(disk)),
            asked: DiskCounters::default(),
        };
        let info = controller.info()?;
        Ok((controller, info))
    }

    fn info(&mut self) -> anyhow::Result<DiskInfo> {
        let info = block_on(self.disk()?.call(DiskRequest::GetInfo, ()))
            .context("cannot ask the disk controller what the disk is like")?;
        self.asked.infos += 1;
        Ok(info)
    }

    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        block_on(self.disk()?.call_failable(DiskRequest::Flush, ()))
            .context("cannot flush the disk")?;
        self.asked.flushes += 1;
        Ok(())
    }

    fn disk(&self) -> anyhow::Result<mesh::Sender<DiskRequest>> {
        let (_, disk) = (self.connection.current()).context("the disk controller is gone")?;
        Ok(disk)
    }

    /// Restarts it hot: on its thread, or into a fresh process, whose end of everything it is handed.
    pub(crate) fn restart(&mut self, place: &Place) -> anyhow::Result<()> {
        let cannot = "cannot restart the disk controller";
        self.asked.restarts += 1;
        if let Place::Threads = place {
            return block_on(self.handle.restart(&self.host)).context(cannot);
        }
        let (host, runner) = place.host(&self.name)?;
        block_on(self.handle.restart(&host)).context(cannot)?;
        self.host = host;
        // Its host is gone and its worker has left, so it has nothing more to do.
        std::mem::replace(&mut self.runner, runner).end()
    }

    /// Kills its process, and launches it again on the same file. Gives what the loss is called.
    pub(crate) fn kill(&mut self, place: &Place, file: &File) -> anyhow::Result<String> {
        let Runner::Child(child) = &self.runner else {
            return Err(anyhow!("a thread cannot be killed"));
        };
        child
            .kill()
            .context("cannot kill the process of a controller")?;
        let killed = child.wait();
        let launched = block_on(killed)
            .context("cannot wait for the process that was killed")
            .and_then(|_| start(place, &self.name, file));
        let (disk, host, runner, handle) = launched.inspect_err(|_| self.connection.give_up())?;
        self.connection.replace(disk);
        self.asked = DiskCounters::default();
        (self.host, self.runner) = (host, runner);
        let lost = std::mem::replace(&mut self.handle, handle);
        match block_on(lost.join()) {
            Ok(()) => Err(anyhow!("a controller that was killed has ended in order")),
            Err(loss) => Ok(format!("{:#}", anyhow::Error::new(loss))),
        }
    }

    /// What it says to have done since it was launched, and what of that this program has asked for itself.
    pub(crate) fn counters(&self) -> anyhow::Result<(DiskCounters, DiskCounters)> {
        let counters = block_on(self.handle.inspect("counters"))
            .context("cannot look into the disk controller")?;
        let counters = serde_json::from_value(counters);
        let counters = counters.context("the disk controller shows no counters")?;
        Ok((counters, self.asked))
    }

    /// Stops it and learns how it ended. Nobody has a request under way any more.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        let Self {
            host,
            runner,
            mut handle,
            connection,
            ..
        } = self;
        connection.give_up();
        handle.stop();
        // Without a host the runner ends with its last worker.
        drop(host);
        let ended = block_on(handle.join()).context("the disk controller failed");
        ended.and(runner.end())
    }
}

type Started = (mesh::Sender<DiskRequest>, WorkerHost, Runner, WorkerHandle);

fn start(place: &Place, name: &str, file: &File) -> anyhow::Result<Started> {
    let (host, runner) = place.host(name)?;
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
    Ok((disk, host, runner, handle))
}
