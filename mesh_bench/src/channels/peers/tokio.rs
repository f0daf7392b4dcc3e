//! tokio: the channels of `tokio::sync`.

use futures::FutureExt as _;
use tokio::sync::{mpsc, oneshot};

use crate::channels::endpoint::{Awaited, Blocking, Channel, Drained, Once, OnceBlocking};

/// `tokio::sync::mpsc::unbounded_channel`.
pub(crate) struct Tokio;

impl Channel for Tokio {
    const NAME: &'static str = "tokio";
    type Sender<T: Send + 'static> = mpsc::UnboundedSender<T>;
    type Receiver<T: Send + 'static> = mpsc::UnboundedReceiver<T>;

    fn channel<T: Send + 'static>() -> (mpsc::UnboundedSender<T>, mpsc::UnboundedReceiver<T>) {
        mpsc::unbounded_channel()
    }

    fn send<T: Send + 'static>(sender: &mpsc::UnboundedSender<T>, message: T) {
        let _ = sender.send(message);
    }

    fn take<T: Send + 'static>(receiver: &mut mpsc::UnboundedReceiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }
}

impl Blocking for Tokio {
    fn wait<T: Send + 'static>(receiver: &mut mpsc::UnboundedReceiver<T>) -> Option<T> {
        receiver.blocking_recv()
    }
}

impl Awaited for Tokio {
    async fn next<T: Send + 'static>(receiver: &mut mpsc::UnboundedReceiver<T>) -> Option<T> {
        receiver.recv().await
    }
}

impl Drained for Tokio {
    fn drain<T: Send + 'static>(receiver: &mut Self::Receiver<T>, batch: &mut Vec<T>, most: usize) {
        // It is ready, as the messages are there.
        let _ = receiver.recv_many(batch, most).now_or_never();
    }
}

/// `tokio::sync::oneshot`.
pub(crate) struct TokioOnce;

impl Once for TokioOnce {
    const NAME: &'static str = "tokio";
    type Sender<T: Send + 'static> = oneshot::Sender<T>;
    type Receiver<T: Send + 'static> = oneshot::Receiver<T>;

    fn once<T: Send + 'static>() -> (oneshot::Sender<T>, oneshot::Receiver<T>) {
        oneshot::channel()
    }

    fn send<T: Send + 'static>(sender: oneshot::Sender<T>, message: T) {
        let _ = sender.send(message);
    }

    fn take<T: Send + 'static>(mut receiver: oneshot::Receiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }

    async fn value<T: Send + 'static>(receiver: oneshot::Receiver<T>) -> Option<T> {
        receiver.await.ok()
    }
}

impl OnceBlocking for TokioOnce {
    fn wait<T: Send + 'static>(receiver: oneshot::Receiver<T>) -> Option<T> {
        receiver.blocking_recv().ok()
    }
}
