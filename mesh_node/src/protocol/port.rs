//! A port and its routes: the tables the protocol works on.
//!
//! A [`Port`] is an endpoint or a proxy. An endpoint has one [`Route`], a proxy two; a route is one side's way to the
//! next port, with everything that is specific to that neighbour: hops, counters, windows, and what waits.
//!
//! # What a route keeps true
//! - `out == inn` except while the route changes hands (see [`bypass`](super::bypass)); meanwhile what comes over
//!   `out` waits in `held` until the old hop has ended.
//! - `sent` and `got` count from the birth of the channel they belong to; `room` and `grant` are what is *left* of the
//!   windows, and so survive a change of channel unchanged. On a local hop they have no meaning.
//! - On a proxy, what one route may still send, less what waits in its backlog, equals what the other has granted,
//!   except beside a bridge, where a [`Need`](super::Event::Need) makes it so.
//! - A backlog holds items in order; `Close`, `Fail` and a message marked last are always the end of it.

use super::effect::{Body, Message};
use super::event::{Amount, Cause};
use super::id::{Hop, NodeId};
use super::queue::{Queue, Rare};
use alloc::boxed::Box;

/// What travels a route in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Item<B> {
    Message(Message<B>),
    Close,
    Fail(Cause),
    /// The end of one direction of a proxy that is going away.
    End,
}

impl<B: Body> Item<B> {
    /// Whether nothing can follow it.
    pub(super) fn is_last(&self) -> bool {
        match self {
            Item::Message(message) => message.last,
            Item::Close | Item::Fail(_) => true,
            Item::End => false,
        }
    }

    pub(super) fn size(&self) -> Amount {
        match self {
            Item::Message(message) => message.size(),
            Item::Close | Item::Fail(_) | Item::End => Amount::default(),
        }
    }
}

/// Who holds the hop of a route, so that proxies go one at a time.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Lock {
    /// Nobody.
    Free,
    /// The neighbour is going away, or the route is changing hands.
    Granted {
        by: NodeId,
        token: u64,
        target: NodeId,
    },
    /// It was granted, and taken back because the link it was for was lost.
    Cancelled { token: u64 },
}

/// The window that a neighbour brings to a new hop. It was passed to it by the proxy that leaves, who may have lied; so
/// it is compared with what was really granted, before the neighbour can be blamed for using it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Claim {
    /// It was found good, and is in the accounts.
    Settled,
    /// The neighbour has yet to say.
    Awaited,
    /// It has said, and the old hop has yet to end.
    Told(Amount),
}

/// A neighbour's request that has to wait.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Control {
    Ask { target: NodeId, token: u64 },
    Go { target: NodeId, token: u64 },
}

/// One way from a port to the next.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Route<B> {
    /// Where we send.
    pub(super) out: Hop,
    /// Where we take from.
    pub(super) inn: Hop,
    /// What went over `out`.
    pub(super) sent: Amount,
    /// What we may still send.
    pub(super) room: Amount,
    /// What came over `inn`.
    pub(super) got: Amount,
    /// What the neighbour beyond a new hop believes it may send.
    pub(super) claim: Claim,
    /// What came over `out`, while it is not `inn`.
    pub(super) next_got: Amount,
    /// What the neighbour may still send to us, not counting what is held.
    pub(super) grant: Amount,
    /// What a bridge asked us to grant, as a count on `inn`; and on `out`, while it is not `inn`.
    pub(super) need: Option<Amount>,
    pub(super) next_need: Option<Amount>,
    /// What we asked a receiver to stand by, lest it be asked twice.
    pub(super) needed: Option<Amount>,
    /// What came over `out` before `inn` had ended.
    pub(super) held: Rare<Item<B>>,
    /// What waits to be sent.
    pub(super) backlog: Rare<Item<B>>,
    /// The size of the messages in `backlog`, and of the one being prepared.
    pub(super) pending: Amount,
    /// The ticket and the size of the front message while the shell prepares it.
    pub(super) preparing: Option<(u64, Amount)>,
    pub(super) lock: Lock,
    pub(super) deferred: Option<Control>,
    /// The node we told the neighbour we have no link to.
    pub(super) unmet: Option<NodeId>,
    /// `inn` has ended.
    pub(super) ended_in: bool,
    /// We have ended `out` as a proxy going away.
    pub(super) ended_out: bool,
    /// What was said of the layout of the messages that leave here, by whoever sent them; and whether that was said on this hop.
    pub(super) layout: Option<u64>,
    pub(super) layout_said: bool,
}

impl<B: Body> Route<B> {
    /// As it begins on a hop.
    pub(super) fn new(hop: Hop, room: Amount, grant: Amount) -> Self {
        Self {
            out: hop,
            inn: hop,
            sent: Amount::default(),
            claim: Claim::Settled,
            room,
            got: Amount::default(),
            next_got: Amount::default(),
            grant,
            need: None,
            next_need: None,
            needed: None,
            held: Rare::new(),
            backlog: Rare::new(),
            pending: Amount::default(),
            preparing: None,
            lock: Lock::Free,
            deferred: None,
            unmet: None,
            ended_in: false,
            ended_out: false,
            layout: None,
            layout_said: false,
        }
    }

    /// Whether the route is not changing hands.
    pub(super) fn is_stable(&self) -> bool {
        self.out == self.inn && !self.ended_in && !self.ended_out
    }

