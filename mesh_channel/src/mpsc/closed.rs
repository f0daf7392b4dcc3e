//! Waiting for the receiver to go.
//!
//! The receiver may be at the end of a row of bridges, and the row may change while somebody waits. So the future registers
//! with the channel where the way ends now; whatever changes the route there wakes it, and it looks again.

use super::control::Watch;
use super::sender::Sender;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future of [`Sender::closed`]. Resolves when the receiver is gone.
#[must_use = "futures do nothing unless polled"]
pub struct Closed<'a, T> {
    sender: &'a Sender<T>,
    /// Where the task is registered, and under which key.
    registered: Option<(Sender<T>, u64)>,
}

impl<'a, T> Closed<'a, T> {
    pub(super) fn new(sender: &'a Sender<T>) -> Self {
        Self {
            sender,
            registered: None,
        }
    }

    fn unregister(&mut self) {
        if let Some((at, key)) = self.registered.take() {
            let waker = at.control().with(|beyond| beyond.watchers.remove(key));
            drop(waker);
        }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.unregister();
        let mut at = self.sender.clone();
        loop {
            let open = at.producer().watch();
            let waker = cx.waker().clone();
            match at.control().watch(open, waker) {
                Watch::Registered(key) => {
                    self.registered = Some((at, key));
                    return Poll::Pending;
                }
                Watch::Gone(_unused) => return Poll::Ready(()),
                Watch::Follow(next, _unused) => at = next,
            }
        }
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        self.unregister();
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").finish_non_exhaustive()
    }
}
