//! What nodes say to each other, and why things fail.
//!
//! An [`Event`] is one frame. It is generic over the message body and over what an end of a link travels as, so that
//! the simulator can run the protocol on numbers. docs/wire.md gives the bytes; [`frame`](super::frame) writes and reads
//! them. Nothing here decides anything.

use super::few::Few;
use super::id::{Channel, NodeId};
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::{Add, AddAssign, Sub, SubAssign};

/// Messages and bytes: a count, a window, or what is left of one.
///
/// Byte windows may be overdrawn by the last message that began inside them, so what is left can be negative.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Amount {
    /// Number of messages.
    pub messages: i64,
    /// Number of body bytes.
    pub bytes: i64,
}

impl Amount {
    /// `messages` messages of `bytes` bytes together.
    pub const fn new(messages: i64, bytes: i64) -> Self {
        Self { messages, bytes }
    }

    pub(super) fn is_open(self) -> bool {
        self.messages > 0 && self.bytes > 0
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self::new(
            self.messages.max(other.messages),
            self.bytes.max(other.bytes),
        )
    }

    pub(super) fn min(self, other: Self) -> Self {
        Self::new(
            self.messages.min(other.messages),
            self.bytes.min(other.bytes),
        )
    }

    pub(super) fn within(self, other: Self) -> bool {
        self.messages <= other.messages && self.bytes <= other.bytes
    }
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(
            self.messages.saturating_add(other.messages),
            self.bytes.saturating_add(other.bytes),
        )
    }
}

impl Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(
            self.messages.saturating_sub(other.messages),
            self.bytes.saturating_sub(other.bytes),
        )
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

/// The largest allowance that may be outstanding on a port, in every version of the protocol.
pub const MAX_ROOM: Amount = Amount::new(1 << 20, 1 << 36);

/// What kind of thing ended a port or a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum CauseKind {
    /// The link to a process is gone.
    Lost,
    /// A peer broke the protocol.
    Breach,
    /// A peer took more than it was granted.
    Limit,
    /// A node shut down in order.
    Shutdown,
    /// A message could not be carried further or did not decode.
    Undeliverable,
    /// A process died.
    Died,
}

/// Why a port or link failed, in words for a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// The kind, to act on.
    pub kind: CauseKind,
    /// The words, to show.
    pub text: Arc<str>,
}

impl Cause {
    /// A cause of some kind, with its words.
    pub fn new(kind: CauseKind, text: impl Into<String>) -> Self {
        let text: String = text.into();
        Self {
            kind,
            text: text.into(),
        }
    }

    pub(super) fn breach(what: &str) -> Self {
        Self::new(
            CauseKind::Breach,
            alloc::format!("peer broke the protocol: {what}"),
        )
    }

    pub(super) fn limit(what: &str) -> Self {
        Self::new(CauseKind::Limit, alloc::format!("limit exceeded: {what}"))
    }

    pub(super) fn shutdown() -> Self {
        Self::new(CauseKind::Shutdown, "we shut down")
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.kind, self.text)
    }
}

/// What a node grants the other side of a link, told in its hello.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Limits {
    /// The window every fresh port starts with; it is also the slot kept for the answer to a request.
    pub window: Amount,
    /// Channels of the other side's issuing that may be open at once.
    pub ports: u32,
    /// Resources in one message.
    pub resources: u32,
    /// Bytes in one message body.
    pub message_bytes: u32,
    /// Introductions over the life of the link.
    pub introductions: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window: Amount::new(1024, 4 * 1024 * 1024),
            ports: 16 * 1024,
            resources: 1024,
            message_bytes: 64 * 1024 * 1024,
            introductions: 1024,
        }
    }
}

/// The first event on every link, in both directions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Hello {
    /// The oldest and newest protocol version spoken.
    pub versions: (u32, u32),
    /// Optional features offered; both sides' bits count.
    pub features: u64,
    /// What names the build: equal builds compare no layouts.
    pub build: u128,
    /// Who speaks, as the inviter named it.
    pub node: NodeId,
    /// What is granted.
    pub limits: Limits,
}

