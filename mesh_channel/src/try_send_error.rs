//! Why a value could not be sent.

use mesh_node::error::ChannelError;
use std::fmt;

/// A value that was not sent, with the reason.
///
/// The receiver is known to be gone. (When it is in another process it may be gone without that being known yet; then
/// the value is taken, and dropped on the way.)
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TrySendError<T> {
    /// The receiver was dropped.
    #[error("receiver dropped")]
    Closed(T),
    /// The receiver was lost, for this cause.
    #[error("receiver lost")]
    Error(T, #[source] ChannelError),
}

impl<T> TrySendError<T> {
    /// The value that was not sent.
    ///
    /// ```
    /// let (tx, rx) = mesh_channel::channel();
    /// drop(rx);
    /// assert_eq!(tx.try_send("hello").unwrap_err().into_inner(), "hello");
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Closed(value) | Self::Error(value, _) => value,
        }
    }
}

/// Without the value, so that `T` need not be `Debug`.
impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("Closed(..)"),
            Self::Error(_, cause) => f.debug_tuple("Error").field(cause).finish(),
        }
    }
}
