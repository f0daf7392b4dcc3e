//! The way out: items leave a route's backlog in order, as window, budgets and links allow.
//!
//! A message leaves over a link when its route has window, its body is ready to be written, every port in it can be
//! exported, and the other side's budget has room for them. What can never pass (a resource over a link that carries
//! none, a body beyond the largest frame) fails the port, at both ends, with the cause.
//!
//! # Export
//! A port that leaves in a message turns into a channel of the link, and one of these happens to its old self:
//!
//! | the port's peer | the old port becomes |
//! |---|---|
//! | is in this node | nothing: the peer's route now is the channel, and the unread queue goes back to it as its backlog |
//! | is elsewhere | a proxy between the old route and the channel; the unread queue is the channel's backlog |
//! | is gone | a lingering end that sends the unread queue and then the close or the cause |

use super::effect::{Body, Effect, Message};
use super::event::{Amount, Cause, CauseKind, Event, PortDesc};
use super::few::Few;
use super::id::{Channel, Hop, LinkId, PortId};
use super::link::RouteKey;
use super::node::{Node, Work};
use super::port::{Item, Kind, PeerState, Port, Route};
use alloc::boxed::Box;

/// What stands between a message and its link.
enum Verdict {
    Pass,
    /// A credit will come.
    Window,
    /// Something else will come: a channel to retire, a port to settle.
    Blocked,
    Unprepared,
    Never(Cause),
}

impl<B: Body, R> Node<B, R> {
    pub(super) fn flush(&mut self, key: RouteKey) {
        self.blocked.remove(&key);
        while self.flush_one(key) {}
        if self.is_proxy(key.0) && self.route(key).is_some_and(|r| r.backlog.is_empty()) {
            self.work.push_back(Work::Settle(key.0));
        }
    }

    fn flush_one(&mut self, key: RouteKey) -> bool {
        let Some(route) = self.route(key) else {
            return false;
        };
        let (out, front) = match (route.preparing, route.backlog.front()) {
            (None, Some(front)) => (route.out, front),
            _ => return false,
        };
        match (out, front) {
            (Hop::Local(..), _) => self.hand_over(key),
            (Hop::Link(link, channel), Item::Message(message)) => {
                match self.judge(route, message, link) {
                    Verdict::Pass => self.transmit_front(key, link, channel),
                    Verdict::Window => return false,
                    Verdict::Blocked => {
                        self.blocked.insert(key);
                        return false;
                    }
                    Verdict::Unprepared => {
                        self.ask_to_prepare(key);
                        return false;
                    }
                    Verdict::Never(cause) => {
                        self.work.push_back(Work::Fail(key.0, cause));
                        return false;
                    }
                }
            }
            (Hop::Link(link, channel), Item::Close) => {
                self.transmit(link, Event::Close { channel });
                self.finish(key.0);
            }
            (Hop::Link(link, channel), Item::Fail(cause)) => {
                let cause = cause.clone();
                self.transmit(link, Event::Fail { channel, cause });
                self.finish(key.0);
            }
            (Hop::Link(link, channel), Item::End) => self.transmit_end(key, link, channel),
        }
        true
    }

    fn judge(&self, route: &Route<B>, message: &Message<B>, link: LinkId) -> Verdict {
        let Some(link) = self.links.get(&link) else {
            return Verdict::Window;
        };
        let Some(limits) = link.limits.filter(|_| route.room.is_open()) else {
            return Verdict::Window;
        };
        if !message.body.is_ready() {
            return Verdict::Unprepared;
        }
        let never = |what: &str| Verdict::Never(Cause::new(CauseKind::Undeliverable, what));
        let resources = message.body.resources();
        if resources > 0 && !link.caps.resources {
            return never("a message carries a resource over a link that carries none");
        }
        if resources > limits.resources {
            return never("a message carries more resources than the receiver takes in one");
        }
        if message.body.bytes() > limits.message_bytes {
            return never("a message is larger than the receiver takes");
        }
        if message.ports.len() > limits.ports as usize {
            return never("a message carries more ports than the receiver ever takes");
        }
        let exportable = message.ports.iter().all(|port| self.is_exportable(*port));
        if !exportable || !link.has_ports(message.ports.len()) {
            return Verdict::Blocked;
        }
        Verdict::Pass
    }

