//! Cancellation: asking for work to stop that may run anywhere.
//!
//! A [`CancelContext`] goes with the work, through calls and messages; a [`Cancel`] stays with whoever may want to stop it. The
//! context ends when it is cancelled or when its deadline has passed; the work asks it, waits for it with
//! [`cancelled`](CancelContext::cancelled), or is run under it with [`until_cancelled`](CancelContext::until_cancelled).
//! Nothing is stopped by force.
//!
//! Contexts form a tree. A context can be narrowed, never widened: a child made with [`with_cancel`](CancelContext::with_cancel)
//! ends no later than its parent, whatever else ends it, and a deadline set on top of an earlier one changes nothing.
//!
//! - [`node`] holds the tree, [`remote`] takes it across process boundaries.
//! - A context that only has a deadline, or nothing, has no node and costs nothing.
//! - Deadlines are compared with the clock by whoever asks; only who waits uses the process's timer.

mod node;
mod remote;

#[cfg(test)]
mod tests;

use crate::deadline::Deadline;
use crate::timer::Alarm;
use futures::future::FusedFuture;
use mesh_derive::MeshPayload;
use mesh_node::OwnedMessage;
use mesh_node::local_node::Port;
use mesh_node::message::SerializedMessage;
use node::{ListenerId, Node};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// A cancellation context.
///
/// Clones are the same context, but each has a deadline of its own, which starts as that of the one it was cloned from.
///
/// # Across processes
///
/// It can be sent in a message, and is cancelled there when it is cancelled here. A deadline travels as the time that is left.
/// A context whose origin's process fails or exits counts as cancelled; a process that only passed it on is not needed any
/// more.
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// use mesh_channel::{CancelContext, CancelReason};
/// use std::time::Duration;
///
/// let mut ctx = CancelContext::new();
/// ctx.with_deadline(Duration::from_millis(5));
/// assert_eq!(ctx.cancelled().await, CancelReason::DeadlineExceeded);
/// # });
/// ```
#[derive(Clone, Default)]
pub struct CancelContext {
    /// None: it can only reach its deadline.
    node: Option<Arc<Node>>,
    deadline: Option<Deadline>,
}

/// A cancel notifier: cancels the context it was made with.
///
/// Only [`cancel`](Self::cancel) cancels. A notifier that is dropped leaves its context to run to its end.
///
/// # Across processes
///
/// It can be sent in a message. If the process that holds it fails, the context is cancelled, as nobody is left to decide.
///
/// # Examples
///
/// ```
/// use mesh_channel::CancelContext;
///
/// let (ctx, cancel) = CancelContext::new().with_cancel();
/// assert!(!ctx.is_cancelled());
/// cancel.cancel();
/// assert!(ctx.is_cancelled());
/// ```
#[derive(Debug)]
pub struct Cancel(Notify);

enum Notify {
    Local(Arc<Node>),
    /// Its node is at the other end.
    Remote(Port),
}

/// Why a context has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error, MeshPayload)]
#[mesh(crate = "mesh_node")]
#[non_exhaustive]
pub enum CancelReason {
    /// It, or one that it was derived from, was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Its deadline has passed.
    #[error("deadline exceeded")]
    DeadlineExceeded,
}

impl CancelContext {
    /// A context that never ends, to be narrowed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Narrows this context to end no later than `deadline` (a `Duration` counts from now), and returns a clone of it.
    ///
    /// Contexts derived or cloned from it before are not affected; to give only a child a deadline, clone first.
    ///
    /// ```
    /// use mesh_channel::CancelContext;
    /// use std::time::Duration;
    ///
    /// let ctx = CancelContext::new();
    /// let child = ctx.clone().with_deadline(Duration::from_secs(5));
    /// assert!(child.deadline().is_some());
    /// assert!(ctx.deadline().is_none());
    /// ```
    pub fn with_deadline(&mut self, deadline: impl Into<Deadline>) -> Self {
        let deadline = deadline.into();
        self.deadline = Some(self.deadline.map_or(deadline, |set| set.min(deadline)));
        self.clone()
    }

    /// As [`with_deadline`](Self::with_deadline), so long after now.
    ///
    /// ```
    /// use mesh_channel::CancelContext;
    /// use std::time::Duration;
    ///
    /// let ctx = CancelContext::new().with_timeout(Duration::ZERO);
    /// assert!(ctx.is_cancelled());
    /// ```
    pub fn with_timeout(&mut self, timeout: Duration) -> Self {
        self.with_deadline(timeout)
    }

    /// A child of this context, and what cancels the child. The child has this context's deadline.
    ///
    /// ```
    /// use mesh_channel::CancelContext;
    ///
    /// let (parent, cancel) = CancelContext::new().with_cancel();
    /// let (child, _) = parent.with_cancel();
    /// cancel.cancel();
    /// assert!(child.is_cancelled());
    /// ```
    #[must_use]
    pub fn with_cancel(&self) -> (Self, Cancel) {
        let node = self.node.as_ref().map_or_else(Node::new, Node::child);
        let context = Self {
            node: Some(node.clone()),
            deadline: self.deadline,
        };
        (context, Cancel(Notify::Local(node)))
    }

