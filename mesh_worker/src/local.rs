//! A worker without a host.

use crate::error::LaunchError;
use crate::handle::{Launching, WorkerHandle};
use crate::instance::Start;
use crate::registry::WorkerBuilder;
use crate::worker::Worker;
use mesh::OwnedMessage;
use mesh::error::RemoteError;

/// Launches a worker on a thread of this process, without a host, and waits until it runs.
///
/// A second thread passes on what the handle asks. The worker can be restarted into any host later.
///
/// # Errors
///
/// The worker could not be made, or got no thread.
///
/// # Cancel safety
///
/// Dropping the future drops the worker's handle, which stops the worker.
pub async fn launch_local_worker<W: Worker>(
    parameters: W::Parameters,
) -> Result<WorkerHandle, LaunchError> {
    let (launching, connected) = Launching::new();
    let no_thread = |error| LaunchError::Failed(RemoteError::new(error));
    let relay = WorkerBuilder::new::<W>()
        .start(connected)
        .map_err(no_thread)?;
    std::thread::Builder::new()
        .name(format!("{} relay", W::ID.name()))
        .spawn(|| mesh::block_on(relay))
        .map_err(no_thread)?;
    launching
        .start
        .send(Start::Parameters(OwnedMessage::new(parameters)));
    WorkerHandle::new(W::ID.name().into(), launching.connection)
        .started()
        .await
}
