//! A look inside: ports, routes, proxies, queues, windows, links. It changes nothing.

use super::effect::{Body, Message};
use super::event::Amount;
use super::id::{Hop, LinkId, NodeId, PortId};
use super::node::Node;
use super::port::{Item, Kind, Lock, PeerState, Step};
use alloc::vec::Vec;

/// What a port is at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PortState {
    /// An endpoint someone holds.
    Open,
    /// An endpoint inside a message.
    Enclosed,
    /// An endpoint whose peer was closed.
    Closed,
    /// An endpoint that failed.
    Failed,
    /// Nobody holds it; it still sends what waits.
    Lingering,
    /// A proxy on its way out.
    Proxy,
    /// A proxy that stays, because no link can be made round it.
    StuckProxy,
}

/// A route of a port.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RouteView {
    /// Where it sends.
    pub out: Hop,
    /// Where it takes from.
    pub inn: Hop,
    /// What came over `inn`.
    pub got: Amount,
    /// What it may still send.
    pub room: Amount,
    /// What its neighbour may still send.
    pub grant: Amount,
    /// What waits to be sent.
    pub backlog: Amount,
    /// How many items wait for the old hop to end.
    pub held: usize,
    /// Whether a neighbour that is going away holds it.
    pub locked: bool,
}

/// A port.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PortView {
    /// Its name in this node.
    pub id: PortId,
    /// What it is.
    pub state: PortState,
    /// Its ways on.
    pub routes: Vec<RouteView>,
    /// What has arrived and was not read.
    pub unread: Amount,
    /// Ports inside the messages it holds: unread, held or waiting.
    pub encloses: Vec<PortId>,
}

/// A link.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LinkView {
    /// Its name in this node.
    pub id: LinkId,
    /// The other side.
    pub peer: NodeId,
    /// Whether the other side has said hello.
    pub up: bool,
    /// The agreed protocol version.
    pub version: u32,
    /// The agreed features.
    pub features: u64,
    /// Channels on it.
    pub channels: usize,
    /// How many channels this side and the other have issued.
    pub issued: (u64, u64),
    /// Bytes of messages that came by it and wait in this node.
    pub held_bytes: u64,
}

/// All of it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// Every port, proxies included.
    pub ports: Vec<PortView>,
    /// Every link.
    pub links: Vec<LinkView>,
    /// Introductions asked for and not yet had.
    pub wants: usize,
}

impl<B: Body, R> Node<B, R> {
    /// What is in this node now.
    pub fn inspect(&self) -> Inspection {
        let links = self.links.iter().map(|(id, link)| LinkView {
            id,
            peer: link.peer.clone(),
            up: link.is_up(),
            version: link.version,
            features: link.features,
            channels: link.channels().count(),
            issued: link.issued(),
            held_bytes: link.held,
        });
        Inspection {
            ports: (self.ports.keys().into_iter())
                .filter_map(|id| self.view(id))
                .collect(),
            links: links.collect(),
            wants: self.wants.len() + self.waiting.len(),
        }
    }

    /// What a port is now; `None` if there is none of that name.
    pub fn view(&self, id: PortId) -> Option<PortView> {
        let port = self.ports.get(&id)?;
        let (state, unread) = match &port.kind {
            Kind::Proxy(Step::Stuck) => (PortState::StuckProxy, Amount::default()),
            Kind::Proxy(_) => (PortState::Proxy, Amount::default()),
            Kind::End(end) => {
                let state = match &end.peer {
                    _ if !end.open => PortState::Lingering,
                    _ if end.enclosed => PortState::Enclosed,
                    PeerState::Open => PortState::Open,
                    PeerState::Closed => PortState::Closed,
                    PeerState::Failed(_) => PortState::Failed,
                };
                (state, end.unread)
            }
        };
        let routes = port.routes().map(|route| RouteView {
            out: route.out,
            inn: route.inn,
            got: route.got,
            room: route.room,
            grant: route.grant,
            backlog: route.pending,
            held: route.held.len(),
            locked: route.lock != Lock::Free,
        });
        Some(PortView {
            id,
            state,
            routes: routes.collect(),
            unread,
            encloses: self
                .messages(id)
                .into_iter()
                .flat_map(|m| m.ports.iter().copied())
                .collect(),
        })
    }

    /// The messages a port holds: unread, held, or waiting to be sent.
    pub fn messages(&self, id: PortId) -> Vec<&Message<B>> {
        let Some(port) = self.ports.get(&id) else {
            return Vec::new();
        };
        let unread = port.as_end().into_iter().flat_map(|end| end.queue.iter());
        let routes = port.routes();
        let items = routes.flat_map(|route| route.held.iter().chain(route.backlog.iter()));
        let waiting = items.filter_map(|item| match item {
            Item::Message(message) => Some(message),
            Item::Close | Item::Fail(_) | Item::End => None,
        });
        unread.chain(waiting).collect()
    }

    /// Where a channel of a link leads in this node: the other end of a neighbour's hop.
    pub fn owner(&self, link: LinkId, channel: super::id::Channel) -> Option<PortId> {
        match self.links.get(&link)?.lookup(channel) {
            super::link::Lookup::Live(key) => Some(key.0),
            _ => None,
        }
    }

    /// Whether nothing is under way here: no route changes hands, no proxy is on its way out, nothing is asked for.
    pub fn settled(&self) -> bool {
        let quiet = self.ports.values().all(|port| {
            let proxy = matches!(&port.kind, Kind::Proxy(step) if *step != Step::Stuck);
            let free = |r: &super::port::Route<B>| {
                r.is_stable() && r.lock == Lock::Free && r.deferred.is_none()
            };
            !proxy && port.routes().all(free)
        });
        quiet
            && self.wants.is_empty()
            && self.waiting.is_empty()
            && self.introducing.is_empty()
            && self.links.values().all(|link| link.is_up())
    }
}
