//! Who may fail: worked out from the tables of all nodes at the moment of a fault.
//!
//! Ports and channels form a graph: a port is joined to the ports its hops lead to, over wires as well. A fault touches
//! the parts of the graph with a port in the dead node, or a hop over a dead wire; every handle in a touched part may
//! fail, and so may the handles inside messages that such a part holds, and so on. All others must not.

use crate::ledger::Place;
use crate::world::{Chore, EndState, World};
use mesh_node::protocol::{Channel, Hop, LinkId, PortId};
use std::collections::BTreeMap;

/// A place in the graph: a port of a node, or a channel announced in a frame on a wire, towards a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Vertex {
    Port(usize, PortId),
    Flying(usize, u8, u64),
}

#[derive(Default)]
struct Graph {
    index: BTreeMap<Vertex, usize>,
    parent: Vec<usize>,
    /// Handles at vertices.
    handles: Vec<(usize, usize)>,
    /// Handles inside messages held at vertices.
    inside: Vec<(usize, usize)>,
    /// Nodes of the ports that a neighbour on its way out has locked, at vertices.
    locked: Vec<(usize, usize)>,
    /// Wires that hops go over, at vertices.
    hops: Vec<(usize, usize)>,
}

impl Graph {
    fn vertex(&mut self, vertex: Vertex) -> usize {
        let next = self.parent.len();
        let at = *self.index.entry(vertex).or_insert(next);
        if at == next {
            self.parent.push(next);
        }
        at
    }

    fn find(&self, mut at: usize) -> usize {
        while self.parent[at] != at {
            at = self.parent[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a] = b;
    }
}

impl World {
    /// A node is about to be lost: marks what may fail.
    pub fn taint_node(&mut self, node: usize) {
        let graph = self.graph();
        let mut seeds: Vec<usize> = graph
            .index
            .iter()
            .filter(|(vertex, _)| matches!(vertex, Vertex::Port(at, _) if *at == node))
            .map(|(_, at)| *at)
            .collect();
        let wires: Vec<usize> = self.nodes[node].links.values().map(|(w, _)| *w).collect();
        seeds.extend(
            graph
                .hops
                .iter()
                .filter(|(_, w)| wires.contains(w))
                .map(|(v, _)| *v),
        );
        self.spread(&graph, seeds);
    }

    /// A wire is about to be lost: marks what may fail.
    pub fn taint_wire(&mut self, wire: usize) {
        let graph = self.graph();
        let mut seeds: Vec<usize> = graph
            .hops
            .iter()
            .filter(|(_, w)| *w == wire)
            .map(|(v, _)| *v)
            .collect();
        // A route that is about to move onto the wire runs through both its nodes.
        let nodes: Vec<usize> = self.wires[wire]
            .ends
            .iter()
            .filter_map(|end| match end {
                EndState::Attached(node, _) => Some(*node),
                _ => None,
            })
            .collect();
        let roots_in = |node: usize| -> Vec<usize> {
            let ports = graph
                .index
                .iter()
                .filter(|(v, _)| matches!(v, Vertex::Port(n, _) if *n == node));
            ports.map(|(_, at)| graph.find(*at)).collect()
        };
        if let [a, b] = nodes[..] {
            let in_b = roots_in(b);
            seeds.extend(roots_in(a).into_iter().filter(|root| in_b.contains(root)));
        }
        // One that waits for a claim over the wire may have missed it, and what followed it.
        let waits = graph.locked.iter().filter(|(_, node)| nodes.contains(node));
        seeds.extend(waits.map(|(vertex, _)| *vertex));
        self.spread(&graph, seeds);
    }

    /// Handles were inside a message that is lost: marks them and what hangs by them.
    pub fn taint_handles(&mut self, handles: &[usize]) {
        let graph = self.graph();
        let mut seeds = Vec::new();
        for handle in handles {
            let peer = self.ledger.handles[*handle].peer;
            for at in [*handle, peer] {
                self.ledger.handles[at].tainted = true;
                seeds.extend(
                    graph
                        .handles
                        .iter()
                        .filter(|(_, h)| *h == at)
                        .map(|(v, _)| *v),
                );
            }
        }
        self.spread(&graph, seeds);
    }

