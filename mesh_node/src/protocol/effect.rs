//! What goes in and out of the core that is not an event: messages, effects, settings.
//!
//! The core never drops a body and never runs anything of the user's: bodies that are not delivered come out as
//! [`Effect::Discard`], to be dropped after the shell's lock is released. Effects must be taken in order; transmissions
//! to one link go on it in that order.

use super::event::{Amount, Cause, Event, Limits};
use super::few::Few;
use super::id::{LinkId, NodeId, PortId};

/// What the core must know of a message body.
pub trait Body {
    /// Its size as budgets count it.
    fn bytes(&self) -> u32;

    /// How many resources (descriptors, handles) it carries.
    fn resources(&self) -> u32 {
        0
    }

    /// Whether it can be written to a link as it is. If not, the core asks for it with [`Effect::Prepare`].
    fn is_ready(&self) -> bool {
        true
    }
}

/// A message in the hands of a node: its body, and the ports inside it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Message<B> {
    /// The body.
    pub body: B,
    /// The ports in it. Whoever holds the message owns them.
    pub ports: Few<PortId>,
    pub(super) last: bool,
    pub(super) fingerprint: Option<u64>,
    /// The link it came by, on whose account it is while it is in this node.
    pub(super) from: Option<LinkId>,
}

impl<B: Body> Message<B> {
    /// A message of a body and the ports inside it.
    pub fn new(body: B, ports: impl Into<Few<PortId>>) -> Self {
        Self {
            body,
            ports: ports.into(),
            last: false,
            fingerprint: None,
            from: None,
        }
    }

    /// How its sender's build lays it out, where that was said.
    pub fn fingerprint(&self) -> Option<u64> {
        self.fingerprint
    }

    /// Says how it is laid out, to a neighbour of another build; see [`Leaving::Named`].
    pub fn set_fingerprint(&mut self, fingerprint: Option<u64>) {
        self.fingerprint = fingerprint;
    }

    pub(super) fn size(&self) -> Amount {
        Amount::new(1, i64::from(self.body.bytes()))
    }
}

/// What a receive gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Received<B> {
    /// The next message.
    Message(Message<B>),
    /// Nothing yet.
    Empty,
    /// The peer was closed, and everything it sent has been taken.
    Closed,
    /// The port failed, and everything that had arrived has been taken.
    Failed(Cause),
}

/// Whether a message that is sent on a port goes over a link at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaving {
    /// No: it waits, or stays in this node.
    No,
    /// Yes, so it may as well be ready.
    Plain,
    /// Yes, and the neighbour, of another build, has yet to be told how the messages of this port are laid out.
    Named,
}

/// What a receive would give.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// A message, or why there will be none.
    Something,
    /// That the peer was closed.
    Close,
    /// Nothing yet.
    Nothing,
}

/// What the shell must do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Effect<B, R> {
    /// Send this event on this link.
    Transmit(LinkId, Event<B, R>),
    /// A message, the close or the failure of this port can be received, or its peer has come into this node
    /// ([`Node::local_peer`](super::Node::local_peer)).
    Readable(PortId),
    /// This port has window again.
    Writable(PortId),
    /// Write this message's body out (it may turn endpoints into ports), then call
    /// [`Node::prepared`](super::Node::prepared) with the ticket. If it says so, with its fingerprint, as for [`Leaving::Named`].
    Prepare(u64, Message<B>, bool),
    /// Drop this body, outside the lock. With a cause it was lost, which what is inside should be told; ports of the core that were
    /// with it have been.
    Discard(B, Option<Cause>),
    /// Close this end of a link that was offered and not taken.
    DiscardEnd(R),
    /// Make a link and give its two ends to [`Node::introduced`](super::Node::introduced) with this number: the
    /// first goes to the first link named, the second to the second.
    Introduce(u64, LinkId, LinkId),
    /// Drive this link over this end, which the node's introducer gave it.
    Connect(LinkId, NodeId, R),
    /// The other side of this link has said hello.
    LinkUp(LinkId),
    /// This link is over, and why; its transport is to be closed after what was transmitted on it.
    LinkDown(LinkId, Cause),
    /// The shutdown is complete.
    ShutDown,
}

/// A node's settings.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Config {
    /// Its place in the tree of invitations.
    pub id: NodeId,
    /// What it grants to each link.
    pub limits: Limits,
    /// How many bytes of messages that came by one link may wait here in all. A message beyond fails its port.
    pub held_bytes: u64,
    /// What names its build.
    pub build: u128,
    /// Oldest and newest protocol version spoken.
    pub versions: (u32, u32),
    /// Optional features offered.
    pub features: u64,
}

impl Config {
    /// Default settings for a node of this name.
    pub fn new(id: NodeId) -> Self {
        Self {
            id,
            limits: Limits::default(),
            held_bytes: 256 * 1024 * 1024,
            build: 0,
            versions: (1, 1),
            features: 0,
        }
    }
}

/// What a link can carry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Capabilities {
    /// Resources in messages.
    pub resources: bool,
    /// Ends of other links, so that introductions are possible over it.
    pub introductions: bool,
}

/// Which side of an invitation this is, for the first port of a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// The inviter, who issues the first channel.
    Inviter,
    /// The invitee.
    Invitee,
}
