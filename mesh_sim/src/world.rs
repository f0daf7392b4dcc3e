//! A world of nodes and wires: what the cores' effects do, and what may happen next.
//!
//! Each node is a real core; each frame goes through the real encoder and decoder. Wires deliver in order, each frame
//! once, until they end; which wire is next is the scheduler's choice. The world keeps the [`Ledger`] and stops at the
//! first broken promise.
//!
//! Length: everything that can happen in a world, each with what the ledger is told of it.

use crate::body::{Resource, SimBody};
use crate::layouts::{LAYOUT, Layouts};
use crate::ledger::{Fate, Ledger, Place};
use mesh_node::protocol::{
    Amount, Capabilities, Cause, CauseKind, Channel, Config, Effect, Event, Leaving, Limits,
    LinkId, Message, Next, Node, NodeId, PortId, Received, Side, frame,
};
use std::collections::{BTreeMap, VecDeque};

/// A node with its wires.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SimNode {
    /// The core.
    pub core: Node<SimBody, Resource>,
    /// Which side of which wire each link is.
    pub links: BTreeMap<LinkId, (usize, u8)>,
    /// Whether its process lives.
    pub alive: bool,
    /// Whether it is not simulated but played by the hostile peer.
    pub hostile: bool,
    /// Whether the hostile peer lets the core go on, and lies (see [`liar`](crate::liar)).
    pub plays: bool,
    /// Whether it shuts down.
    pub stopping: bool,
    /// Who invited it.
    pub inviter: Option<usize>,
}

/// A frame on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flying {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What travels beside them.
    pub resources: Vec<Resource>,
    /// For a message: its number, the channel it goes by, and those of the ports in it, as the sender names them.
    pub message: Option<(u64, Channel, Vec<Channel>)>,
    /// Whether the hostile peer made it.
    pub forged: bool,
}

/// Numbers from here on are of messages the ledger knows nothing of: the hostile peer sent them.
pub const FORGED: u64 = 1 << 40;

/// Where an end of a wire is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndState {
    /// In a frame or in the hands of an introducer.
    Loose,
    /// A link of a node.
    Attached(usize, LinkId),
    /// Closed.
    Closed,
}

/// A wire between two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wire {
    /// Its two ends.
    pub ends: [EndState; 2],
    /// Frames towards each end.
    pub towards: [VecDeque<Flying>; 2],
    /// Whether an end is in the hands of the hostile peer.
    pub hostile: bool,
}

/// Something a shell was asked to do and has not done yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Chore {
    /// Write a message out.
    Prepare(usize, u64, Message<SimBody>),
    /// Make a wire.
    Introduce(usize, u64),
}

/// Something that can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    /// The next frame, or the end, reaches this end of this wire.
    Arrival(usize, u8),
    /// The shell does a chore.
    Chore(usize),
}

/// How a world is set up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Setup {
    /// Number of nodes; node 0 is the root.
    pub nodes: usize,
    /// Who invites whom: `inviters[i]` invites node `i + 1`.
    pub inviters: Vec<usize>,
    /// What every node grants.
    pub limits: Limits,
    /// Whether introductions can be made at all.
    pub introductions: bool,
    /// Every so many frames, lose one in silence; to test the oracle.
    pub sabotage: Option<u64>,
}

/// The whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// The nodes.
    pub nodes: Vec<SimNode>,
    /// The wires.
    pub wires: Vec<Wire>,
    /// The oracle's account.
    pub ledger: Ledger,
    /// What shells have yet to do.
    pub chores: Vec<Chore>,
    /// Whether anything happened that may leave a proxy in place: a lost node or wire, a refusal, a shutdown.
    pub blemished: bool,
    /// Whether an introduction was refused.
    pub refused: bool,
    /// Whether a shutdown was begun.
    pub stopping: bool,
    /// Whether budgets are so small that proxies may stay for want of them.
    pub tight: bool,
    /// Whether introductions can be made at all.
    pub introductions: bool,
    /// Frames delivered.
    pub frames: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Handles that were given a failing cause, by kind; to see that runs cover something.
    pub failures: u64,
    /// Damages the world, to see that the oracle notices: every so many frames, one is lost in silence.
    pub sabotage: Option<u64>,
    /// Whether to tell what happens.
    pub trace: bool,
    /// What ends were told of layouts, if that is watched.
    pub layouts: Option<Layouts>,
    /// What every node grants.
    pub limits: Limits,
    next_token: u64,
}