    fn graph(&self) -> Graph {
        let mut graph = Graph::default();
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, n)| n.alive) {
            for view in node.core.inspect().ports {
                let vertex = graph.vertex(Vertex::Port(at, view.id));
                for route in &view.routes {
                    if route.locked {
                        graph.locked.push((vertex, at));
                    }
                    for hop in [route.out, route.inn] {
                        self.add_hop(&mut graph, at, vertex, hop);
                    }
                }
                for message in node.core.messages(view.id) {
                    self.add_message(
                        &mut graph,
                        at,
                        Some(vertex),
                        message.body.id,
                        &message.ports,
                    );
                }
            }
        }
        for chore in &self.chores {
            if let Chore::Prepare(at, _, message) = chore {
                self.add_message(&mut graph, *at, None, message.body.id, &message.ports);
            }
        }
        self.add_flying(&mut graph);
        for (at, handle) in self.ledger.handles.iter().enumerate() {
            if let Place::User(node, port) = handle.place {
                let vertex = graph.vertex(Vertex::Port(node, port));
                graph.handles.push((vertex, at));
            }
        }
        graph
    }

    fn add_hop(&self, graph: &mut Graph, node: usize, vertex: usize, hop: Hop) {
        match hop {
            Hop::Local(port, _) => {
                let other = graph.vertex(Vertex::Port(node, port));
                graph.join(vertex, other);
            }
            Hop::Link(link, channel) => {
                if let Some((wire, side)) = self.nodes[node].links.get(&link) {
                    graph.hops.push((vertex, *wire));
                    let other = self.far_vertex(graph, *wire, *side, channel);
                    graph.join(vertex, other);
                }
            }
        }
    }

    /// What a channel, as the node at `side` names it, is at the other side.
    fn far_vertex(&self, graph: &mut Graph, wire: usize, side: u8, channel: Channel) -> usize {
        let far = Channel {
            ours: !channel.ours,
            number: channel.number,
        };
        let owner = match self.wires[wire].ends[usize::from(side ^ 1)] {
            EndState::Attached(node, link) if self.nodes[node].alive => self.nodes[node]
                .core
                .owner(link, far)
                .map(|port| (node, port)),
            _ => None,
        };
        match owner {
            Some((node, port)) => graph.vertex(Vertex::Port(node, port)),
            // Named by its issuer's side, so that both sides name it alike.
            None => {
                let issuer = if channel.ours { side } else { side ^ 1 };
                graph.vertex(Vertex::Flying(wire, issuer, channel.number))
            }
        }
    }

    fn add_message(
        &self,
        graph: &mut Graph,
        node: usize,
        holder: Option<usize>,
        id: u64,
        ports: &[PortId],
    ) {
        let Some(message) = self.ledger.messages.get(id as usize) else {
            return;
        };
        for (handle, port) in message.handles.iter().zip(ports) {
            let vertex = graph.vertex(Vertex::Port(node, *port));
            graph.handles.push((vertex, *handle));
            let holder = holder.or_else(|| {
                let sender = message.sender;
                match self.ledger.handles[sender].place {
                    Place::User(n, p) => Some(graph.vertex(Vertex::Port(n, p))),
                    _ => None,
                }
            });
            graph.inside.push((holder.unwrap_or(vertex), *handle));
        }
    }

    fn add_flying(&self, graph: &mut Graph) {
        for (at, wire) in self.wires.iter().enumerate() {
            for to in [0u8, 1] {
                for flying in &wire.towards[usize::from(to)] {
                    let Some((id, carrier, channels)) = &flying.message else {
                        continue;
                    };
                    let Some(message) = self.ledger.messages.get(*id as usize) else {
                        continue;
                    };
                    let carrier = self.far_vertex(graph, at, to ^ 1, *carrier);
                    graph.hops.push((carrier, at));
                    for (handle, channel) in message.handles.iter().zip(channels) {
                        let vertex = self.far_vertex(graph, at, to ^ 1, *channel);
                        graph.hops.push((vertex, at));
                        graph.handles.push((vertex, *handle));
                        graph.inside.push((carrier, *handle));
                    }
                }
            }
        }
    }

    /// Marks all handles in the parts of the graph that the seeds are in, and onward.
    fn spread(&mut self, graph: &Graph, seeds: Vec<usize>) {
        let mut touched: Vec<bool> = vec![false; graph.parent.len()];
        let mut work: Vec<usize> = seeds;
        while let Some(vertex) = work.pop() {
            let root = graph.find(vertex);
            if std::mem::replace(&mut touched[root], true) {
                continue;
            }
            let here = graph.handles.iter().filter(|(v, _)| graph.find(*v) == root);
            let inside = graph.inside.iter().filter(|(v, _)| graph.find(*v) == root);
            let marked: Vec<usize> = here.chain(inside).map(|(_, h)| *h).collect();
            for handle in marked {
                for at in [handle, self.ledger.handles[handle].peer] {
                    self.ledger.handles[at].tainted = true;
                    let places = graph.handles.iter().filter(|(_, h)| *h == at);
                    work.extend(places.map(|(v, _)| *v));
                }
            }
        }
    }

    /// The link and wire side of a node's hop, for messages about it.
    pub fn wire_of(&self, node: usize, link: LinkId) -> Option<(usize, u8)> {
        self.nodes[node].links.get(&link).copied()
    }
}
