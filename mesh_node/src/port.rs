//! Local ports, as their users see them. How they work is told in `end`.

mod drop_flat;
mod end;
mod join;

use crate::error::ChannelError;
use crate::id::PortId;
use crate::message::{Message, OwnedMessage};
use crate::node::NodePort;
pub(crate) use drop_flat::throw_away;
pub(crate) use end::{End, Fate, Peer, push, push_fate};
pub(crate) use join::{ahead, join_directly, point, while_neither_forwards};
use join::{bridge, stand_aside};
use std::fmt;
use std::sync::Arc;

/// One end of a bidirectional, ordered channel of messages.
///
/// Dropping it closes the channel: the peer is told after everything that was sent, and what had not been delivered here is
/// dropped. The queue is unbounded.
pub struct Port(EndRef);

/// A port with a handler. Dropping it closes the port; see [`Port`].
///
/// No call of the handler starts once drop has returned; one in progress on another thread may still finish.
pub struct AttachedPort(EndRef);

/// Receives what arrives at a port.
///
/// Calls never overlap and come in order. They run on whichever thread sends, so they should be short and not block.
pub trait PortHandler: Send + Sync + 'static {
    /// A message arrived.
    fn message(&self, message: Message<'_>) -> Delivery;

    /// The peer closed the channel; nothing follows.
    fn closed(&self);

    /// The channel failed; nothing follows.
    fn failed(&self, error: ChannelError);
}

/// What a handler did with a message.
#[derive(Debug)]
pub enum Delivery {
    /// It is done with.
    Taken,
    /// It is done with, and no other is to be delivered until the port is resumed, by [`Resume::resume`].
    Pause,
    /// It goes back to the front of the queue, and this handler is detached: the port is about to move.
    Refused(OwnedMessage),
    /// It was not understood: the channel fails at both ends with this cause.
    Failed(ChannelError),
}

/// Lets a port go on that its handler has paused. It outlives the port, and does nothing then.
#[derive(Clone)]
pub struct Resume(Arc<End>);

/// The owner's reference to an end; closes it when dropped.
struct EndRef(Arc<End>);

impl Port {
    /// Two ends of a new channel.
    pub fn new_pair() -> (Self, Self) {
        let (left, right) = End::pair();
        (Self(EndRef(left)), Self(EndRef(right)))
    }

    /// Names this end in diagnostics.
    pub fn id(&self) -> PortId {
        self.0.0.id()
    }

    /// Sends a message to the peer. Never blocks; if the peer is gone the message is dropped.
    pub fn send(&self, message: OwnedMessage) {
        self.0.0.send(message);
    }

    /// Sends a message and closes the port behind it, in one step: a peer elsewhere gets both in one frame.
    pub fn send_last(self, message: OwnedMessage) {
        self.0.0.send_last(message);
    }

    /// What a handler that pauses is resumed by.
    pub fn resume(&self) -> Resume {
        Resume(self.0.0.clone())
    }

    /// An end whose peer is a port of a node.
    pub(crate) fn with_node(port: Arc<NodePort>) -> (Self, Arc<End>) {
        let end = End::new(Some(Peer::Node(port)));
        (Self(EndRef(end.clone())), end)
    }

    /// Starts delivery to `handler`: first what has queued, on this thread, then what arrives, on the thread that sends.
    pub fn attach(self, handler: Arc<dyn PortHandler>) -> AttachedPort {
        self.0.0.attach(handler);
        AttachedPort(self.0)
    }

    /// Joins two channels: the peers of the two ports become peers of each other, and what has queued is delivered in order.
    pub fn bridge(self, other: Self) {
        bridge(&self.0.0, &other.0.0);
        // The ends live on, owned by their peers, until nothing can arrive at them any more.
    }

    /// The end at the other side, if it is in this process and nothing waits here.
    pub(crate) fn idle_peer(&self) -> Option<Arc<End>> {
        let state = self.0.0.state.lock();
        match &state.peer {
            Some(Peer::Local(end)) if state.is_idle() => Some(end.clone()),
            _ => None,
        }
    }

    /// Joins this port's peer to a port of a node that has a record of it, unless something has come to wait here: then the port
    /// comes back.
    pub(crate) fn stand_aside(self, peer: &Arc<End>, port: &Arc<NodePort>) -> Option<Self> {
        (!stand_aside(&self.0.0, peer, port)).then_some(self)
    }

    /// Closes the channel with a cause, which the peer is told after everything that was sent.
    pub fn fail(self, error: ChannelError) {
        self.0.0.close(Fate::Failed(error));
    }
}

impl AttachedPort {
    /// Names this end in diagnostics.
    pub fn id(&self) -> PortId {
        self.0.0.id()
    }

    /// Sends a message to the peer; see [`Port::send`].
    pub fn send(&self, message: OwnedMessage) {
        self.0.0.send(message);
    }

    /// Sends a message and closes the port behind it; see [`Port::send_last`].
    pub fn send_last(self, message: OwnedMessage) {
        self.0.0.send_last(message);
    }

    /// Takes the handler off. Never blocks: a call in progress on another thread may still finish, and if it refuses its
    /// message, that waits in front of all others. A handler attached later is told again if this one had been told of the
    /// end.
    pub fn detach(self) -> Port {
        self.0.0.detach();
        Port(self.0)
    }

    /// Closes the channel with a cause; see [`Port::fail`].
    pub fn fail(self, error: ChannelError) {
        self.0.0.close(Fate::Failed(error));
    }
}

impl Resume {
    /// Delivery goes on, on this thread. To be called once for each time the handler says [`Delivery::Pause`], and not before it
    /// has begun the call in which it does.
    pub fn resume(&self) {
        self.0.resume();
    }
}

impl fmt::Debug for Resume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resume").field(&self.0.id().0).finish()
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Port").field(&self.id().0).finish()
    }
}

impl fmt::Debug for AttachedPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AttachedPort").field(&self.id().0).finish()
    }
}

impl Drop for EndRef {
    fn drop(&mut self) {
        self.0.close(Fate::Closed);
    }
}

#[cfg(test)]
mod tests;
