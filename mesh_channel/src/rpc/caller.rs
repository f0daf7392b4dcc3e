//! The caller's side of a call: sending it, waiting for its answer, and what may come of it.
//!
//! [`RpcSend`] stands for whatever requests can be sent into: a [`Sender`], a reference to one, or a type of the user's own that
//! wraps one, for example to put requests into an envelope. Only the sending is asked of it; the calls come with it.
//! [`TryRpcSend`] is for senders that may know that nobody receives, and gives the request back then.

use super::{FailableRpc, Rpc};
use crate::block_on::block_on;
use crate::error::RemoteError;
use crate::{OneshotReceiver, RecvError, Sender, TrySendError};
use futures::future::FusedFuture;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Something that calls can be sent into.
///
/// Implement [`send_rpc`](Self::send_rpc) for senders of your own.
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// use mesh_channel::Sender;
/// use mesh_channel::rpc::{Rpc, RpcSend};
///
/// /// Says for whom each request is.
/// struct Client {
///     name: &'static str,
///     tx: Sender<(&'static str, Rpc<u32, u32>)>,
/// }
///
/// impl RpcSend for Client {
///     type Message = Rpc<u32, u32>;
///
///     fn send_rpc(&self, message: Self::Message) {
///         self.tx.send((self.name, message));
///     }
/// }
///
/// let (tx, mut rx) = mesh_channel::channel();
/// let answer = Client { name: "me", tx }.call(|rpc| rpc, 5);
/// let (name, rpc) = rx.recv().await.unwrap();
/// rpc.handle_sync(|n| n + name.len() as u32);
/// assert_eq!(answer.await.unwrap(), 7);
/// # });
/// ```
pub trait RpcSend {
    /// What is sent: a request, usually one variant of an enum.
    type Message;

    /// Sends a request. If nobody receives it, it is dropped, and its caller is told [`RecvError::Closed`], or why the receiver
    /// was lost.
    fn send_rpc(&self, message: Self::Message);

    /// Sends a request at once, and returns the future of its answer.
    ///
    /// `make` is usually the constructor of an enum's variant. Dropping the future tells the handler that nobody is interested
    /// any more; the request stays sent.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// use mesh_channel::rpc::{Rpc, RpcSend};
    ///
    /// enum Request {
    ///     Flush(Rpc<(), bool>),
    /// }
    ///
    /// let (tx, mut rx) = mesh_channel::channel();
    /// let flushed = tx.call(Request::Flush, ());
    /// let Request::Flush(rpc) = rx.recv().await.unwrap();
    /// rpc.complete(true);
    /// assert!(flushed.await.unwrap());
    /// # });
    /// ```
    fn call<F, I, R>(&self, make: F, input: I) -> RpcFuture<R>
    where
        F: FnOnce(Rpc<I, R>) -> Self::Message,
    {
        let (rpc, answer) = Rpc::new(input);
        self.send_rpc(make(rpc));
        RpcFuture(answer)
    }

    /// As [`call`](Self::call), for a request that can fail: its error and the channel's become one [`RpcError`].
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// use mesh_channel::rpc::{FailableRpc, RpcError, RpcSend};
    ///
    /// enum Request {
    ///     Flush(FailableRpc<(), ()>),
    /// }
    ///
    /// let (tx, mut rx) = mesh_channel::channel();
    /// let flushed = tx.call_failable(Request::Flush, ());
    /// let Request::Flush(rpc) = rx.recv().await.unwrap();
    /// rpc.fail("disk is full");
    /// assert!(matches!(flushed.await, Err(RpcError::Call(error)) if error.to_string() == "disk is full"));
    /// # });
    /// ```
    fn call_failable<F, I, R>(&self, make: F, input: I) -> FailableRpcFuture<R>
    where
        F: FnOnce(FailableRpc<I, R>) -> Self::Message,
    {
        let (rpc, answer) = Rpc::new(input);
        self.send_rpc(make(rpc));
        FailableRpcFuture(answer)
    }

    /// As [`call`](Self::call), and waits for the answer, blocking the thread. Not for use in an executor's tasks.
    ///
    /// # Errors
    ///
    /// [`RpcError::Channel`], if there will be no answer.
    ///
    /// ```
    /// use mesh_channel::rpc::{Rpc, RpcSend};
    ///
    /// let (tx, mut rx) = mesh_channel::channel::<Rpc<u32, u32>>();
    /// std::thread::spawn(move || rx.blocking_recv().unwrap().handle_sync(|n| n + 1));
    /// assert_eq!(tx.blocking_call(|rpc| rpc, 1).unwrap(), 2);
    /// ```
    fn blocking_call<F, I, R>(&self, make: F, input: I) -> Result<R, RpcError>
    where
        F: FnOnce(Rpc<I, R>) -> Self::Message,
    {
        block_on(self.call(make, input))
    }