    /// Whether it is stable and leads over a link.
    pub(super) fn is_linked(&self) -> bool {
        self.is_stable() && matches!(self.out, Hop::Link(..))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.is_stable() && self.backlog.is_empty() && self.preparing.is_none()
    }

    /// Keeps what came over the new hop until the old one has ended; `false` if nothing could follow what is kept.
    pub(super) fn hold(&mut self, item: Item<B>) -> bool {
        let open = !self.held.back().is_some_and(Item::is_last);
        if open {
            self.held.push_back(item);
        }
        open
    }

    /// What leaves here is laid out like this, as its sender said.
    pub(super) fn learn(&mut self, layout: Option<u64>) {
        if layout.is_some() && layout != self.layout {
            self.layout = layout;
            self.layout_said = false;
        }
    }

    /// What goes with the next message, of which this was said: that, or what was said before, unless it was said on this hop.
    pub(super) fn name(&mut self, given: Option<u64>) -> Option<u64> {
        self.learn(given);
        if self.layout_said {
            return None;
        }
        self.layout_said = self.layout.is_some();
        self.layout
    }

    pub(super) fn push(&mut self, item: Item<B>) {
        self.pending += item.size();
        self.backlog.push_back(item);
    }
}

/// What became of an endpoint's peer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum PeerState {
    Open,
    Closed,
    Failed(Cause),
}

/// The part of a port that its user sees.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct End<B> {
    /// What has arrived.
    pub(super) queue: Queue<Message<B>>,
    /// Its size.
    pub(super) unread: Amount,
    pub(super) peer: PeerState,
    /// Whether someone still holds the port. If not, it only sends what waits, and then closes.
    pub(super) open: bool,
    /// Whether it is inside a message.
    pub(super) enclosed: bool,
    /// How much may be on the way to it and in its queue.
    pub(super) window: Amount,
    /// What was last said of the layout of what arrives, to be passed on if the port moves; and whether its user was told.
    pub(super) layout: Option<u64>,
    pub(super) layout_told: bool,
}

/// How far a proxy is on its way out. `asked` is the side whose neighbour will expect the other; `second` says that
/// the other side was tried before.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Step {
    Idle,
    Asking {
        asked: u8,
        token: u64,
        target: NodeId,
        second: bool,
    },
    Held {
        asked: u8,
        token: u64,
    },
    Going {
        asked: u8,
        token: u64,
        second: bool,
        cancelled: bool,
    },
    /// Neither neighbour has a link to the other. Ends with `Again` or a change of neighbour.
    Stuck,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Kind<B> {
    End(End<B>),
    Proxy(Step),
}

/// An endpoint or a proxy.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Port<B> {
    pub(super) kind: Kind<B>,
    /// An endpoint uses the first; it is `None` when the peer is gone. A proxy has both.
    pub(super) first: Option<Route<B>>,
    pub(super) second: Option<Box<Route<B>>>,
}

impl<B: Body> Port<B> {
    pub(super) fn end(route: Route<B>, window: Amount) -> Box<Self> {
        Box::new(Self {
            kind: Kind::End(End {
                queue: Queue::new(),
                unread: Amount::default(),
                peer: PeerState::Open,
                open: true,
                enclosed: false,
                window,
                layout: None,
                layout_told: false,
            }),
            first: Some(route),
            second: None,
        })
    }

    pub(super) fn proxy(first: Option<Route<B>>, second: Option<Box<Route<B>>>) -> Box<Self> {
        Box::new(Self {
            kind: Kind::Proxy(Step::Idle),
            first,
            second,
        })
    }

    pub(super) fn routes(&self) -> impl Iterator<Item = &Route<B>> {
        self.first.iter().chain(self.second.as_deref())
    }

    #[inline]
    pub(super) fn route(&self, side: u8) -> Option<&Route<B>> {
        match side & 1 {
            0 => self.first.as_ref(),
            _ => self.second.as_deref(),
        }
    }

    #[inline]
    pub(super) fn route_mut(&mut self, side: u8) -> Option<&mut Route<B>> {
        match side & 1 {
            0 => self.first.as_mut(),
            _ => self.second.as_deref_mut(),
        }
    }

    pub(super) fn take_route(&mut self, side: u8) -> Option<Box<Route<B>>> {
        match side & 1 {
            0 => self.first.take().map(Box::new),
            _ => self.second.take(),
        }
    }

    pub(super) fn put_route(&mut self, side: u8, route: Box<Route<B>>) {
        match side & 1 {
            0 => self.first = Some(*route),
            _ => self.second = Some(route),
        }
    }

    /// A port nobody holds any more, which sends what waits on its route and then goes.
    pub(super) fn lingering(route: Route<B>, window: Amount) -> Box<Self> {
        let mut port = Self::end(route, window);
        if let Kind::End(end) = &mut port.kind {
            end.open = false;
        }
        port
    }

    pub(super) fn as_end(&self) -> Option<&End<B>> {
        match &self.kind {
            Kind::End(end) => Some(end),
            Kind::Proxy(_) => None,
        }
    }

    pub(super) fn as_end_mut(&mut self) -> Option<&mut End<B>> {
        match &mut self.kind {
            Kind::End(end) => Some(end),
            Kind::Proxy(_) => None,
        }
    }
}
