//! One running worker: its thread, and the task that passes on what its handle asks.
//!
//! The handle does not know the type of the worker's state, and may be in another process; the worker takes typed requests.
//! The relay between them is a future that the host's runner drives. A restart goes from relay to relay: the old instance's
//! relay sends the state straight into the new instance's start, so a handle that goes away in the middle breaks nothing.
//!
//! | the thread is | handle asks | thread ends |
//! |---|---|---|
//! | waiting for its start | answered once it runs | the start was dropped: it ends without a word |
//! | in `new` or `restart` | likewise | `Failed` |
//! | in `run` | passed on | `Stopped` or `Failed` |

use crate::handle::WorkerEvent;
use crate::inspect::Inspect;
use crate::worker::{Worker, WorkerRpc};
use futures::future::{BoxFuture, Fuse, FusedFuture};
use futures::{FutureExt, select_biased};
use mesh::block_on;
use mesh::error::RemoteError;
use mesh::rpc::{FailableRpc, RpcError, RpcSend};
use mesh::{MeshPayload, OwnedMessage};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a worker starts from.
#[derive(MeshPayload)]
pub(crate) enum Start {
    Parameters(OwnedMessage),
    State(OwnedMessage),
}

/// What a handle asks of a worker whose type it does not know.
#[derive(MeshPayload)]
pub(crate) enum Command {
    Stop,
    Restart(RestartInto),
    Inspect(Inspect),
}

/// The state goes to `start`; the answer says whether it has gone.
#[derive(MeshPayload)]
pub(crate) struct RestartInto {
    pub(crate) start: mesh::OneshotSender<Start>,
    pub(crate) done: FailableRpc<(), ()>,
}

/// The worker's ends of the channels to its handle.
#[derive(MeshPayload)]
pub(crate) struct Connected {
    pub(crate) start: mesh::OneshotReceiver<Start>,
    pub(crate) commands: mesh::Receiver<Command>,
    pub(crate) events: mesh::Sender<WorkerEvent>,
}

/// A worker with a thread, and the relay to be driven.
pub(crate) type Started = BoxFuture<'static, ()>;

/// Gives a worker its thread, which waits for the start.
pub(crate) fn start<W: Worker>(connected: Connected) -> std::io::Result<Started> {
    let Connected {
        start,
        commands,
        events,
    } = connected;
    let (rpc, recv) = mesh::channel();
    let (ended, end) = mesh::oneshot();
    let thread_events = events.clone();
    std::thread::Builder::new()
        .name(W::ID.name().into())
        .spawn(move || {
            // A start that never comes is a launch that was given up; nobody is there to be told.
            if let Ok(start) = block_on(start) {
                let outcome = live::<W>(start, recv, &thread_events);
                ended.send(outcome);
            }
        })?;
    Ok(relay(rpc, commands, events, end).boxed())
}

/// The worker's whole life, on its thread.
fn live<W: Worker>(
    start: Start,
    recv: mesh::Receiver<WorkerRpc<W::State>>,
    events: &mesh::Sender<WorkerEvent>,
) -> Result<(), RemoteError> {
    let life = || -> anyhow::Result<()> {
        let worker = match start {
            Start::Parameters(message) => W::new(message.parse()?)?,
            Start::State(message) => W::restart(message.parse()?)?,
        };
        events.send(WorkerEvent::Started);
        worker.run(recv)
    };
    match catch_unwind(AssertUnwindSafe(life)) {
        Ok(outcome) => outcome.map_err(RemoteError::new),
        Err(panic) => Err(RemoteError::new(panicked(&*panic))),
    }
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("the worker panicked: {text}")
}

/// Passes on what the handle asks until the worker has ended, then reports how.
async fn relay<S: MeshPayload>(
    rpc: mesh::Sender<WorkerRpc<S>>,
    mut commands: mesh::Receiver<Command>,
    events: mesh::Sender<WorkerEvent>,
    end: mesh::OneshotReceiver<Result<(), RemoteError>>,
) {
    let mut rpc = Some(rpc);
    let mut end = end.fuse();
    let mut restart = Fuse::terminated();
    let outcome = loop {
        // Without a handle there is nothing to pass on; closing the worker's channel tells it so.
        let command = match rpc {
            Some(_) => commands.recv().fuse(),
            None => Fuse::terminated(),
        };
        let mut command = std::pin::pin!(command);
        select_biased! {
            () = restart => {}
            outcome = end => break outcome,
            command = command => match (command, &rpc) {
                (Ok(Command::Stop), Some(rpc)) => rpc.send(WorkerRpc::Stop),
                (Ok(Command::Inspect(inspect)), Some(rpc)) => rpc.send(WorkerRpc::Inspect(inspect)),
                (Ok(Command::Restart(into)), Some(rpc)) if restart.is_terminated() => {
                    restart = hand_over(rpc, into).fuse();
                }
                (Ok(Command::Restart(into)), _) => {
                    into.done.fail("the worker is being restarted already");
                }
                _ => rpc = None,
            },
        }
    };
    // The state was sent before the thread ended; it must reach the successor.
    if !restart.is_terminated() {
        restart.await;
    }
    events.send(match outcome {
        Ok(Ok(())) => WorkerEvent::Stopped,
        Ok(Err(error)) => WorkerEvent::Failed(error),
        // The thread went without a word: its start was never sent.
        Err(_) => return,
    });
}

/// Asks the worker for its state and sends it to the successor.
fn hand_over<S: MeshPayload>(
    rpc: &mesh::Sender<WorkerRpc<S>>,
    into: RestartInto,
) -> BoxFuture<'static, ()> {
    let state = rpc.call_failable(WorkerRpc::Restart, ());
    async move {
        match state.await {
            Ok(state) => {
                into.start.send(Start::State(OwnedMessage::new(state)));
                into.done.complete(Ok(()));
            }
            Err(RpcError::Call(error)) => into.done.complete(Err(error)),
            // The worker ended, or dropped the request, without giving its state: so does this answer.
            Err(RpcError::Channel(_)) => drop(into),
        }
    }
    .boxed()
}
