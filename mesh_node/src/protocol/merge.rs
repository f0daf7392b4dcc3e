//! Ports of one node that stand next to each other become one, and windows are kept equal across a proxy.
//!
//! A proxy beside an endpoint of the same node hands it its other route and is gone; so is one of two proxies beside
//! each other. Bridging makes a proxy of two endpoints, and leaves it to this and to [`bypass`](super::bypass).
//!
//! # Windows
//! An endpoint grants when half its window is free again. A proxy passes credits on at once. Beside a bridge the two
//! windows were granted by different receivers: what the near one granted beyond the far one stands, and the proxy
//! asks the far receiver, with `Need`, to stand by it; until it does, the proxy holds the excess and stays.

use super::effect::{Body, Effect, Message};
use super::event::{Amount, Event, MAX_ROOM};
use super::id::{Hop, PortId};
use super::link::RouteKey;
use super::node::{Node, Work};
use super::port::{End, Item, Kind, PeerState, Port, Route, Step};
use super::queue::Queue;
use alloc::boxed::Box;

/// An endpoint without its port.
type Taken<B> = (End<B>, Option<Box<Route<B>>>);

impl<B: Body, R> Node<B, R> {
    /// Joins a proxy's side with the neighbour it has in this node, if both have settled.
    pub(super) fn merge(&mut self, port: PortId, side: u8) -> bool {
        let Some(Hop::Local(peer, back)) = self.route((port, side)).map(|r| r.out) else {
            return false;
        };
        let settled = |key: RouteKey, to: RouteKey| {
            self.route(key)
                .is_some_and(|r| r.is_idle() && r.out == Hop::Local(to.0, to.1))
        };
        if !settled((port, side), (peer, back)) || !settled((peer, back), (port, side)) {
            return false;
        }
        if peer == port {
            // A ring that nobody holds.
            self.remove(port, None);
            return true;
        }
        self.release_held(port, side ^ 1);
        let Some(mut old) = self.ports.remove(&port) else {
            return false;
        };
        let Some(mut route) = old.take_route(side ^ 1) else {
            return false;
        };
        let layout = self.route((peer, back)).and_then(|r| r.layout);
        route.layout = route.layout.or(layout);
        let hop = route.out;
        self.adopt((port, side ^ 1), (peer, back), route);
        self.revisit((peer, back));
        self.grant(peer);
        self.sync(peer);
        self.unblock();
        self.work.push_back(Work::Flush((peer, back)));
        self.work.push_back(Work::Settle(peer));
        if let Hop::Local(next, _) = hop {
            self.work.push_back(Work::Settle(next));
        }
        true
    }

    /// The peer of a port, if both are held by users of this node and nothing is on its way between them: then the shell
    /// may close the two and join their users directly.
    pub fn local_peer(&self, port: PortId) -> Option<PortId> {
        let empty = |id: PortId| {
            let end = self.ports.get(&id).and_then(|port| port.as_end());
            end.is_some_and(|e| e.open && !e.enclosed && e.queue.is_empty())
        };
        let leads = |from: PortId, to: PortId| {
            let route = self.route((from, 0));
            route.is_some_and(|r| r.is_idle() && r.held.is_empty() && r.out == Hop::Local(to, 0))
        };
        let Hop::Local(peer, 0) = self.route((port, 0))?.out else {
            return None;
        };
        (empty(port) && empty(peer) && leads(port, peer) && leads(peer, port)).then_some(peer)
    }

    /// Tells the shell that the two ends of a channel have met in this node.
    pub(super) fn report_pair(&mut self, port: PortId) {
        if self.local_peer(port).is_some() {
            self.outbox.push_back(Effect::Readable(port));
        }
    }

    /// Gives back the lock a proxy holds on a side it will not use.
    pub(super) fn release_held(&mut self, port: PortId, side: u8) {
        let token = match self.step(port) {
            Some(Step::Held { asked, token } | Step::Going { asked, token, .. })
                if *asked == side =>
            {
                *token
            }
            _ => return,
        };
        self.say((port, side), |channel| Event::Release { channel, token });
    }

    /// Joins two endpoints of the user.
    pub(super) fn join(&mut self, a: PortId, b: PortId) {
        let (Some((end_a, route_a)), Some((end_b, route_b))) = (self.take_end(a), self.take_end(b))
        else {
            return;
        };
        match (route_a, route_b) {
            (Some(route_a), Some(route_b)) => {
                let proxy = Port::proxy(Some(*route_a), None);
                self.ports.insert(a, proxy);
                self.adopt((b, 0), (a, 1), route_b);
                self.append((a, 1), end_a.queue, None);
                self.append((a, 0), end_b.queue, None);
                for side in [0, 1] {
                    self.work.push_back(Work::Flush((a, side)));
                }
                self.work.push_back(Work::Settle(a));
            }
            (Some(route), None) => self.end_bridged(a, route, end_a, end_b),
            (None, Some(route)) => self.end_bridged(b, route, end_b, end_a),
            (None, None) => {
                self.discard_queue(end_a.queue);
                self.discard_queue(end_b.queue);
            }
        }
    }

