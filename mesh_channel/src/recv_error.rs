//! Why nothing (more) can be received.
//!
//! The two errors say the same of a channel; [`TryRecvError`] can also say "not yet". Receiving fails only when no sender
//! is left, so everything that could still arrive has arrived before either of them is seen.

use mesh_node::error::ChannelError;

/// An error when receiving a message from a channel: no sender is left.
///
/// It stays: asked again, the receiver gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecvError {
    /// Every sender is gone, and everything they sent has been received.
    #[error("channel closed")]
    Closed,
    /// Every sender is gone, and at least one of them was lost rather than dropped. Holds the first loss's cause.
    ///
    /// What the lost sender had sent and the loss did not swallow has been received.
    #[error("channel failed")]
    Error(#[source] ChannelError),
}

/// An error when trying to receive a message from a channel without waiting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TryRecvError {
    /// Nothing is there now; something may come.
    #[error("channel empty")]
    Empty,
    /// As [`RecvError::Closed`].
    #[error("channel closed")]
    Closed,
    /// As [`RecvError::Error`].
    #[error("channel failed")]
    Error(#[source] ChannelError),
}

impl From<RecvError> for TryRecvError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Closed => Self::Closed,
            RecvError::Error(cause) => Self::Error(cause),
        }
    }
}