    /// As [`call_failable`](Self::call_failable), and waits for the answer, blocking the thread.
    ///
    /// # Errors
    ///
    /// [`RpcError::Call`], if the handler failed; [`RpcError::Channel`], if there will be no answer.
    fn blocking_call_failable<F, I, R>(&self, make: F, input: I) -> Result<R, RpcError<RemoteError>>
    where
        F: FnOnce(FailableRpc<I, R>) -> Self::Message,
    {
        block_on(self.call_failable(make, input))
    }
}

/// Something that calls can be sent into, and that may know that nobody receives them.
///
/// # Examples
///
/// ```
/// use mesh_channel::rpc::{Rpc, TryRpcSend};
///
/// let (tx, rx) = mesh_channel::channel::<Rpc<u32, u32>>();
/// drop(rx);
/// let error = tx.try_call(|rpc| rpc, 5).unwrap_err();
/// assert_eq!(*error.into_inner().input(), 5);
/// ```
pub trait TryRpcSend: RpcSend {
    /// Sends a request.
    ///
    /// # Errors
    ///
    /// The request, if the receiver is known to be gone.
    fn try_send_rpc(&self, message: Self::Message) -> Result<(), TrySendError<Self::Message>>;

    /// As [`RpcSend::call`], if the receiver is not known to be gone.
    ///
    /// # Errors
    ///
    /// The request, with the input in it.
    fn try_call<F, I, R>(
        &self,
        make: F,
        input: I,
    ) -> Result<RpcFuture<R>, TrySendError<Self::Message>>
    where
        F: FnOnce(Rpc<I, R>) -> Self::Message,
    {
        let (rpc, answer) = Rpc::new(input);
        self.try_send_rpc(make(rpc))?;
        Ok(RpcFuture(answer))
    }

    /// As [`RpcSend::call_failable`], if the receiver is not known to be gone.
    ///
    /// # Errors
    ///
    /// The request, with the input in it.
    fn try_call_failable<F, I, R>(
        &self,
        make: F,
        input: I,
    ) -> Result<FailableRpcFuture<R>, TrySendError<Self::Message>>
    where
        F: FnOnce(FailableRpc<I, R>) -> Self::Message,
    {
        let (rpc, answer) = Rpc::new(input);
        self.try_send_rpc(make(rpc))?;
        Ok(FailableRpcFuture(answer))
    }
}

impl<T> RpcSend for Sender<T> {
    type Message = T;

    fn send_rpc(&self, message: T) {
        self.send(message);
    }
}

impl<T> TryRpcSend for Sender<T> {
    fn try_send_rpc(&self, message: T) -> Result<(), TrySendError<T>> {
        self.try_send(message)
    }
}

impl<S: RpcSend + ?Sized> RpcSend for &S {
    type Message = S::Message;

    fn send_rpc(&self, message: S::Message) {
        (**self).send_rpc(message);
    }
}

impl<S: TryRpcSend + ?Sized> TryRpcSend for &S {
    fn try_send_rpc(&self, message: S::Message) -> Result<(), TrySendError<S::Message>> {
        (**self).try_send_rpc(message)
    }
}

/// Why a call has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RpcError<E = Infallible> {
    /// The handler failed.
    #[error(transparent)]
    Call(E),
    /// The request was dropped unanswered, or its handler was lost.
    #[error("the call was not answered")]
    Channel(#[from] RecvError),
}

/// The answer to a call; made by [`RpcSend::call`].
///
/// Dropping it tells the handler that nobody is interested in the answer any more.
///
/// # Errors
///
/// [`RpcError::Channel`], if there will be no answer.
#[must_use = "the call is sent, but its handler may stop when the future is dropped; for no answer use `Rpc::detached`"]
pub struct RpcFuture<R>(OneshotReceiver<R>);

/// The answer to a call that can fail; made by [`RpcSend::call_failable`].
///
/// Dropping it tells the handler that nobody is interested in the answer any more.
///
/// # Errors
///
/// [`RpcError::Call`], if the handler failed; [`RpcError::Channel`], if there will be no answer.
#[must_use = "the call is sent, but its handler may stop when the future is dropped; for no answer use `Rpc::detached`"]
pub struct FailableRpcFuture<R>(OneshotReceiver<Result<R, RemoteError>>);

impl<R> Future for RpcFuture<R> {
    type Output = Result<R, RpcError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(RpcError::Channel)
    }
}

impl<R> Future for FailableRpcFuture<R> {
    type Output = Result<R, RpcError<RemoteError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.0).poll(cx))?;
        Poll::Ready(answer.map_err(RpcError::Call))
    }
}

impl<R> FusedFuture for RpcFuture<R> {
    fn is_terminated(&self) -> bool {
        self.0.is_terminated()
    }
}

impl<R> FusedFuture for FailableRpcFuture<R> {
    fn is_terminated(&self) -> bool {
        self.0.is_terminated()
    }
}

impl<R> fmt::Debug for RpcFuture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcFuture").finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for FailableRpcFuture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailableRpcFuture").finish_non_exhaustive()
    }
}
