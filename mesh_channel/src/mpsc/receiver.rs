//! The receiving half.

use super::control::Control;
use super::list::{Consumer, Pop};
use super::recv::{BlockingIter, Recv, RecvMany, TryIter};
use crate::block_on::{block_on, has_links, sleep_on};
use crate::recv_error::{RecvError, TryRecvError};
use crate::spin::Spin;
use futures::Stream;
use futures::stream::FusedStream;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

/// The receiving half of a channel returned by [`channel`](super::channel).
///
/// As a [`Stream`] it ends when no sender is left; [`try_recv`](Self::try_recv) then tells whether one was lost.
///
/// A `Receiver<T>` can be sent in a message to another process if `T` is a
/// [`MeshPayload`](mesh_node::message::MeshPayload). It takes along what is queued, and its senders follow it.
pub struct Receiver<T> {
    consumer: Consumer<T, Control<T>, Memo>,
}

/// What a receiver knows of itself: a word that fits into a gap of the consumer.
pub(super) struct Memo {
    /// Which of the constants below hold.
    flags: u8,
    /// The low bits of the number up to which all was taken when it last waited in [`blocking_recv`](Receiver::blocking_recv).
    waited_at: u8,
    /// How long to look there before sleeping.
    spin: Spin,
}

/// Its place has been taken by a route, and there is nobody to tell that it goes.
const DEPARTED: u8 = 1;
/// [`close`](Receiver::close) has been called: when the queue is empty, nothing follows.
const CLOSED: u8 = 2;
/// The stream has ended.
const TERMINATED: u8 = 4;

/// This many messages between two waits are a stream.
const STREAM: u8 = 8;

impl Default for Memo {
    #[inline]
    fn default() -> Self {
        Self {
            flags: 0,
            waited_at: 0,
            spin: Spin::new(),
        }
    }
}

impl<T> Receiver<T> {
    #[inline]
    pub(super) fn new(consumer: Consumer<T, Control<T>, Memo>) -> Self {
        Self { consumer }
    }

