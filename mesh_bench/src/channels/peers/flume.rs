//! flume: a mutex around a deque.

use crate::channels::endpoint::{Awaited, Blocking, Channel, Drained};

/// `flume::unbounded`.
pub(crate) struct Flume;

impl Channel for Flume {
    const NAME: &'static str = "flume";
    type Sender<T: Send + 'static> = flume::Sender<T>;
    type Receiver<T: Send + 'static> = flume::Receiver<T>;

    fn channel<T: Send + 'static>() -> (flume::Sender<T>, flume::Receiver<T>) {
        flume::unbounded()
    }

    fn send<T: Send + 'static>(sender: &flume::Sender<T>, message: T) {
        let _ = sender.send(message);
    }

    fn take<T: Send + 'static>(receiver: &mut flume::Receiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }
}

impl Blocking for Flume {
    fn wait<T: Send + 'static>(receiver: &mut flume::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl Awaited for Flume {
    async fn next<T: Send + 'static>(receiver: &mut flume::Receiver<T>) -> Option<T> {
        receiver.recv_async().await.ok()
    }
}

impl Drained for Flume {
    fn drain<T: Send + 'static>(receiver: &mut Self::Receiver<T>, batch: &mut Vec<T>, _: usize) {
        batch.extend(receiver.drain());
    }
}
