//! What goes wrong in a world: failed ports, messages that cannot be written, shutdowns, crashes, cut wires, and a node that
//! turns hostile.
//!
//! Before anything is lost, what may fail for it is marked (see [`taint`](crate::taint)).

use crate::body::{Resource, SimBody};
use crate::ledger::{Fate, Handle, Place};
use crate::world::{Chore, EndState, FORGED, Flying, Outcome, World};
use mesh_node::protocol::{Cause, CauseKind, Event, Limits, LinkId, Message, PortId, frame};

fn unwritable() -> Cause {
    Cause::new(CauseKind::Undeliverable, "it cannot be written")
}

impl World {
    /// A user fails a port: at once, or if it is `orderly` by closing it with a cause.
    pub fn fail(&mut self, handle: usize, orderly: bool) -> Outcome {
        let Place::User(node, port) = self.ledger.handles[handle].place else {
            return Ok(());
        };
        self.taint_handles(&[handle]);
        // A text too long for a frame, with its end within a character.
        let text = "its user failed it ".to_owned() + &"\u{e9}".repeat(600 * (handle % 2));
        let cause = Cause::new(CauseKind::Undeliverable, text);
        if orderly {
            self.ledger.handles[handle].place = Place::Closed;
            self.nodes[node].core.close_with(port, cause);
        } else {
            self.nodes[node].core.fail(port, cause);
        }
        self.pump(node)
    }

    /// A message cannot be written out: the port that it was about to leave by fails.
    pub(crate) fn cannot_prepare(
        &mut self,
        node: usize,
        ticket: u64,
        message: Message<SimBody>,
    ) -> Outcome {
        let sender = self.ledger.messages.get(message.body.id as usize);
        if let Some(sender) = sender.map(|m| m.sender) {
            self.taint_way_of(sender);
        }
        self.nodes[node]
            .core
            .prepared(ticket, Err((message, unwritable())));
        self.pump(node)
    }

    /// A message cannot be written out before it is sent: its port fails.
    pub(crate) fn cannot_send(
        &mut self,
        node: usize,
        (sender, port): (usize, PortId),
        message: Message<SimBody>,
        last: bool,
    ) -> Outcome {
        self.taint_way_of(sender);
        let core = &mut self.nodes[node].core;
        core.refuse(port, message, unwritable());
        if last {
            core.close(port);
        }
        self.pump(node)
    }

    /// What this handle sends, and whoever receives it, is about to fail.
    fn taint_way_of(&mut self, sender: usize) {
        let receives = |(at, h): (usize, &Handle)| h.sources.contains(&sender).then_some(at);
        let handles = self.ledger.handles.iter().enumerate();
        let touched: Vec<usize> = handles.filter_map(receives).chain([sender]).collect();
        self.taint_handles(&touched);
    }

    /// Begins an orderly shutdown of a node.
    pub fn shutdown(&mut self, node: usize) -> Outcome {
        if !self.nodes[node].alive {
            return Ok(());
        }
        self.stopping = true;
        self.blemished = true;
        self.nodes[node].stopping = true;
        self.nodes[node].core.shutdown();
        self.pump(node)
    }

    /// A node turns hostile: what it held is gone, and its wires are in the hands of [`World::forge`]. If it `plays`, its core
    /// goes on beside that.
    pub fn turn(&mut self, node: usize, plays: bool) -> Outcome {
        if !self.nodes[node].alive {
            return Ok(());
        }
        self.blemished = true;
        self.taint_node(node);
        self.nodes[node].alive = false;
        self.nodes[node].hostile = true;
        for (wire, side) in self.nodes[node].links.clone().into_values() {
            self.wires[wire].hostile = true;
            let swallowed = std::mem::take(&mut self.wires[wire].towards[usize::from(side)]);
            for mut flying in swallowed {
                if plays {
                    self.forget_message(&mut flying)?;
                    self.wires[wire].towards[usize::from(side)].push_back(flying);
                } else {
                    self.lose_frame(flying)?;
                }
            }
        }
        if !plays {
            return self.lose_holdings(node);
        }
        let chores = self.take_chores(node);
        self.lose_holdings(node)?;
        self.begin_to_lie(node, chores)
    }

