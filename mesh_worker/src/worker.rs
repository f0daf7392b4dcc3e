//! What a worker is, seen from its author.

use crate::inspect::Inspect;
use mesh::MeshPayload;
use mesh::rpc::FailableRpc;
use std::fmt;
use std::marker::PhantomData;

/// A component with a defined life: started from parameters, restarted hot from state, run until it is told to stop.
///
/// A worker runs on a thread of its own. [`run`](Self::run) may block it, or drive futures on it with an executor of the
/// author's choice.
pub trait Worker: Sized + 'static {
    /// What is needed to start the worker.
    type Parameters: MeshPayload;

    /// What is needed to go on where another instance stopped: its receivers, files, and whatever clients rely on.
    type State: MeshPayload;

    /// The name under which hosts know the worker.
    const ID: WorkerId<Self::Parameters>;

    /// Makes a worker from parameters.
    ///
    /// # Errors
    ///
    /// The worker cannot start; whoever launches it gets the error.
    fn new(parameters: Self::Parameters) -> anyhow::Result<Self>;

    /// Makes a worker from the state that another instance answered [`WorkerRpc::Restart`] with.
    ///
    /// # Errors
    ///
    /// The worker cannot go on. The state is gone, so the worker is
    /// [`Failed`](crate::WorkerEvent::Failed) with the error.
    fn restart(state: Self::State) -> anyhow::Result<Self>;

    /// Runs until [`WorkerRpc::Stop`] arrives, a restart has taken the state, or `recv` is closed, which says that nobody
    /// holds the worker's handle any more.
    ///
    /// # Errors
    ///
    /// The worker failed; the handle reports it.
    fn run(self, recv: mesh::Receiver<WorkerRpc<Self::State>>) -> anyhow::Result<()>;
}

/// What a worker is asked by its handle.
#[derive(MeshPayload)]
pub enum WorkerRpc<S> {
    /// Return from [`Worker::run`].
    Stop,
    /// Answer with the state, then return from [`Worker::run`]. A worker that cannot be restarted now answers with an error
    /// and goes on.
    Restart(FailableRpc<(), S>),
    /// Show state to somebody who wants to look inside.
    Inspect(Inspect),
}

impl<S> fmt::Debug for WorkerRpc<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "Stop",
            Self::Restart(_) => "Restart",
            Self::Inspect(_) => "Inspect",
        })
    }
}

/// The name of a worker, together with the type of its parameters.
///
/// # Examples
///
/// ```
/// use mesh_worker::WorkerId;
///
/// const DISK_WORKER: WorkerId<String> = WorkerId::new("disk");
/// assert_eq!(DISK_WORKER.name(), "disk");
/// ```
pub struct WorkerId<P> {
    name: &'static str,
    parameters: PhantomData<fn(P)>,
}

impl<P> WorkerId<P> {
    /// The ID with this name. It must be the same in every process that launches or hosts the worker.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            parameters: PhantomData,
        }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<P> Clone for WorkerId<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for WorkerId<P> {}

impl<P> fmt::Debug for WorkerId<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WorkerId").field(&self.name).finish()
    }
}
