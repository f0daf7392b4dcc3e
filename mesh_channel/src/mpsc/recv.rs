//! The ways of receiving that are values themselves: the futures of one message and of many, and the iterator.
//!
//! Each holds the receiver by reference and nothing of its own, so dropping one loses nothing.

use super::receiver::Receiver;
use crate::recv_error::RecvError;
use futures::future::FusedFuture;
use std::fmt;
use std::future::Future;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future of [`Receiver::recv`]. Dropping it loses nothing.
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T> {
    pub(super) receiver: &'a mut Receiver<T>,
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

/// The future of [`Receiver::recv_many`]. Dropping it loses nothing.
#[must_use = "futures do nothing unless polled"]
pub struct RecvMany<'a, T> {
    pub(super) receiver: &'a mut Receiver<T>,
    pub(super) buffer: &'a mut Vec<T>,
    pub(super) limit: usize,
}

impl<T> Future for RecvMany<'_, T> {
    type Output = Result<usize, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.receiver.poll_recv_many(cx, this.buffer, this.limit)
    }
}

/// Never terminated: polled again, it waits for further messages.
impl<T> FusedFuture for RecvMany<'_, T> {
    fn is_terminated(&self) -> bool {
        false
    }
}

impl<T> fmt::Debug for RecvMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvMany").finish_non_exhaustive()
    }
}

/// The messages that are there; made by [`Receiver::try_iter`].
///
/// It ends when there is none, be it for now or for ever, and goes on if asked again when there is one.
pub struct TryIter<'a, T> {
    pub(super) receiver: &'a mut Receiver<T>,
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").finish_non_exhaustive()
    }
}

/// The messages until no sender is left, waited for on this thread; made by [`Receiver::blocking_iter`].
pub struct BlockingIter<'a, T> {
    pub(super) receiver: &'a mut Receiver<T>,
}

impl<T> Iterator for BlockingIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.receiver.blocking_recv().ok()
    }
}

/// A channel that has closed stays closed.
impl<T> FusedIterator for BlockingIter<'_, T> {}

impl<T> fmt::Debug for BlockingIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingIter").finish_non_exhaustive()
    }
}