    /// Why the context has ended; `None` while it has not. [`CancelReason::Cancelled`] if both are true.
    pub fn reason(&self) -> Option<CancelReason> {
        if self.node.as_ref().is_some_and(|node| node.is_cancelled()) {
            return Some(CancelReason::Cancelled);
        }
        self.deadline
            .is_some_and(|deadline| deadline.has_passed())
            .then_some(CancelReason::DeadlineExceeded)
    }

    /// True once it has been cancelled or its deadline has passed.
    pub fn is_cancelled(&self) -> bool {
        self.reason().is_some()
    }

    /// When it will end at the latest.
    pub fn deadline(&self) -> Option<Deadline> {
        self.deadline
    }

    /// Waits for the context to end. The future does not borrow the context, and may be dropped at any time.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// use mesh_channel::{CancelContext, CancelReason};
    ///
    /// let (ctx, cancel) = CancelContext::new().with_cancel();
    /// cancel.cancel();
    /// assert_eq!(ctx.cancelled().await, CancelReason::Cancelled);
    /// # });
    /// ```
    pub fn cancelled(&self) -> Cancelled {
        Cancelled {
            context: self.clone(),
            listener: None,
            alarm: self.deadline.map(|deadline| Alarm::new(deadline.instant())),
            terminated: false,
        }
    }

    /// Runs a future until it is done or the context ends; then the future is dropped. A future that is done wins.
    ///
    /// # Errors
    ///
    /// Why the context ended before the future was done.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// use mesh_channel::{CancelContext, CancelReason};
    /// use std::time::Duration;
    ///
    /// let ctx = CancelContext::new().with_timeout(Duration::from_millis(5));
    /// assert_eq!(ctx.until_cancelled(async { 5 }).await, Ok(5));
    ///
    /// let forever = std::future::pending::<()>();
    /// let result = ctx.until_cancelled(forever).await;
    /// assert_eq!(result, Err(CancelReason::DeadlineExceeded));
    /// # });
    /// ```
    pub fn until_cancelled<F: Future>(
        &self,
        future: F,
    ) -> impl Future<Output = Result<F::Output, CancelReason>> + use<F> {
        let mut cancelled = self.cancelled();
        async move {
            let mut future = pin!(future);
            poll_fn(|cx| match future.as_mut().poll(cx) {
                Poll::Ready(output) => Poll::Ready(Ok(output)),
                Poll::Pending => Pin::new(&mut cancelled).poll(cx).map(Err),
            })
            .await
        }
    }
}

impl fmt::Debug for CancelContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelContext")
            .field("reason", &self.reason())
            .field("deadline", &self.deadline)
            .finish()
    }
}

impl Cancel {
    /// Cancels the context, and with it everything derived from it. Again is as good as once.
    ///
    /// Tasks that wait for it are woken on this thread.
    ///
    /// # Across processes
    ///
    /// Contexts in other processes are cancelled as soon as these learn of it.
    pub fn cancel(&self) {
        match &self.0 {
            Notify::Local(node) => node.cancel(),
            Notify::Remote(port) => {
                port.send(OwnedMessage::serialized(SerializedMessage::default()))
            }
        }
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(node) => f.debug_tuple("Local").field(&node.is_cancelled()).finish(),
            Self::Remote(port) => f.debug_tuple("Remote").field(port).finish(),
        }
    }
}

/// Waits for a context to end; made by [`CancelContext::cancelled`].
///
/// It may be dropped at any time, and leaves nothing behind.
#[must_use = "futures do nothing unless polled"]
pub struct Cancelled {
    context: CancelContext,
    /// This future's entry in the node's list, from the first poll that had to wait.
    listener: Option<ListenerId>,
    alarm: Option<Alarm>,
    terminated: bool,
}

impl Future for Cancelled {
    type Output = CancelReason;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CancelReason> {
        let this = &mut *self;
        let cancelled = match &this.context.node {
            Some(node) => !node.watch(&mut this.listener, cx.waker()),
            None => false,
        };
        let reason = if cancelled {
            CancelReason::Cancelled
        } else if this
            .alarm
            .as_mut()
            .is_some_and(|alarm| alarm.poll(cx).is_ready())
        {
            CancelReason::DeadlineExceeded
        } else {
            return Poll::Pending;
        };
        this.terminated = true;
        Poll::Ready(reason)
    }
}

/// A `Cancelled` that is polled again after its end says why again.
impl FusedFuture for Cancelled {
    fn is_terminated(&self) -> bool {
        self.terminated
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        if let (Some(node), Some(id)) = (&self.context.node, self.listener) {
            node.remove(id);
        }
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancelled").field(&self.context).finish()
    }
}
