//! futures: the channels of `futures::channel`. Awaited only.

use futures::StreamExt as _;
use futures::channel::{mpsc, oneshot};

use crate::channels::endpoint::{Awaited, Channel, Once};

/// `futures::channel::mpsc::unbounded`.
pub(crate) struct Futures;

impl Channel for Futures {
    const NAME: &'static str = "futures";
    type Sender<T: Send + 'static> = mpsc::UnboundedSender<T>;
    type Receiver<T: Send + 'static> = mpsc::UnboundedReceiver<T>;

    fn channel<T: Send + 'static>() -> (mpsc::UnboundedSender<T>, mpsc::UnboundedReceiver<T>) {
        mpsc::unbounded()
    }

    fn send<T: Send + 'static>(sender: &mpsc::UnboundedSender<T>, message: T) {
        let _ = sender.unbounded_send(message);
    }

    fn take<T: Send + 'static>(receiver: &mut mpsc::UnboundedReceiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }
}

impl Awaited for Futures {
    async fn next<T: Send + 'static>(receiver: &mut mpsc::UnboundedReceiver<T>) -> Option<T> {
        receiver.next().await
    }
}

/// `futures::channel::oneshot`.
pub(crate) struct FuturesOnce;

impl Once for FuturesOnce {
    const NAME: &'static str = "futures";
    type Sender<T: Send + 'static> = oneshot::Sender<T>;
    type Receiver<T: Send + 'static> = oneshot::Receiver<T>;

    fn once<T: Send + 'static>() -> (oneshot::Sender<T>, oneshot::Receiver<T>) {
        oneshot::channel()
    }

    fn send<T: Send + 'static>(sender: oneshot::Sender<T>, message: T) {
        let _ = sender.send(message);
    }

    fn take<T: Send + 'static>(mut receiver: oneshot::Receiver<T>) -> Option<T> {
        receiver.try_recv().ok().flatten()
    }

    async fn value<T: Send + 'static>(receiver: oneshot::Receiver<T>) -> Option<T> {
        receiver.await.ok()
    }
}
