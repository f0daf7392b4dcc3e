//! crossbeam-channel: a list of blocks, or an array when bounded. Blocking only.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::CAPACITY;
use crate::channels::endpoint::{Blocking, Channel, Drained};

/// `crossbeam_channel::unbounded`.
pub(crate) struct Crossbeam;

/// `crossbeam_channel::bounded`.
pub(crate) struct CrossbeamBounded;

macro_rules! crossbeam {
    ($channel:ty, $name:literal, $make:expr) => {
        impl Channel for $channel {
            const NAME: &'static str = $name;
            type Sender<T: Send + 'static> = Sender<T>;
            type Receiver<T: Send + 'static> = Receiver<T>;

            fn channel<T: Send + 'static>() -> (Sender<T>, Receiver<T>) {
                $make
            }

            fn send<T: Send + 'static>(sender: &Sender<T>, message: T) {
                let _ = sender.send(message);
            }

            fn take<T: Send + 'static>(receiver: &mut Receiver<T>) -> Option<T> {
                receiver.try_recv().ok()
            }
        }

        impl Blocking for $channel {
            fn wait<T: Send + 'static>(receiver: &mut Receiver<T>) -> Option<T> {
                receiver.recv().ok()
            }
        }
    };
}

crossbeam!(Crossbeam, "crossbeam", unbounded());
crossbeam!(CrossbeamBounded, "crossbeam bounded", bounded(CAPACITY));

impl Drained for Crossbeam {
    fn drain<T: Send + 'static>(receiver: &mut Self::Receiver<T>, batch: &mut Vec<T>, most: usize) {
        batch.extend(receiver.try_iter().take(most));
    }
}
