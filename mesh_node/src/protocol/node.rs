//! The node: what its shell calls, and the work list behind it.
//!
//! Every call of the shell changes tables, queues work, and runs the work to its end before it returns; what the
//! world has to do is in the outbox then. Work is a list, not recursion, so that a peer who nests ports in messages
//! in ports cannot choose the depth of our stack.
//!
//! A node hashes and compares by its tables; take all effects before cloning it.

use super::effect::{Body, Capabilities, Config, Effect, Message, Next, Received, Side};
use super::event::{Amount, Cause, Event, Hello, MAX_ROOM};
use super::id::{Channel, Hop, LinkId, MAX_DEPTH, NodeId, PortId};
use super::introduce::Introduction;
use super::link::{Link, RouteKey};
use super::port::{End, Item, Kind, PeerState, Port, Route};
use super::table::Table;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

/// Something to do before the current call returns.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Work {
    Close(PortId),
    Fail(PortId, Cause),
    Flush(RouteKey),
    /// Something about the port settled: join with a neighbour in this node, or begin to go away.
    Settle(PortId),
    /// A link was lost: look for ports that nobody can reach any more.
    Collect,
}

/// Why a message was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// No such port, or it is inside a message.
    NoPort,
    /// The peer was closed or the port failed; [`Node::receive`] tells which.
    Gone,
    /// A port inside is not the caller's to send, or is this port or its peer.
    BadPort,
}

/// A node of the mesh. `B` is the message body, `R` what an end of a link travels as.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Node<B, R> {
    pub(super) config: Config,
    pub(super) ports: Table<PortId, Box<Port<B>>>,
    /// Ends that are made to be sent, and have no port yet, with their peers.
    pub(super) twins: Table<PortId, PortId>,
    pub(super) links: Table<LinkId, Link>,
    /// What proxies may have told a node to claim, by who told and which attempt.
    pub(super) expected: BTreeMap<(NodeId, u64), RouteKey>,
    pub(super) tickets: Table<u64, RouteKey>,
    /// Introductions we asked for, and over which link.
    pub(super) wants: BTreeMap<NodeId, LinkId>,
    /// Introductions we were asked for and cannot make yet.
    pub(super) waiting: Vec<(LinkId, NodeId)>,
    /// Introductions the shell is making.
    pub(super) introducing: BTreeMap<u64, Introduction>,
    /// Routes whose next message waits for something other than window.
    pub(super) blocked: BTreeSet<RouteKey>,
    pub(super) stopping: bool,
    pub(super) stopped: bool,
    pub(super) work: VecDeque<Work>,
    pub(super) outbox: VecDeque<Effect<B, R>>,
    next_port: u64,
    pub(super) next_link: u32,
    next_child: u32,
    pub(super) next_token: u64,
    next_ticket: u64,
    pub(super) next_introduction: u64,
}

