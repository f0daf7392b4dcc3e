//! The way in: an event from a link is checked against the link's tables, and acted on or refused.
//!
//! Nothing a peer sends reaches a table before it was checked. What is checked of each event, in order: the link has
//! said hello; the channel is live on this link (a retired one is late: its ports are closed, the rest ignored); the
//! sequence number is the next; the window was granted; the budgets hold. A proxy checks what it forwards as strictly
//! as an endpoint, so that an honest node is never blamed for what passed through it.

use super::effect::{Body, Effect, Message};
use super::event::{Amount, Cause, CauseKind, Event, Hello, MAX_ROOM, PortDesc};
use super::few::Few;
use super::id::{Channel, Hop, LinkId, PortId};
use super::link::{Lookup, RouteKey};
use super::node::{Node, Work};
use super::port::{Claim, Control, Item, Kind, PeerState, Port, Route};
use alloc::vec::Vec;

/// The outcome of an event; an error is a breach and ends the link.
pub(super) type Checked<T = ()> = Result<T, Cause>;

impl<B: Body, R> Node<B, R> {
    /// Takes an event from a link. A breach of protocol ends the link, with the reason; it never panics.
    pub fn event(&mut self, link: LinkId, event: Event<B, R>) {
        if self.links.contains_key(&link) {
            if let Err(cause) = self.dispatch(link, event) {
                self.break_link(link, cause);
            }
        } else {
            self.throw_away(event);
        }
        self.run();
    }

    /// What an event that is not looked at holds is the shell's to drop.
    fn throw_away(&mut self, event: Event<B, R>) {
        match event {
            Event::Message { body, .. } => self.outbox.push_back(Effect::Discard(body, None)),
            Event::Introduce { end, .. } => self.outbox.push_back(Effect::DiscardEnd(end)),
            _ => {}
        }
    }

    /// Ends a link over something only the shell can see, such as a frame that does not decode.
    pub fn breach(&mut self, link: LinkId, what: &str) {
        if self.links.contains_key(&link) {
            self.break_link(link, Cause::breach(what));
        }
        self.run();
    }

    fn dispatch(&mut self, link: LinkId, event: Event<B, R>) -> Checked {
        let up = self.links.get(&link).is_some_and(|l| l.is_up());
        if up == matches!(event, Event::Hello(_)) && !matches!(event, Event::Bye { .. }) {
            self.throw_away(event);
            return Err(Cause::breach("a hello must come first, and once"));
        }
        match event {
            Event::Hello(hello) => self.on_hello(link, &hello),
            Event::Message {
                channel,
                sequence,
                fingerprint,
                body,
                ports,
                last,
            } => {
                let message = Message {
                    body,
                    ports: Few::new(),
                    last,
                    fingerprint,
                    from: None,
                };
                self.on_message(link, channel.flip(), sequence, message, &ports)
            }
            Event::Open {
                channel,
                by,
                token,
                room,
            } => self.on_open(link, channel.flip(), (by, token), room),
            Event::Want { target, seen } => self.on_want(link, target, seen),
            Event::WantNo { target } => {
                self.on_want_no(link, &target);
                Ok(())
            }
            Event::Introduce { peer, end } => self.on_introduce(link, peer, end),
            Event::Bye { cause } => {
                self.drop_link(link, cause);
                Ok(())
            }
            Event::Close { channel }
            | Event::Fail { channel, .. }
            | Event::Credit { channel, .. }
            | Event::Need { channel, .. }
            | Event::Ask { channel, .. }
            | Event::Yes { channel, .. }
            | Event::No { channel, .. }
            | Event::Opened { channel, .. }
            | Event::Again { channel }
            | Event::Release { channel, .. }
            | Event::Go { channel, .. }
            | Event::Refuse { channel, .. }
            | Event::End { channel, .. } => self.on_channel(link, channel.flip(), event),
        }
    }