    /// One of two bridged ports had lost its peer: the other's peer gets what was left, and the news.
    fn end_bridged(&mut self, port: PortId, route: Box<Route<B>>, end: End<B>, gone: End<B>) {
        self.discard_queue(end.queue);
        self.ports.insert(port, Port::lingering(*route, end.window));
        let last = match gone.peer {
            PeerState::Failed(cause) => Item::Fail(cause),
            PeerState::Open | PeerState::Closed => Item::Close,
        };
        self.append((port, 0), gone.queue, Some(last));
        self.work.push_back(Work::Flush((port, 0)));
        self.grant(port);
    }

    fn take_end(&mut self, port: PortId) -> Option<Taken<B>> {
        let mut port = self.ports.remove(&port)?;
        let route = port.take_route(0);
        match port.kind {
            Kind::End(end) => Some((end, route)),
            Kind::Proxy(_) => None,
        }
    }

    fn append(&mut self, key: RouteKey, queue: Queue<Message<B>>, last: Option<Item<B>>) {
        if let Some(route) = self.route_mut(key) {
            queue
                .into_iter()
                .map(Item::Message)
                .chain(last)
                .for_each(|item| route.push(item));
        }
    }

    pub(super) fn discard_queue(&mut self, queue: Queue<Message<B>>) {
        for message in queue {
            self.discard(message, None);
        }
    }

    /// Grants an endpoint's peer more, when there is enough to be worth a frame.
    pub(super) fn grant(&mut self, port: PortId) {
        let Some((end, route)) = self.ports.get(&port).and_then(|p| match &p.kind {
            Kind::End(end) => Some((end, p.first.as_ref()?)),
            Kind::Proxy(_) => None,
        }) else {
            return;
        };
        if !route.is_linked() {
            return;
        }
        let free = end.window - end.unread;
        let more = free - route.grant;
        let mut grant = route.grant;
        if more.messages.saturating_mul(2) >= end.window.messages
            || more.bytes.saturating_mul(2) >= end.window.bytes
        {
            grant = grant.max(free);
        } else if route.need.is_none() {
            return;
        }
        if let Some(need) = route.need {
            let needed = grant.max(need - route.got);
            if (needed + end.unread).within(self.most_needed(end)) {
                grant = needed;
            }
        }
        self.raise((port, 0), grant);
    }

    /// The most a bridge can make an endpoint stand by: what two receivers of this kind may have granted between them,
    /// in each of two bridges, and the message that overdrew it.
    fn most_needed(&self, end: &End<B>) -> Amount {
        let limits = self.config.limits;
        let window = end.window.max(limits.window);
        let largest = Amount::new(0, i64::from(limits.message_bytes));
        (window + window + window + window + largest).min(MAX_ROOM)
    }

    /// Raises what a neighbour may send, and tells it.
    fn raise(&mut self, key: RouteKey, grant: Amount) {
        let Some(route) = self.route_mut(key) else {
            return;
        };
        if grant.within(route.grant) {
            return;
        }
        route.grant = route.grant.max(grant);
        let limit = route.got + route.grant;
        self.say(key, |channel| Event::Credit { channel, limit });
    }

    /// What a proxy's side may be granted: what the other may still send. A neighbour that has ended its direction still
    /// takes credits by the old hop, until that ends too.
    fn passed(&self, port: PortId, side: u8) -> Option<(Amount, Amount)> {
        let lasting = |r: &&Route<B>| r.out == r.inn && !r.ended_out;
        let from = self.route((port, side)).filter(lasting)?;
        let to = self.route((port, side ^ 1))?;
        let linked = |hop| matches!(hop, Hop::Link(..));
        (linked(from.out) && linked(to.out)).then_some((to.room - to.pending, from.grant))
    }

    /// Passes credits on across a proxy.
    pub(super) fn sync(&mut self, port: PortId) {
        if !self.is_proxy(port) {
            return;
        }
        for side in [0, 1] {
            if let Some((passed, _)) = self.passed(port, side) {
                self.raise((port, side), passed);
            }
        }
    }

    /// Whether nothing was granted on one side that the other does not stand by. Asks for it if so.
    pub(super) fn is_balanced(&mut self, port: PortId) -> bool {
        let mut balanced = true;
        for side in [0, 1] {
            let Some((passed, granted)) = self.passed(port, side) else {
                return false;
            };
            if granted.within(passed) {
                continue;
            }
            balanced = false;
            let other = (port, side ^ 1);
            let Some(route) = self.route_mut(other) else {
                return false;
            };
            let limit = route.sent + route.pending + granted;
            if route.needed != Some(limit) {
                route.needed = Some(limit);
                self.say(other, |channel| Event::Need { channel, limit });
            }
        }
        balanced
    }

    /// Passes on what a bridge further up asks of the receiver.
    pub(super) fn forward_need(&mut self, key: RouteKey) {
        let Some(route) = self.route(key) else {
            return;
        };
        let Some(needed) = route.need.map(|need| need - route.got) else {
            return;
        };
        let other = (key.0, key.1 ^ 1);
        let Some(route) = self.route(other) else {
            return;
        };
        if matches!(route.out, Hop::Link(..)) {
            let limit = route.sent + route.pending + needed;
            self.say(other, |channel| Event::Need { channel, limit });
        }
    }
}
