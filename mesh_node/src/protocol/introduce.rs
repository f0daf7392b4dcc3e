//! Links to strangers: introductions, up and down the tree of invitations.
//!
//! A node that is asked to expect a neighbour it has no link to asks for one, of whoever can know the neighbour:
//!
//! | the target is | asked is |
//! |---|---|
//! | below this node | its deepest descendant above the target |
//! | below a linked ancestor | the deepest such ancestor |
//! | elsewhere in the tree, or above | its topmost linked ancestor, which introduces it further up |
//!
//! Whoever is asked and has a link to the target introduces the two; one that has not gets itself one first, or
//! introduces the asker to someone nearer the root. An introducer may bring together two of its descendants, or a
//! descendant and an ancestor. An introduction is believed only from an ancestor, or from a descendant about nodes
//! below it; names are places in the tree, so nobody can bring forward a node under a name that is not below its own.
//! Nothing is believed across roots.
//!
//! # What was asked for
//! | state | event | next |
//! |---|---|---|
//! | none | a link is needed, and there is somebody to ask | wanted, `Want` |
//! | wanted | `Introduce`, or a link to the target comes | none; the link says hello |
//! | wanted | a better one to ask comes, or the one asked or a link to an ancestor is lost | wanted, `Want` again |
//! | wanted | `WantNo` by the one asked, or nobody is left to ask | none; those who wait hear `No` or `WantNo` |
//!
//! # What others ask for
//! | state | event | next |
//! |---|---|---|
//! | none | `Want`, and an introduction to the target is on its way | none |
//! | none | `Want`, a link to the target is up | introducing: the shell makes a link |
//! | none | `Want`, the target is below here, or its link is being made | waiting, until it comes or is given up |
//! | none | `Want` by a descendant, the target is elsewhere | introducing, to someone nearer the root |
//! | none | `Want`, else | none, `WantNo` |
//! | introducing | the link is made, and both are still there | none, `Introduce` to both |
//! | introducing | it cannot be made, or one of the two is gone | none, `WantNo` to both and to all who asked |

use super::effect::{Body, Effect};
use super::event::{Cause, Event};
use super::id::{LinkId, NodeId};
use super::link::RouteKey;
use super::node::{Node, Work};
use super::port::Control;
use super::receive::Checked;
use alloc::vec::Vec;

/// The most introductions a node asks for at once.
const MAX_WANTS: usize = 64;

/// Whether there is a way to a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// By this link, or by none because it is this node.
    Up(Option<LinkId>),
    /// One is being made.
    Pending,
    /// None, and none to be had.
    Never,
}

/// An introduction that the shell is making.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Introduction {
    /// The links of the two; the first asked.
    ends: (LinkId, LinkId),
    names: (NodeId, NodeId),
    /// Who asked, for whom: not always for the other of the two, which may only be nearer.
    wanted: Vec<(LinkId, NodeId)>,
}

impl<B: Body, R> Node<B, R> {
    pub(super) fn find_link(&self, target: &NodeId) -> Reach {
        let mut found = Reach::Never;
        for (id, link) in self.links.iter() {
            if link.peer == *target {
                if link.is_up() {
                    return Reach::Up(Some(id));
                }
                found = Reach::Pending;
            }
        }
        found
    }

    /// Finds a link to a node, or sets out to get one.
    pub(super) fn ensure_link(&mut self, target: &NodeId) -> Reach {
        let found = self.find_link(target);
        if found != Reach::Never {
            return found;
        }
        if self.wants.contains_key(target) {
            return Reach::Pending;
        }
        match self.guide_to(target) {
            Some(via) if self.may_want(via) => {
                self.ask_for(target.clone(), via);
                Reach::Pending
            }
            _ => Reach::Never,
        }
    }

    /// Whether one more introduction may be asked for over a link. A neighbour can make us ask for nodes that do not
    /// exist; it must not make us ask for more than is granted to us.
    fn may_want(&self, via: LinkId) -> bool {
        let granted = self.links.get(&via).and_then(|l| l.limits);
        let most = granted.map_or(0, |l| l.introductions as usize);
        self.wants.len() < most.min(MAX_WANTS)
    }

    fn ask_for(&mut self, target: NodeId, via: LinkId) {
        let seen = self.links.get(&via).map_or(0, |l| l.introductions_in);
        self.wants.insert(target.clone(), via);
        self.transmit(via, Event::Want { target, seen });
    }

    /// Whom to ask for an introduction to a node.
    fn guide_to(&self, target: &NodeId) -> Option<LinkId> {
        let here = &self.config.id;
        let up = || {
            self.links
                .iter()
                .filter(|(_, link)| link.is_up() && link.caps.introductions)
        };
        if target.is_under(here) {
            let below = up().filter(|(_, l)| l.peer.is_under(here) && target.is_under(&l.peer));
            return below.max_by_key(|(_, l)| l.peer.depth()).map(|(id, _)| id);
        }
        let above = || up().filter(|(_, l)| here.is_under(&l.peer));
        let common = above().filter(|(_, l)| target.is_under(&l.peer));
        common
            .max_by_key(|(_, l)| l.peer.depth())
            .or_else(|| {
                let (root, _) = target.parts();
                above()
                    .filter(|_| here.parts().0 == root)
                    .min_by_key(|(_, l)| l.peer.depth())
            })
            .map(|(id, _)| id)
    }

