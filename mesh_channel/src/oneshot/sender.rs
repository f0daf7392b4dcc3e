//! The sending half, and the future of the receiver's going.

use super::link::Links;
use super::slot::{NotSent, Tx};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The sending half of a channel returned by [`oneshot`](super::oneshot()).
///
/// Dropping it without sending closes the channel. It can be sent in a message to another process if `T` is a
/// [`MeshPayload`](mesh_node::message::MeshPayload).
pub struct OneshotSender<T> {
    tx: Tx<T, Links<T>>,
}

impl<T> OneshotSender<T> {
    #[inline]
    pub(super) fn new(tx: Tx<T, Links<T>>) -> Self {
        Self { tx }
    }

    /// Sends the value. Never blocks and never fails: if the receiver is gone, the value is dropped.
    ///
    /// If the receiver is in another process, the value is on its way when this returns.
    ///
    /// ```
    /// let (tx, mut rx) = mesh_channel::oneshot();
    /// tx.send("hello");
    /// assert_eq!(rx.try_recv().unwrap(), "hello");
    /// ```
    #[inline]
    pub fn send(self, value: T) {
        match self.tx.send(value, false) {
            Ok(()) => {}
            Err(NotSent::Gone(value)) => drop(value),
            Err(NotSent::Linked(tx, value)) => send_linked(tx, value),
        }
    }

    /// True if the receiver is known to be gone.
    ///
    /// ```
    /// let (tx, rx) = mesh_channel::oneshot::<u32>();
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.tx.is_closed()
    }

    /// Resolves when the receiver is gone: nobody wants the value any more.
    ///
    /// Cancel-safe: the future has nothing to lose, and another one can be made at any time.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (mut tx, rx) = mesh_channel::oneshot::<u32>();
    /// drop(rx);
    /// tx.closed().await;
    /// # });
    /// ```
    pub fn closed(&mut self) -> OneshotClosed<'_, T> {
        OneshotClosed { sender: self }
    }

    /// Sees to it that the state of the slot tells of a receiver's going that was never here.
    fn listen(&mut self) {
        if !self.tx.is_far() {
            return;
        }
        if let Some(route) = self.tx.side().take_route() {
            self.tx = (route.listen)(route.port.detach());
        }
    }

    pub(super) fn into_tx(self) -> Tx<T, Links<T>> {
        self.tx
    }
}

/// Sends the value to a receiver that is, perhaps, elsewhere.
#[cold]
fn send_linked<T>(tx: Tx<T, Links<T>>, value: T) {
    match tx.side().take_route() {
        Some(route) => {
            (route.send)(route.port, value);
            drop(tx);
        }
        // Refused means dropped, here, where no lock is held.
        None => drop(tx.send(value, true)),
    }
}

impl<T> fmt::Debug for OneshotSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotSender").finish_non_exhaustive()
    }
}

/// The future of [`OneshotSender::closed`]. Resolves when the receiver is gone.
#[must_use = "futures do nothing unless polled"]
pub struct OneshotClosed<'a, T> {
    sender: &'a mut OneshotSender<T>,
}

impl<T> Future for OneshotClosed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let sender = &mut self.get_mut().sender;
        sender.listen();
        let tx = &sender.tx;
        if tx.is_closed() {
            return Poll::Ready(());
        }
        tx.side().wait(cx.waker());
        // One of this and the receiver's going is first in the order of changes to the state, and the other one sees it.
        if tx.link() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl<T> fmt::Debug for OneshotClosed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotClosed").finish_non_exhaustive()
    }
}
