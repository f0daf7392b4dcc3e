//! kanal: a spin lock around a deque, and hand-over to a receiver that waits.

use super::CAPACITY;
use crate::channels::endpoint::{Awaited, Blocking, Channel, Drained};

/// `kanal::unbounded`.
pub(crate) struct Kanal;

/// `kanal::bounded`.
pub(crate) struct KanalBounded;

macro_rules! kanal {
    ($channel:ty, $name:literal, $make:expr) => {
        impl Channel for $channel {
            const NAME: &'static str = $name;
            type Sender<T: Send + 'static> = kanal::Sender<T>;
            type Receiver<T: Send + 'static> = kanal::Receiver<T>;

            fn channel<T: Send + 'static>() -> (kanal::Sender<T>, kanal::Receiver<T>) {
                $make
            }

            fn send<T: Send + 'static>(sender: &kanal::Sender<T>, message: T) {
                let _ = sender.send(message);
            }

            fn take<T: Send + 'static>(receiver: &mut kanal::Receiver<T>) -> Option<T> {
                receiver.try_recv().ok().flatten()
            }
        }

        impl Blocking for $channel {
            fn wait<T: Send + 'static>(receiver: &mut kanal::Receiver<T>) -> Option<T> {
                receiver.recv().ok()
            }
        }

        impl Awaited for $channel {
            async fn next<T: Send + 'static>(receiver: &mut kanal::Receiver<T>) -> Option<T> {
                receiver.as_async().recv().await.ok()
            }
        }
    };
}

kanal!(Kanal, "kanal", kanal::unbounded());
kanal!(KanalBounded, "kanal bounded", kanal::bounded(CAPACITY));

impl Drained for Kanal {
    fn drain<T: Send + 'static>(receiver: &mut Self::Receiver<T>, batch: &mut Vec<T>, _: usize) {
        let _ = receiver.drain_into(batch);
    }
}