    pub(super) fn on_want(&mut self, link: LinkId, target: NodeId, seen: u32) -> Checked {
        let Some(asker) = self.links.get(&link) else {
            return Ok(());
        };
        // An introduction that crossed this on the way has answered it.
        let crossed = asker.introduced.get(&target).is_some_and(|at| *at >= seen);
        if crossed {
            return Ok(());
        }
        let making = self.introducing.values().flat_map(|i| &i.wanted);
        let unanswered = self.waiting.iter().chain(making);
        let mut asked = 0;
        for (_, to) in unanswered.filter(|(from, _)| *from == link) {
            if *to == target {
                // It went elsewhere meanwhile, and is back.
                return Ok(());
            }
            asked += 1;
        }
        if asked >= self.config.limits.introductions as usize {
            return Err(Cause::limit("introductions asked for"));
        }
        self.serve_want(link, target);
        Ok(())
    }

    fn serve_want(&mut self, asker: LinkId, target: NodeId) {
        let here = self.config.id.clone();
        let Some(peer) = self.links.get(&asker).map(|l| l.peer.clone()) else {
            return;
        };
        let below = peer.is_under(&here);
        let related = below || here.is_under(&peer);
        if !related || target == here || target == peer {
            return self.transmit(asker, Event::WantNo { target });
        }
        match self.find_link(&target) {
            Reach::Up(Some(link)) => self.begin_introduction(asker, link, &target),
            Reach::Pending => self.waiting.push((asker, target)),
            _ if target.is_under(&here) => match self.ensure_link(&target) {
                Reach::Never => self.transmit(asker, Event::WantNo { target }),
                _ => self.waiting.push((asker, target)),
            },
            _ => match self.guide_to(&target).filter(|_| below) {
                Some(link) => self.begin_introduction(asker, link, &target),
                None => self.transmit(asker, Event::WantNo { target }),
            },
        }
    }

    fn may_introduce(&self, a: LinkId, b: LinkId) -> bool {
        let here = &self.config.id;
        let (Some(a), Some(b)) = (self.links.get(&a), self.links.get(&b)) else {
            return false;
        };
        let affordable = [a, b].iter().all(|link| {
            link.caps.introductions
                && link
                    .limits
                    .is_some_and(|l| link.introductions_out < l.introductions)
        });
        let (below_a, below_b) = (a.peer.is_under(here), b.peer.is_under(here));
        let (above_a, above_b) = (here.is_under(&a.peer), here.is_under(&b.peer));
        affordable && ((below_a && (below_b || above_b)) || (above_a && below_b))
    }

    fn begin_introduction(&mut self, asker: LinkId, link: LinkId, target: &NodeId) {
        let name = |id: &LinkId| self.links.get(id).map(|l| l.peer.clone());
        let names = (name(&asker), name(&link));
        let wanted = target.clone();
        let (true, (Some(name_a), Some(name_b))) = (self.may_introduce(asker, link), names) else {
            return self.transmit(asker, Event::WantNo { target: wanted });
        };
        let same = |i: &&mut Introduction| i.ends == (asker, link) || i.ends == (link, asker);
        if let Some(under_way) = self.introducing.values_mut().find(same) {
            under_way.wanted.push((asker, wanted));
            return;
        }
        let number = self.next_introduction;
        self.next_introduction += 1;
        let introduction = Introduction {
            ends: (asker, link),
            names: (name_a, name_b),
            wanted: alloc::vec![(asker, wanted)],
        };
        self.introducing.insert(number, introduction);
        self.outbox
            .push_back(Effect::Introduce(number, asker, link));
    }

    /// Gives the two ends of the link that an [`Effect::Introduce`] asked for, or none if it could not be made.
    pub fn introduced(&mut self, number: u64, ends: Option<(R, R)>) {
        let Some(introduction) = self.introducing.remove(&number) else {
            self.discard_ends(ends);
            return;
        };
        let (a, b) = introduction.ends;
        let (name_a, name_b) = introduction.names;
        let linked = self.links.contains_key(&a) && self.links.contains_key(&b);
        match ends {
            Some((end_a, end_b)) if linked => {
                self.send_introduction(a, name_b, end_a);
                self.send_introduction(b, name_a, end_b);
            }
            ends => {
                self.discard_ends(ends);
                for (asker, target) in introduction.wanted {
                    self.transmit(asker, Event::WantNo { target });
                }
                self.transmit(a, Event::WantNo { target: name_b });
                self.transmit(b, Event::WantNo { target: name_a });
            }
        }
        self.run();
    }

