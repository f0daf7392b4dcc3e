//! Remote procedure calls: a request and the way back for its answer, in one value.
//!
//! An [`Rpc`] is an input and a [oneshot](crate::oneshot()) for the reply. By convention a service has one channel whose message is
//! an enum with a variant for each thing that it can do, and each variant holds an `Rpc`. The caller makes it with
//! [`RpcSend::call`], which takes the variant's constructor, and awaits what it returns; the service answers it with one of the
//! `handle` functions.
//!
//! - A call is sent when it is called, not when its future is polled.
//! - An `Rpc` that is dropped unanswered tells its caller [`Closed`](crate::RecvError::Closed).
//! - A caller that loses interest drops its future, which the handler can see: [`Rpc::is_closed`], [`Rpc::closed`].
//! - Nothing is bounded here: as many calls may be under way as callers make, each held by the channel and its handler.
//! - In process a call costs one allocation, for the reply.

mod caller;

pub use caller::{FailableRpcFuture, RpcError, RpcFuture, RpcSend, TryRpcSend};

use crate::error::RemoteError;
use crate::{OneshotClosed, OneshotSender, oneshot};
use mesh_derive::MeshPayload;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A request with input `I`, to be answered with `R`.
///
/// # Across processes
///
/// It is a payload if `I` and `R` are. The answer comes back as the request went: by value within a process, through ports
/// otherwise. When the process that handles it fails, the caller is told the cause.
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// use mesh_channel::rpc::{Rpc, RpcSend};
///
/// enum Request {
///     Double(Rpc<u32, u32>),
///     Length(Rpc<String, usize>),
/// }
///
/// let (tx, mut rx) = mesh_channel::channel();
/// let double = tx.call(Request::Double, 5);
/// let length = tx.call(Request::Length, "hello".to_string());
/// drop(tx);
///
/// while let Ok(request) = rx.recv().await {
///     match request {
///         Request::Double(rpc) => rpc.handle_sync(|n| 2 * n),
///         Request::Length(rpc) => rpc.handle(async |text| text.len()).await,
///     }
/// }
/// assert_eq!(double.await.unwrap(), 10);
/// assert_eq!(length.await.unwrap(), 5);
/// # });
/// ```
#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
#[must_use = "the caller is told `Closed` when a call is dropped unanswered"]
pub struct Rpc<I, R> {
    input: I,
    /// None if nobody waits for the answer.
    reply: Option<OneshotSender<R>>,
}

/// A request that can fail.
///
/// Made by [`RpcSend::call_failable`]. [`handle`](Rpc::handle) and [`handle_sync`](Rpc::handle_sync) take handlers that return
/// `Result<R, RemoteError>`, [`handle_failable`](Rpc::handle_failable) and
/// [`handle_failable_sync`](Rpc::handle_failable_sync) such that fail with any error.
pub type FailableRpc<I, R> = Rpc<I, Result<R, RemoteError>>;

impl<I, R> Rpc<I, R> {
    /// A request whose answer nobody waits for.
    ///
    /// It is not taken for one whose caller has lost interest: [`is_closed`](Self::is_closed) is false, so that a handler that
    /// stops early for the others does this one to the end.
    ///
    /// ```
    /// use mesh_channel::rpc::Rpc;
    ///
    /// let (tx, mut rx) = mesh_channel::channel::<Rpc<u32, bool>>();
    /// tx.send(Rpc::detached(5));
    /// rx.try_recv().unwrap().handle_sync(|n| n == 5);
    /// ```
    pub fn detached(input: I) -> Self {
        Self { input, reply: None }
    }

    /// A request, and where its answer will arrive.
    pub(crate) fn new(input: I) -> (Self, crate::OneshotReceiver<R>) {
        let (reply, answer) = oneshot();
        let reply = Some(reply);
        (Self { input, reply }, answer)
    }

    /// What is asked for.
    pub fn input(&self) -> &I {
        &self.input
    }

    /// Takes the input out, and leaves a call that still wants an answer.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// # use mesh_channel::rpc::{Rpc, RpcSend};
    /// let (tx, mut rx) = mesh_channel::channel();
    /// let answer = tx.call(|rpc: Rpc<_, _>| rpc, "hello".to_string());
    ///
    /// let (text, rpc) = rx.recv().await.unwrap().split();
    /// rpc.complete(text + " world");
    /// assert_eq!(answer.await.unwrap(), "hello world");
    /// # });
    /// ```
    pub fn split(self) -> (I, Rpc<(), R>) {
        let rest = Rpc {
            input: (),
            reply: self.reply,
        };
        (self.input, rest)
    }

    /// Answers with what `handler` returns.
    ///
    /// The handler runs to its end, also when the caller loses interest; see [`closed`](Self::closed). If the future is dropped
    /// before, or the handler panics, the caller is told [`Closed`](crate::RecvError::Closed).
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// # use mesh_channel::rpc::{Rpc, RpcSend};
    /// # let (tx, mut rx) = mesh_channel::channel();
    /// # let answer = tx.call(|rpc: Rpc<_, _>| rpc, 5);
    /// # let rpc = rx.recv().await.unwrap();
    /// let mut calls = 0;
    /// rpc.handle(async |input: u32| {
    ///     calls += 1;
    ///     input + calls
    /// })
    /// .await;
    /// # assert_eq!(answer.await.unwrap(), 6);
    /// # });
    /// ```
    pub async fn handle<F>(self, handler: F)
    where
        F: AsyncFnOnce(I) -> R,
    {
        let (input, rpc) = self.split();
        rpc.complete(handler(input).await);
    }

