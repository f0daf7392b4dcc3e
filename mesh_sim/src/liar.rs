//! A hostile node that plays along: its core goes on as an honest one's would, and what it says is tampered with.
//!
//! Forged frames alone seldom get far, since most of them contradict what was said before. A liar has honest conversations up to
//! the word that is false: it is a proxy that goes away in order, and has told one neighbour of a window that the other never
//! granted; it says yes, and then no; it comes by an introduction and says hello under another name.
//!
//! The oracle has lost what the node held when it turned, and loses each message that sets out for it. What it sends on counts
//! as forged, even if it is what an honest node would have sent.

use crate::body::{Resource, SimBody};
use crate::hostile::{any_amount, any_node};
use crate::ledger::Fate;
use crate::rng::Rng;
use crate::world::{Chore, EndState, FORGED, Flying, Outcome, World};
use mesh_node::protocol::{
    Amount, Cause, CauseKind, Effect, Event, Hello, Limits, LinkId, Message, NodeId, PortId,
    PortState, Received, frame,
};

impl World {
    /// Takes what the shell of a node has yet to do.
    pub(crate) fn take_chores(&mut self, node: usize) -> Vec<Chore> {
        let is_own = |chore: &Chore| match chore {
            Chore::Prepare(at, ..) | Chore::Introduce(at, _) => *at == node,
        };
        let all = std::mem::take(&mut self.chores);
        let (own, others) = all.into_iter().partition(is_own);
        self.chores = others;
        own
    }

    /// The shell of a node that has just turned does at once what it had yet to do.
    pub(crate) fn begin_to_lie(&mut self, node: usize, own: Vec<Chore>) -> Outcome {
        self.nodes[node].plays = true;
        for chore in own {
            match chore {
                Chore::Prepare(_, ticket, mut message) => {
                    self.lose_message(message.body.id, Fate::Lost)?;
                    message.body.ready = true;
                    self.nodes[node].core.prepared(ticket, Ok(message));
                }
                Chore::Introduce(_, number) => self.nodes[node].core.introduced(number, None),
            }
        }
        self.pump_liar(node)
    }

    /// The message of a frame towards the node is lost, though the frame still gets there.
    pub(crate) fn forget_message(&mut self, flying: &mut Flying) -> Outcome {
        match flying.message.take() {
            Some((id, ..)) => self.lose_message(id, Fate::Lost),
            None => Ok(()),
        }
    }

    /// Something reaches the node: a frame, or the end of a wire.
    pub(crate) fn tell_liar(&mut self, node: usize, link: LinkId, next: Option<Flying>) -> Outcome {
        let Some(flying) = next else {
            let cause = Cause::new(CauseKind::Lost, "the other side is gone");
            self.nodes[node].core.link_lost(link, cause);
            return self.pump_liar(node);
        };
        let limits = Limits::default();
        if let Ok(event) = frame::decode::<SimBody, _>(&flying.bytes, flying.resources, &limits) {
            self.nodes[node].core.event(link, event);
        }
        self.pump_liar(node)
    }

