//! The sending half.

use super::closed::Closed;
use super::control::{Control, Item};
use super::list::Producer;
use super::receiver::Receiver;
use super::routing::{self, Refused};
use super::weak::WeakSender;
use crate::try_send_error::TrySendError;
use futures::Sink;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The sending half of a channel returned by [`channel`](super::channel).
///
/// Cloning it makes another sender to the same receiver; the channel closes when the last one is dropped. What one
/// handle sends arrives in the order in which it was sent.
///
/// A `Sender<T>` can be sent in a message to another process if `T` is a
/// [`MeshPayload`](mesh_node::message::MeshPayload). It goes on being a sender to the same receiver, with its order kept.
pub struct Sender<T> {
    producer: Producer<T, Control<T>>,
}

impl<T> Sender<T> {
    #[inline]
    pub(super) fn new(producer: Producer<T, Control<T>>) -> Self {
        Self { producer }
    }

    /// Sends a value. Never blocks and never fails: if the receiver is gone, the value is dropped.
    ///
    /// If the receiver is in another process, the value is on its way when this returns. Should that process die
    /// first, the value is lost, and [`closed`](Self::closed) resolves. Endpoints in a value that is lost, or is sent to a
    /// receiver that was, fail with the cause: who waits for the answer to a request learns why there is none.
    ///
    /// ```
    /// let (tx, mut rx) = mesh_channel::channel();
    /// tx.send(5);
    /// assert_eq!(rx.try_recv().unwrap(), 5);
    /// drop(rx);
    /// tx.send(6);
    /// ```
    #[inline]
    pub fn send(&self, value: T) {
        if let Err(value) = self.producer.push(value) {
            routing::forward_or_lose(self, Item::Value(value));
        }
    }

    /// Sends a value, or gives it back if the receiver is known to be gone.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Closed`] if the receiver was dropped, [`TrySendError::Error`] if it was lost with its process. `Ok`
    /// does not say that the value will be received.
    ///
    /// ```
    /// let (tx, rx) = mesh_channel::channel();
    /// assert!(tx.try_send(1).is_ok());
    /// drop(rx);
    /// assert_eq!(tx.try_send(2).unwrap_err().into_inner(), 2);
    /// ```
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let Err(value) = self.producer.push(value) else {
            return Ok(());
        };
        match routing::forward(self, Item::Value(value)) {
            Err(Refused {
                item: Item::Value(value),
                loss,
            }) => Err(match loss {
                None => TrySendError::Closed(value),
                Some(loss) => TrySendError::Error(value, loss.cause),
            }),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    /// True if the receiver is known to be gone. It never comes back.
    ///
    /// A receiver in another process may be gone a little before this is true.
    ///
    /// ```
    /// let (tx, rx) = mesh_channel::channel::<()>();
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.producer.is_sealed() && routing::is_gone(self)
    }

    /// Resolves when the receiver is gone.
    ///
    /// Cancel-safe: the future has nothing to lose, and another one can be made at any time.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, rx) = mesh_channel::channel::<()>();
    /// drop(rx);
    /// tx.closed().await;
    /// # });
    /// ```
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(self)
    }

    /// Joins two channels: what has been and will be sent to `receiver`'s senders arrives at this sender's receiver.
    ///
    /// No task relays, and `T` needs no bound. Each sender's order is kept: what is queued goes first, and what is sent
    /// while it goes waits for that. This sender becomes the joined channel's way to the receiver, so the receiver sees its
    /// channel close only when the senders of both are gone. If one of `receiver`'s senders was lost, so is that one.
    ///
    /// A circle of bridges leads nowhere: the bridge that would close it drops `receiver` instead.
    ///
    /// ```
    /// let (tx1, mut rx1) = mesh_channel::channel();
    /// let (tx2, rx2) = mesh_channel::channel();
    /// tx2.send("queued");
    /// tx1.bridge(rx2);
    /// tx2.send("later");
    /// assert_eq!(rx1.try_recv().unwrap(), "queued");
    /// assert_eq!(rx1.try_recv().unwrap(), "later");
    /// ```
    pub fn bridge(self, receiver: Receiver<T>) {
        routing::bridge(self, receiver);
    }

    /// True if both are senders of one channel: clones of each other, or made from the same [`WeakSender`].
    ///
    /// A sender that has come from elsewhere in a message has a channel of its own here, and so have senders whose channels were
    /// [joined](Self::bridge): they lead to one receiver and are not the same.
    ///
    /// ```
    /// let (tx, _rx) = mesh_channel::channel::<u32>();
    /// let (other, _other_rx) = mesh_channel::channel::<u32>();
    /// assert!(tx.same_channel(&tx.clone()));
    /// assert!(!tx.same_channel(&other));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        self.producer.same_queue(&other.producer)
    }

    /// A handle that does not keep the channel open, and can make a sender as long as something else does.
    ///
    /// ```
    /// let (tx, mut rx) = mesh_channel::channel();
    /// let weak = tx.downgrade();
    /// weak.upgrade().unwrap().send(1);
    /// drop(tx);
    /// assert_eq!(rx.try_recv().unwrap(), 1);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::new(self.producer.observe())
    }

    #[inline]
    pub(super) fn producer(&self) -> &Producer<T, Control<T>> {
        &self.producer
    }

    pub(super) fn into_producer(self) -> Producer<T, Control<T>> {
        self.producer
    }

    #[inline]
    pub(super) fn control(&self) -> &Control<T> {
        self.producer.side()
    }
}

impl<T> Clone for Sender<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self::new(self.producer.clone())
    }
}

/// Always ready, as the queue is unbounded. Flushing and closing do nothing: a message is sent when it is given, and the channel
/// closes when its last sender is dropped, as an adapter like `forward` does at its end.
///
/// ```
/// use futures::{SinkExt, StreamExt, stream};
///
/// # futures_executor::block_on(async {
/// let (mut tx, rx) = mesh_channel::channel();
/// tx.send_all(&mut stream::iter([1, 2].map(Ok))).await.unwrap();
/// stream::iter([3, 4]).map(Ok).forward(tx).await.unwrap();
/// assert_eq!(rx.collect::<Vec<_>>().await, [1, 2, 3, 4]);
/// # });
/// ```
impl<T> Sink<T> for Sender<T> {
    type Error = TrySendError<T>;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, value: T) -> Result<(), Self::Error> {
        self.try_send(value)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}