    /// Answers with what `handler` returns at once.
    pub fn handle_sync<F>(self, handler: F)
    where
        F: FnOnce(I) -> R,
    {
        let (input, rpc) = self.split();
        rpc.complete(handler(input));
    }

    /// Answers with what `handler` returns if it succeeds, in a service that cannot go on if it does not.
    ///
    /// # Errors
    ///
    /// The handler's. As `R` has no place for it, the caller is told [`Closed`](crate::RecvError::Closed), and the service is
    /// the one to say why.
    ///
    /// ```
    /// # use mesh_channel::rpc::{Rpc, RpcSend};
    /// use mesh_channel::RecvError;
    /// use mesh_channel::rpc::RpcError;
    ///
    /// # futures_executor::block_on(async {
    /// # let (tx, mut rx) = mesh_channel::channel();
    /// # let answer = tx.call(|rpc: Rpc<_, _>| rpc, "x".to_string());
    /// # let rpc = rx.recv().await.unwrap();
    /// let done = rpc.handle_must_succeed(async |text| text.parse::<u32>()).await;
    /// assert!(done.is_err());
    /// assert!(matches!(answer.await, Err(RpcError::Channel(RecvError::Closed))));
    /// # });
    /// ```
    pub async fn handle_must_succeed<F, E>(self, handler: F) -> Result<(), E>
    where
        F: AsyncFnOnce(I) -> Result<R, E>,
    {
        let (input, rpc) = self.split();
        rpc.complete(handler(input).await?);
        Ok(())
    }

    /// Answers. If the caller has lost interest, the answer is dropped.
    pub fn complete(self, answer: R) {
        if let Some(reply) = self.reply {
            reply.send(answer);
        }
    }

    /// True once the caller has dropped its future, so that there is no use in an answer.
    ///
    /// # Across processes
    ///
    /// True also when the caller's process has failed; either takes as long to be known as the news takes to arrive.
    pub fn is_closed(&self) -> bool {
        self.reply.as_ref().is_some_and(OneshotSender::is_closed)
    }

    /// Waits for the caller to drop its future; forever, if it never does. May be dropped at any time.
    ///
    /// A handler that wants to stop early races it with the work:
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// # use mesh_channel::rpc::{Rpc, RpcSend};
    /// use futures::future::{Either, select};
    /// use std::pin::pin;
    ///
    /// let (tx, mut rx) = mesh_channel::channel();
    /// let answer = tx.call(|rpc: Rpc<u32, u32>| rpc, 5);
    /// let (input, mut rpc) = rx.recv().await.unwrap().split();
    ///
    /// drop(answer);
    /// let work = pin!(std::future::pending());
    /// match select(work, rpc.closed()).await {
    ///     Either::Left((answer, _)) => rpc.complete(answer),
    ///     Either::Right(_) => println!("nobody wants to know about {input} any more"),
    /// }
    /// # });
    /// ```
    pub fn closed(&mut self) -> RpcClosed<'_, R> {
        RpcClosed(self.reply.as_mut().map(OneshotSender::closed))
    }
}

impl<I, R> FailableRpc<I, R> {
    /// Answers with what `handler` returns, be it an error of any type. Otherwise as [`handle`](Self::handle).
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// # use mesh_channel::rpc::{FailableRpc, RpcSend};
    /// # let (tx, mut rx) = mesh_channel::channel();
    /// let answer = tx.call_failable(|rpc: FailableRpc<_, _>| rpc, "x".to_string());
    /// # let rpc = rx.recv().await.unwrap();
    /// rpc.handle_failable(async |text| text.parse::<u32>()).await;
    /// assert_eq!(answer.await.unwrap_err().to_string(), "invalid digit found in string");
    /// # });
    /// ```
    pub async fn handle_failable<F, E>(self, handler: F)
    where
        F: AsyncFnOnce(I) -> Result<R, E>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let (input, rpc) = self.split();
        rpc.complete(handler(input).await.map_err(RemoteError::new));
    }

    /// Answers with what `handler` returns at once, be it an error of any type.
    pub fn handle_failable_sync<F, E>(self, handler: F)
    where
        F: FnOnce(I) -> Result<R, E>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let (input, rpc) = self.split();
        rpc.complete(handler(input).map_err(RemoteError::new));
    }

    /// Answers with an error.
    pub fn fail(self, error: impl Into<Box<dyn Error + Send + Sync>>) {
        self.complete(Err(RemoteError::new(error)));
    }
}

impl<I: fmt::Debug, R> fmt::Debug for Rpc<I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rpc")
            .field("input", &self.input)
            .finish_non_exhaustive()
    }
}

/// Waits for a caller to lose interest; made by [`Rpc::closed`].
#[must_use = "futures do nothing unless polled"]
pub struct RpcClosed<'a, R>(Option<OneshotClosed<'a, R>>);

impl<R> Future for RpcClosed<'_, R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(closed) => Pin::new(closed).poll(cx),
            None => Poll::Pending,
        }
    }
}

impl<R> fmt::Debug for RpcClosed<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcClosed").finish_non_exhaustive()
    }
}
