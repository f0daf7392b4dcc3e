//! The first channel between two processes: what they say to each other before and beside what they are there for.
//!
//! The inviter, who launched the process or let it in, speaks first; the invited answers once.
//!
//! | inviter | invited |
//! |---|---|
//! | `Start`: the initial message, and what to do without a parent | |
//! | | `Joined`, or `Refused` with why |
//! | `ShutDown`: the end that is about to come is an orderly one | |
//!
//! What it keeps true: the end of the channel without `ShutDown` before is the loss of the inviter.

use mesh::error::RemoteError;
use mesh::local_node::{Delivery, PortHandler};
use mesh::{ChannelError, MeshPayload, Message, OwnedMessage};
use parking_lot::Mutex;
use std::future::{Future, poll_fn};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// What the inviter says.
#[derive(MeshPayload)]
pub(crate) enum ToInvited {
    Start(Start),
    ShutDown,
}

/// The first message.
#[derive(MeshPayload)]
pub(crate) struct Start {
    /// The name of the process.
    pub(crate) name: String,
    /// Whether it outlives its parent.
    pub(crate) stay: bool,
    /// Where its standard error goes from now on, if not where it has gone so far.
    pub(crate) stderr: Option<OwnedFd>,
    pub(crate) message: OwnedMessage,
}

/// What the invited says.
#[derive(MeshPayload)]
pub(crate) enum ToInviter {
    Joined,
    Refused(RemoteError),
}

/// Something that the other side says once, or the end of the channel before it was said.
#[derive(Debug)]
pub(crate) struct Said<T>(Arc<Mutex<State<T>>>);

#[derive(Debug)]
enum State<T> {
    Waiting(Option<Waker>),
    Known(Option<Result<T, ChannelError>>),
}

impl<T> Said<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State::Waiting(None))))
    }

    /// Only the first thing that is said counts.
    pub(crate) fn say(&self, said: Result<T, ChannelError>) {
        let mut said = Some(said);
        let waker = match &mut *self.0.lock() {
            State::Known(_) => return,
            state => match std::mem::replace(state, State::Known(said.take())) {
                State::Waiting(waker) => waker,
                State::Known(_) => None,
            },
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits for it. It is given out once.
    pub(crate) fn wait(&self) -> impl Future<Output = Result<T, ChannelError>> + use<T> {
        let said = self.clone();
        poll_fn(move |cx| {
            let mut waker = Some(cx.waker().clone());
            let known = match &mut *said.0.lock() {
                State::Known(known) => known.take(),
                State::Waiting(waiting) => {
                    std::mem::swap(waiting, &mut waker);
                    None
                }
            };
            drop(waker);
            known.map_or(Poll::Pending, Poll::Ready)
        })
    }
}

impl<T> Clone for Said<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The inviter's handler of the channel: waits for the answer.
pub(crate) struct Answer(pub(crate) Said<ToInviter>);

impl PortHandler for Answer {
    fn message(&self, message: Message<'_>) -> Delivery {
        match message.parse() {
            Ok(answer) => {
                self.0.say(Ok(answer));
                Delivery::Taken
            }
            Err(error) => Delivery::Failed(error.into()),
        }
    }

    fn closed(&self) {
        self.0.say(Err(gone()));
    }

    fn failed(&self, error: ChannelError) {
        self.0.say(Err(error));
    }
}

/// The other side has left without an answer.
pub(crate) fn gone() -> ChannelError {
    let kind = mesh::ChannelErrorKind::PeerFailed;
    ChannelError::new(kind, "it left before it had joined")
}
