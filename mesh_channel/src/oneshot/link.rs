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
//! The lock is a leaf; what comes out is dropped by the caller after unlocking.

use super::slot::Side;
use crate::sync::Mutex;
use mesh_node::error::ChannelError;
use mesh_node::local_node::AttachedPort;
use mesh_node::message::OwnedMessage;

/// The state beside the value.
pub(super) struct Links<T>(Mutex<Option<Box<Link<T>>>>);

/// See the table of the module.
pub(super) enum Link<T> {
    Route(Route<T>),
    Source(AttachedPort),
    Lost(ChannelError),
}

/// A port that leads to the receiver.
pub(super) struct Route<T> {
    pub(super) port: AttachedPort,
    /// The message of the value.
    pub(super) encode: fn(T) -> OwnedMessage,
}

impl<T> Links<T> {
    #[inline]
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Puts a link in place; gives it back if there is one.
    pub(super) fn put(&self, link: Link<T>) -> Result<(), Box<Link<T>>> {
        let link = Box::new(link);
        let mut place = self.0.lock();
        if place.is_some() {
            return Err(link);
        }
        *place = Some(link);
        Ok(())
    }

    /// Takes the link out, whatever it is.
    pub(super) fn take(&self) -> Option<Link<T>> {
        self.0.lock().take().map(|link| *link)
    }

    /// Takes the link out if it is a route.
    pub(super) fn take_route(&self) -> Option<Route<T>> {
        let mut place = self.0.lock();
        if !matches!(place.as_deref(), Some(Link::Route(_))) {
            return None;
        }
        match place.take().map(|link| *link) {
            Some(Link::Route(route)) => Some(route),
            _ => unreachable!("looked at above, under the same lock"),
        }
    }

    /// The sender was lost. What was there comes out.
    pub(super) fn lose(&self, cause: ChannelError) -> Option<Box<Link<T>>> {
        self.0.lock().replace(Box::new(Link::Lost(cause)))
    }

    /// Why the sender was lost, if it was.
    pub(super) fn loss(&self) -> Option<ChannelError> {
        match self.0.lock().as_deref() {
            Some(Link::Lost(cause)) => Some(cause.clone()),
            _ => None,
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
        drop(self.take());
    }
}
