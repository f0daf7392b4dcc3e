//! Local ports, as their users see them. How they work is told in `end`.

mod drop_flat;
mod end;
mod join;
mod late;
mod send;

use crate::error::ChannelError;
use crate::id::PortId;
use crate::message::{MeshPayload, Message, OwnedMessage};
use crate::node::{NodePort, Shared};
use crate::protocol;
pub(crate) use drop_flat::throw_away;
pub(crate) use end::{End, Fate, Peer, push, push_fate};
pub(crate) use join::{ahead, join_directly, point, while_neither_forwards};
use join::{bridge, stand_aside};
use late::Late;
pub(crate) use late::Origin;
use std::fmt;
use std::sync::Arc;

/// One end of a bidirectional, ordered channel of messages.
///
/// Dropping it closes the channel: the peer is told after everything that was sent, and what had not been delivered here is
/// dropped. The queue is unbounded.
pub struct Port(Place);

/// What a port is, until somebody needs its end.
enum Place {
    End(EndRef),
    Late(Late),
}

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
        (Self::of(left), Self::of(right))
    }

    /// Two ends of a new channel, the first of which has a handler. It does what [`new_pair`](Self::new_pair) and
    /// [`attach`](Self::attach) do, for less if the other end goes to another process.
    ///
    /// ```
    /// use mesh_node::local_node::{Delivery, Port, PortHandler};
    /// # use mesh_node::{error::ChannelError, message::Message, OwnedMessage};
    /// use std::sync::{Arc, mpsc};
    ///
    /// struct Answer(mpsc::Sender<u32>);
    ///
    /// impl PortHandler for Answer {
    ///     fn message(&self, message: Message<'_>) -> Delivery {
    ///         self.0.send(message.parse().unwrap()).ok();
    ///         Delivery::Taken
    ///     }
    /// #   fn closed(&self) {}
    /// #   fn failed(&self, _: ChannelError) {}
    /// }
    ///
    /// let (tx, answers) = mpsc::channel();
    /// let (_here, there) = Port::attached_pair(Arc::new(Answer(tx)));
    /// there.send(OwnedMessage::new(7u32));
    /// assert_eq!(answers.recv().unwrap(), 7);
    /// ```
    pub fn attached_pair(handler: Arc<dyn PortHandler>) -> (AttachedPort, Self) {
        let near = End::half(handler);
        let far = Late::new(Origin::Half(near.clone()));
        (AttachedPort(EndRef(near)), Self(Place::Late(far)))
    }

    fn of(end: Arc<End>) -> Self {
        Self(Place::End(EndRef(end)))
    }

    fn end(&self) -> &Arc<End> {
        match &self.0 {
            Place::End(end) => &end.0,
            Place::Late(late) => &late.end().0,
        }
    }

    fn into_end(self) -> EndRef {
        match self.0 {
            Place::End(end) => end,
            Place::Late(late) => late.into_end(),
        }
    }

    /// Names this end in diagnostics.
    pub fn id(&self) -> PortId {
        self.end().id()
    }

    /// Sends a message to the peer. Never blocks; if the peer is gone the message is dropped.
    pub fn send(&self, message: OwnedMessage) {
        self.end().send(message);
    }

    /// Sends a message and closes the port behind it, in one step: a peer elsewhere gets both in one frame.
    pub fn send_last(self, message: OwnedMessage) {
        let late = match self.0 {
            Place::End(end) => return end.0.send_last(message),
            Place::Late(late) => late,
        };
        match late.into_origin() {
            Ok(Origin::Node(node, id)) => node.send_last(id, message),
            Ok(Origin::Half(near)) => Self::half(near).into_end().0.send_last(message),
            Err(end) => end.0.send_last(message),
        }
    }

    /// As [`send_last`](Self::send_last), of a value: for less than by a message of it, if it goes to another process.
    pub fn send_last_value<T: MeshPayload>(self, value: T) {
        let late = match self.0 {
            Place::End(end) => return end.0.send_last_value(value),
            Place::Late(late) => late,
        };
        match late.into_origin() {
            Ok(Origin::Node(node, id)) => node.send_last_value(id, value),
            Ok(Origin::Half(near)) => Self::half(near).into_end().0.send_last_value(value),
            Err(end) => end.0.send_last_value(value),
        }
    }

    /// What a handler that pauses is resumed by.
    pub fn resume(&self) -> Resume {
        Resume(self.end().clone())
    }

    /// Whether something waits here: a message, or the end of the channel.
    ///
    /// ```
    /// # use mesh_node::local_node::Port;
    /// let (here, there) = Port::new_pair();
    /// assert!(!here.has_news());
    /// drop(there);
    /// assert!(here.has_news());
    /// ```
    pub fn has_news(&self) -> bool {
        match &self.0 {
            Place::End(end) => end.0.has_news(),
            Place::Late(late) => late.has_news(),
        }
    }

    /// An end whose peer is a port of a node.
    pub(crate) fn with_node(port: Arc<NodePort>) -> (Self, Arc<End>) {
        let end = End::new(Some(Peer::Node(port)));
        (Self::of(end.clone()), end)
    }

    /// A port of a node that has no record of it.
    pub(crate) fn in_node(node: Arc<Shared>, id: protocol::PortId) -> Self {
        Self(Place::Late(Late::new(Origin::Node(node, id))))
    }

    /// The peer of an end that has none yet.
    pub(crate) fn half(near: Arc<End>) -> Self {
        Self(Place::Late(Late::new(Origin::Half(near))))
    }

    /// What the port is made of, if no end was made of it yet.
    pub(crate) fn into_origin(self) -> Result<Origin, Self> {
        match self.0 {
            Place::Late(late) => late.into_origin().map_err(|end| Self(Place::End(end))),
            end => Err(Self(end)),
        }
    }

    /// Starts delivery to `handler`: first what has queued, on this thread, then what arrives, on the thread that sends.
    pub fn attach(self, handler: Arc<dyn PortHandler>) -> AttachedPort {
        let end = self.into_end();
        end.0.attach(handler);
        AttachedPort(end)
    }

    /// Joins two channels: the peers of the two ports become peers of each other, and what has queued is delivered in order.
    pub fn bridge(self, other: Self) {
        let (left, right) = (self.into_end(), other.into_end());
        bridge(&left.0, &right.0);
        // The ends live on, owned by their peers, until nothing can arrive at them any more.
    }

    /// The end at the other side, if it is in this process and nothing waits here.
    pub(crate) fn idle_peer(&self) -> Option<Arc<End>> {
        let state = self.end().state.lock();
        match &state.peer {
            Some(Peer::Local(end)) if state.is_idle() => Some(end.clone()),
            _ => None,
        }
    }

    /// Joins this port's peer to a port of a node that has a record of it, unless something has come to wait here: then the port
    /// comes back.
    pub(crate) fn stand_aside(self, peer: &Arc<End>, port: &Arc<NodePort>) -> Option<Self> {
        (!stand_aside(self.end(), peer, port)).then_some(self)
    }

    /// Closes the channel with a cause, which the peer is told after everything that was sent.
    pub fn fail(self, error: ChannelError) {
        let fate = Fate::Failed(error);
        match self.into_origin() {
            Ok(origin) => origin.close(fate),
            Err(port) => port.end().close(fate),
        }
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

    /// Sends a message of a value to the peer: for less than [`send`](Self::send) does, if it goes to another process.
    pub fn send_value<T: MeshPayload>(&self, value: T) {
        self.0.0.send_value(value);
    }

    /// As [`send_last`](Self::send_last), of a value; see [`send_value`](Self::send_value).
    pub fn send_last_value<T: MeshPayload>(self, value: T) {
        self.0.0.send_last_value(value);
    }

    /// Takes the handler off. Never blocks: a call in progress on another thread may still finish, and if it refuses its
    /// message, that waits in front of all others. A handler attached later is told again if this one had been told of the
    /// end.
    pub fn detach(self) -> Port {
        self.0.0.detach();
        Port(Place::End(self.0))
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
        let end = match &self.0 {
            Place::End(end) => Some(end),
            Place::Late(late) => late.made(),
        };
        let number = end.map(|end| end.0.id().0);
        f.debug_tuple("Port").field(&number.unwrap_or(0)).finish()
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