/// A broken promise, in words.
pub type Outcome<T = ()> = Result<T, String>;

impl World {
    /// A world of living nodes with their invitations, before any frame was delivered.
    pub fn new(setup: &Setup) -> Outcome<Self> {
        let mut world = Self {
            nodes: Vec::new(),
            wires: Vec::new(),
            ledger: Ledger::default(),
            chores: Vec::new(),
            blemished: false,
            refused: false,
            stopping: false,
            tight: setup.limits.ports < 100,
            introductions: setup.introductions,
            frames: 0,
            bytes: 0,
            failures: 0,
            sabotage: setup.sabotage,
            limits: setup.limits,
            trace: false,
            layouts: None,
            next_token: 0,
        };
        world.add_node(NodeId::root(1), setup, None);
        for (at, inviter) in setup.inviters.iter().enumerate() {
            let invited = at + 1;
            let name = world.nodes[*inviter]
                .core
                .invite()
                .ok_or("the tree is too deep")?;
            world.add_node(name.clone(), setup, Some(*inviter));
            let caps = Capabilities {
                resources: true,
                introductions: setup.introductions,
            };
            let above = world.nodes[*inviter].core.id().clone();
            let near = world.nodes[*inviter]
                .core
                .add_link(name, caps, Side::Inviter);
            let far = world.nodes[invited]
                .core
                .add_link(above, caps, Side::Invitee);
            let (Ok((near, port)), Ok((far, back))) = (near, far) else {
                return Err("a link was refused".into());
            };
            let wire = world.new_wire();
            world.attach(wire, 0, *inviter, near);
            world.attach(wire, 1, invited, far);
            world
                .ledger
                .pair([Place::User(*inviter, port), Place::User(invited, back)]);
        }
        for node in 0..world.nodes.len() {
            world.pump(node)?;
        }
        Ok(world)
    }

    fn add_node(&mut self, name: NodeId, setup: &Setup, inviter: Option<usize>) {
        let mut config = Config::new(name);
        config.limits = setup.limits;
        // Builds differ, so that layouts are told.
        config.build = self.nodes.len() as u128;
        self.nodes.push(SimNode {
            core: Node::new(config),
            links: BTreeMap::new(),
            alive: true,
            hostile: false,
            plays: false,
            stopping: false,
            inviter,
        });
    }

    pub(crate) fn new_wire(&mut self) -> usize {
        self.wires.push(Wire {
            ends: [EndState::Loose; 2],
            towards: [VecDeque::new(), VecDeque::new()],
            hostile: false,
        });
        self.wires.len() - 1
    }

    pub(crate) fn attach(&mut self, wire: usize, side: u8, node: usize, link: LinkId) {
        self.wires[wire].ends[usize::from(side)] = EndState::Attached(node, link);
        self.nodes[node].links.insert(link, (wire, side));
    }

    /// A fresh resource.
    pub fn token(&mut self) -> u64 {
        self.next_token += 1;
        self.next_token
    }

    /// Does what a node's effects ask.
    pub fn pump(&mut self, node: usize) -> Outcome {
        while let Some(effect) = self.nodes[node].core.poll_effect() {
            match effect {
                Effect::Transmit(link, event) => self.transmit(node, link, event)?,
                Effect::Readable(port) => self.wake(node, port),
                Effect::Prepare(ticket, mut message, named) => {
                    message.set_fingerprint(named.then_some(LAYOUT));
                    self.chores.push(Chore::Prepare(node, ticket, message));
                }
                Effect::Discard(body, _) => self.lose_message(body.id, Fate::Discarded)?,
                Effect::DiscardEnd(end) => self.lose_resource(end)?,
                Effect::Introduce(number, ..) => self.chores.push(Chore::Introduce(node, number)),
                Effect::Connect(link, _, Resource::End(wire, side)) => {
                    self.attach(wire, side, node, link);
                }
                Effect::LinkDown(link, cause) => {
                    if let CauseKind::Breach | CauseKind::Limit = cause.kind {
                        let wire = self.nodes[node].links.get(&link);
                        if !wire.is_some_and(|(wire, _)| self.wires[*wire].hostile) {
                            return Err(format!("node {node} blames an honest peer: {cause}"));
                        }
                    }
                    if let Some((wire, side)) = self.nodes[node].links.remove(&link) {
                        let late = self.wires[wire].towards[usize::from(side)].front().cloned();
                        self.close_end(wire, side)?;
                        self.come_late(node, link, late);
                    }
                }
                Effect::ShutDown => self.taint_node(node),
                _ => {}
            }
        }
        Ok(())
    }

