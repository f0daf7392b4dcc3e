//! The standard library's channels: a list of blocks, or an array when bounded. Blocking only.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::CAPACITY;
use crate::channels::endpoint::{Blocking, Channel, Drained};

/// `std::sync::mpsc::channel`.
pub(crate) struct Std;

/// `std::sync::mpsc::sync_channel`.
pub(crate) struct StdBounded;

macro_rules! std_mpsc {
    ($channel:ty, $name:literal, $sender:ident, $make:expr) => {
        impl Channel for $channel {
            const NAME: &'static str = $name;
            type Sender<T: Send + 'static> = $sender<T>;
            type Receiver<T: Send + 'static> = Receiver<T>;

            fn channel<T: Send + 'static>() -> ($sender<T>, Receiver<T>) {
                $make
            }

            fn send<T: Send + 'static>(sender: &$sender<T>, message: T) {
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

std_mpsc!(Std, "std", Sender, channel());
std_mpsc!(
    StdBounded,
    "std bounded",
    SyncSender,
    sync_channel(CAPACITY)
);

impl Drained for Std {
    fn drain<T: Send + 'static>(receiver: &mut Self::Receiver<T>, batch: &mut Vec<T>, most: usize) {
        batch.extend(receiver.try_iter().take(most));
    }
}
