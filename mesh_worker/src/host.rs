//! Hosts: where workers are launched.
//!
//! A [`WorkerHost`] asks; a [`WorkerHostRunner`] answers, in this process or wherever it was sent. For each worker the host
//! makes the channels between handle and instance and sends one half along, so that nothing passes through the host once the
//! worker runs.

use crate::error::LaunchError;
use crate::handle::{Launching, WorkerEvent, WorkerHandle};
use crate::instance::{Connected, Start};
use crate::registry::WorkerFactory;
use crate::worker::WorkerId;
use futures::future::BoxFuture;
use futures::select;
use futures::stream::{FuturesUnordered, StreamExt};
use mesh::error::RemoteError;
use mesh::rpc::{Rpc, RpcError, RpcFuture, RpcSend};
use mesh::{MeshPayload, OwnedMessage};
use std::fmt;

/// Makes a host and the runner that serves it. Either can be sent in a message.
///
/// # Examples
///
/// See the [crate's documentation](crate).
pub fn worker_host() -> (WorkerHost, WorkerHostRunner) {
    let (requests, receiver) = mesh::channel();
    (
        WorkerHost { requests },
        WorkerHostRunner { requests: receiver },
    )
}

/// Launches workers where its [`WorkerHostRunner`] runs. Clones lead to the same place.
#[derive(Clone, MeshPayload)]
pub struct WorkerHost {
    requests: mesh::Sender<Request>,
}

/// Serves [`WorkerHost`]s.
#[derive(MeshPayload)]
pub struct WorkerHostRunner {
    requests: mesh::Receiver<Request>,
}

/// A worker to be made ready; the answer is whether its thread waits for the start.
#[derive(MeshPayload)]
struct Request {
    name: String,
    connected: Connected,
    ready: Rpc<(), Result<(), Refusal>>,
}

/// Why a host does not take a worker.
#[derive(MeshPayload)]
enum Refusal {
    UnknownWorker(String),
    NoThread(RemoteError),
}

/// Resolves when the host has a thread ready for a worker, or has refused it.
pub(crate) struct Ready(RpcFuture<Result<(), Refusal>>);

impl Ready {
    pub(crate) async fn wait(self) -> Result<(), LaunchError> {
        match self.0.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Refusal::UnknownWorker(name))) => Err(LaunchError::UnknownWorker(name)),
            Ok(Err(Refusal::NoThread(error))) => Err(LaunchError::Failed(error)),
            Err(RpcError::Channel(error)) => Err(LaunchError::HostGone(error)),
        }
    }
}

impl WorkerHost {
    /// Launches a worker and waits until it runs.
    ///
    /// # Errors
    ///
    /// The host does not know the worker, the worker could not be made, or the host is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the worker's handle, which stops the worker.
    pub async fn launch_worker<P: MeshPayload>(
        &self,
        id: WorkerId<P>,
        parameters: P,
    ) -> Result<WorkerHandle, LaunchError> {
        let (handle, ready) = self.begin(id, parameters);
        ready.wait().await?;
        handle.started().await
    }

    /// Launches a worker without waiting. What becomes of it, the handle's events tell: [`WorkerEvent::Started`], or
    /// [`WorkerEvent::Failed`] if the host does not know it, cannot make it, or is gone.
    pub fn start_worker<P: MeshPayload>(&self, id: WorkerId<P>, parameters: P) -> WorkerHandle {
        self.begin(id, parameters).0
    }

    fn begin<P: MeshPayload>(&self, id: WorkerId<P>, parameters: P) -> (WorkerHandle, Ready) {
        let (launching, ready) = self.prepare(id.name());
        launching
            .start
            .send(Start::Parameters(OwnedMessage::new(parameters)));
        let handle = WorkerHandle::new(id.name().into(), launching.connection);
        (handle, ready)
    }

    /// Has the host make a thread ready for a worker of this name, which then waits for its start.
    pub(crate) fn prepare(&self, name: &str) -> (Launching, Ready) {
        let (launching, connected) = Launching::new();
        let request = |ready| Request {
            name: name.into(),
            connected,
            ready,
        };
        (launching, Ready(self.requests.call(request, ())))
    }
}

impl WorkerHostRunner {
    /// Serves the host with the workers that `factory` finds, until no clone of the host is left and all workers have ended.
    ///
    /// Each worker runs on a thread of its own; this future passes on what handles ask, so it has to be polled as long as
    /// workers run, and should not share a thread with something that blocks. Dropping it disconnects the workers from their
    /// handles, which workers take as the request to stop.
    pub async fn run<F: WorkerFactory>(self, factory: F) {
        let mut requests = self.requests.fuse();
        let mut workers = FuturesUnordered::new();
        loop {
            select! {
                request = requests.select_next_some() => {
                    if let Some(worker) = request.serve(&factory) {
                        workers.push(worker);
                    }
                }
                () = workers.select_next_some() => {}
                complete => break,
            }
        }
    }
}

impl Request {
    /// Gives the worker its thread; returns its relay.
    fn serve<F: WorkerFactory>(self, factory: &F) -> Option<BoxFuture<'static, ()>> {
        let Self {
            name,
            connected,
            ready,
        } = self;
        let events = connected.events.clone();
        let started = match factory.find(&name) {
            None => Err(Refusal::UnknownWorker(name)),
            Some(builder) => builder
                .start(connected)
                .map_err(|error| Refusal::NoThread(RemoteError::new(error))),
        };
        match started {
            Ok(worker) => {
                ready.complete(Ok(()));
                Some(worker)
            }
            Err(refusal) => {
                // Who does not wait for the answer learns it from the events.
                events.send(WorkerEvent::Failed(RemoteError::new(refusal.to_string())));
                ready.complete(Err(refusal));
                None
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownWorker(name) => write!(f, "the host knows no worker named {name:?}"),
            Self::NoThread(error) => write!(f, "the worker got no thread: {error}"),
        }
    }
}

impl fmt::Debug for WorkerHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerHost").finish_non_exhaustive()
    }
}

impl fmt::Debug for WorkerHostRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerHostRunner").finish_non_exhaustive()
    }
}
