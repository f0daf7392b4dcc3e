//! How a proxy goes away.
//!
//! A proxy X stands between two neighbours, L and R, which may be endpoints or proxies themselves. It goes in four
//! steps, each a frame or two, while messages keep flowing both ways:
//!
//! ```text
//!   X → L   Ask(node of R, token)     L locks the hop, and gets itself a link to R's node if it has none
//!   L → X   Yes(token)                from here L expects R's node to claim (X, token)
//!   X → R   Go(node of L, token)      R locks the hop
//!   R → L   Open(n, X, token, room)   over their own link; R sends on n from here, and
//!   R → X   End                       tells the old way that nothing more comes; X passes it on to L
//!   L → R   Opened(n, room)           L sends on n from here, and
//!   L → X   End                       likewise; X passes it on to R
//! ```
//!
//! X is gone when both ends have passed. L and R take from the old hop until its end, and hold what comes over the new
//! one until then; so each direction stays in order, and no sender waits. The counters of the new channel begin at
//! zero; what is left of the windows is carried over. Each says what it believes it may send, since it has that from X:
//! if it is more than was granted, X lied, and the port fails before an honest neighbour can be blamed; if it is less,
//! a credit was still on the old way, and is given again.
//!
//! # Authority
//! L expects a claim because X, whose hop it is, said so over that hop; the claim must come from the node X named.
//! A token is X's own, and is looked up under X's name, so no node can spoil or claim what another arranged. A claim
//! nobody expects is answered with `Fail`, which its claimant takes in order: behind the end of the old hop. If L was
//! closed meanwhile, the close comes by the old hop, and counts; if X lied, the port fails, once X has ended it or died.
//!
//! # One at a time
//! A neighbour locked by X does not go away itself until the route has settled. Adjacent proxies that ask each other
//! at once are told apart by who issued the channel between them: the issuer's request stands and the other's waits.
//! Proxies lie on a line, each pair shares one hop, so waiting cannot go in a circle.
//!
//! # Steps of a proxy (asked is L)
//! | step | event | next |
//! |---|---|---|
//! | Idle | both routes idle, balanced and free | Asking, `Ask` to L |
//! | Asking | `Yes`, R unlocked and where it was, nothing waits, balanced | Going, `Go` to R |
//! | Asking | `Yes`, else | Held |
//! | Asking | `No`, first time | Asking the other neighbour |
//! | Asking | `No`, second time | Stuck |
//! | Asking | `No`, but a hop is locked, or the other neighbour is not the one it is about | Idle |
//! | Asking, Going | `Again` | the same, and the next no is the first |
//! | Held | R's side settles, or is balanced | Asking again |
//! | Held | `No` from L: it lost its link to R | Idle, `Release` to L |
//! | Going | `End` from R | passed on to L; gone after both |
//! | Going | `End` from L | passed on to R, once R's has come |
//! | Going | `Refuse` from R, first time | Asking R, `Release` to L |
//! | Going | `Refuse` from R, second time | Stuck, `Release` to L |
//! | Going | `Refuse` from R, though L has ended | the port fails: one of them lies |
//! | Going | `No` from L: it lost its link to R | cancelled: `Refuse` ends it well, `End` from R fails the port |
//! | not Going | `End` from a neighbour that takes another way | the port fails: the other neighbour may have claimed it |
//! | any | the hop that was asked changes hands | Idle |
//! | Going | R's hop changes hands | Held |
//! | Stuck | `Again`, or a hop changes hands | Idle |
//!
//! # Locks of a route (of L or R)
//! | lock | event | next |
//! |---|---|---|
//! | Free | `Ask`, link to the target up | Granted, `Yes` |
//! | Free | `Ask`, none to be had | Free, `No`; `Again` when one comes |
//! | Free | `Go`, link and a channel there | Granted and switched: `Open`, `End` |
//! | Free | `Go`, else | Free, `Refuse`; `Again` when one comes |
//! | Free | `Ask` or `Go`, a link is being made | Free; the request waits for it |
//! | Granted | `Ask` or `Go` once more | as if Free: a neighbour has one request at a time |
//! | Granted | `Open` from the target | switched: `Opened`, `End` |
//! | Granted | `End` from X, before the `Open` | Granted, and the switch will be complete at once |
//! | Granted | `Release` | Free |
//! | Granted | link to the target lost | Cancelled, `No`; after the `End` the port fails |
//! | Cancelled | `Release` | Free |
//! | Cancelled | `End` | the port fails: R went, and L cannot |
//! | switched | `End` on the old hop | Free, held items taken |
//! | switched, or our own request stands | `Ask` or `Go` | the request waits, and is void if the hop changes hands |
//!
//! Length: the tables above and the transitions they list are read side by side.

