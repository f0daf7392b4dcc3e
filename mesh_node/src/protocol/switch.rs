//! How a route changes hands: the new hop, the claim, and the ends of the old one.
//!
//! This is what happens to the neighbours of a proxy that goes away; [`bypass`](super::bypass) tells the whole story and
//! has the tables. A route first sends on the new hop (`out`), then, once the old one (`inn`) has ended, takes from it.
//! In between lie the items that are held, and the window that the far neighbour brought and that has yet to be
//! compared with what was granted.

use super::effect::Body;
use super::event::{Amount, Cause, CauseKind, Event, MAX_ROOM};
use super::id::{Channel, Hop, LinkId, NodeId, PortId};
use super::link::RouteKey;
use super::node::{Node, Work};
use super::port::{Claim, Item, Lock, Step};
use super::receive::Checked;

impl<B: Body, R> Node<B, R> {
    pub(super) fn on_open(
        &mut self,
        link: LinkId,
        channel: Channel,
        claim: (NodeId, u64),
        room: Amount,
    ) -> Checked {
        let most = self.config.limits.ports as usize;
        if !room.within(MAX_ROOM) {
            return Err(Cause::breach("a window is beyond the largest"));
        }
        let key = self.expected.get(&claim).copied();
        let peer = self.links.get(&link).map(|l| l.peer.clone());
        let key = key.filter(|key| {
            self.route(*key).is_some_and(|r| {
                r.out == r.inn
                    && matches!(&r.lock, Lock::Granted { target, .. } if Some(target) == peer.as_ref())
            })
        });
        let Some(table) = self.links.get_mut(&link) else {
            return Ok(());
        };
        if table.theirs_open() >= most {
            return Err(Cause::limit("ports on a link"));
        }
        if !table.accept(channel, key) {
            return Err(Cause::breach("a channel does not have the next number"));
        }
        match key {
            Some(key) => {
                self.expected.remove(&claim);
                let ours = self.route(key).map_or(Amount::default(), |r| r.room);
                self.transmit(
                    link,
                    Event::Opened {
                        channel,
                        room: ours,
                    },
                );
                self.switch(key, Hop::Link(link, channel), Claim::Told(room));
            }
            None => {
                let cause = Cause::breach("a proxy sent a port where nobody expected it");
                self.transmit(link, Event::Fail { channel, cause });
            }
        }
        Ok(())
    }

    /// Sends on a new hop from here on.
    pub(super) fn switch(&mut self, key: RouteKey, hop: Hop, claim: Claim) {
        let (port, side) = key;
        let Some(route) = self.route_mut(key) else {
            return;
        };
        let messages = route.sent.messages.unsigned_abs();
        route.sent = Default::default();
        route.next_got = Default::default();
        route.next_need = None;
        route.layout_said = false;
        route.needed = None;
        route.unmet = None;
        // The old neighbour's: the new one would be taken at a word it never gave.
        route.deferred = None;
        let ended = route.ended_in;
        self.say(key, |channel| Event::End {
            channel,
            messages,
            leaving: false,
        });
        if let Some(route) = self.route_mut(key) {
            route.out = hop;
            route.claim = claim;
        }
        let next = match self.step(port) {
            Some(Step::Asking { asked, .. }) if *asked == side => Some(Step::Idle),
            Some(Step::Held { asked, .. } | Step::Going { asked, .. }) if *asked == side => {
                Some(Step::Idle)
            }
            Some(Step::Going { asked, token, .. }) => Some(Step::Held {
                asked: *asked,
                token: *token,
            }),
            Some(Step::Stuck) => Some(Step::Idle),
            _ => None,
        };
        if let Some(next) = next {
            self.set_step(port, next);
        }
        if ended {
            self.complete_switch(key);
        }
        self.work.push_back(Work::Flush(key));
    }

    pub(super) fn on_end(
        &mut self,
        key: RouteKey,
        hop: Hop,
        messages: u64,
        leaving: bool,
    ) -> Checked {
        let port = key.0;
        let going = match self.step(port) {
            Some(Step::Going { cancelled, .. }) => Some(*cancelled),
            _ => None,
        };
        let end = self.ports.get(&port).and_then(|port| port.as_end());
        let (proxy, lingering) = (end.is_none(), end.is_some_and(|e| !e.open));
        let Some(route) = self.route_mut(key) else {
            return Ok(());
        };
        if hop != route.inn || route.ended_in || route.got.messages.unsigned_abs() != messages {
            return Err(Cause::breach("a route ended where or when it could not"));
        }
        match (leaving, &route.lock, going) {
            (true, Lock::Granted { .. }, _) => {
                route.ended_in = true;
                if route.out != route.inn {
                    self.complete_switch(key);
                }
            }
            (true, Lock::Cancelled { .. }, _) | (false, _, Some(true)) => {
                self.fail_cancelled(port);
            }
            (false, _, Some(false)) => {
                route.ended_in = true;
                self.pass_ends(port);
                self.leave_if_ended(port);
            }
            (false, _, None) if lingering => route.ended_in = true,
            (false, _, None) if proxy => {
                // Its neighbour may have been claimed by the other one, before that was told to go.
                let cause = Cause::breach("a neighbour went before it was told to");
                self.work.push_back(Work::Fail(port, cause));
            }
            _ => return Err(Cause::breach("a route ended that nobody was leaving")),
        }
        Ok(())
    }

