//! The controller as a worker: it can be launched wherever a host leads, looked into, and restarted while clients go on.
//!
//! A restart hands the file, the counters and the receiver to the next instance. Requests that are queued in the receiver, and
//! those that clients send in the meantime, wait there; none is answered by both instances, since a request is taken out of
//! the receiver before it is answered, and answered before the next thing is looked at.
//!
//! | the worker gets | it |
//! |---|---|
//! | `Stop`, or its handle is gone | returns; callers with requests in the queue learn that the channel is closed |
//! | `Restart` | answers with its state and returns |
//! | `Inspect` | shows a [`DiskStatus`] |
//! | a request | answers it |
//! | word that no client is left | returns |

use super::backend::{DiskBackend, DiskConfig};
use super::counters::DiskCounters;
use super::request::{DiskInfo, DiskRequest};
use super::service::answer;
use futures::executor::block_on;
use futures::{FutureExt, select_biased};
use mesh::MeshPayload;
use mesh_worker::{Worker, WorkerId, WorkerRpc, register_workers};
use serde::Serialize;
use std::os::fd::OwnedFd;

/// The name of the disk controller, for launching it.
pub const DISK_WORKER: WorkerId<DiskWorkerParams> = DiskWorker::ID;

register_workers! { DiskWorker }

/// What a disk controller is started from.
#[derive(Debug, MeshPayload)]
pub struct DiskWorkerParams {
    /// How the disk presents itself.
    pub config: DiskConfig,
    /// Where requests come from.
    pub commands: mesh::Receiver<DiskRequest>,
    /// Where the data is.
    pub backing_file: OwnedFd,
}

/// What one instance of a disk controller hands to the next.
#[derive(Debug, MeshPayload)]
pub struct DiskWorkerState {
    config: DiskConfig,
    /// The queued requests are in it.
    commands: mesh::Receiver<DiskRequest>,
    backing_file: OwnedFd,
    counters: DiskCounters,
}

/// What inspection shows of a disk controller.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DiskStatus {
    /// The capacity in bytes.
    pub size_bytes: u64,
    /// How the disk presents itself.
    pub config: DiskConfig,
    /// What was done so far.
    pub counters: DiskCounters,
}

/// A disk controller.
#[derive(Debug)]
pub struct DiskWorker {
    backend: DiskBackend,
    commands: mesh::Receiver<DiskRequest>,
    counters: DiskCounters,
}

impl Worker for DiskWorker {
    type Parameters = DiskWorkerParams;
    type State = DiskWorkerState;
    const ID: WorkerId<Self::Parameters> = WorkerId::new("disk");

    fn new(params: Self::Parameters) -> anyhow::Result<Self> {
        Ok(Self {
            backend: DiskBackend::open(params.backing_file, params.config)?,
            commands: params.commands,
            counters: DiskCounters::default(),
        })
    }

    fn restart(state: Self::State) -> anyhow::Result<Self> {
        Ok(Self {
            backend: DiskBackend::open(state.backing_file, state.config)?,
            commands: state.commands,
            counters: DiskCounters {
                restarts: state.counters.restarts + 1,
                ..state.counters
            },
        })
    }

    fn run(self, recv: mesh::Receiver<WorkerRpc<Self::State>>) -> anyhow::Result<()> {
        block_on(self.serve(recv));
        Ok(())
    }
}

impl DiskWorker {
    async fn serve(mut self, mut recv: mesh::Receiver<WorkerRpc<DiskWorkerState>>) {
        loop {
            // The handle comes first, so that clients who never pause cannot keep it waiting.
            select_biased! {
                rpc = recv.recv().fuse() => match rpc {
                    Ok(WorkerRpc::Inspect(inspect)) => inspect.respond(&self.status()),
                    Ok(WorkerRpc::Restart(rpc)) => return rpc.complete(Ok(self.into_state())),
                    Ok(WorkerRpc::Stop) | Err(_) => return,
                },
                request = self.commands.recv().fuse() => match request {
                    Ok(request) => answer(request, &mut self.backend, &mut self.counters),
                    Err(_) => return,
                },
            }
        }
    }

    fn status(&self) -> DiskStatus {
        let DiskInfo { size_bytes, .. } = self.backend.info();
        DiskStatus {
            size_bytes,
            config: self.backend.config(),
            counters: self.counters,
        }
    }

    fn into_state(self) -> DiskWorkerState {
        let (backing_file, config) = self.backend.into_parts();
        DiskWorkerState {
            config,
            commands: self.commands,
            backing_file,
            counters: self.counters,
        }
    }
}