use super::effect::Body;
use super::event::{Amount, Cause, CauseKind, Event};
use super::id::{Channel, Hop, LinkId, NodeId, PortId};
use super::introduce::Reach;
use super::link::RouteKey;
use super::node::{Node, Work};
use super::port::{Claim, Control, Kind, Lock, Step};
use super::receive::Checked;

impl<B: Body, R> Node<B, R> {
    pub(super) fn step_mut(&mut self, port: PortId) -> Option<&mut Step> {
        match self.ports.get_mut(&port).map(|p| &mut p.kind) {
            Some(Kind::Proxy(step)) => Some(step),
            _ => None,
        }
    }

    pub(super) fn step(&self, port: PortId) -> Option<&Step> {
        match self.ports.get(&port).map(|p| &p.kind) {
            Some(Kind::Proxy(step)) => Some(step),
            _ => None,
        }
    }

    pub(super) fn set_step(&mut self, port: PortId, step: Step) {
        if let Some(slot) = self.step_mut(port) {
            *slot = step;
        }
    }

    /// The node a route leads to next, and over what.
    pub(super) fn next_node(&self, key: RouteKey) -> Option<(LinkId, Channel, NodeId)> {
        match self.route(key)?.out {
            Hop::Link(link, channel) => Some((link, channel, self.links.get(&link)?.peer.clone())),
            Hop::Local(..) => None,
        }
    }

    /// Says something on the channel of a route.
    pub(super) fn say(&mut self, key: RouteKey, event: impl FnOnce(Channel) -> Event<B, R>) {
        if let Some((link, channel, _)) = self.next_node(key) {
            self.transmit(link, event(channel));
        }
    }

    /// Something settled about a port: merge it with a neighbour here, or take the next step out.
    pub(super) fn settle(&mut self, port: PortId) {
        if !self.is_proxy(port) {
            return self.report_pair(port);
        }
        if self.merge(port, 0) || self.merge(port, 1) {
            return;
        }
        if !self.may_leave(port) {
            return;
        }
        match self.step(port) {
            Some(Step::Idle) if self.is_free((port, 0)) && self.is_free((port, 1)) => {
                self.ask(port, 0, false);
            }
            Some(Step::Held { asked, .. }) => {
                let asked = *asked;
                if self.is_free((port, asked ^ 1)) {
                    self.ask(port, asked, false);
                }
            }
            _ => {}
        }
    }

    /// Whether nothing waits in a proxy, and its neighbours can do with the windows it has given them.
    fn may_leave(&mut self, port: PortId) -> bool {
        let ready = |side| {
            self.route((port, side))
                .is_some_and(|r| r.is_linked() && r.is_idle())
        };
        if !ready(0) || !ready(1) {
            return false;
        }
        self.sync(port);
        self.is_balanced(port)
    }

    fn is_free(&self, key: RouteKey) -> bool {
        self.route(key).is_some_and(|r| r.lock == Lock::Free)
    }

    fn ask(&mut self, port: PortId, asked: u8, second: bool) {
        let Some((_, _, target)) = self.next_node((port, asked ^ 1)) else {
            return;
        };
        self.next_token += 1;
        let token = self.next_token;
        let step = Step::Asking {
            asked,
            token,
            target: target.clone(),
            second,
        };
        self.set_step(port, step);
        self.say((port, asked), |channel| Event::Ask {
            channel,
            target,
            token,
        });
    }

