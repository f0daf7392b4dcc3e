//! The holder's end of a worker.
//!
//! A handle follows its worker from instance to instance. During a restart it holds the connections to both; the old one
//! counts until the state has gone, the new one from then on. The hand-over itself does not need the handle, so a restart
//! future that is dropped half-way leaves the handle able to find out later what became of it.

use crate::error::{InspectError, LaunchError, RestartError};
use crate::host::WorkerHost;
use crate::inspect::Inspect;
use crate::instance::{Command, Connected, RestartInto, Start};
use futures::stream::FusedStream;
use futures::{Stream, StreamExt};
use mesh::MeshPayload;
use mesh::error::RemoteError;
use mesh::rpc::{RpcError, RpcFuture, RpcSend};
use serde_json::Value;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What happens to a worker.
#[derive(Debug, MeshPayload)]
#[non_exhaustive]
pub enum WorkerEvent {
    /// An instance runs: after the launch, and again after each restart.
    Started,
    /// The worker returned in order. Nothing follows.
    Stopped,
    /// The worker failed, panicked, or was lost with its process. Nothing follows.
    Failed(RemoteError),
}

/// A running worker, as a stream of its [`WorkerEvent`]s and the way to influence it.
///
/// Dropping the handle closes the channel that the worker listens on, which a worker takes as the request to stop.
///
/// With `StreamExt` in scope, whose adapter of the same name comes first, write `(&handle).inspect(path)`.
pub struct WorkerHandle {
    name: String,
    current: Option<Connection>,
    restarting: Option<Restarting>,
}

/// The handle's ends of the channels to an instance.
pub(crate) struct Connection {
    pub(crate) commands: mesh::Sender<Command>,
    pub(crate) events: mesh::Receiver<WorkerEvent>,
}

/// An instance to be: the handle's ends of its channels, and the way to give it its start.
pub(crate) struct Launching {
    pub(crate) connection: Connection,
    pub(crate) start: mesh::OneshotSender<Start>,
}

/// A restart whose state is on its way.
struct Restarting {
    next: Connection,
    done: RpcFuture<Result<(), RemoteError>>,
}

impl Launching {
    /// The channels between a handle and an instance.
    pub(crate) fn new() -> (Self, Connected) {
        let (start, start_receiver) = mesh::oneshot();
        let (commands, command_receiver) = mesh::channel();
        let (event_sender, events) = mesh::channel();
        let launching = Self {
            connection: Connection { commands, events },
            start,
        };
        let connected = Connected {
            start: start_receiver,
            commands: command_receiver,
            events: event_sender,
        };
        (launching, connected)
    }
}

impl WorkerHandle {
    pub(crate) fn new(name: String, connection: Connection) -> Self {
        Self {
            name,
            current: Some(connection),
            restarting: None,
        }
    }

    /// The name in the worker's [`WorkerId`](crate::WorkerId).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks the worker to stop. It is stopped when the handle reports [`WorkerEvent::Stopped`], or [`join`](Self::join)
    /// returns.
    pub fn stop(&mut self) {
        let connections = [
            self.current.as_ref(),
            self.restarting.as_ref().map(|restarting| &restarting.next),
        ];
        for connection in connections.into_iter().flatten() {
            connection.commands.send(Command::Stop);
        }
    }