    /// Whether a port can leave: not while it is being joined to a port of this node.
    fn is_exportable(&self, port: PortId) -> bool {
        let Some(route) = self.route((port, 0)) else {
            return true;
        };
        match (route.out, route.inn) {
            (Hop::Link(..), Hop::Link(..)) => true,
            (Hop::Local(peer, side), inn) => {
                inn == route.out
                    && route.is_idle()
                    && !self.is_proxy(peer)
                    && self.is_peer((peer, side), port)
            }
            (Hop::Link(..), Hop::Local(..)) => false,
        }
    }

    /// Whether a route leads, settled, straight to this endpoint of the same node. If its peer has just failed it does
    /// not, and the endpoint is about to learn of it; and a message being prepared must first find its way here.
    fn is_peer(&self, peer: RouteKey, port: PortId) -> bool {
        self.route(peer).is_some_and(|back| {
            back.is_stable() && back.preparing.is_none() && back.out == Hop::Local(port, 0)
        })
    }

    fn hand_over(&mut self, key: RouteKey) {
        self.make_twin_of(key.0);
        let Some(route) = self.route_mut(key) else {
            return;
        };
        let (Hop::Local(peer, side), Some(mut item)) = (route.out, route.backlog.pop_front())
        else {
            return;
        };
        route.pending -= item.size();
        if let Item::Message(message) = &mut item {
            message.fingerprint = route.name(message.fingerprint);
        }
        let over = item.is_last();
        self.arrive_local((peer, side), key, item);
        if over {
            self.finish(key.0);
        }
    }

    fn ask_to_prepare(&mut self, key: RouteKey) {
        let ticket = self.fresh_ticket(key);
        let named = self.route(key).is_some_and(|route| !self.is_named(route));
        let Some(route) = self.route_mut(key) else {
            return;
        };
        let Some(Item::Message(message)) = route.backlog.pop_front() else {
            return;
        };
        route.preparing = Some((ticket, message.size()));
        self.outbox
            .push_back(Effect::Prepare(ticket, message, named));
    }

    /// Where a message that is sent on a route now can leave at once, if nothing waits before it.
    pub(super) fn way_out(&self, key: RouteKey, message: &Message<B>) -> Option<(LinkId, Channel)> {
        let route = self.route(key)?;
        let Hop::Link(link, channel) = route.out else {
            return None;
        };
        let is_free = route.backlog.is_empty() && route.preparing.is_none();
        let passes = is_free && matches!(self.judge(route, message, link), Verdict::Pass);
        passes.then_some((link, channel))
    }

    fn transmit_front(&mut self, key: RouteKey, link: LinkId, channel: Channel) {
        let Some(route) = self.route_mut(key) else {
            return;
        };
        let Some(Item::Message(message)) = route.backlog.pop_front() else {
            return;
        };
        route.pending -= message.size();
        self.transmit_message(key, link, channel, message);
    }

    /// Sends a message that [may pass](Self::judge).
    pub(super) fn transmit_message(
        &mut self,
        key: RouteKey,
        link: LinkId,
        channel: Channel,
        message: Message<B>,
    ) {
        let Some(route) = self.route_mut(key) else {
            return self.discard(message, None);
        };
        let size = message.size();
        let sequence = route.sent.messages.unsigned_abs();
        route.sent += size;
        route.room -= size;
        let fingerprint = match (message.fingerprint, route.layout) {
            (None, None) => None,
            (given, _) => self.name(key, given),
        };
        self.release(&message);
        let descs: Few<PortDesc> = message
            .ports
            .iter()
            .map(|port| self.export(*port, link))
            .collect();
        let last = message.last;
        let event = Event::Message {
            channel,
            sequence,
            fingerprint,
            body: message.body,
            ports: descs,
            last,
        };
        // The link is there, or the message could not pass.
        self.outbox.push_back(Effect::Transmit(link, event));
        if last {
            self.finish(key.0);
        }
    }

    /// The fingerprint that goes with the next message: what its sender gave with it or with one before it, and nothing if the
    /// neighbour was told so already.
    ///
    /// What was told of messages from elsewhere is passed on also to a neighbour of this build: it was told because the sender's is
    /// another.
    fn name(&mut self, key: RouteKey, given: Option<u64>) -> Option<u64> {
        let end = self.ports.get(&key.0).and_then(|port| port.as_end());
        let is_user = end.is_some_and(|end| end.open);
        let wanted = given.is_some()
            || !is_user
            || self.route(key).is_some_and(|route| !self.is_named(route));
        self.route_mut(key).filter(|_| wanted)?.name(given)
    }

