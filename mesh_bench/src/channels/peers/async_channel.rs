//! async-channel: a concurrent queue with event listeners.

use async_channel::{Receiver, Sender, unbounded};

use crate::channels::endpoint::{Awaited, Blocking, Channel};

/// `async_channel::unbounded`.
pub(crate) struct AsyncChannel;

impl Channel for AsyncChannel {
    const NAME: &'static str = "async-channel";
    type Sender<T: Send + 'static> = Sender<T>;
    type Receiver<T: Send + 'static> = Receiver<T>;

    fn channel<T: Send + 'static>() -> (Sender<T>, Receiver<T>) {
        unbounded()
    }

    fn send<T: Send + 'static>(sender: &Sender<T>, message: T) {
        // An unbounded channel is never full, so this is its plain send.
        let _ = sender.try_send(message);
    }

    fn take<T: Send + 'static>(receiver: &mut Receiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }
}

impl Blocking for AsyncChannel {
    fn wait<T: Send + 'static>(receiver: &mut Receiver<T>) -> Option<T> {
        receiver.recv_blocking().ok()
    }
}

impl Awaited for AsyncChannel {
    async fn next<T: Send + 'static>(receiver: &mut Receiver<T>) -> Option<T> {
        receiver.recv().await.ok()
    }
}