    fn on_channel(&mut self, link: LinkId, channel: Channel, event: Event<B, R>) -> Checked {
        let Some(key) = self.find(link, channel)? else {
            return Ok(());
        };
        let hop = Hop::Link(link, channel);
        if self.route(key).is_none() {
            // The old way of a port that has gone by the new one; see `finish`.
            if let Event::Close { .. } | Event::Fail { .. } | Event::End { .. } = event {
                self.retire(hop);
            }
            return Ok(());
        }
        match event {
            Event::Close { .. } => self.arrive(key, hop, Item::Close),
            Event::Fail { cause, .. } => {
                self.on_fail(key, hop, cause);
                Ok(())
            }
            Event::Credit { limit, .. } => self.on_credit(key, hop, limit),
            Event::Need { limit, .. } => self.on_need(key, hop, limit),
            Event::Ask { target, token, .. } => {
                self.on_control(key, hop, Control::Ask { target, token });
                Ok(())
            }
            Event::Go { target, token, .. } => {
                self.on_control(key, hop, Control::Go { target, token });
                Ok(())
            }
            Event::Yes { token, .. } => self.on_yes(key, hop, token),
            Event::No { token, .. } => self.on_no(key, hop, token),
            Event::Refuse { token, .. } => self.on_refuse(key, hop, token),
            Event::Release { token, .. } => {
                self.on_release(key, token);
                Ok(())
            }
            Event::Opened { room, .. } => self.on_opened(key, hop, room),
            Event::Again { .. } => {
                self.unstick(key.0);
                Ok(())
            }
            Event::End {
                messages, leaving, ..
            } => self.on_end(key, hop, messages, leaving),
            _ => Ok(()),
        }
    }

    fn find(&self, link: LinkId, channel: Channel) -> Checked<Option<RouteKey>> {
        match self.links.get(&link).map(|l| l.lookup(channel)) {
            Some(Lookup::Live(key)) => Ok(Some(key)),
            Some(Lookup::Retired) | None => Ok(None),
            Some(Lookup::Unknown) => Err(Cause::breach("it named a channel nobody issued")),
        }
    }

    fn on_hello(&mut self, id: LinkId, hello: &Hello) -> Checked {
        let ours = self.config.versions;
        let version = ours.1.min(hello.versions.1);
        let (features, build) = (hello.features & self.config.features, self.config.build);
        let Some(link) = self.links.get_mut(&id) else {
            return Ok(());
        };
        if hello.node != link.peer {
            return Err(Cause::breach("its name is not the one it was invited by"));
        }
        if version < ours.0.max(hello.versions.0) {
            let (low, high) = hello.versions;
            let text = alloc::format!("peer speaks versions {low} to {high} of the protocol");
            return Err(Cause::new(CauseKind::Breach, text));
        }
        let window = hello.limits.window;
        if !window.is_open() || !window.within(MAX_ROOM) {
            return Err(Cause::breach("its window is empty or beyond the largest"));
        }
        link.greet(hello, version, features, build);
        // The port of the invitation was there before the hello; its window begins now.
        let first: Vec<RouteKey> = link.channels().map(|(_, key)| key).collect();
        for key in first {
            if let Some(route) = self.route_mut(key) {
                route.room = window;
            }
            self.work.push_back(Work::Flush(key));
        }
        self.outbox.push_back(Effect::LinkUp(id));
        self.link_came(id);
        Ok(())
    }

    fn on_message(
        &mut self,
        link: LinkId,
        channel: Channel,
        sequence: u64,
        mut message: Message<B>,
        descs: &[PortDesc],
    ) -> Checked {
        let size = message.size();
        let checked = self
            .find(link, channel)
            .and_then(|key| self.check_descs(link, descs).map(|()| key))
            .and_then(|key| self.check_resources(&message).map(|()| key))
            .and_then(|key| self.take_window(key, Hop::Link(link, channel), sequence, size));
        let key = match checked {
            Ok(key) => key,
            Err(cause) => {
                self.outbox.push_back(Effect::Discard(message.body, None));
                return Err(cause);
            }
        };
        message.ports = descs.iter().map(|d| self.import(link, d)).collect();
        match key {
            Some(key) if !self.hold_for(link, &mut message) => {
                let cause = Cause::limit("bytes of messages that wait here from one process");
                self.discard(message, Some(&cause));
                self.work.push_back(Work::Fail(key.0, cause));
                Ok(())
            }
            Some(key) => self.arrive(key, Hop::Link(link, channel), Item::Message(message)),
            None => {
                if message.last {
                    self.retire(Hop::Link(link, channel));
                }
                self.discard(message, None);
                Ok(())
            }
        }
    }