impl<B: Body, R> Node<B, R> {
    /// A node with no ports and no links.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            ports: Table::new(),
            twins: Table::new(),
            links: Table::new(),
            expected: BTreeMap::new(),
            tickets: Table::new(),
            wants: BTreeMap::new(),
            waiting: Vec::new(),
            introducing: BTreeMap::new(),
            blocked: BTreeSet::new(),
            stopping: false,
            stopped: false,
            work: VecDeque::new(),
            outbox: VecDeque::new(),
            next_port: 0,
            next_link: 0,
            next_child: 0,
            next_token: 0,
            next_ticket: 0,
            next_introduction: 0,
        }
    }

    /// This node's name.
    pub fn id(&self) -> &NodeId {
        &self.config.id
    }

    /// Whether there is something that the shell must do.
    #[inline]
    pub fn has_effects(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// The next thing the shell must do.
    pub fn poll_effect(&mut self) -> Option<Effect<B, R>> {
        self.outbox.pop_front()
    }

    /// Names a node to be invited; `None` when the tree would grow too deep.
    pub fn invite(&mut self) -> Option<NodeId> {
        if self.config.id.depth() >= MAX_DEPTH {
            return None;
        }
        self.next_child += 1;
        Some(self.config.id.child(self.next_child - 1))
    }

    /// Adds the link of an invitation, and gives the port at our end of it, whose peer is at the other.
    ///
    /// The peer's name is the inviter's or the one [`Node::invite`] gave; it is never taken from the wire.
    pub fn add_link(
        &mut self,
        peer: NodeId,
        caps: Capabilities,
        side: Side,
    ) -> Result<(LinkId, PortId), Refusal> {
        if self.stopping {
            return Err(Refusal::Gone);
        }
        let link = self.start_link(peer, caps);
        let id = self.fresh_port();
        let channel = match (side, self.links.get_mut(&link)) {
            (Side::Inviter, Some(link)) => link.issue((id, 0)),
            (Side::Invitee, Some(link)) => {
                let channel = Channel {
                    ours: false,
                    number: 0,
                };
                link.accept(channel, Some((id, 0)));
                channel
            }
            (_, None) => return Err(Refusal::Gone),
        };
        let window = self.config.limits.window;
        let route = Route::new(Hop::Link(link, channel), Amount::default(), window);
        self.ports.insert(id, Port::end(route, window));
        Ok((link, id))
    }

    pub(super) fn start_link(&mut self, peer: NodeId, caps: Capabilities) -> LinkId {
        let id = LinkId(self.next_link);
        self.next_link += 1;
        self.links.insert(id, Link::new(peer, caps));
        let hello = Hello {
            versions: self.config.versions,
            features: self.config.features,
            build: self.config.build,
            node: self.config.id.clone(),
            limits: self.config.limits,
        };
        self.transmit(id, Event::Hello(hello));
        id
    }

    /// A new pair of ports, each other's peers.
    pub fn create(&mut self) -> (PortId, PortId) {
        let (a, b) = (self.fresh_port(), self.fresh_port());
        let window = self.config.limits.window;
        for (id, peer) in [(a, b), (b, a)] {
            let route = Route::new(Hop::Local(peer, 0), Amount::default(), Amount::default());
            self.ports.insert(id, Port::end(route, window));
        }
        (a, b)
    }

    /// Sets how much may be on its way to a port and in its queue. It takes effect with the next grant: what was
    /// granted stays granted. Call it before the port's peer leaves for another node to bound a channel exactly.
    pub fn set_window(&mut self, port: PortId, window: Amount) {
        if let Some(end) = self.user_end(port) {
            end.window = window.max(Amount::new(1, 1)).min(MAX_ROOM);
        }
        self.grant(port);
        self.run();
    }

    /// Sets the layout of the messages a port takes and sends; it is compared with that of a peer of another build.
    pub fn set_layouts(&mut self, port: PortId, incoming: Option<u64>, outgoing: Option<u64>) {
        let Some(end) = self.user_end(port) else {
            return;
        };
        end.layout = incoming;
        if let Some(route) = self.route_mut((port, 0)) {
            route.layout = outgoing;
        }
    }

    /// Sends a message. It goes at once if the window allows, and else waits here, in order; [`Node::backlog`] tells how
    /// much does. How much may wait has no bound but the sender's own.
    ///
    /// # Errors
    /// The message comes back if the port is not the caller's, its peer is known to be gone, or a port inside is not
    /// the caller's to send.
    pub fn send(&mut self, port: PortId, message: Message<B>) -> Result<(), (Refusal, Message<B>)> {
        if let Err(refusal) = self.check_send(port, &message) {
            self.make_twins(&message.ports);
            return Err((refusal, message));
        }
        self.dispatch_message(port, message);
        self.run();
        Ok(())
    }

    /// Sends a message at once, or behind what waits.
    fn dispatch_message(&mut self, port: PortId, message: Message<B>) {
        let key = (port, 0);
        if let Some((link, channel)) = self.way_out(key, &message) {
            return self.transmit_message(key, link, channel, message);
        }
        self.make_twins(&message.ports);
        self.enclose(&message.ports, true);
        if let Some(route) = self.route_mut(key) {
            route.push(Item::Message(message));
        }
        self.flush(key);
    }

    /// Sends a message and closes the port behind it, in one frame: the answer to a request.
    ///
    /// # Errors
    /// As [`Node::send`]; the port stays open then.
    pub fn send_last(
        &mut self,
        port: PortId,
        mut message: Message<B>,
    ) -> Result<(), (Refusal, Message<B>)> {
        if let Err(refusal) = self.check_send(port, &message) {
            self.make_twins(&message.ports);
            return Err((refusal, message));
        }
        message.last = true;
        self.abandon_end(port);
        // What still comes is thrown away, and must not keep the peer from sending all it has.
        self.grant(port);
        self.dispatch_message(port, message);
        self.run();
        Ok(())
    }

    /// Why this port has failed, if it has; [`Node::receive`] tells so once everything that arrived before has been taken.
    pub fn failure(&self, port: PortId) -> Option<&Cause> {
        match &self.user_end_ref(port)?.peer {
            PeerState::Failed(cause) => Some(cause),
            PeerState::Open | PeerState::Closed => None,
        }
    }

    fn check_send(&self, port: PortId, message: &Message<B>) -> Result<(), Refusal> {
        let end = self.user_end_ref(port).ok_or(Refusal::NoPort)?;
        if end.peer != PeerState::Open {
            return Err(Refusal::Gone);
        }
        if message.ports.is_empty() {
            return Ok(());
        }
        let peer = match self.route((port, 0)).map(|r| r.out) {
            Some(Hop::Local(peer, _)) => Some(peer),
            _ => None,
        };
        for (at, inner) in message.ports.iter().enumerate() {
            let twice = message.ports[..at].contains(inner);
            if *inner == port
                || Some(*inner) == peer
                || twice
                || (self.user_end_ref(*inner).is_none() && !self.is_twin(*inner))
            {
                return Err(Refusal::BadPort);
            }
        }
        Ok(())
    }

    /// Takes the next message, or learns that there will be none.
    pub fn receive(&mut self, port: PortId) -> Received<B> {
        let Some(end) = self.user_end(port) else {
            return Received::Failed(Cause::shutdown());
        };
        let Some(message) = end.queue.pop_front() else {
            return match &end.peer {
                PeerState::Open => Received::Empty,
                PeerState::Closed => Received::Closed,
                PeerState::Failed(cause) => Received::Failed(cause.clone()),
            };
        };
        end.unread -= message.size();
        self.release(&message);
        self.enclose(&message.ports, false);
        self.grant(port);
        self.run();
        Received::Message(message)
    }

    /// Whether a message that is sent on this port goes over a link at once. Then it may as well be ready.
    pub fn goes_out(&self, port: PortId) -> bool {
        let out = self.route((port, 0)).is_some_and(|route| {
            matches!(route.out, Hop::Link(..))
                && route.room.is_open()
                && route.backlog.is_empty()
                && route.preparing.is_none()
        });
        out && self.user_end_ref(port).is_some()
    }

    /// Fails a port because of a message that cannot be sent on it.
    pub fn refuse(&mut self, port: PortId, message: Message<B>, cause: Cause) {
        self.make_twins(&message.ports);
        self.discard(message, Some(&cause));
        self.work.push_back(Work::Fail(port, cause));
        self.run();
    }

    /// What a receive would give.
    pub fn next(&self, port: PortId) -> Next {
        let Some(end) = self.user_end_ref(port) else {
            return Next::Something;
        };
        match &end.peer {
            _ if !end.queue.is_empty() => Next::Something,
            PeerState::Open => Next::Nothing,
            PeerState::Closed => Next::Close,
            PeerState::Failed(_) => Next::Something,
        }
    }

    /// Closes a port. What was sent before still goes out; the peer sees the close after it.
    pub fn close(&mut self, port: PortId) {
        if self.user_end(port).is_some() {
            self.close_now(port);
        }
        self.run();
    }

    /// Closes a port with a cause, which the peer is told after everything that was sent.
    pub fn close_with(&mut self, port: PortId, cause: Cause) {
        if self.user_end(port).is_some() {
            self.end(port, Item::Fail(cause));
        }
        self.run();
    }

    /// Fails a port at once, at both ends, for instance because a message on it did not decode.
    pub fn fail(&mut self, port: PortId, cause: Cause) {
        if self.user_end(port).is_some() {
            self.work.push_back(Work::Fail(port, cause));
        }
        self.run();
    }

    /// Joins two ports, so that their peers become each other's; both cease to exist. What waits in either queue goes
    /// to the other's peer. `false` if either is not the caller's or they are the same.
    ///
    /// Joining the two ends of one channel would make a ring that nobody holds; within this node, both are closed instead.
    /// Where the way between them leads through other nodes, the ring may stay until a link on it ends.
    pub fn bridge(&mut self, a: PortId, b: PortId) -> bool {
        if a == b || self.user_end(a).is_none() || self.user_end(b).is_none() {
            return false;
        }
        self.make_twin_of(a);
        self.make_twin_of(b);
        if self.leads((a, 0), b) {
            self.work.extend([Work::Close(a), Work::Close(b)]);
        } else {
            self.join(a, b);
        }
        self.run();
        true
    }

    /// Gives back a message the core asked to have prepared, or says why it cannot be written.
    pub fn prepared(&mut self, ticket: u64, outcome: Result<Message<B>, (Message<B>, Cause)>) {
        let (Ok(message) | Err((message, _))) = &outcome;
        self.make_twins(&message.ports);
        let key = self.tickets.remove(&ticket);
        let route = key.and_then(|key| self.route_mut(key));
        let taken = route.is_some_and(|route| match route.preparing {
            Some((ours, size)) if ours == ticket => {
                route.preparing = None;
                route.pending -= size;
                true
            }
            _ => false,
        });
        match (key.filter(|_| taken), outcome) {
            (Some(key), Ok(message)) => {
                self.enclose(&message.ports, true);
                if let Some(route) = self.route_mut(key) {
                    route.pending += message.size();
                    route.backlog.push_front(Item::Message(message));
                }
                self.work.push_back(Work::Flush(key));
            }
            (Some(key), Err((message, cause))) => {
                self.discard(message, Some(&cause));
                self.work.push_back(Work::Fail(key.0, cause));
            }
            (None, Ok(message) | Err((message, _))) => self.discard(message, None),
        }
        self.unblock();
        self.run();
    }

    /// Shuts down in order: every port with an end elsewhere is closed behind what was sent on it, and once nothing
    /// goes through here any more the links end, and [`Effect::ShutDown`] comes. Ports that cannot be moved off
    /// this node fail. Pairs inside the node are left alone.
    pub fn shutdown(&mut self) {
        self.stopping = true;
        self.run();
    }

    /// How much a port has yet to send.
    pub fn backlog(&self, port: PortId) -> Amount {
        self.route((port, 0))
            .map_or(Amount::default(), |r| r.pending)
    }

    #[inline]
    pub(super) fn run(&mut self) {
        if self.stopping || !self.work.is_empty() {
            self.run_on();
        }
    }

    fn run_on(&mut self) {
        loop {
            while let Some(work) = self.work.pop_front() {
                match work {
                    Work::Close(port) => self.close_now(port),
                    Work::Fail(port, cause) => self.fail_now(port, &cause),
                    Work::Flush(key) => self.flush(key),
                    Work::Settle(port) => self.settle(port),
                    Work::Collect => self.collect(),
                }
            }
            if !self.stopping || !self.wind_down() {
                return;
            }
        }
    }

    pub(super) fn fresh_port(&mut self) -> PortId {
        self.next_port += 1;
        PortId(self.next_port - 1)
    }

    pub(super) fn fresh_ticket(&mut self, key: RouteKey) -> u64 {
        self.next_ticket += 1;
        self.tickets.insert(self.next_ticket, key);
        self.next_ticket
    }

    pub(super) fn transmit(&mut self, link: LinkId, event: Event<B, R>) {
        if self.links.contains_key(&link) {
            self.outbox.push_back(Effect::Transmit(link, event));
        }
    }

    pub(super) fn route(&self, key: RouteKey) -> Option<&Route<B>> {
        self.ports.get(&key.0)?.route(key.1)
    }

    pub(super) fn route_mut(&mut self, key: RouteKey) -> Option<&mut Route<B>> {
        self.ports.get_mut(&key.0)?.route_mut(key.1)
    }

    pub(super) fn is_proxy(&self, port: PortId) -> bool {
        let kind = self.ports.get(&port).map(|port| &port.kind);
        matches!(kind, Some(Kind::Proxy(_)))
    }

    fn user_end_ref(&self, port: PortId) -> Option<&End<B>> {
        let end = self.ports.get(&port)?.as_end()?;
        (end.open && !end.enclosed).then_some(end)
    }

    fn user_end(&mut self, port: PortId) -> Option<&mut End<B>> {
        self.make_twin(port);
        let end = self.ports.get_mut(&port)?.as_end_mut()?;
        (end.open && !end.enclosed).then_some(end)
    }

    fn enclose(&mut self, ports: &[PortId], enclosed: bool) {
        for port in ports {
            if let Some(end) = self.ports.get_mut(port).and_then(|port| port.as_end_mut()) {
                end.enclosed = enclosed;
            }
        }
    }

    /// Moves a route to another place in the tables, telling everything that points to it.
    pub(super) fn adopt(&mut self, old: RouteKey, new: RouteKey, route: Box<Route<B>>) {
        for hop in [route.out, route.inn] {
            match hop {
                Hop::Link(link, channel) => {
                    if let Some(link) = self.links.get_mut(&link) {
                        link.set_owner(channel, new);
                    }
                }
                Hop::Local(peer, side) => {
                    if let Some(back) = self.route_mut((peer, side)) {
                        for hop in [&mut back.out, &mut back.inn] {
                            if *hop == Hop::Local(old.0, old.1) {
                                *hop = Hop::Local(new.0, new.1);
                            }
                        }
                    }
                }
            }
        }
        self.expected
            .values_mut()
            .chain(self.tickets.values_mut())
            .filter(|key| **key == old)
            .for_each(|key| *key = new);
        if self.blocked.remove(&old) {
            self.blocked.insert(new);
        }
        if let Some(port) = self.ports.get_mut(&new.0) {
            port.put_route(new.1, route);
        }
    }
}
