//! The receiving half, and the future of its next message.

use super::control::Control;
use super::list::{Consumer, Pop};
use crate::recv_error::{RecvError, TryRecvError};
use futures::Stream;
use futures::future::FusedFuture;
use futures::stream::FusedStream;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The receiving half of a channel returned by [`channel`](super::channel).
///
/// As a [`Stream`] it ends when no sender is left; [`try_recv`](Self::try_recv) then tells whether one was lost.
///
/// A `Receiver<T>` can be sent in a message to another process if `T` is a
/// [`MeshPayload`](mesh_node::message::MeshPayload). It takes along what is queued, and its senders follow it.
pub struct Receiver<T> {
    consumer: Consumer<T, Control<T>>,
    /// Its place has been taken by a route, and there is nobody to tell that it goes.
    departed: bool,
    /// The stream has ended.
    terminated: bool,
}

impl<T> Receiver<T> {
    #[inline]
    pub(super) fn new(consumer: Consumer<T, Control<T>>) -> Self {
        Self {
            consumer,
            departed: false,
            terminated: false,
        }
    }

    /// Receives the next message, waiting for it if need be.
    ///
    /// Cancel-safe: a message is either returned or still there.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] when no sender is left and everything they sent has been received; [`RecvError::Error`] likewise
    /// if a sender was lost, with the cause of the first loss.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = mesh_channel::channel();
    /// tx.send(5);
    /// assert_eq!(rx.recv().await.unwrap(), 5);
    /// # });
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Recv<'_, T> {
        Recv { receiver: self }
    }

    /// Receives the next message if it is there.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if it is not; else as [`recv`](Self::recv).
    ///
    /// ```
    /// use mesh_channel::TryRecvError;
    ///
    /// let (tx, mut rx) = mesh_channel::channel::<u32>();
    /// assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
    /// drop(tx);
    /// assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
    /// ```
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        loop {
            return match self.consumer.pop() {
                Pop::Value(value) => Ok(value),
                Pop::Empty if self.consumer.side().resume() => continue,
                Pop::Empty => Err(TryRecvError::Empty),
                Pop::Finished => Err(self.end().into()),
            };
        }
    }

    /// Polls for the next message. The last waker it was given is the one that is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// let (tx, mut rx) = mesh_channel::channel();
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert!(rx.poll_recv(&mut cx).is_pending());
    /// tx.send(5);
    /// assert!(matches!(rx.poll_recv(&mut cx), Poll::Ready(Ok(5))));
    /// ```
    #[inline]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        loop {
            match self.consumer.pop() {
                Pop::Value(value) => return Poll::Ready(Ok(value)),
                Pop::Finished => return Poll::Ready(Err(self.end())),
                Pop::Empty if self.consumer.side().resume() => continue,
                Pop::Empty => {}
            }
            self.consumer.side().register(cx.waker());
            if self.consumer.wait() {
                return Poll::Pending;
            }
        }
    }

    /// Why there is nothing more.
    #[cold]
    fn end(&self) -> RecvError {
        match self.consumer.side().loss() {
            None => RecvError::Closed,
            Some(cause) => RecvError::Error(cause),
        }
    }

    /// The other side of the queue, for what takes the receiver's place. The caller sees to the route from here on.
    pub(super) fn depart(&mut self) -> &mut Consumer<T, Control<T>> {
        self.departed = true;
        &mut self.consumer
    }
}

impl<T> Drop for Receiver<T> {
    #[inline]
    fn drop(&mut self) {
        let tell = !self.departed && !self.consumer.is_alone() && self.consumer.seal();
        if tell {
            self.consumer.side().gone(None);
        }
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_recv(cx).map(|message| {
            self.terminated = message.is_err();
            message.ok()
        })
    }
}

impl<T> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.terminated
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// The future of [`Receiver::recv`]. Dropping it loses nothing.
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T> {
    receiver: &'a mut Receiver<T>,
}

impl<T> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.receiver.poll_recv(cx)
    }
}

/// Never terminated: polled again after a message, it waits for the next one. So it can be made anew in each round of a
/// `select!`.
impl<T> FusedFuture for Recv<'_, T> {
    fn is_terminated(&self) -> bool {
        false
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}