    /// A shell that was told to drop a link may have read a frame from it already, and learn of its end thereafter.
    pub(crate) fn come_late(&mut self, node: usize, link: LinkId, late: Option<Flying>) {
        let limits = Limits::default();
        let event = late.map(|f| frame::decode::<SimBody, _>(&f.bytes, f.resources, &limits));
        let core = &mut self.nodes[node].core;
        if let Some(Ok(mut event)) = event {
            if let Event::Message { body, .. } = &mut event {
                // The one the ledger knows was lost.
                body.id |= FORGED;
            }
            core.event(link, event);
        }
        core.breach(link, "it had ended");
        core.link_lost(link, Cause::new(CauseKind::Lost, "the wire had ended"));
    }

    /// The hostile peer sends a frame on one of its wires.
    pub fn forge(&mut self, wire: usize, towards: u8, bytes: Vec<u8>, resources: Vec<Resource>) {
        if let EndState::Attached(..) = self.wires[wire].ends[usize::from(towards)] {
            self.wires[wire].towards[usize::from(towards)].push_back(Flying {
                bytes,
                resources,
                message: None,
                forged: true,
            });
        }
    }

    /// A wire whose first end is closed already, as a hostile introducer would hand out.
    pub fn dead_wire(&mut self) -> usize {
        let wire = self.new_wire();
        self.wires[wire].ends[0] = EndState::Closed;
        self.wires[wire].hostile = true;
        wire
    }

    /// The hostile peer is done: its wires close.
    pub fn hang_up(&mut self, node: usize) -> Outcome {
        let wires: Vec<(usize, u8)> = self.nodes[node].links.values().copied().collect();
        self.nodes[node].links.clear();
        self.nodes[node].plays = false;
        wires
            .into_iter()
            .try_for_each(|(wire, side)| self.close_end(wire, side))
    }

    /// A node's process dies. Of what it had sent on each wire, a part that `keep` chooses still arrives.
    pub fn crash(&mut self, node: usize, mut keep: impl FnMut(usize) -> usize) -> Outcome {
        if !self.nodes[node].alive {
            return Ok(());
        }
        self.blemished = true;
        self.taint_node(node);
        self.nodes[node].alive = false;
        let wires: Vec<(usize, u8)> = self.nodes[node].links.values().copied().collect();
        for (wire, side) in wires {
            let away = &mut self.wires[wire].towards[usize::from(side ^ 1)];
            let kept = keep(away.len() + 1).min(away.len());
            let cut = away.split_off(kept);
            for flying in cut {
                self.lose_frame(flying)?;
            }
            self.close_end(wire, side)?;
        }
        self.nodes[node].links.clear();
        self.lose_holdings(node)
    }

    /// What a node held is lost.
    fn lose_holdings(&mut self, node: usize) -> Outcome {
        for at in 0..self.ledger.handles.len() {
            if matches!(self.ledger.handles[at].place, Place::User(n, _) if n == node) {
                self.ledger.handles[at].place = Place::Lost;
            }
        }
        let mut lost: Vec<u64> = Vec::new();
        let views = self.nodes[node].core.inspect();
        for view in &views.ports {
            let held = self.nodes[node].core.messages(view.id);
            lost.extend(held.iter().map(|m| m.body.id));
        }
        self.chores.retain(|chore| match chore {
            Chore::Prepare(at, _, message) if *at == node => {
                lost.push(message.body.id);
                false
            }
            Chore::Introduce(at, _) => *at != node,
            Chore::Prepare(..) => true,
        });
        lost.into_iter()
            .try_for_each(|id| self.lose_message(id, Fate::Lost))
    }

    /// A wire between living nodes breaks, with all that flies on it.
    pub fn cut(&mut self, wire: usize) -> Outcome {
        let attached = |end: &EndState| matches!(end, EndState::Attached(..));
        if !self.wires[wire].ends.iter().all(attached) {
            return Ok(());
        }
        self.blemished = true;
        self.taint_wire(wire);
        let ends = self.wires[wire].ends;
        for side in [0u8, 1] {
            self.close_end(wire, side)?;
        }
        for end in ends {
            if let EndState::Attached(node, link) = end {
                self.nodes[node].links.remove(&link);
                let cause = Cause::new(CauseKind::Lost, "the wire broke");
                if self.nodes[node].plays {
                    self.nodes[node].core.link_lost(link, cause);
                    self.pump_liar(node)?;
                    continue;
                }
                if self.nodes[node].hostile {
                    continue;
                }
                self.nodes[node].core.link_lost(link, cause);
                self.pump(node)?;
            }
        }
        Ok(())
    }
}