    fn check_resources(&self, message: &Message<B>) -> Checked {
        let limits = self.config.limits;
        if message.body.resources() > limits.resources {
            return Err(Cause::limit("resources in a message"));
        }
        if message.body.bytes() > limits.message_bytes {
            return Err(Cause::limit("bytes in a message"));
        }
        Ok(())
    }

    /// Puts a message on the account of the link it came by; `false` if that would hold too much.
    fn hold_for(&mut self, id: LinkId, message: &mut Message<B>) -> bool {
        let most = self.config.held_bytes;
        let Some(link) = self.links.get_mut(&id) else {
            return true;
        };
        let held = link.held.saturating_add(u64::from(message.body.bytes()));
        let fits = held <= most;
        if fits {
            link.held = held;
            message.from = Some(id);
        }
        fits
    }

    /// Takes a message that leaves the node off that account.
    pub(super) fn release(&mut self, message: &Message<B>) {
        let bytes = u64::from(message.body.bytes());
        if let Some(link) = message.from.and_then(|id| self.links.get_mut(&id)) {
            link.held = link.held.saturating_sub(bytes);
        }
    }

    fn check_descs(&self, link: LinkId, descs: &[PortDesc]) -> Checked {
        let Some(link) = self.links.get(&link) else {
            return Ok(());
        };
        let most = self.config.limits.ports as usize;
        if link.theirs_open().saturating_add(descs.len()) > most {
            return Err(Cause::limit("ports on a link"));
        }
        for (number, desc) in (link.next_theirs()..).zip(descs) {
            let channel = desc.channel.flip();
            if channel.ours || channel.number != number {
                return Err(Cause::breach("a port does not have the next number"));
            }
            if !desc.grant.within(MAX_ROOM) || !desc.room.within(MAX_ROOM) {
                return Err(Cause::breach(
                    "a port comes with a window beyond the largest",
                ));
            }
        }
        Ok(())
    }

    /// Checks and counts a message against sequence and window of the hop it came by.
    fn take_window(
        &mut self,
        key: Option<RouteKey>,
        hop: Hop,
        sequence: u64,
        size: Amount,
    ) -> Checked<Option<RouteKey>> {
        let Some((key, route)) = key.and_then(|k| self.route_mut(k).map(|r| (k, r))) else {
            return Ok(None);
        };
        // What comes over the new hop was sent after all that the old one still holds, which may overdraw the window:
        // it is counted against the window when its turn comes, and until then against what its sender brought.
        let next = hop != route.inn;
        let (count, left) = match (next, route.claim) {
            (_, Claim::Awaited) if hop == route.out => {
                return Err(Cause::breach("it sent on a channel before it took it up"));
            }
            (true, Claim::Told(room)) => {
                let left = room - route.next_got;
                (&mut route.next_got, left)
            }
            (true, _) => (&mut route.next_got, route.grant),
            (false, _) => (&mut route.got, route.grant),
        };
        if count.messages.unsigned_abs() != sequence {
            return Err(Cause::breach(
                "a message does not have the next sequence number",
            ));
        }
        if !left.is_open() {
            return Err(Cause::breach("a message came beyond the window"));
        }
        *count += size;
        if !next {
            route.grant -= size;
        }
        Ok(Some(key))
    }

    fn import(&mut self, link: LinkId, desc: &PortDesc) -> PortId {
        let id = self.fresh_port();
        let channel = desc.channel.flip();
        if let Some(link) = self.links.get_mut(&link) {
            link.accept(channel, Some((id, 0)));
        }
        let route = Route::new(Hop::Link(link, channel), desc.room, desc.grant);
        let mut port = Port::end(route, self.config.limits.window);
        if let Some(end) = port.as_end_mut() {
            end.enclosed = true;
        }
        self.ports.insert(id, port);
        id
    }

    /// An item came over a link hop: it is next, or has to wait for the old hop to end.
    fn arrive(&mut self, key: RouteKey, hop: Hop, item: Item<B>) -> Checked {
        let Some(route) = self.route_mut(key) else {
            return Ok(());
        };
        if hop != route.inn && !route.held.back().is_some_and(Item::is_last) {
            let last = item.is_last();
            route.held.push_back(item);
            if last {
                // Its sender has given the channel back, and may issue another in its place.
                self.retire(hop);
            }
            return Ok(());
        }
        if hop != route.inn || route.ended_in {
            if let Item::Message(message) = item {
                self.discard(message, None);
            }
            return Err(Cause::breach("something came after the end of a route"));
        }
        self.accept(key, item);
        Ok(())
    }