/// A port on its way to the other side of a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PortDesc {
    /// The channel it will be known by; always the next the sender issues.
    pub channel: Channel,
    /// What the port's peer was already allowed to send to it.
    pub grant: Amount,
    /// What the port may send.
    pub room: Amount,
}

/// One frame between two nodes. `B` is a message body, `R` what an end of a link travels as.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Event<B, R> {
    /// The first words on a link.
    Hello(Hello),
    /// A message; `last` closes the port behind it.
    Message {
        /// Where.
        channel: Channel,
        /// The count of messages before it in this direction of the channel.
        sequence: u64,
        /// Fingerprint of the layout of the messages of this port, said once where builds differ.
        fingerprint: Option<u64>,
        /// What.
        body: B,
        /// The ports inside it, in order.
        ports: Few<PortDesc>,
        /// Whether the sender closed the port behind it.
        last: bool,
    },
    /// The port was closed by its owner; nothing follows.
    Close {
        /// Where.
        channel: Channel,
    },
    /// The route is broken.
    Fail {
        /// Where.
        channel: Channel,
        /// Why.
        cause: Cause,
    },
    /// The receiver allows the sender up to this count on this channel.
    Credit {
        /// Where.
        channel: Channel,
        /// The absolute limit.
        limit: Amount,
    },
    /// A bridge has promised its sender this count, and asks the receiver to stand by it.
    Need {
        /// Where.
        channel: Channel,
        /// The absolute limit.
        limit: Amount,
    },
    /// A proxy asks a neighbour to expect `target` in its place.
    Ask {
        /// Where.
        channel: Channel,
        /// The node of the other neighbour.
        target: NodeId,
        /// The proxy's own number for the attempt.
        token: u64,
    },
    /// The neighbour expects it.
    Yes {
        /// Where.
        channel: Channel,
        /// The attempt.
        token: u64,
    },
    /// The neighbour has no link to it and gets none, or has lost the one it had.
    No {
        /// Where.
        channel: Channel,
        /// The attempt.
        token: u64,
    },
    /// A link that was missing has come: the proxy may ask again.
    Again {
        /// Where.
        channel: Channel,
    },
    /// The proxy gives up the attempt.
    Release {
        /// Where.
        channel: Channel,
        /// The attempt.
        token: u64,
    },
    /// A proxy tells its second neighbour to go round it.
    Go {
        /// Where.
        channel: Channel,
        /// The node of the first neighbour.
        target: NodeId,
        /// The attempt.
        token: u64,
    },
    /// The second neighbour cannot.
    Refuse {
        /// Where.
        channel: Channel,
        /// The attempt.
        token: u64,
    },
    /// The second neighbour takes up a new channel with the first.
    Open {
        /// The new channel, the next its sender issues.
        channel: Channel,
        /// The proxy that told it to.
        by: NodeId,
        /// The attempt.
        token: u64,
        /// What the sender believes it may send.
        room: Amount,
    },
    /// The first neighbour takes up the channel in turn.
    Opened {
        /// Where.
        channel: Channel,
        /// What the sender believes it may send.
        room: Amount,
    },
    /// Nothing more comes this way in this direction; it goes on over the new channel.
    End {
        /// Where.
        channel: Channel,
        /// How many messages went this way in all.
        messages: u64,
        /// Whether the sender is the proxy that leaves, passing on the end it had from the other side.
        leaving: bool,
    },
    /// Asks to be introduced to `target`.
    Want {
        /// To whom.
        target: NodeId,
        /// How many introductions the sender has had from the receiver, to tell crossing from late.
        seen: u32,
    },
    /// No introduction to `target` can be had here.
    WantNo {
        /// To whom.
        target: NodeId,
    },
    /// Meet `peer` on this end of a fresh link.
    Introduce {
        /// Who is on the other end.
        peer: NodeId,
        /// The end.
        end: R,
    },
    /// The link ends now, and why.
    Bye {
        /// Why.
        cause: Cause,
    },
}