    /// Whether a request of ours is out on this hop, or was granted.
    fn is_requesting(&self, key: RouteKey) -> bool {
        match self.step(key.0) {
            Some(Step::Asking { asked, .. } | Step::Held { asked, .. }) => *asked == key.1,
            Some(Step::Going { .. }) => true,
            _ => false,
        }
    }

    /// Whether the neighbour has granted a request of ours. What it asked before that does not stand.
    fn was_granted(&self, key: RouteKey) -> bool {
        match self.step(key.0) {
            Some(Step::Held { asked, .. } | Step::Going { asked, .. }) => *asked == key.1,
            _ => false,
        }
    }

    pub(super) fn on_control(&mut self, key: RouteKey, hop: Hop, control: Control) {
        let requesting = self.is_requesting(key);
        let granted = self.was_granted(key);
        let Some(route) = self.route_mut(key) else {
            return;
        };
        if hop != route.out {
            return;
        }
        let ours_stands = requesting && (matches!(hop, Hop::Link(_, c) if c.ours) || granted);
        // A neighbour has one request at a time: one that still waits was given up for this one, and must not undo it.
        route.deferred = None;
        if !route.is_stable() || ours_stands {
            route.deferred = Some(control);
            return;
        }
        self.unlock(key);
        // If this is declined, the hop is free, and a proxy that waited for that may go on.
        self.work.push_back(Work::Settle(key.0));
        match control {
            Control::Ask { target, token } => self.answer_ask(key, target, token),
            Control::Go { target, token } => self.answer_go(key, target, token),
        }
    }

    /// Looks again at a request that had to wait.
    pub(super) fn revisit(&mut self, key: RouteKey) {
        let Some(route) = self.route_mut(key) else {
            return;
        };
        let hop = route.out;
        if let Some(control) = route.deferred.take() {
            self.on_control(key, hop, control);
        }
    }

    fn unlock(&mut self, key: RouteKey) {
        let Some(route) = self.route_mut(key) else {
            return;
        };
        if let Lock::Granted { by, token, .. } = core::mem::replace(&mut route.lock, Lock::Free) {
            self.expected.remove(&(by, token));
        }
    }

    fn answer_ask(&mut self, key: RouteKey, target: NodeId, token: u64) {
        let Some((_, _, by)) = self.next_node(key) else {
            return;
        };
        let reach = if target == self.config.id {
            Reach::Up(None)
        } else {
            self.ensure_link(&target)
        };
        let taken = self.expected.contains_key(&(by.clone(), token));
        let Some(route) = self.route_mut(key) else {
            return;
        };
        match reach {
            Reach::Up(_) if !taken => {
                route.lock = Lock::Granted {
                    by: by.clone(),
                    token,
                    target,
                };
                self.expected.insert((by, token), key);
                self.say(key, |channel| Event::Yes { channel, token });
            }
            Reach::Pending => route.deferred = Some(Control::Ask { target, token }),
            Reach::Up(_) | Reach::Never => self.decline(key, target, token),
        }
    }

    /// Answers an `Ask` with no, and remembers what was missing.
    pub(super) fn decline(&mut self, key: RouteKey, target: NodeId, token: u64) {
        if let Some(route) = self.route_mut(key) {
            route.unmet = Some(target);
        }
        self.say(key, |channel| Event::No { channel, token });
    }

