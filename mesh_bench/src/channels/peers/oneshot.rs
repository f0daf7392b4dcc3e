//! oneshot: a single atomic state beside the value. Its blocking and its awaited receivers are two types.

use futures::FutureExt as _;

use crate::channels::endpoint::{Once, OnceBlocking};

/// `oneshot::channel`, whose value is taken without a future.
pub(crate) struct OneshotSync;

/// `oneshot::async_channel`, whose receiver is awaited.
pub(crate) struct OneshotAsync;

impl Once for OneshotSync {
    const NAME: &'static str = "oneshot";
    type Sender<T: Send + 'static> = oneshot::Sender<T>;
    type Receiver<T: Send + 'static> = oneshot::Receiver<T>;

    fn once<T: Send + 'static>() -> (oneshot::Sender<T>, oneshot::Receiver<T>) {
        oneshot::channel()
    }

    fn send<T: Send + 'static>(sender: oneshot::Sender<T>, message: T) {
        let _ = sender.send(message);
    }

    fn take<T: Send + 'static>(receiver: oneshot::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }

    async fn value<T: Send + 'static>(receiver: oneshot::Receiver<T>) -> Option<T> {
        receiver.await.ok()
    }
}

impl OnceBlocking for OneshotSync {
    fn wait<T: Send + 'static>(receiver: oneshot::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl Once for OneshotAsync {
    const NAME: &'static str = "oneshot";
    type Sender<T: Send + 'static> = oneshot::Sender<T>;
    type Receiver<T: Send + 'static> = oneshot::AsyncReceiver<T>;

    fn once<T: Send + 'static>() -> (oneshot::Sender<T>, oneshot::AsyncReceiver<T>) {
        oneshot::async_channel()
    }

    fn send<T: Send + 'static>(sender: oneshot::Sender<T>, message: T) {
        let _ = sender.send(message);
    }

    fn take<T: Send + 'static>(receiver: oneshot::AsyncReceiver<T>) -> Option<T> {
        // It has no call of its own for this.
        receiver.now_or_never().and_then(Result::ok)
    }

    async fn value<T: Send + 'static>(receiver: oneshot::AsyncReceiver<T>) -> Option<T> {
        receiver.await.ok()
    }
}
