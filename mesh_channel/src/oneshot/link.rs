//! What a oneshot channel has beside its value when one of its ends is elsewhere.
//!
//! At most one of the two ends is elsewhere: when the second one leaves, the port between them goes with it and nothing
//! stays behind.
//!
//! | content | the end here | the other end |
//! |---|---|---|
//! | none | – | here, or gone |
//! | `Route` | the sender | at the far end of the port, which takes the value there |
//! | `Source` | the receiver | at the far end of the port, which brings the value |
//! | `Lost` | the receiver | lost, for that cause |
//!
//! The waker of a sender that waits for the receiver to go is here as well.
//!
//! All this is made at the first need. Under the lock a port may be asked whether something waits there, which takes the locks of
//! ports and nodes; nothing else is called. What comes out is dropped, or woken, by the caller after unlocking.

use super::slot::{Side, Tx};
use crate::lazy::Lazy;
use crate::sync::Mutex;
use mesh_node::error::ChannelError;
use mesh_node::local_node::{AttachedPort, Port};
use mesh_node::message::MeshPayload;
use std::task::Waker;

/// The state beside the value.
pub(super) struct Links<T>(Lazy<Locked<T>>);

struct State<T> {
    link: Option<Link<T>>,
    /// The sender's, which waits for the receiver to go.
    waiting: Option<Waker>,
}

struct Locked<T>(Mutex<State<T>>);

impl<T> Default for Locked<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            link: None,
            waiting: None,
        }))
    }
}

/// See the table of the module.
pub(super) enum Link<T> {
    Route(Route<T>),
    Source(AttachedPort),
    Lost(ChannelError),
}

/// A port that leads to the receiver.
pub(super) struct Route<T> {
    pub(super) port: RoutePort,
    /// Sends the value.
    pub(super) send: fn(RoutePort, T),
    /// A sender that hears of the receiver's going, of a plain port.
    pub(super) listen: fn(Port) -> Tx<T, Links<T>>,
}

/// The port of a route.
pub(super) enum RoutePort {
    /// Somebody hears of the receiver's going.
    Attached(AttachedPort),
    /// Nobody has asked for that yet.
    Plain(Port),
}

impl RoutePort {
    pub(super) fn send<T: MeshPayload>(self, value: T) {
        match self {
            Self::Attached(port) => port.send_last_value(value),
            Self::Plain(port) => port.send_last_value(value),
        }
    }

    pub(super) fn detach(self) -> Port {
        match self {
            Self::Attached(port) => port.detach(),
            Self::Plain(port) => port,
        }
    }
}

impl<T> Links<T> {
    #[inline]
    pub(super) fn new() -> Self {
        Self(Lazy::new())
    }

    /// Runs `f` on the state, if there is one; `f` calls nothing of anybody else's.
    fn if_any<R>(&self, f: impl FnOnce(&mut State<T>) -> R) -> Option<R> {
        self.0.get().map(|state| f(&mut state.0.lock()))
    }

    /// Runs `f` on the state, made if need be; `f` calls nothing of anybody else's.
    fn with<R>(&self, f: impl FnOnce(&mut State<T>) -> R) -> R {
        f(&mut self.0.make().0.lock())
    }

    /// Puts a link in place; gives it back if there is one.
    pub(super) fn put(&self, link: Link<T>) -> Result<(), Link<T>> {
        self.with(|state| {
            if state.link.is_some() {
                return Err(link);
            }
            state.link = Some(link);
            Ok(())
        })
    }

    /// Takes the link out, whatever it is.
    pub(super) fn take(&self) -> Option<Link<T>> {
        self.if_any(|state| state.link.take()).flatten()
    }

    /// Takes the link out if it is a route.
    pub(super) fn take_route(&self) -> Option<Route<T>> {
        let take = |state: &mut State<T>| match state.link.take() {
            Some(Link::Route(route)) => Some(route),
            other => {
                state.link = other;
                None
            }
        };
        self.if_any(take).flatten()
    }

    /// The sender was lost. What was there comes out.
    pub(super) fn lose(&self, cause: ChannelError) -> Option<Link<T>> {
        self.with(|state| state.link.replace(Link::Lost(cause)))
    }

    /// Why the sender was lost, if it was.
    pub(super) fn loss(&self) -> Option<ChannelError> {
        self.if_any(|state| match &state.link {
            Some(Link::Lost(cause)) => Some(cause.clone()),
            _ => None,
        })
        .flatten()
    }

    /// Leaves the waker of a sender that waits for the receiver to go. The slot has to be told that there is something here.
    pub(super) fn wait(&self, waker: &Waker) {
        let known = self.if_any(|state| {
            state
                .waiting
                .as_ref()
                .is_some_and(|old| old.will_wake(waker))
        });
        if known != Some(true) {
            let new = waker.clone();
            let old = self.with(|state| state.waiting.replace(new));
            drop(old);
        }
    }
}

impl<T> Side for Links<T> {
    #[cold]
    fn sender_gone(&self) {
        drop(self.take_route());
    }

    #[cold]
    fn receiver_gone(&self) {
        let gone = self.if_any(|state| (state.link.take(), state.waiting.take()));
        let (link, waiting) = gone.unwrap_or_default();
        drop(link);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    fn is_far_receiver_gone(&self) -> bool {
        let gone = self.if_any(|state| match &state.link {
            Some(Link::Route(Route {
                port: RoutePort::Plain(port),
                ..
            })) => port.has_news(),
            _ => true,
        });
        gone.unwrap_or(true)
    }
}