    /// The node at the other end of a link.
    pub fn far_node(&self, node: usize, link: LinkId) -> Option<usize> {
        let (wire, side) = *self.nodes[node].links.get(&link)?;
        match self.wires[wire].ends[usize::from(side ^ 1)] {
            EndState::Attached(node, _) => Some(node),
            _ => None,
        }
    }

    fn wake(&mut self, node: usize, port: PortId) {
        let here = Place::User(node, port);
        for handle in &mut self.ledger.handles {
            if handle.place == here {
                handle.asleep = false;
            }
        }
    }

    fn transmit(&mut self, node: usize, link: LinkId, event: Event<SimBody, Resource>) -> Outcome {
        let message = match &event {
            Event::Message {
                channel,
                body,
                ports,
                ..
            } => {
                if !body.ready {
                    return Err(format!("message {} left before it was prepared", body.id));
                }
                Some((body.id, *channel, ports.iter().map(|p| p.channel).collect()))
            }
            _ => None,
        };
        if self.trace {
            let far = self.far_node(node, link);
            self.tell(format!("{node} -> {far:?} {event:?}"));
        }
        let (mut bytes, mut resources) = (Vec::with_capacity(32), Vec::new());
        frame::encode(event, &mut bytes, &mut resources);
        let mut flying = Flying {
            bytes,
            resources,
            message,
            forged: false,
        };
        let far = self.far_node(node, link).map(|far| &self.nodes[far]);
        if let Some((true, plays)) = far.map(|far| (far.hostile, far.plays)) {
            // It reads everything and gives nothing back, or nothing that the ledger would know.
            if !plays {
                return self.lose_frame(flying);
            }
            self.forget_message(&mut flying)?;
        }
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

    /// Closes an end of a wire: what flies towards it is lost.
    pub(crate) fn close_end(&mut self, wire: usize, side: u8) -> Outcome {
        self.wires[wire].ends[usize::from(side)] = EndState::Closed;
        let lost = std::mem::take(&mut self.wires[wire].towards[usize::from(side)]);
        lost.into_iter()
            .try_for_each(|flying| self.lose_frame(flying))
    }

    pub(crate) fn lose_frame(&mut self, flying: Flying) -> Outcome {
        if let Some((id, ..)) = flying.message {
            self.lose_message(id, Fate::Lost)?;
        }
        flying
            .resources
            .into_iter()
            .try_for_each(|resource| self.lose_resource(resource))
    }

    pub(crate) fn lose_resource(&mut self, resource: Resource) -> Outcome {
        match resource {
            Resource::End(wire, side) => {
                self.blemished = true;
                self.close_end(wire, side)
            }
            Resource::Token(_) => Ok(()),
        }
    }

    pub(crate) fn lose_message(&mut self, id: u64, fate: Fate) -> Outcome {
        if id >= FORGED {
            return Ok(());
        }
        let sender = self.ledger.messages.get(id as usize).map(|m| m.sender);
        let tainted = sender.is_some_and(|s| self.ledger.is_touched(s));
        let handles = self.ledger.drop_message(id, fate)?;
        if (tainted || fate == Fate::Lost) && !handles.is_empty() {
            self.taint_handles(&handles);
        }
        Ok(())
    }

    /// Everything that can happen next.
    pub fn happenings(&self) -> Vec<Happening> {
        let mut all = Vec::new();
        for (at, wire) in self.wires.iter().enumerate() {
            for side in [0u8, 1] {
                if let EndState::Attached(..) = wire.ends[usize::from(side)] {
                    let waiting = !wire.towards[usize::from(side)].is_empty();
                    if waiting || wire.ends[usize::from(side ^ 1)] == EndState::Closed {
                        all.push(Happening::Arrival(at, side));
                    }
                }
            }
        }
        all.extend((0..self.chores.len()).map(Happening::Chore));
        all
    }

    /// Lets something happen. `refuse` makes an introduction fail, and now and then the writing of a message.
    pub fn happen(&mut self, what: Happening, refuse: bool) -> Outcome {
        match what {
            Happening::Arrival(wire, side) => self.arrive(wire, side),
            Happening::Chore(at) => match self.chores.remove(at) {
                Chore::Prepare(node, ticket, message) if refuse && ticket % 4 == 0 => {
                    self.cannot_prepare(node, ticket, message)
                }
                Chore::Prepare(node, ticket, mut message) => {
                    message.body.ready = true;
                    self.nodes[node].core.prepared(ticket, Ok(message));
                    self.pump(node)
                }
                Chore::Introduce(node, number) => self.introduce(node, number, refuse),
            },
        }
    }

    fn introduce(&mut self, node: usize, number: u64, refuse: bool) -> Outcome {
        let ends = if refuse {
            self.refused = true;
            self.blemished = true;
            None
        } else {
            let wire = self.new_wire();
            Some((Resource::End(wire, 0), Resource::End(wire, 1)))
        };
        self.nodes[node].core.introduced(number, ends);
        self.pump(node)
    }

    fn arrive(&mut self, wire: usize, side: u8) -> Outcome {
        let EndState::Attached(node, link) = self.wires[wire].ends[usize::from(side)] else {
            return Ok(());
        };
        let next = self.wires[wire].towards[usize::from(side)].pop_front();
        if self.nodes[node].plays {
            return self.tell_liar(node, link, next);
        }
        if self.nodes[node].hostile {
            return match next {
                Some(flying) => self.lose_frame(flying),
                None => {
                    self.nodes[node].links.remove(&link);
                    self.close_end(wire, side)
                }
            };
        }
        let Some(flying) = next else {
            let cause = Cause::new(CauseKind::Died, "the process was lost");
            self.nodes[node].core.link_lost(link, cause);
            return self.pump(node);
        };
        self.frames += 1;
        self.bytes += flying.bytes.len() as u64;
        if self.sabotage.is_some_and(|every| self.frames % every == 0) {
            return Ok(());
        }
        let hostile = self.wires[wire].hostile;
        // Where the decoder does not hold a frame to what was granted, the core must.
        let strict = self.frames % 2 == 0;
        let limits = if strict {
            self.limits
        } else {
            Limits::default()
        };
        match frame::decode::<SimBody, Resource>(&flying.bytes, flying.resources, &limits) {
            Ok(mut event) => {
                if let (true, Event::Message { body, .. }) = (flying.forged, &mut event) {
                    body.id |= FORGED;
                }
                if self.trace {
                    let far = self.far_node(node, link);
                    self.tell(format!("{node} <- {far:?} {event:?}"));
                }
                self.nodes[node].core.event(link, event);
            }
            Err(error) if hostile => self.nodes[node].core.breach(link, &error.to_string()),
            Err(error) => return Err(format!("an honest frame does not decode: {error}")),
        }
        self.pump(node)
    }

    /// Receives on a handle its user holds. Returns whether there was something.
    pub fn receive(&mut self, handle: usize) -> Outcome<bool> {
        let Place::User(node, port) = self.ledger.handles[handle].place else {
            return Ok(false);
        };
        let asleep = self.ledger.handles[handle].asleep;
        let core = &mut self.nodes[node].core;
        let foretold = core.next(port);
        let received = core.receive(port);
        let is_as_foretold = match &received {
            Received::Message(_) | Received::Failed(_) => foretold == Next::Something,
            Received::Closed => foretold == Next::Close,
            Received::Empty => foretold == Next::Nothing,
        };
        if !is_as_foretold {
            return Err(format!("{foretold:?} was foretold of handle {handle}"));
        }
        let news = match received {
            Received::Empty => {
                self.ledger.handles[handle].asleep = true;
                false
            }
            Received::Message(message) if message.body.id >= FORGED => {
                for port in message.ports {
                    self.nodes[node].core.close(port);
                }
                true
            }
            Received::Message(message) => {
                self.check_layout(&message, (node, port))?;
                let inside = {
                    let hostile = self.hostile();
                    let body = &message.body;
                    self.ledger
                        .deliver(handle, body.id, &body.tokens, hostile)?
                };
                if inside.len() != message.ports.len() {
                    return Err(format!("message {} came with other ports", message.body.id));
                }
                for (inner, port) in inside.into_iter().zip(message.ports) {
                    self.ledger.handles[inner].place = Place::User(node, port);
                    self.ledger.handles[inner].asleep = false;
                }
                true
            }
            Received::Closed => {
                // A node that shuts down closes what its users hold; they may still send it on.
                let parted = self.stopping;
                let spoilt = self.hostile() && self.ledger.handles[handle].tainted;
                if !spoilt {
                    self.ledger.check_closed(handle, parted)?;
                }
                self.end(handle, false)?
            }
            Received::Failed(cause) => {
                let shutdown = cause.kind == CauseKind::Shutdown && self.stopping;
                if !self.ledger.handles[handle].tainted && !shutdown {
                    return Err(format!(
                        "handle {handle} failed untouched by any fault: {cause}"
                    ));
                }
                self.failures += 1;
                self.end(handle, true)?
            }
        };
        if news && asleep {
            return Err(format!("handle {handle} was not woken"));
        }
        self.pump(node)?;
        Ok(news)
    }

    fn check_layout(&mut self, message: &Message<SimBody>, at: (usize, PortId)) -> Outcome {
        match &mut self.layouts {
            Some(layouts) => layouts.receive(message.body.id, at, message.fingerprint()),
            None => Ok(()),
        }
    }

    /// Whether the shell that sends this message asks before it does, and what it is told.
    fn leaving(&mut self, node: usize, port: PortId, id: u64) -> Leaving {
        match id % 2 {
            0 => self.nodes[node].core.goes_out(port),
            _ => Leaving::No,
        }
    }

    fn end(&mut self, handle: usize, failed: bool) -> Outcome<bool> {
        let stopping = self.stopping;
        let handle = &mut self.ledger.handles[handle];
        match handle.ended.replace(failed) {
            None => Ok(true),
            Some(before) if before == failed || handle.tainted || stopping => {
                // Nothing more will come, and nothing more will wake it. (A closed one may yet be lost on a move.)
                handle.asleep = false;
                Ok(false)
            }
            Some(_) => Err("a handle changed the way it ended".into()),
        }
    }

    /// A message as its node's shell makes it, and whether it goes out at once.
    fn message(
        &mut self,
        (node, port): (usize, PortId),
        id: u64,
        (padding, tokens): (u32, Vec<u64>),
        ready: bool,
        ports: Vec<PortId>,
    ) -> (Message<SimBody>, bool) {
        // Shells write out at once what goes out at once, mostly, and may find that it cannot be written.
        let leaving = self.leaving(node, port, id);
        let at_once = leaving != Leaving::No;
        let body = SimBody {
            id,
            padding,
            tokens,
            ready: ready || at_once,
        };
        let mut message = Message::new(body, ports);
        // What arrived from elsewhere and is sent on has one already.
        if leaving == Leaving::Named || (ready && !at_once) {
            message.set_fingerprint(Some(LAYOUT));
        }
        if let Some(layouts) = &mut self.layouts {
            layouts.send(id, node);
        }
        (message, at_once)
    }

    /// Sends a message with these handles inside. A core that refuses gives everything back.
    pub fn send(
        &mut self,
        handle: usize,
        mut inside: Vec<usize>,
        padding: u32,
        tokens: Vec<u64>,
        (ready, last, fresh): (bool, bool, bool),
    ) -> Outcome {
        let Place::User(node, port) = self.ledger.handles[handle].place else {
            return Ok(());
        };
        let place = |h: &usize| match self.ledger.handles[*h].place {
            Place::User(at, port) if at == node => Some(port),
            _ => None,
        };
        let Some(ports) = inside.iter().map(place).collect::<Option<Vec<_>>>() else {
            return Ok(());
        };
        let mut ports = ports;
        if fresh {
            let far = self.create_to_send(node);
            inside.push(far);
            if let Place::User(_, port) = self.ledger.handles[far].place {
                ports.push(port);
            }
        }
        let before: Vec<Place> = inside
            .iter()
            .map(|h| self.ledger.handles[*h].place)
            .collect();
        let size = SimBody::BYTES + padding;
        if tokens.len() > self.limits.resources as usize || size > self.limits.message_bytes {
            // It may go anywhere but over a link.
            self.taint_handles(&[handle]);
        }
        let id = self.ledger.send(handle, inside.clone(), tokens.clone());
        if last {
            self.ledger.handles[handle].place = Place::Closed;
        }
        let bytes = (padding, tokens);
        let (message, at_once) = self.message((node, port), id, bytes, ready, ports);
        if at_once && id % 256 == 128 {
            return self.cannot_send(node, (handle, port), message, last);
        }
        let core = &mut self.nodes[node].core;
        let sent = if last {
            core.send_last(port, message)
        } else {
            core.send(port, message)
        };
        if sent.is_err() {
            if last {
                self.ledger.handles[handle].place = Place::User(node, port);
            }
            self.ledger.drop_message(id, Fate::Discarded)?;
            self.ledger.handles[handle].sent -= 1;
            for (inner, place) in inside.into_iter().zip(before) {
                self.ledger.handles[inner].place = place;
            }
        }
        self.pump(node)
    }

    /// Tells what happens, and shows all tables.
    #[allow(clippy::print_stderr)] // Only on request.
    pub fn tell(&self, what: String) {
        eprintln!("{what}");
    }

    /// All tables, in words.
    pub fn show(&self) -> String {
        let mut text = String::new();
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, n)| n.alive) {
            let inside = node.core.inspect();
            text.push_str(&format!(
                "node {at}: {:?} wants {}\n",
                node.core.id(),
                inside.wants
            ));
            inside
                .links
                .iter()
                .for_each(|l| text.push_str(&format!("  {l:?}\n")));
            inside
                .ports
                .iter()
                .for_each(|p| text.push_str(&format!("  {p:?}\n")));
        }
        for (at, handle) in self.ledger.handles.iter().enumerate() {
            text.push_str(&format!("{at}: {handle:?}\n"));
        }
        text
    }

    /// Whether a node is played by the hostile peer.
    pub fn hostile(&self) -> bool {
        self.nodes.iter().any(|node| node.hostile)
    }

    /// Sets a handle's window.
    pub fn set_window(&mut self, handle: usize, window: Amount) -> Outcome {
        let Place::User(node, port) = self.ledger.handles[handle].place else {
            return Ok(());
        };
        self.nodes[node].core.set_window(port, window);
        self.pump(node)
    }

    /// Makes a pair in a node.
    pub fn create(&mut self, node: usize) -> usize {
        let (a, b) = self.nodes[node].core.create();
        self.ledger
            .pair([Place::User(node, a), Place::User(node, b)])
    }

    /// Makes a pair of which one handle is sent next, and gives that.
    fn create_to_send(&mut self, node: usize) -> usize {
        let (near, far) = self.nodes[node].core.create_to_send();
        let first = (self.ledger).pair([Place::User(node, near), Place::User(node, far)]);
        self.ledger.handles[first].peer
    }

    /// Closes a handle.
    pub fn close(&mut self, handle: usize) -> Outcome {
        let Place::User(node, port) = self.ledger.handles[handle].place else {
            return Ok(());
        };
        self.ledger.handles[handle].place = Place::Closed;
        self.nodes[node].core.close(port);
        self.pump(node)
    }

    /// Joins two handles of one node.
    pub fn bridge(&mut self, a: usize, b: usize) -> Outcome {
        let (Place::User(node, port_a), Place::User(at, port_b)) =
            (self.ledger.handles[a].place, self.ledger.handles[b].place)
        else {
            return Ok(());
        };
        let (peer_a, peer_b) = (self.ledger.handles[a].peer, self.ledger.handles[b].peer);
        if node != at || a == b || peer_a == b || self.nodes[node].stopping {
            return Ok(());
        }
        // Bridging moves messages from one end to another; none of them may hold that end.
        let handles = &self.ledger.handles;
        let held = |h: usize| matches!(handles[h].place, Place::User(..));
        let carrying = [a, b, peer_a, peer_b]
            .iter()
            .flat_map(|h| &handles[*h].sources)
            .any(|h| handles[*h].carrying > 0);
        if carrying && !(held(peer_a) && held(peer_b)) {
            return Ok(());
        }
        self.ledger.bridge(a, b);
        self.nodes[node].core.bridge(port_a, port_b);
        self.pump(node)
    }
}