    /// The next event; `None` after the worker has ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_event(&mut self) -> Option<WorkerEvent> {
        self.next().await
    }

    /// Waits until the worker has ended.
    ///
    /// # Errors
    ///
    /// The worker failed; the error says why.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handle.
    pub async fn join(mut self) -> Result<(), RemoteError> {
        while let Some(event) = self.next().await {
            if let WorkerEvent::Failed(error) = event {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Lets a new instance of the worker take over on `host`, which may be the present one, with the state of the old.
    ///
    /// The new host first makes a thread ready for a worker of this name; only then is the state asked for. A restart that
    /// fails until then leaves the old instance untouched and connected.
    ///
    /// # Errors
    ///
    /// See [`RestartError`].
    ///
    /// # Cancel safety
    ///
    /// A future dropped before the state was asked for has no effect. Later, the restart goes on by itself, and the handle
    /// follows the worker to its new host.
    pub async fn restart(&mut self, host: &WorkerHost) -> Result<(), RestartError> {
        // What became of an earlier restart whose future was dropped is no concern of this one.
        let _ = self.settle().await;
        let (Launching { connection, start }, ready) = host.prepare(&self.name);
        ready.wait().await.map_err(RestartError::NotLaunched)?;
        let Some(current) = &self.current else {
            return Err(RestartError::Ended);
        };
        let done = current
            .commands
            .call(|done| Command::Restart(RestartInto { start, done }), ());
        self.restarting = Some(Restarting {
            next: connection,
            done,
        });
        self.settle().await?;
        match self.next().await {
            Some(WorkerEvent::Failed(error)) => Err(RestartError::Failed(error)),
            Some(WorkerEvent::Started) => Ok(()),
            Some(WorkerEvent::Stopped) | None => Ok(()),
        }
    }

    /// The state of the worker at `path`, as a tree of values that prints as JSON; an empty path is all of it.
    ///
    /// If the future of a restart was dropped half-way, the old instance is asked until the handle has learned of the new one.
    ///
    /// # Errors
    ///
    /// Nothing is at the path, or the worker did not answer.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the question.
    pub async fn inspect(&self, path: &str) -> Result<Value, InspectError> {
        let Some(current) = &self.current else {
            return Err(InspectError::NotAnswered(mesh::RecvError::Closed));
        };
        let answer = current
            .commands
            .call_failable(|rpc| Command::Inspect(Inspect::new(rpc)), path.to_owned());
        let text = answer.await.map_err(|error| match error {
            RpcError::Call(error) => InspectError::Failed(error),
            RpcError::Channel(error) => InspectError::NotAnswered(error),
        })?;
        serde_json::from_str(&text).map_err(|error| InspectError::Failed(RemoteError::new(error)))
    }

    /// Waits for the first event of a worker that was just launched.
    pub(crate) async fn started(mut self) -> Result<Self, LaunchError> {
        match self.next().await {
            Some(WorkerEvent::Failed(error)) => Err(LaunchError::Failed(error)),
            _ => Ok(self),
        }
    }

    /// Waits until a restart under way has moved the state or failed to.
    async fn settle(&mut self) -> Result<(), RestartError> {
        std::future::poll_fn(|cx| self.poll_settle(cx)).await
    }

    fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), RestartError>> {
        let Some(restarting) = &mut self.restarting else {
            return Poll::Ready(Ok(()));
        };
        let done = ready!(Pin::new(&mut restarting.done).poll(cx));
        let restarting = self.restarting.take();
        Poll::Ready(match done {
            Ok(Ok(())) => {
                self.current = restarting.map(|restarting| restarting.next);
                Ok(())
            }
            Ok(Err(error)) => Err(RestartError::Refused(error)),
            Err(_) => Err(RestartError::Ended),
        })
    }
}

impl Stream for WorkerHandle {
    type Item = WorkerEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<WorkerEvent>> {
        // A restart that failed leaves the present connection in place, and that one reports what is to report.
        let _ = ready!(self.poll_settle(cx));
        let Some(current) = &mut self.current else {
            return Poll::Ready(None);
        };
        let event = match ready!(current.events.poll_recv(cx)) {
            Ok(event) => event,
            // The instance, its relay or its process went without a word.
            Err(error) => WorkerEvent::Failed(RemoteError::new(LaunchError::HostGone(error))),
        };
        if !matches!(event, WorkerEvent::Started) {
            self.current = None;
        }
        Poll::Ready(Some(event))
    }
}

impl FusedStream for WorkerHandle {
    fn is_terminated(&self) -> bool {
        self.current.is_none()
    }
}

impl fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerHandle")
            .field("name", &self.name)
            .field("restarting", &self.restarting.is_some())
            .field("ended", &self.current.is_none())
            .finish()
    }
}