    fn is(&self, flag: u8) -> bool {
        self.consumer.memo.flags & flag != 0
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
    ///
    /// It can be one of several futures in a `select!`, that of `tokio` or that of `futures`, which needs no `fuse` for it:
    ///
    /// ```
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let (commands, mut command_rx) = mesh_channel::channel();
    /// let (_events, mut event_rx) = mesh_channel::channel::<u32>();
    /// commands.send("flush");
    /// tokio::select! {
    ///     command = command_rx.recv() => assert_eq!(command.unwrap(), "flush"),
    ///     event = event_rx.recv() => panic!("nobody sent {event:?}"),
    /// }
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
                Pop::Empty if self.is(CLOSED) => Err(self.end().into()),
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
                Pop::Empty if self.is(CLOSED) => return Poll::Ready(Err(self.end())),
                Pop::Empty if self.consumer.side().resume() => continue,
                Pop::Empty => {}
            }
            if self.consumer.wait(cx.waker()) {
                return Poll::Pending;
            }
        }
    }

    /// Receives the next message, blocking the thread until it is there.
    ///
    /// If others are about to send, it looks for their messages for some microseconds at most before it puts the thread to sleep,
    /// and learns how long that pays; a receiver that waits costs nothing. Not for use in an executor's tasks.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// ```
    /// let (tx, mut rx) = mesh_channel::channel();
    /// let sender = std::thread::spawn(move || tx.send(5));
    /// assert_eq!(rx.blocking_recv().unwrap(), 5);
    /// assert!(rx.blocking_recv().is_err());
    /// # sender.join().unwrap();
    /// ```
    #[inline]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        match self.consumer.pop() {
            Pop::Value(value) => Ok(value),
            Pop::Finished => Err(self.end()),
            Pop::Empty => self.blocking_wait(),
        }
    }

    /// Waits for a message that was not there.
    fn blocking_wait(&mut self) -> Result<T, RecvError> {
        if has_links() {
            return block_on(self.recv());
        }
        let start = Instant::now();
        let consumer = &self.consumer;
        let mut spin = consumer.memo.spin;
        let position = consumer.position();
        // Cut off, as it only matters whether they were many.
        let run = position.wrapping_sub(consumer.memo.waited_at);
        // Not if the receiver has yet to say that it wants more.
        let found = !self.is(CLOSED) && !consumer.side().resume() && {
            let is_there = || consumer.is_worth_a_look();
            if run >= STREAM {
                spin.look_at_stream(start, is_there)
            } else {
                spin.look(start, is_there)
            }
        };
        self.consumer.memo.spin = spin;
        self.consumer.memo.waited_at = position;
        if found {
            if let Pop::Value(value) = self.consumer.pop() {
                return Ok(value);
            }
        }
        let received = spin.sleep(start, || sleep_on(self.recv()));
        self.consumer.memo.spin = spin;
        received
    }

    /// Receives what is there, up to `limit` messages, and appends it to `buffer`; waits for a message if there is none.
    ///
    /// The number of messages is at least one, unless `limit` is zero: then it is zero, at once. Messages are never held back to
    /// make a larger batch.
    ///
    /// Cancel-safe: messages are only taken when the future is ready.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv); `buffer` is left as it was.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = mesh_channel::channel();
    /// (0..5).for_each(|n| tx.send(n));
    /// let mut batch = Vec::new();
    /// assert_eq!(rx.recv_many(&mut batch, 3).await.unwrap(), 3);
    /// assert_eq!(rx.recv_many(&mut batch, 3).await.unwrap(), 2);
    /// assert_eq!(batch, [0, 1, 2, 3, 4]);
    /// # });
    /// ```
    pub fn recv_many<'a>(&'a mut self, buffer: &'a mut Vec<T>, limit: usize) -> RecvMany<'a, T> {
        RecvMany {
            receiver: self,
            buffer,
            limit,
        }
    }

    /// As [`recv_many`](Self::recv_many), blocking the thread like [`blocking_recv`](Self::blocking_recv).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv); `buffer` is left as it was.
    pub fn blocking_recv_many(
        &mut self,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Result<usize, RecvError> {
        if limit == 0 {
            return Ok(0);
        }
        let first = self.blocking_recv()?;
        buffer.push(first);
        Ok(1 + self.consumer.pop_many(buffer, limit - 1))
    }

    /// Polls for messages; see [`recv_many`](Self::recv_many).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv); `buffer` is left as it was.
    #[inline]
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<Result<usize, RecvError>> {
        if limit == 0 {
            return Poll::Ready(Ok(0));
        }
        self.poll_recv(cx).map_ok(|first| {
            buffer.push(first);
            1 + self.consumer.pop_many(buffer, limit - 1)
        })
    }

    /// The messages that are there, without waiting for further ones.
    ///
    /// ```
    /// let (tx, mut rx) = mesh_channel::channel();
    /// tx.send(1);
    /// tx.send(2);
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2]);
    /// assert_eq!(rx.try_iter().next(), None);
    /// ```
    pub fn try_iter(&mut self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }

    /// The messages until no sender is left, blocking the thread like [`blocking_recv`](Self::blocking_recv).
    ///
    /// ```
    /// let (tx, mut rx) = mesh_channel::channel();
    /// std::thread::spawn(move || (1..=3).for_each(|n| tx.send(n)));
    /// assert_eq!(rx.blocking_iter().sum::<i32>(), 6);
    /// ```
    pub fn blocking_iter(&mut self) -> BlockingIter<'_, T> {
        BlockingIter { receiver: self }
    }

    /// Ends the channel from this side: senders see the receiver as gone, and what is queued can still be received.
    ///
    /// After that, receiving fails: it does not wait for the senders to be dropped. What senders in other processes have
    /// sent and has not arrived in the queue is dropped. A closed receiver that travels takes its queue along and stays closed.
    ///
    /// ```
    /// let (tx, mut rx) = mesh_channel::channel();
    /// tx.send(1);
    /// rx.close();
    /// assert!(tx.is_closed());
    /// assert_eq!(tx.try_send(2).unwrap_err().into_inner(), 2);
    /// assert_eq!(rx.try_recv().unwrap(), 1);
    /// assert_eq!(rx.try_recv(), Err(mesh_channel::TryRecvError::Closed));
    /// ```
    pub fn close(&mut self) {
        self.consumer.memo.flags |= CLOSED;
        if self.consumer.seal() {
            self.consumer.side().gone(None);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is(CLOSED)
    }

    /// How many messages are queued here. Messages from other processes that are still on their way are not counted.
    ///
    /// It may be more at any time, but is not less until one is received.
    ///
    /// ```
    /// let (tx, rx) = mesh_channel::channel();
    /// tx.send('a');
    /// tx.send('b');
    /// assert_eq!(rx.len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.consumer.len()
    }

    /// True if no message is queued here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
    pub(super) fn depart(&mut self) -> &mut Consumer<T, Control<T>, Memo> {
        self.consumer.memo.flags |= DEPARTED;
        &mut self.consumer
    }
}

impl<T> Drop for Receiver<T> {
    #[inline]
    fn drop(&mut self) {
        let tell = !self.is(DEPARTED) && !self.consumer.is_alone() && self.consumer.seal();
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
            if message.is_err() {
                self.consumer.memo.flags |= TERMINATED;
            }
            message.ok()
        })
    }
}

impl<T> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.is(TERMINATED)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
