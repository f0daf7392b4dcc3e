//! A link's tables: who may do what over it.
//!
//! The two channel maps are the whole of a peer's authority: what it names and the tables do not hold is a breach if
//! it was never issued, and late if it was. Numbers are issued in order and never reused, so a counter is all the
//! memory that retired channels cost.
//!
//! | | event | next |
//! |---|---|---|
//! | link | `Hello` | up |
//! | link | lost, `Bye`, a breach, the end of a shutdown | gone, with all its channels |
//! | unknown channel | issued, by us or by the other side, with the next number | live; retired if nobody takes it up |
//! | live channel | its last word was said, or has come; both directions of a proxy have ended | retired |

use super::effect::Capabilities;
use super::event::{Amount, Hello, Limits};
use super::id::{Channel, NodeId, PortId};
use super::table::Table;
use alloc::collections::BTreeMap;

/// A side of a port: the unit that owns a channel.
pub(super) type RouteKey = (PortId, u8);

/// What a channel name means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lookup {
    /// This side of this port.
    Live(RouteKey),
    /// It was issued, and is over.
    Retired,
    /// It was never issued.
    Unknown,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Link {
    /// Who is on the other side, by the word of whoever made the link.
    pub(super) peer: NodeId,
    pub(super) caps: Capabilities,
    /// What the other side grants us; known once it said hello.
    pub(super) limits: Option<Limits>,
    /// The agreed version and features.
    pub(super) version: u32,
    pub(super) features: u64,
    pub(super) same_build: bool,
    /// Bytes of messages that came by it and are still in this node.
    pub(super) held: u64,
    ours: Table<u64, RouteKey>,
    theirs: Table<u64, RouteKey>,
    next_ours: u64,
    next_theirs: u64,
    /// Introductions received and made on it, by the peer named, with the count before it.
    pub(super) introductions_in: u32,
    pub(super) introductions_out: u32,
    pub(super) introduced: BTreeMap<NodeId, u32>,
}

impl Link {
    pub(super) fn new(peer: NodeId, caps: Capabilities) -> Self {
        Self {
            peer,
            caps,
            limits: None,
            version: 0,
            features: 0,
            same_build: false,
            held: 0,
            ours: Table::new(),
            theirs: Table::new(),
            next_ours: 0,
            next_theirs: 0,
            introductions_in: 0,
            introductions_out: 0,
            introduced: BTreeMap::new(),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.limits.is_some()
    }

    pub(super) fn greet(&mut self, hello: &Hello, version: u32, features: u64, build: u128) {
        self.version = version;
        self.features = features;
        self.same_build = hello.build == build;
        self.limits = Some(hello.limits);
    }

    /// The window the other side gives a fresh port.
    pub(super) fn window(&self) -> Amount {
        self.limits.map_or(Amount::default(), |l| l.window)
    }

    /// Whether `count` more channels fit what the other side grants.
    pub(super) fn has_ports(&self, count: usize) -> bool {
        let most = self.limits.map_or(0, |l| l.ports as usize);
        self.ours.len().saturating_add(count) <= most
    }

    pub(super) fn issue(&mut self, owner: RouteKey) -> Channel {
        let number = self.next_ours;
        self.next_ours += 1;
        self.ours.insert(number, owner);
        Channel { ours: true, number }
    }

    /// Notes a channel the other side issued. `false` if it is not the next one.
    pub(super) fn accept(&mut self, channel: Channel, owner: Option<RouteKey>) -> bool {
        if channel.ours || channel.number != self.next_theirs {
            return false;
        }
        self.next_theirs += 1;
        if let Some(owner) = owner {
            self.theirs.insert(channel.number, owner);
        }
        true
    }

    pub(super) fn theirs_open(&self) -> usize {
        self.theirs.len()
    }

    pub(super) fn next_theirs(&self) -> u64 {
        self.next_theirs
    }

    /// How many channels each side has issued.
    pub(super) fn issued(&self) -> (u64, u64) {
        (self.next_ours, self.next_theirs)
    }

    pub(super) fn lookup(&self, channel: Channel) -> Lookup {
        let (map, next) = if channel.ours {
            (&self.ours, self.next_ours)
        } else {
            (&self.theirs, self.next_theirs)
        };
        match map.get(&channel.number) {
            Some(key) => Lookup::Live(*key),
            None if channel.number < next => Lookup::Retired,
            None => Lookup::Unknown,
        }
    }

    pub(super) fn set_owner(&mut self, channel: Channel, owner: RouteKey) {
        let map = if channel.ours {
            &mut self.ours
        } else {
            &mut self.theirs
        };
        if let Some(slot) = map.get_mut(&channel.number) {
            *slot = owner;
        }
    }

    pub(super) fn retire(&mut self, channel: Channel) {
        if channel.ours {
            self.ours.remove(&channel.number);
        } else {
            self.theirs.remove(&channel.number);
        }
    }

    pub(super) fn channels(&self) -> impl Iterator<Item = (Channel, RouteKey)> + '_ {
        let side = |ours| move |(number, &key): (u64, &RouteKey)| (Channel { ours, number }, key);
        self.ours
            .iter()
            .map(side(true))
            .chain(self.theirs.iter().map(side(false)))
    }
}
