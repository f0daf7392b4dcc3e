//! What must hold when a world has come to rest, and when all of it was dropped.

use crate::ledger::{Fate, Place};
use crate::world::{EndState, Outcome, World};
use mesh_node::protocol::{Channel, Hop, LinkView, NodeId, PortId, PortState, RouteView};

/// Checks a world at rest in which everything was received. Gives the number of proxies that stay.
pub fn at_rest(world: &World) -> Outcome<u64> {
    if world.tight {
        // Messages may wait for a budget until ports are closed.
        return Ok(0);
    }
    for handle in 0..world.ledger.handles.len() {
        check_handle(world, handle)?;
    }
    let mut stuck = 0;
    for (at, node) in world.nodes.iter().enumerate() {
        if !node.alive || node.hostile {
            continue;
        }
        if !node.core.settled() && !world.hostile() {
            return Err(format!("node {at} is at rest and has not settled"));
        }
        for view in node.core.inspect().ports {
            match view.state {
                PortState::Proxy => {
                    return Err(format!("node {at}: {view:?} is not on its way out"));
                }
                PortState::StuckProxy => {
                    stuck += 1;
                    check_stuck(world, at, &view.routes)?;
                }
                PortState::Lingering => {
                    return Err(format!(
                        "node {at}: {view:?} lingers though all was received"
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(stuck)
}

fn check_handle(world: &World, at: usize) -> Outcome {
    let handle = &world.ledger.handles[at];
    if world.hostile() && handle.tainted {
        // A hostile node may have joined it to another of its own.
        return Ok(());
    }
    let Place::User(node, port) = handle.place else {
        return match handle.place {
            Place::Message(id) => Err(format!("handle {at} is still inside message {id}")),
            _ => Ok(()),
        };
    };
    let peer = &world.ledger.handles[handle.peer];
    match (handle.ended, peer.place) {
        (None, Place::User(peer_node, peer_port)) => {
            if peer.ended.is_some() {
                return Err(format!(
                    "handle {at} is open and its peer {} ended",
                    handle.peer
                ));
            }
            for source in &handle.sources[handle.source..] {
                let source = &world.ledger.handles[*source];
                if source.received != source.sent {
                    return Err(format!(
                        "handle {at} was left without message {}",
                        source.received
                    ));
                }
            }
            check_route(world, (node, port), (peer_node, peer_port))
        }
        (None, place) => Err(format!(
            "handle {at} hangs: its peer {} is {place:?}",
            handle.peer
        )),
        (Some(true), Place::User(..)) if peer.ended.is_none() => Err(format!(
            "handle {at} failed and its peer {} does not know",
            handle.peer
        )),
        _ => Ok(()),
    }
}

fn check_route(world: &World, near: (usize, PortId), far: (usize, PortId)) -> Outcome {
    let view = |(node, port): (usize, PortId)| world.nodes[node].core.view(port);
    let (Some(a), Some(b)) = (view(near), view(far)) else {
        return Err(format!("a core does not know {near:?} or {far:?}"));
    };
    let ([a], [b]) = (&a.routes[..], &b.routes[..]) else {
        return Err(format!("{near:?} and {far:?} are open without a route"));
    };
    if near.0 == far.0 {
        let met = a.out == Hop::Local(far.1, 0);
        if !met && !leads_to_stuck(world, near.0, a) {
            return Err(format!(
                "{near:?} and {far:?} are in one node and not local: {:?}",
                a.out
            ));
        }
        return Ok(());
    }
    let Hop::Link(link, channel) = a.out else {
        return Err(format!("{near:?} leads to {:?}, not to {far:?}", a.out));
    };
    let across = follow(world, near.0, link, channel);
    if across != Some(far) {
        let stuck = leads_to_stuck(world, near.0, a);
        return if stuck {
            Ok(())
        } else {
            Err(format!("{near:?} leads to {across:?}, not to {far:?}"))
        };
    }
    if a.room != b.grant || b.room != a.grant {
        return Err(format!(
            "credit was lost between {near:?} {a:?} and {far:?} {b:?}"
        ));
    }
    Ok(())
}

/// The port at the other end of a hop.
fn follow(
    world: &World,
    node: usize,
    link: mesh_node::protocol::LinkId,
    channel: Channel,
) -> Option<(usize, PortId)> {
    let (wire, side) = world.wire_of(node, link)?;
    let EndState::Attached(far, far_link) = world.wires[wire].ends[usize::from(side ^ 1)] else {
        return None;
    };
    let flipped = Channel {
        ours: !channel.ours,
        number: channel.number,
    };
    let port = world.nodes[far].core.owner(far_link, flipped)?;
    Some((far, port))
}

fn leads_to_stuck(world: &World, node: usize, route: &RouteView) -> bool {
    let Hop::Link(link, channel) = route.out else {
        return false;
    };
    follow(world, node, link, channel).is_some_and(|(far, port)| {
        let view = world.nodes[far].core.view(port);
        view.is_some_and(|v| v.state == PortState::StuckProxy)
    })
}

/// A proxy may stay only where its neighbours have no link and none can be made.
fn check_stuck(world: &World, node: usize, routes: &[RouteView]) -> Outcome {
    let neighbour = |route: &RouteView| match route.out {
        Hop::Link(link, channel) => follow(world, node, link, channel),
        Hop::Local(..) => None,
    };
    let ends: Vec<_> = routes.iter().map(neighbour).collect();
    let [Some((a, _)), Some((b, _))] = ends[..] else {
        return Err(format!("node {node}: a proxy at rest leads to {ends:?}"));
    };
    if a == b {
        return Err(format!(
            "node {node}: a proxy stays between two ports of node {a}"
        ));
    }
    let linked = world.nodes[a].core.inspect().links;
    let name = world.nodes[b].core.id();
    if linked.iter().any(|l| l.up && l.peer == *name) {
        return Err(format!(
            "node {node}: a proxy stays though {a} and {b} have a link"
        ));
    }
    if !world.refused && world.introductions && path_is_alive(world, a, b) {
        return Err(format!(
            "node {node}: a proxy stays though {a} and {b} could have a link"
        ));
    }
    Ok(())
}

/// Whether every invitation on the way between two nodes still holds.
fn path_is_alive(world: &World, a: usize, b: usize) -> bool {
    let up = |from: usize| -> Vec<usize> {
        let mut path = vec![from];
        let mut at = from;
        while let Some(next) = world.nodes[at].inviter {
            path.push(next);
            at = next;
        }
        path
    };
    let (path_a, path_b) = (up(a), up(b));
    let common = path_a.iter().copied().find(|n| path_b.contains(n));
    let holds = |path: &[usize]| {
        let upto = path.iter().position(|n| Some(*n) == common).unwrap_or(0);
        path[..=upto]
            .windows(2)
            .all(|pair| linked(world, pair[0], pair[1]))
    };
    holds(&path_a) && holds(&path_b)
}

fn linked(world: &World, a: usize, b: usize) -> bool {
    let name: &NodeId = world.nodes[b].core.id();
    let alive = world.nodes[a].alive && world.nodes[b].alive;
    let winding_down = world.stopping;
    alive
        && !winding_down
        && world.nodes[a]
            .core
            .inspect()
            .links
            .iter()
            .any(|l| l.up && l.peer == *name)
}

/// Checks a world in which every handle was closed.
pub fn at_end(world: &World) -> Outcome {
    for (at, node) in world.nodes.iter().enumerate() {
        if !node.alive || node.hostile {
            continue;
        }
        let inside = node.core.inspect();
        if let Some(view) = inside.ports.first() {
            return Err(format!(
                "node {at} still has {} ports: {view:?}",
                inside.ports.len()
            ));
        }
        let busy = |l: &LinkView| l.channels != 0 || l.held_bytes != 0;
        if inside.links.iter().any(busy) || !node.core.settled() {
            return Err(format!("node {at} did not clean its tables"));
        }
    }
    if world.hostile() {
        return Ok(());
    }
    for (id, message) in world.ledger.messages.iter().enumerate() {
        if message.fate == Fate::Sent {
            return Err(format!("message {id} was neither delivered nor dropped"));
        }
    }
    Ok(())
}