    fn answer_go(&mut self, key: RouteKey, target: NodeId, token: u64) {
        let Some((_, _, by)) = self.next_node(key) else {
            return;
        };
        let mut refuse = true;
        if target == self.config.id {
            refuse = !self.meet(key, &by, token);
        } else {
            match self.find_link(&target) {
                Reach::Up(Some(link)) => {
                    if self.links.get(&link).is_some_and(|l| l.has_ports(1)) {
                        self.lock_for_switch(key, &by, token, &target);
                        let channel = self.links.get_mut(&link).map(|l| l.issue(key));
                        if let Some(channel) = channel {
                            let room = self.route(key).map_or(Amount::default(), |r| r.room);
                            let open = Event::Open {
                                channel,
                                by,
                                token,
                                room,
                            };
                            self.transmit(link, open);
                            self.switch(key, Hop::Link(link, channel), Claim::Awaited);
                        }
                        refuse = false;
                    }
                }
                Reach::Pending => {
                    if let Some(route) = self.route_mut(key) {
                        route.deferred = Some(Control::Go {
                            target: target.clone(),
                            token,
                        });
                    }
                    refuse = false;
                }
                Reach::Up(None) | Reach::Never => {}
            }
        }
        if refuse {
            if let Some(route) = self.route_mut(key) {
                route.unmet = Some(target);
            }
            self.say(key, |channel| Event::Refuse { channel, token });
        }
    }

    fn lock_for_switch(&mut self, key: RouteKey, by: &NodeId, token: u64, target: &NodeId) {
        if let Some(route) = self.route_mut(key) {
            route.lock = Lock::Granted {
                by: by.clone(),
                token,
                target: target.clone(),
            };
        }
    }

    /// Both neighbours of a proxy elsewhere are in this node: they go on locally.
    fn meet(&mut self, key: RouteKey, by: &NodeId, token: u64) -> bool {
        let here = self.config.id.clone();
        let Some(other) = self.expected.get(&(by.clone(), token)).copied() else {
            return false;
        };
        let granted = self.route(other).is_some_and(|r| {
            r.out == r.inn && matches!(&r.lock, Lock::Granted { target, .. } if *target == here)
        });
        if !granted || other == key {
            return false;
        }
        self.expected.remove(&(by.clone(), token));
        if self.is_proxy(key.0) && (key.0 == other.0 || self.leads((key.0, key.1 ^ 1), other.0)) {
            // A ring that nobody holds, in which a message would go round for ever.
            let text = "a channel was joined to itself";
            let cause = Cause::new(CauseKind::Undeliverable, text);
            self.work.push_back(Work::Fail(key.0, cause));
            return true;
        }
        self.lock_for_switch(key, by, token, &here);
        // What the proxy told them of each other's windows is compared here as well: a proxy of ours has passed it on.
        let room = |key| self.route(key).map_or(Amount::default(), |r| r.room);
        let (brings, meets) = (Claim::Told(room(key)), Claim::Told(room(other)));
        self.switch(other, Hop::Local(key.0, key.1), brings);
        self.switch(key, Hop::Local(other.0, other.1), meets);
        true
    }

    /// Whether what leaves by a route comes, through proxies of this node alone, to a port.
    pub(super) fn leads(&self, mut from: RouteKey, to: PortId) -> bool {
        loop {
            match self.route(from).map(|route| route.out) {
                Some(Hop::Local(port, _)) if port == to => return true,
                Some(Hop::Local(port, side)) if self.is_proxy(port) => from = (port, side ^ 1),
                _ => return false,
            }
        }
    }

    pub(super) fn on_yes(&mut self, key: RouteKey, hop: Hop, token: u64) -> Checked {
        let other = (key.0, key.1 ^ 1);
        let wanted = match self.step(key.0) {
            Some(Step::Asking {
                asked,
                token: ours,
                target,
                second,
            }) if *asked == key.1 && *ours == token => Some((target.clone(), *second)),
            _ => None,
        };
        if self.route(key).is_none_or(|r| r.out != hop) {
            // We have gone another way, and the neighbour is on its way out.
            return Ok(());
        }
        let Some((target, second)) = wanted else {
            self.say(key, |channel| Event::Release { channel, token });
            return Ok(());
        };
        let asked = key.1;
        // The other side may have become another route since, with another window, and with something that waits.
        let ready = self.is_free(other) && self.may_leave(key.0);
        match (self.next_node(other), self.next_node(key)) {
            (Some((_, _, node)), Some((_, _, here))) if ready && node == target => {
                self.set_step(
                    key.0,
                    Step::Going {
                        asked,
                        token,
                        second,
                        cancelled: false,
                    },
                );
                self.say(other, |channel| Event::Go {
                    channel,
                    target: here,
                    token,
                });
            }
            _ => {
                self.set_step(key.0, Step::Held { asked, token });
                self.work.push_back(Work::Settle(key.0));
            }
        }
        Ok(())
    }

