//! What can go wrong for the holder of a handle.

use mesh::RecvError;
use mesh::error::RemoteError;

/// A worker that did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// The host has no worker of this name.
    #[error("the host knows no worker named {0:?}")]
    UnknownWorker(String),
    /// The worker could not be made: its constructor failed or panicked, or it got no thread.
    #[error("the worker did not start")]
    Failed(#[source] RemoteError),
    /// The host is not being served, or no longer.
    #[error("the worker host is gone")]
    HostGone(#[source] RecvError),
}

/// A restart that did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestartError {
    /// The new host would not take the worker. The old instance runs on, untouched.
    #[error("the new host did not take the worker")]
    NotLaunched(#[source] LaunchError),
    /// The old instance would not give its state. It runs on.
    #[error("the worker did not give its state")]
    Refused(#[source] RemoteError),
    /// The old instance ended before it had given its state; the handle reports how.
    #[error("the worker ended before it gave its state")]
    Ended,
    /// The new instance failed after it had taken the state; there is no worker any more.
    #[error("the worker failed after it had taken the state")]
    Failed(#[source] RemoteError),
}

/// State that could not be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The worker answered with an error: nothing is at the path, or the state has no such form.
    #[error("the state cannot be shown")]
    Failed(#[source] RemoteError),
    /// The worker ended, or dropped the question.
    #[error("the worker did not answer")]
    NotAnswered(#[source] RecvError),
}