    fn transmit_end(&mut self, key: RouteKey, link: LinkId, channel: Channel) {
        let Some(route) = self.route_mut(key) else {
            return;
        };
        route.backlog.pop_front();
        route.ended_out = true;
        let messages = route.sent.messages.unsigned_abs();
        let end = Event::End {
            channel,
            messages,
            leaving: true,
        };
        self.transmit(link, end);
        self.leave_if_ended(key.0);
    }

    fn export(&mut self, port: PortId, link: LinkId) -> PortDesc {
        if let Some(twin) = self.export_twin(port, link) {
            return twin;
        }
        self.make_twin(port);
        let window = self.config.limits.window;
        let theirs = self.links.get(&link).map_or(window, |l| l.window());
        let local = match self.route((port, 0)).map(|r| r.out) {
            Some(Hop::Local(peer, side)) => Some((peer, side)),
            _ => None,
        };
        match local {
            Some(peer) if self.is_peer(peer, port) => self.export_local(port, peer, link, theirs),
            _ => self.export_remote(port, link, window),
        }
    }

    fn open_channel(&mut self, link: LinkId, owner: RouteKey) -> Channel {
        let none = Channel {
            ours: true,
            number: 0,
        };
        self.links.get_mut(&link).map_or(none, |l| l.issue(owner))
    }

    fn export_local(
        &mut self,
        port: PortId,
        peer: RouteKey,
        link: LinkId,
        theirs: Amount,
    ) -> PortDesc {
        let channel = self.open_channel(link, peer);
        let mut left = self.ports.remove(&port);
        let mut end = left.as_mut().and_then(|port| port.as_end_mut());
        let window = end.as_ref().map_or(theirs, |end| end.window);
        let told = end.as_ref().and_then(|end| end.layout);
        let room = theirs.min(window);
        let mut grant = Amount::default();
        if let Some(end) = self.ports.get(&peer.0).and_then(|port| port.as_end()) {
            grant = (end.window - end.unread).max(Amount::default());
        }
        if let Some(route) = self.route_mut(peer) {
            let layout = told.or(route.layout);
            let mut later = core::mem::take(&mut route.backlog);
            *route = Route::new(Hop::Link(link, channel), room, grant);
            route.layout = layout;
            while let Some(message) = end.as_mut().and_then(|end| end.queue.pop_front()) {
                route.push(Item::Message(message));
            }
            while let Some(item) = later.pop_front() {
                route.push(item);
            }
        }
        // It may have waited for something while its peer was here; what it has now may wait for something else.
        let waits = (self.route(peer)).is_some_and(|r| !r.backlog.is_empty());
        if waits {
            self.work.push_back(Work::Flush(peer));
        }
        PortDesc {
            channel,
            grant: room,
            room: grant,
        }
    }

    /// Exports a port whose peer is elsewhere or gone.
    fn export_remote(&mut self, port: PortId, link: LinkId, window: Amount) -> PortDesc {
        let channel = self.open_channel(link, (port, 1));
        let hop = Hop::Link(link, channel);
        let old = self.ports.remove(&port);
        let Some((Kind::End(end), route)) = old.map(|p| (p.kind, p.first)) else {
            let nothing = Amount::default();
            return PortDesc {
                channel,
                grant: nothing,
                room: nothing,
            };
        };
        let grant = route.as_ref().map_or(window, |r| r.grant + end.unread);
        let room = route.as_ref().map_or(window, |r| r.room - r.pending);
        let mut next = Route::new(hop, grant, room);
        next.layout = end.layout;
        end.queue
            .into_iter()
            .map(Item::Message)
            .for_each(|i| next.push(i));
        let proxied = route.is_some();
        if proxied {
            let proxy = Port::proxy(route, Some(Box::new(next)));
            self.ports.insert(port, proxy);
            self.work.push_back(Work::Flush((port, 1)));
            self.work.push_back(Work::Settle(port));
        } else {
            next.push(match end.peer {
                PeerState::Failed(cause) => Item::Fail(cause),
                PeerState::Open | PeerState::Closed => Item::Close,
            });
            self.ports.insert(port, Port::lingering(next, window));
            if let Some(link) = self.links.get_mut(&link) {
                link.set_owner(channel, (port, 0));
            }
            self.work.push_back(Work::Flush((port, 0)));
        }
        PortDesc {
            channel,
            grant,
            room,
        }
    }
}
