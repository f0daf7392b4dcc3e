//! The receiving half, which is the future of the value.

use super::link::Links;
use super::slot::{Found, Rx};
use crate::block_on::block_on;
use crate::recv_error::{RecvError, TryRecvError};
use futures::future::FusedFuture;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The receiving half of a channel returned by [`oneshot`](super::oneshot()): the future of the value.
///
/// Polling it by reference is cancel-safe: the value is either returned or still there. After it has returned the value it
/// says [`RecvError::Closed`].
///
/// It can be sent in a message to another process if `T` is a [`MeshPayload`](mesh_node::message::MeshPayload); the value
/// goes along, or follows.
#[must_use = "futures do nothing unless polled"]
pub struct OneshotReceiver<T> {
    /// None once the value has been taken.
    rx: Option<Rx<T, Links<T>>>,
    /// The future has resolved.
    terminated: bool,
}

impl<T> OneshotReceiver<T> {
    #[inline]
    pub(super) fn new(rx: Rx<T, Links<T>>) -> Self {
        Self {
            rx: Some(rx),
            terminated: false,
        }
    }

    /// Takes the value if it is there.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if it may still come; [`TryRecvError::Closed`] if the sender was dropped without sending, or the
    /// value was taken; [`TryRecvError::Error`] if the sender was lost.
    ///
    /// ```
    /// use mesh_channel::TryRecvError;
    ///
    /// let (tx, mut rx) = mesh_channel::oneshot();
    /// assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
    /// tx.send(5);
    /// assert_eq!(rx.try_recv().unwrap(), 5);
    /// assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
    /// ```
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        if let Some(value) = Rx::finish(&mut self.rx) {
            self.terminated = true;
            return Ok(value);
        }
        self.try_recv_uncommonly()
    }

    /// As [`try_recv`](Self::try_recv), if the sender has not left a value and gone.
    fn try_recv_uncommonly(&mut self) -> Result<T, TryRecvError> {
        let Some(rx) = &mut self.rx else {
            return Err(TryRecvError::Closed);
        };
        let result = match rx.take() {
            Found::Nothing => return Err(TryRecvError::Empty),
            Found::Value(value) => {
                self.rx = None;
                Ok(value)
            }
            Found::Gone => Err(match rx.side().loss() {
                None => TryRecvError::Closed,
                Some(cause) => TryRecvError::Error(cause),
            }),
        };
        self.terminated = true;
        result
    }

    /// Receives the value, blocking the thread until it is there or will not come. Not for use in an executor's tasks.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if the sender was dropped without sending, or the value was taken; [`RecvError::Error`] if the sender
    /// was lost.
    ///
    /// ```
    /// let (tx, rx) = mesh_channel::oneshot();
    /// std::thread::spawn(move || tx.send(5));
    /// assert_eq!(rx.blocking_recv().unwrap(), 5);
    /// ```
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        block_on(self)
    }

    pub(super) fn into_rx(self) -> Option<Rx<T, Links<T>>> {
        self.rx
    }
}

impl<T> Future for OneshotReceiver<T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(value) = Rx::finish(&mut self.rx) {
            self.terminated = true;
            return Poll::Ready(Ok(value));
        }
        loop {
            match self.try_recv_uncommonly() {
                Ok(value) => return Poll::Ready(Ok(value)),
                Err(TryRecvError::Closed) => return Poll::Ready(Err(RecvError::Closed)),
                Err(TryRecvError::Error(cause)) => {
                    return Poll::Ready(Err(RecvError::Error(cause)));
                }
                Err(TryRecvError::Empty) => {}
            }
            if let Some(rx) = &mut self.rx {
                if rx.poll_done(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<T> FusedFuture for OneshotReceiver<T> {
    fn is_terminated(&self) -> bool {
        self.terminated
    }
}

/// Nothing in it is pinned.
impl<T> Unpin for OneshotReceiver<T> {}

impl<T> fmt::Debug for OneshotReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotReceiver").finish_non_exhaustive()
    }
}