    /// An item came from a port of this node.
    pub(super) fn arrive_local(&mut self, key: RouteKey, from: RouteKey, item: Item<B>) {
        let hop = Hop::Local(from.0, from.1);
        match self.route_mut(key) {
            Some(route) if route.inn == hop => self.accept(key, item),
            Some(route) if route.out == hop => route.held.push_back(item),
            _ => {
                if let Item::Message(message) = item {
                    self.discard(message, None);
                }
            }
        }
    }

    /// Takes an item whose turn it is.
    pub(super) fn accept(&mut self, key: RouteKey, item: Item<B>) {
        let (port, side) = key;
        if self.is_proxy(port) {
            let over = item.is_last();
            let other = (port, side ^ 1);
            if let Some(route) = self.route_mut(other) {
                route.push(item);
            }
            if over {
                self.linger(other);
            } else {
                self.work.push_back(Work::Flush(other));
            }
            return;
        }
        match item {
            Item::Message(message) => self.accept_message(port, message),
            Item::Close => self.peer_gone(port, PeerState::Closed),
            Item::Fail(cause) => self.work.push_back(Work::Fail(port, cause)),
            Item::End => {}
        }
    }

    fn accept_message(&mut self, port: PortId, mut message: Message<B>) {
        let last = message.last;
        let Some(end) = self.ports.get_mut(&port).and_then(|port| port.as_end_mut()) else {
            return self.discard(message, None);
        };
        if !end.open {
            self.discard(message, None);
            self.grant(port);
        } else {
            if message.fingerprint.is_some() {
                end.layout = message.fingerprint;
                end.layout_told = true;
            } else if !end.layout_told && end.layout.is_some() {
                // It was said to a port that this one was joined to.
                message.fingerprint = end.layout;
                end.layout_told = true;
            }
            end.unread += message.size();
            end.queue.push_back(message);
            if !end.enclosed {
                self.readable(port);
            }
        }
        if last {
            self.peer_gone(port, PeerState::Closed);
        }
    }

    fn on_credit(&mut self, key: RouteKey, hop: Hop, limit: Amount) -> Checked {
        let Some(route) = self.route_mut(key) else {
            return Ok(());
        };
        if hop != route.out || matches!(hop, Hop::Local(..)) {
            // From a proxy that leaves: its word counts no more. The neighbour beyond will say it again.
            return Ok(());
        }
        let room = limit - route.sent;
        if !room.within(MAX_ROOM) {
            return Err(Cause::breach("a window is beyond the largest"));
        }
        let was_shut = !route.room.is_open();
        route.room = route.room.max(room);
        self.flush(key);
        let writable = self
            .route(key)
            .is_some_and(|r| r.room.is_open() && r.backlog.is_empty());
        let user = self
            .ports
            .get(&key.0)
            .and_then(|port| port.as_end())
            .is_some_and(|e| e.open && !e.enclosed);
        if was_shut && writable && user {
            self.outbox.push_back(Effect::Writable(key.0));
        }
        if self.is_proxy(key.0) {
            self.sync(key.0);
            self.work.push_back(Work::Settle(key.0));
        }
        Ok(())
    }

    fn on_need(&mut self, key: RouteKey, hop: Hop, limit: Amount) -> Checked {
        let Some(route) = self.route_mut(key) else {
            return Ok(());
        };
        if hop != route.inn {
            // It counts from the new hop, and waits for the old one to end.
            route.next_need = Some(limit);
            return Ok(());
        }
        route.need = Some(limit);
        if self.is_proxy(key.0) {
            self.forward_need(key);
        } else {
            self.grant(key.0);
        }
        Ok(())
    }

    /// Tells the shell that there is something at a port, unless that is the last thing it was told.
    pub(super) fn readable(&mut self, port: PortId) {
        let told = matches!(self.outbox.back(), Some(Effect::Readable(last)) if *last == port);
        if !told {
            self.outbox.push_back(Effect::Readable(port));
        }
    }

    pub(super) fn is_user(&self, port: PortId) -> bool {
        match self.ports.get(&port).map(|p| &p.kind) {
            Some(Kind::End(end)) => end.open && !end.enclosed,
            _ => false,
        }
    }
}