    /// Passes ends on. That of the neighbour that was asked waits for the other's, which alone shows that it has gone:
    /// a neighbour must not be made to look as if it spoke out of turn.
    fn pass_ends(&mut self, port: PortId) {
        let Some(Step::Going { asked, .. }) = self.step(port) else {
            return;
        };
        let (asked, went) = ((port, *asked), (port, *asked ^ 1));
        let ended = |key| self.route(key).is_some_and(|r| r.ended_in);
        let passed = |key| {
            self.route(key)
                .is_some_and(|r| r.ended_out || matches!(r.backlog.back(), Some(Item::End)))
        };
        if !ended(went) {
            return;
        }
        let (to_asked, to_went) = (!passed(asked), ended(asked) && !passed(went));
        if to_asked {
            self.accept(went, Item::End);
        }
        if to_went {
            self.accept(asked, Item::End);
        }
    }

    pub(super) fn leave_if_ended(&mut self, port: PortId) {
        let ended = |side| {
            let route = self.route((port, side));
            route.filter(|r| r.ended_in && r.ended_out).map(|r| r.out)
        };
        match [ended(0), ended(1)] {
            _ if !self.is_proxy(port) => {}
            [Some(_), Some(_)] => self.remove(port, None),
            // The neighbour on that side has given the channel back, and may issue another in its place.
            [Some(hop), None] | [None, Some(hop)] => self.retire(hop),
            [None, None] => {}
        }
    }

    /// The old hop has ended: take from the new one, first what was held.
    fn complete_switch(&mut self, key: RouteKey) {
        let Some(route) = self.route_mut(key) else {
            return;
        };
        let (old, hop) = (route.inn, route.out);
        route.inn = hop;
        route.ended_in = false;
        route.need = route.next_need.take();
        route.lock = Lock::Free;
        let held = core::mem::take(&mut route.held);
        // What was held counts when its turn comes, as a credit given meanwhile is for what is counted.
        route.got = core::mem::take(&mut route.next_got);
        if let Hop::Link(..) = hop {
            held.iter().for_each(|item| route.got -= item.size());
        }
        self.retire(old);
        self.settle_claim(key);
        for item in held {
            let granted = self.route(key).is_some_and(|r| r.inn == hop)
                && self.take_held(key, hop, item.size());
            match item {
                item if granted => self.accept(key, item),
                Item::Message(message) => self.discard(message, None),
                _ => {}
            }
        }
        self.revisit(key);
        self.grant(key.0);
        if self.is_proxy(key.0) {
            self.sync(key.0);
            self.forward_need(key);
        }
        self.unblock();
        self.work.push_back(Work::Settle(key.0));
        if let Hop::Local(peer, _) = hop {
            self.work.push_back(Work::Settle(peer));
        }
    }

    pub(super) fn on_opened(&mut self, key: RouteKey, hop: Hop, room: Amount) -> Checked {
        let Some(route) = self.route_mut(key) else {
            return Ok(());
        };
        if hop != route.out || route.claim != Claim::Awaited || !room.within(MAX_ROOM) {
            return Err(Cause::breach("it took up a channel in a way it could not"));
        }
        route.claim = Claim::Told(room);
        if route.out == route.inn {
            self.settle_claim(key);
        }
        Ok(())
    }

    /// Compares the window a neighbour brought with what was granted, now that all that was sent the old way is here.
    /// Too much is a lie of the proxy that left, and fails the port; too little is a credit that left with it.
    fn settle_claim(&mut self, key: RouteKey) {
        let Some(route) = self.route_mut(key) else {
            return;
        };
        let Claim::Told(room) = route.claim else {
            return;
        };
        route.claim = Claim::Settled;
        let limit = route.grant;
        if !room.within(limit) {
            let cause = Cause::breach("a proxy granted what its neighbour had not");
            self.work.push_back(Work::Fail(key.0, cause));
        } else if room != limit {
            self.say(key, |channel| Event::Credit { channel, limit });
        }
    }

    /// Counts what was held against the window, now that its turn has come.
    fn take_held(&mut self, key: RouteKey, hop: Hop, size: Amount) -> bool {
        let Some(route) = self.route_mut(key) else {
            return false;
        };
        if matches!(hop, Hop::Local(..)) || size == Amount::default() {
            return true;
        }
        route.got += size;
        route.grant -= size;
        true
    }

    pub(super) fn fail_cancelled(&mut self, port: PortId) {
        let text = "the link that was to carry the port was lost";
        let cause = Cause::new(CauseKind::Lost, text);
        self.work.push_back(Work::Fail(port, cause));
    }
}