    pub(super) fn on_no(&mut self, key: RouteKey, _hop: Hop, token: u64) -> Checked {
        let (port, side) = key;
        let other = (port, side ^ 1);
        match self.step(port) {
            Some(Step::Asking {
                asked,
                token: ours,
                second,
                target,
            }) if *asked == side && *ours == token => {
                // The answer counts only while the other neighbour is the one it is about.
                let current = self.next_node(other).is_some_and(|(_, _, n)| n == *target);
                let second = *second;
                if second && current {
                    self.set_step(port, Step::Stuck);
                } else if current && self.is_free(key) && self.is_free(other) {
                    self.ask(port, side ^ 1, true);
                } else {
                    self.set_step(port, Step::Idle);
                    self.work.push_back(Work::Settle(port));
                }
                self.revisit(key);
                self.revisit(other);
            }
            Some(Step::Held { asked, token: ours }) if *asked == side && *ours == token => {
                self.set_step(port, Step::Idle);
                self.say(key, |channel| Event::Release { channel, token });
                self.work.push_back(Work::Settle(port));
            }
            Some(Step::Going { token: ours, .. }) if *ours == token => {
                let gone = self.route(other).is_some_and(|r| r.ended_in);
                if let Some(Step::Going { cancelled, .. }) = self.step_mut(port) {
                    *cancelled = true;
                }
                if gone {
                    self.fail_cancelled(port);
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn on_refuse(&mut self, key: RouteKey, _hop: Hop, token: u64) -> Checked {
        let other = (key.0, key.1 ^ 1);
        let second = match self.step(key.0) {
            Some(Step::Going {
                asked,
                token: ours,
                second,
                ..
            }) if *asked != key.1 && *ours == token => *second,
            _ => return Ok(()),
        };
        if self.route(key).is_some_and(|r| r.ended_in) {
            return Err(Cause::breach("it refused to go where it had gone"));
        }
        if self.route(other).is_some_and(|r| r.ended_in) {
            // One of the two neighbours lies, and there is no telling which.
            let cause = Cause::breach("a neighbour went where the other refused to go");
            self.work.push_back(Work::Fail(key.0, cause));
            return Ok(());
        }
        self.say(other, |channel| Event::Release { channel, token });
        if second {
            self.set_step(key.0, Step::Stuck);
        } else {
            // It has lost the link its neighbour still believed in: let it get a new one.
            self.ask(key.0, key.1, true);
        }
        self.revisit(key);
        self.revisit(other);
        Ok(())
    }

    pub(super) fn on_release(&mut self, key: RouteKey, token: u64) {
        // A direction that ended meanwhile is no obstacle: the two may have granted each other, and ours went ahead.
        let ours = match self.route(key).map(|r| (&r.lock, r.out == r.inn)) {
            Some((Lock::Granted { token: t, .. } | Lock::Cancelled { token: t }, true)) => *t,
            _ => return,
        };
        if ours == token {
            self.unlock(key);
            self.revisit(key);
            self.work.push_back(Work::Settle(key.0));
        }
    }

    pub(super) fn unstick(&mut self, port: PortId) {
        match self.step_mut(port) {
            Some(step @ Step::Stuck) => {
                *step = Step::Idle;
                self.work.push_back(Work::Settle(port));
            }
            Some(Step::Asking { second, .. } | Step::Going { second, .. }) => *second = false,
            _ => {}
        }
    }
}
