//! Endings: of messages, routes, ports, links, and the node.
//!
//! | ending | seen by the peer as | what becomes of messages on the way |
//! |---|---|---|
//! | a port is closed | `Closed`, after everything sent | those to the closed port are discarded |
//! | a route breaks | `Failed` with the cause, after what had arrived | discarded; ports inside fail with the cause |
//! | a link is lost or breaks the protocol | every port with a channel on it fails | as above |
//! | a link is lost to which the route was just moving | what the old hop still brings, then the cause | those on the old hop are delivered |
//! | the node shuts down | `Closed` | delivered |
//!
//! A port inside a discarded message is closed if its message was discarded because a receiver closed, and fails if
//! its message was lost: its peer learns which.

use super::effect::{Body, Effect, Message};
use super::event::{Cause, CauseKind, Event};
use super::id::{Channel, Hop, LinkId, NodeId, PortId};
use super::link::RouteKey;
use super::node::{Node, Work};
use super::port::{Item, Kind, Lock, PeerState, Port, Route, Step};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl<B: Body, R> Node<B, R> {
    /// The shell lost a link. Every port with an end, a route, or an end inside a message there fails with the cause.
    pub fn link_lost(&mut self, link: LinkId, cause: Cause) {
        self.drop_link(link, cause);
        self.run();
    }

    pub(super) fn break_link(&mut self, link: LinkId, cause: Cause) {
        let said = cause.clone();
        self.transmit(link, Event::Bye { cause: said });
        self.drop_link(link, cause);
    }

    pub(super) fn drop_link(&mut self, id: LinkId, cause: Cause) {
        let Some(link) = self.links.remove(&id) else {
            return;
        };
        let channels: Vec<(Channel, RouteKey)> = link.channels().collect();
        for (channel, key) in channels {
            let Some(route) = self.route_mut(key) else {
                continue;
            };
            let over = |hop| matches!(hop, Hop::Link(link, _) if link == id);
            if route.out == Hop::Link(id, channel) && !over(route.inn) {
                // What comes by the old hop was before it; if that is the close, the port does not fail.
                route.hold(Item::Fail(cause.clone()));
            } else {
                self.work.push_back(Work::Fail(key.0, cause.clone()));
            }
        }
        self.cancel_expected(&link.peer, &cause);
        self.link_went(id, &link.peer);
        self.work.push_back(Work::Collect);
        self.outbox.push_back(Effect::LinkDown(id, cause));
    }

    /// Closes ports that enclose each other in a ring, each inside a message queued on another: nobody can receive them any
    /// more. An honest node makes no such ring by itself, but a neighbour can have it made.
    pub(super) fn collect(&mut self) {
        let contents = |port: &Port<B>| -> Vec<PortId> {
            let unread = port.as_end().into_iter().flat_map(|end| end.queue.iter());
            let routes = port.routes();
            let items = routes.flat_map(|route| route.held.iter().chain(route.backlog.iter()));
            let waiting = items.filter_map(|item| match item {
                Item::Message(message) => Some(message),
                Item::Close | Item::Fail(_) | Item::End => None,
            });
            let messages = unread.chain(waiting);
            messages.flat_map(|m| m.ports.iter().copied()).collect()
        };
        let inside: BTreeSet<PortId> = (self.ports.values())
            .flat_map(|port| contents(port))
            .collect();
        let mut lost = inside.clone();
        // What is inside no message here is held by a user, by a neighbour, or by a message that the shell prepares.
        let outside = self.ports.keys().into_iter();
        let mut reached: Vec<PortId> = outside.filter(|id| !inside.contains(id)).collect();
        while let Some(port) = reached.pop().and_then(|id| self.ports.get(&id)) {
            let found = contents(port).into_iter().filter(|id| lost.remove(id));
            reached.extend(found);
        }
        self.work.extend(lost.into_iter().map(Work::Close));
    }

    /// The link over which claims were expected is gone: take the promises back.
    fn cancel_expected(&mut self, peer: &NodeId, cause: &Cause) {
        let all: Vec<((NodeId, u64), RouteKey)> =
            self.expected.iter().map(|(c, k)| (c.clone(), *k)).collect();
        for (claim, key) in all {
            let Some(route) = self.route_mut(key) else {
                continue;
            };
            if !matches!(&route.lock, Lock::Granted { target, .. } if target == peer) {
                continue;
            }
            let token = claim.1;
            route.lock = Lock::Cancelled { token };
            route.unmet = Some(peer.clone());
            let gone = route.ended_in;
            self.expected.remove(&claim);
            if gone {
                self.work.push_back(Work::Fail(key.0, cause.clone()));
            } else {
                self.say(key, |channel| Event::No { channel, token });
            }
        }
    }

    /// Throws a message away. Ports inside fail with the cause, or are closed if there is none.
    pub(super) fn discard(&mut self, message: Message<B>, cause: Option<&Cause>) {
        self.release(&message);
        let discard = Effect::Discard(message.body, cause.cloned());
        self.outbox.push_back(discard);
        for port in message.ports {
            if let Some(cause) = cause {
                self.work.push_back(Work::Fail(port, cause.clone()));
            }
            self.work.push_back(Work::Close(port));
        }
    }

    /// Frees a channel; what waited for one may go on.
    pub(super) fn retire(&mut self, hop: Hop) {
        if let Hop::Link(link, channel) = hop {
            if let Some(link) = self.links.get_mut(&link) {
                link.retire(channel);
                self.unblock();
            }
        }
    }

    pub(super) fn unblock(&mut self) {
        for key in &self.blocked {
            self.work.push_back(Work::Flush(*key));
        }
    }

    /// Ends a route that was taken out of its port. With a cause, its neighbours hear of it, except over `heard`.
    fn end_route(&mut self, route: &mut Route<B>, cause: Option<&Cause>, heard: Option<Hop>) {
        self.end_hop(route.out, cause, heard);
        if route.out != route.inn {
            self.end_hop(route.inn, cause, heard);
        }
        if let Lock::Granted { by, token, .. } = &route.lock {
            self.expected.remove(&(by.clone(), *token));
            route.lock = Lock::Free;
        }
        if let Some((ticket, _)) = route.preparing {
            self.tickets.remove(&ticket);
        }
        while let Some(item) = route.held.pop_front().or_else(|| route.backlog.pop_front()) {
            if let Item::Message(message) = item {
                self.discard(message, cause);
            }
        }
    }

    /// Gives a hop of a route that ends back. With a cause, whoever is there hears of it, except over `heard`.
    fn end_hop(&mut self, hop: Hop, cause: Option<&Cause>, heard: Option<Hop>) {
        self.retire(hop);
        match (hop, cause) {
            (Hop::Link(link, channel), Some(cause)) if heard != Some(hop) => {
                let cause = cause.clone();
                self.transmit(link, Event::Fail { channel, cause });
            }
            (Hop::Local(peer, _), Some(cause)) => {
                self.work.push_back(Work::Fail(peer, cause.clone()));
            }
            _ => {}
        }
    }

    /// A close came by the old hop of a route that was changing hands. Then whoever is beyond the new hop is closed
    /// itself, and does not hear this; unless the proxy lied, and it would wait for ever.
    fn warn_beyond(&mut self, route: &Route<B>) {
        if route.out == route.inn {
            return;
        }
        let cause = Cause::breach("a proxy closed a port that had moved on");
        match route.out {
            Hop::Link(link, channel) => self.transmit(link, Event::Fail { channel, cause }),
            Hop::Local(peer, _) => self.work.push_back(Work::Fail(peer, cause)),
        }
    }

    /// Removes a port and ends its routes. What an endpoint had not read is discarded.
    pub(super) fn remove(&mut self, id: PortId, cause: Option<&Cause>) {
        let Some(mut port) = self.ports.remove(&id) else {
            return;
        };
        for side in [0, 1] {
            if !self.blocked.is_empty() {
                self.blocked.remove(&(id, side));
            }
            if let Some(route) = port.route_mut(side) {
                self.end_route(route, cause, None);
            }
        }
        if let Some(end) = port.as_end_mut() {
            while let Some(message) = end.queue.pop_front() {
                self.discard(message, None);
            }
        }
    }

    /// A port has said its last. Where it said so on a new hop, the old one is not given back before the proxy there ends it:
    /// the proxy still counts it.
    pub(super) fn finish(&mut self, port: PortId) {
        if let Some(route) = self.route_mut((port, 0)).filter(|r| !r.ended_in) {
            route.inn = route.out;
        }
        self.remove(port, None);
    }

    pub(super) fn close_now(&mut self, id: PortId) {
        self.end(id, Item::Close);
    }

    /// The holder of an endpoint lets go; `last` is what its peer is told after everything that was sent.
    pub(super) fn end(&mut self, id: PortId, last: Item<B>) {
        let Some(end) = self.ports.get(&id).and_then(|port| port.as_end()) else {
            return;
        };
        if !end.open {
            return;
        }
        if self.route((id, 0)).is_none() {
            return self.remove(id, None);
        }
        self.abandon_end(id);
        if let Some(route) = self.route_mut((id, 0)) {
            route.push(last);
        }
        self.grant(id);
        self.flush((id, 0));
    }

    /// Nobody will read this port any more.
    pub(super) fn abandon_end(&mut self, id: PortId) {
        let Some(end) = self.ports.get_mut(&id).and_then(|port| port.as_end_mut()) else {
            return;
        };
        end.open = false;
        end.unread = Default::default();
        if !end.queue.is_empty() {
            let queue = core::mem::take(&mut end.queue);
            self.discard_queue(queue);
        }
    }

    pub(super) fn fail_now(&mut self, id: PortId, cause: &Cause) {
        self.make_twin(id);
        match self.ports.get(&id).map(|p| &p.kind) {
            Some(Kind::End(_)) => self.peer_failed(id, cause, None),
            Some(Kind::Proxy(_)) => self.remove(id, Some(cause)),
            None => {}
        }
    }

    fn peer_failed(&mut self, id: PortId, cause: &Cause, heard: Option<Hop>) {
        let Some(port) = self.ports.get_mut(&id) else {
            return;
        };
        if let Some(mut route) = port.first.take() {
            self.blocked.remove(&(id, 0));
            self.end_route(&mut route, Some(cause), heard);
            self.peer_is(id, PeerState::Failed(cause.clone()));
        }
    }

    /// The peer of an endpoint was closed.
    pub(super) fn peer_gone(&mut self, id: PortId, state: PeerState) {
        let Some(port) = self.ports.get_mut(&id) else {
            return;
        };
        if let Some(mut route) = port.first.take() {
            self.blocked.remove(&(id, 0));
            self.warn_beyond(&route);
            self.end_route(&mut route, None, None);
            self.peer_is(id, state);
        }
    }

    fn peer_is(&mut self, id: PortId, state: PeerState) {
        // A message that waits for this port to settle need not wait any more.
        self.unblock();
        let Some(end) = self.ports.get_mut(&id).and_then(|port| port.as_end_mut()) else {
            return;
        };
        end.peer = state;
        if !end.open {
            self.remove(id, None);
        } else if self.is_user(id) {
            self.readable(id);
        }
    }

    pub(super) fn on_fail(&mut self, key: RouteKey, hop: Hop, cause: Cause) {
        let Some(route) = self.route_mut(key) else {
            return;
        };
        if hop != route.inn {
            // In its turn: what comes by the old hop, its close above all, was before it. The channel is given back at once.
            route.hold(Item::Fail(cause));
            self.retire(hop);
        } else if !self.is_proxy(key.0) {
            self.peer_failed(key.0, &cause, Some(hop));
        } else if self.route(key).is_some_and(Route::is_stable) {
            // Behind what had arrived before it.
            self.accept(key, Item::Fail(cause));
        } else {
            self.remove(key.0, Some(&cause));
        }
    }

    /// One side of a proxy has ended in order: the other sends what waits, of which that is the last, and goes.
    pub(super) fn linger(&mut self, key: RouteKey) {
        let (id, side) = key;
        self.release_held(id, side);
        let Some(mut port) = self.ports.remove(&id) else {
            return;
        };
        if let Some(gone) = port.route_mut(side ^ 1) {
            self.blocked.remove(&(id, side ^ 1));
            self.warn_beyond(gone);
            self.end_route(gone, None, None);
        }
        let Some(route) = port.take_route(side) else {
            return;
        };
        let window = self.config.limits.window;
        // The place must be there before the route moves in.
        let mut place = Port::lingering(Route::new(route.out, route.room, route.grant), window);
        place.first = None;
        self.ports.insert(id, place);
        self.adopt(key, (id, 0), route);
        self.work.push_back(Work::Flush((id, 0)));
        self.grant(id);
    }

    /// Takes the next step of an orderly shutdown. `true` if there is work again.
    pub(super) fn wind_down(&mut self) -> bool {
        self.part_from_links();
        if !self.work.is_empty() {
            return true;
        }
        let linked = |port: &Port<B>| {
            let mut routes = port.routes();
            routes.any(|r| matches!(r.out, Hop::Link(..)) || matches!(r.inn, Hop::Link(..)))
        };
        let busy: Vec<PortId> = self
            .ports
            .iter()
            .filter(|(_, port)| linked(port))
            .map(|(id, _)| id)
            .collect();
        if busy.is_empty() {
            return self.part();
        }
        let stuck = |id: &PortId| {
            matches!(self.step(*id), Some(Step::Stuck))
                && [0, 1]
                    .iter()
                    .all(|s| self.route((*id, *s)).is_some_and(|r| r.is_idle()))
        };
        if !busy.iter().all(stuck) {
            return false;
        }
        for id in busy {
            self.work.push_back(Work::Fail(id, Cause::shutdown()));
        }
        true
    }

    /// Closes, towards their peers elsewhere, the ports that are still held here.
    fn part_from_links(&mut self) {
        // Ports in messages that are still to leave go with them; those in queues that someone here holds do not.
        let mut reached: Vec<PortId> = self
            .ports
            .keys()
            .into_iter()
            .filter(|id| self.is_user(*id))
            .collect();
        let mut held = Vec::new();
        while let Some(id) = reached.pop() {
            let Some(port) = self.ports.get(&id) else {
                continue;
            };
            let over_link = |r: &Route<B>| matches!((r.out, r.inn), (Hop::Link(..), Hop::Link(..)));
            if port.first.as_ref().is_some_and(over_link) {
                held.push(id);
            }
            let queues = port.as_end().into_iter().flat_map(|end| end.queue.iter());
            reached.extend(queues.flat_map(|message| message.ports.iter().copied()));
        }
        for id in held {
            let route = self.ports.get_mut(&id).and_then(|p| p.take_route(0));
            if let Some(route) = route {
                let rest = self.fresh_port();
                let window = self.config.limits.window;
                let mut place =
                    Port::lingering(Route::new(route.out, route.room, route.grant), window);
                place.first = None;
                self.ports.insert(rest, place);
                self.adopt((id, 0), (rest, 0), route);
                if let Some(route) = self.route_mut((rest, 0)) {
                    route.push(Item::Close);
                }
                self.grant(rest);
                self.work.push_back(Work::Flush((rest, 0)));
                self.peer_is(id, PeerState::Failed(Cause::shutdown()));
            }
        }
    }

    /// Says goodbye on every link, once.
    fn part(&mut self) -> bool {
        if self.stopped {
            return false;
        }
        self.stopped = true;
        for link in self.links.keys() {
            let cause = Cause::new(CauseKind::Shutdown, "the peer shut down");
            self.transmit(link, Event::Bye { cause });
            self.drop_link(link, Cause::shutdown());
        }
        self.outbox.push_back(Effect::ShutDown);
        true
    }
}
