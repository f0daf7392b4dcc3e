//! What a scenario asks of a channel.
//!
//! The traits are thin: each method is one call of the crate it stands for, and is inlined away. A crate implements those
//! it can answer; a scenario lists the crates that fit.

use std::future::Future;

use crate::harness::scenario::Owner;

/// A channel with many senders and at least one receiver.
pub(crate) trait Channel: 'static {
    /// The crate, and its mode where it has several.
    const NAME: &'static str;
    /// Whose it is.
    const OWNER: Owner = Owner::Peer;

    /// The sending end.
    type Sender<T: Send + 'static>: Clone + Send + 'static;
    /// The receiving end.
    type Receiver<T: Send + 'static>: Send + 'static;

    /// Makes a channel.
    fn channel<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>);

    /// Sends; a bounded channel waits for room.
    fn send<T: Send + 'static>(sender: &Self::Sender<T>, message: T);

    /// Takes a message that is there.
    fn take<T: Send + 'static>(receiver: &mut Self::Receiver<T>) -> Option<T>;
}

/// A channel whose receiver can block its thread.
pub(crate) trait Blocking: Channel {
    /// Waits for a message; `None` when no sender is left.
    fn wait<T: Send + 'static>(receiver: &mut Self::Receiver<T>) -> Option<T>;
}

/// A channel whose receiver can be awaited.
pub(crate) trait Awaited: Channel {
    /// Resolves to a message, or to `None` when no sender is left.
    fn next<T: Send + 'static>(
        receiver: &mut Self::Receiver<T>,
    ) -> impl Future<Output = Option<T>> + Send;
}

/// A channel that gives many messages in one call.
pub(crate) trait Drained: Channel {
    /// Appends the messages that are there to `batch`, up to `most` where the crate can be told.
    fn drain<T: Send + 'static>(receiver: &mut Self::Receiver<T>, batch: &mut Vec<T>, most: usize);
}

/// A channel for one value.
pub(crate) trait Once: 'static {
    /// The crate.
    const NAME: &'static str;
    /// Whose it is.
    const OWNER: Owner = Owner::Peer;

    /// The sending end.
    type Sender<T: Send + 'static>: Send + 'static;
    /// The receiving end.
    type Receiver<T: Send + 'static>: Send + 'static;

    /// Makes a channel.
    fn once<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>);

    /// Sends the value.
    fn send<T: Send + 'static>(sender: Self::Sender<T>, message: T);

    /// Takes the value that is there, without a future, where the crate has such a call.
    fn take<T: Send + 'static>(receiver: Self::Receiver<T>) -> Option<T>;

    /// Resolves to the value, or to `None` if the sender is gone.
    fn value<T: Send + 'static>(
        receiver: Self::Receiver<T>,
    ) -> impl Future<Output = Option<T>> + Send + 'static;
}

/// A channel for one value that can be waited for on a plain thread.
pub(crate) trait OnceBlocking: Once {
    /// Waits for the value; `None` if the sender is gone.
    fn wait<T: Send + 'static>(receiver: Self::Receiver<T>) -> Option<T>;
}