    /// Does what the core asks, at once. Its frames can be tampered with while they fly.
    pub(crate) fn pump_liar(&mut self, node: usize) -> Outcome {
        while let Some(effect) = self.nodes[node].core.poll_effect() {
            match effect {
                Effect::Transmit(link, event) => self.transmit_forged(node, link, event)?,
                Effect::Prepare(ticket, mut message, _) => {
                    message.body.ready = true;
                    self.nodes[node].core.prepared(ticket, Ok(message));
                }
                Effect::DiscardEnd(end) => self.lose_resource(end)?,
                Effect::Introduce(number, ..) => {
                    let wire = self.new_wire();
                    let ends = (Resource::End(wire, 0), Resource::End(wire, 1));
                    self.nodes[node].core.introduced(number, Some(ends));
                }
                Effect::Connect(link, _, Resource::End(wire, side)) => {
                    self.attach(wire, side, node, link);
                    self.wires[wire].hostile = true;
                }
                Effect::LinkDown(link, _) => {
                    if let Some((wire, side)) = self.nodes[node].links.remove(&link) {
                        self.close_end(wire, side)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn transmit_forged(
        &mut self,
        node: usize,
        link: LinkId,
        event: Event<SimBody, Resource>,
    ) -> Outcome {
        if self.trace {
            let far = self.far_node(node, link);
            self.tell(format!("{node} => {far:?} {event:?}"));
        }
        let flying = forged(event);
        match self.nodes[node].links.get(&link) {
            Some((wire, side))
                if self.wires[*wire].ends[usize::from(side ^ 1)] != EndState::Closed =>
            {
                self.wires[*wire].towards[usize::from(side ^ 1)].push_back(flying);
                Ok(())
            }
            _ => self.lose_frame(flying),
        }
    }

    /// A user of the node does something with the ports it has.
    pub(crate) fn play(&mut self, node: usize, rng: &mut Rng) -> Outcome {
        let core = &mut self.nodes[node].core;
        let views = core.inspect().ports;
        let open = views.iter().filter(|view| view.state == PortState::Open);
        let open: Vec<PortId> = open.map(|view| view.id).collect();
        if open.is_empty() || rng.one_in(10) {
            core.create();
            return Ok(());
        }
        let (port, other) = (open[rng.below(open.len())], open[rng.below(open.len())]);
        match rng.below(12) {
            0..=4 => {
                let body = SimBody {
                    id: FORGED | rng.below(1000) as u64,
                    padding: rng.below(30) as u32,
                    tokens: Vec::new(),
                    ready: true,
                };
                let inside = if rng.one_in(2) {
                    vec![other]
                } else {
                    Vec::new()
                };
                core.send(port, Message::new(body, inside)).ok();
            }
            5..=8 => while let Received::Message(_) = core.receive(port) {},
            9 => core.close(port),
            10 => core.fail(port, Cause::new(CauseKind::Died, "says the liar")),
            _ => drop(core.bridge(port, other)),
        }
        self.pump_liar(node)
    }
}

fn forged(event: Event<SimBody, Resource>) -> Flying {
    let (mut bytes, mut resources) = (Vec::new(), Vec::new());
    frame::encode(event, &mut bytes, &mut resources);
    Flying {
        bytes,
        resources,
        message: None,
        forged: true,
    }
}

/// Changes, drops, repeats, contradicts or delays one of the frames that fly towards an end of a wire, if the hostile node made it.
pub(crate) fn tamper(world: &mut World, wire: usize, towards: u8, rng: &mut Rng) {
    let queue = &world.wires[wire].towards[usize::from(towards)];
    let count = queue.len();
    let own = |at: &usize| queue[*at].forged && queue[*at].resources.is_empty();
    let own: Vec<usize> = (0..count).filter(own).collect();
    if own.is_empty() {
        return;
    }
    let at = own[rng.below(own.len())];
    let what = rng.below(12);
    let mut flying = queue[at].clone();
    if what > 2 {
        let limits = Limits::default();
        if let Ok(event) = frame::decode::<SimBody, Resource>(&flying.bytes, Vec::new(), &limits) {
            flying = forged(falsify(world, event, rng));
        }
    }
    let queue = &mut world.wires[wire].towards[usize::from(towards)];
    match what {
        0 => drop(queue.remove(at)),
        1 => queue.insert(at, flying),
        2 if at + 1 < count && queue[at + 1].forged => queue.swap(at, at + 1),
        3..=5 => queue.insert(at + 1, flying),
        _ => queue[at] = flying,
    }
}

/// Makes a lie of what was true.
fn falsify(
    world: &mut World,
    event: Event<SimBody, Resource>,
    rng: &mut Rng,
) -> Event<SimBody, Resource> {
    let node = any_node(world, rng);
    let more = Amount::new(rng.below(4) as i64, rng.below(200) as i64);
    match event {
        Event::Hello(hello) => Event::Hello(falsify_hello(hello, node, rng)),
        Event::Credit { channel, limit } => Event::Credit {
            channel,
            limit: limit + more,
        },
        Event::Need { channel, limit } => Event::Need {
            channel,
            limit: limit + more,
        },
        Event::Opened { channel, room } => Event::Opened {
            channel,
            room: room + more,
        },
        Event::Close { channel } => Event::Again { channel },
        Event::Want { .. } => Event::WantNo { target: node },
        Event::WantNo { .. } => Event::Want {
            target: node,
            seen: 0,
        },
        other => falsify_bypass(other, node, more, rng),
    }
}

fn falsify_hello(mut hello: Hello, node: NodeId, rng: &mut Rng) -> Hello {
    match rng.below(4) {
        0 => hello.versions = (2, 9),
        1 => hello.node = node,
        2 => hello.limits.window = any_amount(rng),
        _ => hello.limits.ports = 2,
    }
    hello
}

/// Of what is said about a proxy that goes away, something else that could be said.
fn falsify_bypass(
    event: Event<SimBody, Resource>,
    node: NodeId,
    more: Amount,
    rng: &mut Rng,
) -> Event<SimBody, Resource> {
    match event {
        Event::Ask { channel, token, .. } => Event::Ask {
            channel,
            target: node,
            token,
        },
        Event::Go { channel, token, .. } => Event::Go {
            channel,
            target: node,
            token,
        },
        Event::Yes { channel, .. } if rng.one_in(3) => Event::End {
            channel,
            messages: 0,
            leaving: false,
        },
        Event::Yes { channel, token } | Event::Release { channel, token } => {
            Event::No { channel, token }
        }
        Event::No { channel, token } | Event::Refuse { channel, token } => {
            Event::Yes { channel, token }
        }
        Event::End { channel, .. } if rng.one_in(3) => Event::Refuse {
            channel,
            token: rng.below(8) as u64,
        },
        Event::End {
            channel,
            messages,
            leaving,
        } => Event::End {
            channel,
            messages: messages + rng.below(2) as u64,
            leaving: !leaving,
        },
        Event::Open {
            channel,
            by,
            token,
            room,
        } => {
            let by = if rng.one_in(2) { node } else { by };
            Event::Open {
                channel,
                by,
                token,
                room: room + more,
            }
        }
        other => other,
    }
}