    fn discard_ends(&mut self, ends: Option<(R, R)>) {
        if let Some((a, b)) = ends {
            self.outbox.push_back(Effect::DiscardEnd(a));
            self.outbox.push_back(Effect::DiscardEnd(b));
        }
    }

    fn send_introduction(&mut self, link: LinkId, peer: NodeId, end: R) {
        if let Some(link) = self.links.get_mut(&link) {
            link.introduced.insert(peer.clone(), link.introductions_out);
            link.introductions_out += 1;
        }
        self.transmit(link, Event::Introduce { peer, end });
    }

    pub(super) fn on_introduce(&mut self, link: LinkId, peer: NodeId, end: R) -> Checked {
        let here = self.config.id.clone();
        let most = self.config.limits.introductions;
        let Some(from) = self.links.get_mut(&link) else {
            self.outbox.push_back(Effect::DiscardEnd(end));
            return Ok(());
        };
        let by = from.peer.clone();
        from.introductions_in += 1;
        let over = from.introductions_in > most;
        let caps = from.caps;
        let from_above = here.is_under(&by) && (peer.is_under(&by) || by.is_under(&peer));
        let from_below = by.is_under(&here) && peer.is_under(&by);
        if over || peer == here || !(from_above || from_below) {
            self.outbox.push_back(Effect::DiscardEnd(end));
            return Err(if over {
                Cause::limit("introductions")
            } else {
                Cause::breach("it introduced a node that is not its to introduce")
            });
        }
        self.wants.remove(&peer);
        let id = LinkId(self.next_link);
        self.outbox
            .push_back(Effect::Connect(id, peer.clone(), end));
        self.start_link(peer, caps);
        Ok(())
    }

    pub(super) fn on_want_no(&mut self, link: LinkId, target: &NodeId) {
        if self.wants.get(target) == Some(&link) {
            self.give_up(target);
        }
    }

    /// No link to this node can be had: say so to all who wait for one.
    fn give_up(&mut self, target: &NodeId) {
        self.wants.remove(target);
        for key in self.keys_waiting_for(target) {
            let control = self.route_mut(key).and_then(|r| r.deferred.take());
            match control {
                Some(Control::Ask { target, token }) => self.decline(key, target, token),
                Some(control) => {
                    if let Some(route) = self.route_mut(key) {
                        route.deferred = Some(control);
                    }
                }
                None => {}
            }
        }
        let (no, rest) = core::mem::take(&mut self.waiting)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, to)| to == target);
        self.waiting = rest;
        for (asker, target) in no {
            self.transmit(asker, Event::WantNo { target });
        }
    }

    /// Routes with a request that waits for a link to this node.
    fn keys_waiting_for(&self, node: &NodeId) -> Vec<RouteKey> {
        self.routes_where(|route| {
            matches!(&route.deferred,
                Some(Control::Ask { target, .. } | Control::Go { target, .. }) if target == node)
        })
    }

    pub(super) fn routes_where(
        &self,
        pick: impl Fn(&super::port::Route<B>) -> bool,
    ) -> Vec<RouteKey> {
        let mut keys = Vec::new();
        for (id, port) in self.ports.iter() {
            for side in [0, 1] {
                if port.route(side).is_some_and(&pick) {
                    keys.push((id, side));
                }
            }
        }
        keys
    }

    /// A link is up: serve what waited for it.
    pub(super) fn link_came(&mut self, link: LinkId) {
        let Some(peer) = self.links.get(&link).map(|l| l.peer.clone()) else {
            return;
        };
        self.wants.remove(&peer);
        self.reroute_wants(false);
        self.revisit_waiting();
        for key in self.keys_waiting_for(&peer) {
            self.revisit(key);
        }
        for key in self.routes_where(|route| route.unmet.as_ref() == Some(&peer)) {
            if let Some(route) = self.route_mut(key) {
                route.unmet = None;
            }
            self.say(key, |channel| Event::Again { channel });
            self.work.push_back(Work::Settle(key.0));
        }
    }

    /// Asks others where a better guide has come or the former has gone. `anew`: a link on the way was lost, which may
    /// have been the answer to what was asked; then everyone is asked again.
    fn reroute_wants(&mut self, anew: bool) {
        let wants: Vec<(NodeId, LinkId)> = self
            .wants
            .iter()
            .map(|(t, via)| (t.clone(), *via))
            .collect();
        for (target, via) in wants {
            match self.guide_to(&target) {
                Some(better) if better != via || anew => self.ask_for(target, better),
                Some(_) => {}
                None => self.give_up(&target),
            }
        }
    }

    fn revisit_waiting(&mut self) {
        for (asker, target) in core::mem::take(&mut self.waiting) {
            self.serve_want(asker, target);
        }
    }

    /// A link is gone: what waited for it or by it has to find another way.
    pub(super) fn link_went(&mut self, link: LinkId, peer: &NodeId) {
        self.waiting.retain(|(asker, _)| *asker != link);
        self.reroute_wants(self.config.id.is_under(peer));
        self.revisit_waiting();
        for key in self.keys_waiting_for(peer) {
            self.revisit(key);
        }
    }
}
