//! What users and shells do wrong, which must change nothing: names of ports that are not theirs, a port inside itself, a ticket that
//! nobody gave out; and the two ends of one channel joined to each other, which closes both.

use crate::body::{Resource, SimBody};
use crate::ledger::Place;
use crate::world::{EndState, FORGED, Outcome, World};
use mesh_node::protocol::{
    Amount, Capabilities, Cause, CauseKind, Hop, Leaving, Message, PortId, Received, Refusal, Side,
};

impl World {
    /// A slip on a handle its user holds; `which` chooses among them.
    pub fn slip(&mut self, handle: usize, which: u32) -> Outcome {
        let Place::User(node, port) = self.ledger.handles[handle].place else {
            return Ok(());
        };
        match which % 5 {
            0 => self.send_into_itself(node, port)?,
            1 => self.use_port_of_nobody(node)?,
            2 => self.answer_unasked(node),
            3 => self.link_while_stopping(node)?,
            _ => self.join_ends(handle)?,
        }
        self.pump(node)
    }

    fn forged_message(ports: Vec<PortId>) -> Message<SimBody> {
        let body = SimBody {
            id: FORGED,
            padding: 0,
            tokens: Vec::new(),
            ready: true,
        };
        Message::new(body, ports)
    }

    /// A message on a port cannot hold that port, nor another one twice, nor one that is not the user's.
    fn send_into_itself(&mut self, node: usize, port: PortId) -> Outcome {
        let core = &mut self.nodes[node].core;
        let (other, peer) = core.create();
        let wrong = [vec![port], vec![other, peer, other], vec![PortId(u64::MAX)]];
        for ports in wrong {
            let sent = core.send(port, Self::forged_message(ports.clone()));
            let Err((refusal, message)) = sent else {
                return Err(format!("{port:?} took a message with {ports:?} in it"));
            };
            if message.ports[..] != ports[..] || refusal == Refusal::NoPort {
                return Err(format!("{port:?} gave a message back with {refusal:?}"));
            }
        }
        core.close(other);
        core.close(peer);
        Ok(())
    }

    /// A name that means nothing here is refused, or ignored.
    fn use_port_of_nobody(&mut self, node: usize) -> Outcome {
        let core = &mut self.nodes[node].core;
        let nobody = PortId(u64::MAX);
        let cause = || Cause::new(CauseKind::Undeliverable, "it is nobody's");
        core.set_window(nobody, Amount::new(1, 1));
        let leaves = core.goes_out(nobody) != Leaving::No;
        core.close(nobody);
        core.close_with(nobody, cause());
        core.fail(nobody, cause());
        let waits = core.backlog(nobody) != Amount::default();
        let held = core.view(nobody).is_some() || !core.messages(nobody).is_empty();
        let joined = core.bridge(nobody, nobody) || core.local_peer(nobody).is_some();
        let received = core.receive(nobody);
        let sent = core.send_last(nobody, Self::forged_message(Vec::new()));
        let refused = matches!(sent, Err((Refusal::NoPort, _)));
        if leaves || waits || held || joined || !refused || !matches!(received, Received::Failed(_))
        {
            return Err(format!("node {node} knows a port that it does not have"));
        }
        Ok(())
    }

    /// A message and a link that nobody asked for are given back.
    fn answer_unasked(&mut self, node: usize) {
        let wire = self.new_wire();
        let ends = (Resource::End(wire, 0), Resource::End(wire, 1));
        self.wires[wire].ends = [EndState::Closed; 2];
        let core = &mut self.nodes[node].core;
        core.prepared(u64::MAX, Ok(Self::forged_message(Vec::new())));
        core.introduced(u64::MAX, Some(ends));
        core.introduced(u64::MAX, None);
    }

    /// A node that shuts down takes no more links.
    fn link_while_stopping(&mut self, node: usize) -> Outcome {
        let stopping = self.nodes[node].stopping;
        let core = &mut self.nodes[node].core;
        let caps = Capabilities {
            resources: true,
            introductions: true,
        };
        let name = core.id().child(1000);
        if stopping && core.add_link(name, caps, Side::Inviter).is_ok() {
            return Err(format!("node {node} shuts down and took a link"));
        }
        Ok(())
    }

    /// Joins a handle to its own peer, where both are in the hands of one node and met there. Both are closed.
    fn join_ends(&mut self, handle: usize) -> Outcome {
        let peer = self.ledger.handles[handle].peer;
        let places = (
            self.ledger.handles[handle].place,
            self.ledger.handles[peer].place,
        );
        let (Place::User(node, a), Place::User(at, b)) = places else {
            return Ok(());
        };
        let view = self.nodes[node].core.view(a);
        let met = view.is_some_and(|v| v.routes.iter().any(|r| r.out == Hop::Local(b, 0)));
        if node != at || !met {
            return Ok(());
        }
        for end in [handle, peer] {
            self.ledger.handles[end].place = Place::Closed;
        }
        if !self.nodes[node].core.bridge(a, b) {
            return Err(format!("node {node} did not join {a:?} and {b:?}"));
        }
        Ok(())
    }
}
