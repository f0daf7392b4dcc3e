//! Joining channels: the ends between go out of the middle.
//!
//! Joining two channels makes two ends forward to each other's peer, in both directions at once. Once such an end holds nothing
//! it is *direct*, and whoever sends to it is told to send past it. Ends that have not emptied their inbox are never passed by,
//! or what comes next would overtake what they hold. `tests/loom.rs` and `tests/shuttle.rs` try this against everything that
//! may happen meanwhile.
//!
//! Lock order: [`BRIDGE`] first, and under it the ends' locks, one at a time; a node takes its lock under it too, to join two
//! ends of which both ports are its own.

use super::end::{End, Forward, Peer, Sink, pump};
use crate::node::NodePort;
use crate::sync::BRIDGE;
use std::sync::Arc;

/// Lets whoever sends to `end`, which forwards and holds nothing any more, send to `to` itself. `peer` is the end's own peer.
///
/// Others may be doing the same to ends before and behind this one. Whoever becomes direct looks at its sender after that, and
/// whoever makes a sender point to an end looks after that whether it has become direct: so one of the two goes on, and no
/// end stays in the middle.
pub(super) fn repoint(end: &Arc<End>, peer: Option<Peer>, to: Option<Peer>) {
    match sender(peer) {
        Some(Peer::Local(from)) => point(&from, end, to),
        Some(Peer::Node(port)) => port.retarget(end, to),
        None => {}
    }
}

/// Makes `sender` send to where `to` leads, if it sends to `past` now.
pub(crate) fn point(sender: &Arc<End>, past: &Arc<End>, to: Option<Peer>) {
    replace_peer(sender, |present| present.is_end(past), to);
}

/// The node port that is this end's peer has found its own peer to be `to`, in this process.
pub(crate) fn join_directly(end: &Arc<End>, port: &Arc<NodePort>, to: &Arc<End>) {
    let to = Some(Peer::Local(to.clone()));
    replace_peer(end, |present| present.is_node_port(port), to);
}

fn replace_peer(end: &Arc<End>, is_it: impl Fn(&Peer) -> bool, to: Option<Peer>) {
    let mut to = ahead(to);
    let mut replaced = swap_peer(end, is_it, &to);
    while replaced {
        let past = match &to {
            Some(Peer::Local(past)) if past.is_direct() => past.clone(),
            _ => return,
        };
        to = ahead(to);
        replaced = swap_peer(end, |present| present.is_end(&past), &to);
    }
}

fn swap_peer(end: &Arc<End>, is_it: impl Fn(&Peer) -> bool, to: &Option<Peer>) -> bool {
    let _old = {
        let mut state = end.state.lock();
        match &state.peer {
            Some(present) if is_it(present) => std::mem::replace(&mut state.peer, to.clone()),
            _ => return false,
        }
    };
    true
}

/// Joins two channels; see [`Port::bridge`](super::Port::bridge).
pub(super) fn bridge(left: &Arc<End>, right: &Arc<End>) {
    {
        let _order = BRIDGE.lock();
        let (left_peer, right_peer) = (left.peer(), right.peer());
        let leads = |peer: &Option<Peer>, to| sender(peer.clone()).is_some_and(|p| p.is_end(to));
        if leads(&left_peer, right) || leads(&right_peer, left) {
            // Nobody is left to send or to receive; both close when the caller drops them.
            return;
        }
        for (end, to) in [(left, right_peer), (right, left_peer)] {
            let to = ahead(to);
            end.state.lock().sink = Sink::Forward(Forward { to, direct: false });
        }
    }
    for end in [left, right] {
        let step = end.state.lock().begin();
        pump(end, step);
    }
}

/// Makes an end that nobody uses any more pass everything on to a port of a node, whose record of `peer`, the end's own, is there
/// already. It does what [`bridge`] would, in one step, and only if there is nothing to pass on yet.
pub(super) fn stand_aside(end: &Arc<End>, peer: &Arc<End>, port: &Arc<NodePort>) -> bool {
    let to = Some(Peer::Node(port.clone()));
    {
        let _order = BRIDGE.lock();
        let mut state = end.state.lock();
        if !state.is_idle()
            || !matches!(&state.peer, Some(Peer::Local(found)) if Arc::ptr_eq(found, peer))
        {
            return false;
        }
        state.sink = Sink::Forward(Forward {
            to: to.clone(),
            direct: true,
        });
    }
    repoint(end, Some(Peer::Local(peer.clone())), to);
    true
}

/// Runs `join` while nothing else is joined, if neither of two ends forwards.
pub(crate) fn while_neither_forwards<T>(
    ends: &[Arc<End>; 2],
    join: impl FnOnce() -> Option<T>,
) -> Option<T> {
    let _order = BRIDGE.lock();
    if ends.iter().any(|end| end.forwards_to().is_some()) {
        return None;
    }
    join()
}

/// Whose messages arrive at the end that has this peer: the peer, unless that only passes on what others send. As channels
/// are joined in both directions at once, where it sends to is also where from it gets.
fn sender(mut peer: Option<Peer>) -> Option<Peer> {
    loop {
        peer = peer.map(Peer::now);
        match &peer {
            Some(Peer::Local(end)) => match end.forwards_to() {
                Some(next) => peer = next,
                None => return peer,
            },
            _ => return peer,
        }
    }
}

/// Where what is sent to this peer gets to at once: past ends that forward and hold nothing. One that still holds something must
/// not be passed by, or what comes next would overtake that.
pub(crate) fn ahead(mut peer: Option<Peer>) -> Option<Peer> {
    loop {
        peer = peer.map(Peer::now);
        match &peer {
            Some(Peer::Local(end)) => {
                let direct = end.state.lock().direct();
                match direct {
                    Some(next) => peer = next,
                    None => return peer,
                }
            }
            _ => return peer,
        }
    }
}
