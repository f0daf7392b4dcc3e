//! The shell around the protocol's core: its lock, and the one thread at a time that does what the core asks for.
//!
//! Every call locks, changes the core, and unlocks. What is then to be done (frames to send, messages to write out or to hand
//! over, bodies to drop) is done by the *runner*: the first thread that finds work and nobody at it. The others leave their work
//! to it. So effects happen in the order in which the core gave them, and no lock is held while anything of the user's runs:
//! encoders, decoders, handlers, wakers, destructors, links.
//!
//! As a transfer to an end is made by the runner alone, nothing is handed over twice or out of order; a handler that sends, or a
//! link that hands in a frame while it is being sent on, finds a runner and returns.
//!
//! # Locks
//! One, a leaf: no end's lock is taken under it, nor is it taken under an end's. What is taken out of the tables is returned from
//! the locked part and dropped after it, as an end may own messages.

use super::body::{Beside, Body, Bytes};
use super::job::{Job, Task};
use super::kinds::Kinds;
use super::port::{Held, Target, undeliverable};
use crate::error::ChannelError;
use crate::link::{
    Attachment, DescriptorsLost, Frame, FrameLimits, Introducer, Link, LinkInput, Refusal,
    SendError,
};
use crate::message::{OwnedMessage, SerializedMessage};
use crate::port::{End, Fate, Port, push, push_fate, throw_away};
use crate::protocol::{
    self, Cause, CauseKind, Config, Effect, Few, Limits, LinkId, Message, Next, PortId, Received,
    Table, frame,
};
use crate::resource::Resource;
use crate::sync::Mutex;
use std::collections::VecDeque;
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;

/// A node, with everything it holds.
pub(crate) struct Shared {
    state: Mutex<State>,
    limits: Limits,
    introducer: Option<Arc<dyn Introducer>>,
}

pub(super) struct State {
    pub(super) core: protocol::Node<Body, Beside>,
    /// The ports of the core that local ends are the peers of.
    pub(super) held: Table<PortId, Held>,
    pub(super) links: Table<LinkId, Line>,
    /// What the runner has to do beside the core's effects, which come first.
    pub(super) tasks: VecDeque<Task>,
    /// Whether some thread is the runner.
    pub(super) running: bool,
    /// Whether the shutdown is complete but for links that still send.
    pub(super) stopped: bool,
    /// Who waits for the node to settle, or to stop.
    pub(super) waiting: Vec<Waker>,
}

/// A link in the node's table, until it has ended.
#[derive(Default)]
pub(super) struct Line {
    /// None until the transport has started.
    pub(super) link: Option<Arc<dyn Link>>,
    /// What is to be sent once it has.
    pub(super) early: Vec<Frame<'static>>,
    /// Whether the core has done with it.
    ending: bool,
    /// Whether it did so because something is wrong: then nobody waits for the peer's farewell.
    broken: bool,
}

impl Shared {
    pub(super) fn new(config: Config, introducer: Option<Arc<dyn Introducer>>) -> Arc<Self> {
        Arc::new(Self {
            limits: config.limits,
            introducer,
            state: Mutex::new(State {
                core: protocol::Node::new(config),
                held: Table::new(),
                links: Table::new(),
                tasks: VecDeque::new(),
                running: false,
                stopped: false,
                waiting: Vec::new(),
            }),
        })
    }

    /// Runs `change` under the lock, and then does what there is to do, unless another thread is at it.
    pub(super) fn with<R>(self: &Arc<Self>, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock();
        let result = change(&mut state);
        if state.running {
            return result;
        }
        if let Some(job) = state.next_job() {
            state.running = true;
            drop(state);
            self.run(job);
        } else if !state.waiting.is_empty() {
            let waiting = std::mem::take(&mut state.waiting);
            drop(state);
            wake(waiting);
        }
        result
    }

    /// The largest frame that this node takes, and sends.
    pub(crate) fn frame_limits(&self) -> FrameLimits {
        /// A port in the head of a frame is at most five numbers.
        const PORT_BYTES: u32 = 50;
        /// Whatever else stands in a head.
        const HEAD_BYTES: u32 = 64 << 10;
        let Limits {
            ports, resources, ..
        } = self.limits;
        let head = ports.saturating_mul(PORT_BYTES).saturating_add(HEAD_BYTES);
        FrameLimits {
            bytes: self.limits.message_bytes.saturating_add(head),
            // An introduction has one.
            descriptors: u16::try_from(resources.max(1)).unwrap_or(u16::MAX),
        }
    }

    /// Whether links can be made for others.
    pub(super) fn can_introduce(&self) -> bool {
        self.introducer.is_some()
    }

    /// Looks at the state without changing it.
    pub(super) fn look<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.state.lock())
    }

    /// Works until there is nothing left to do. The caller has made itself the runner.
    fn run(self: &Arc<Self>, first: Job) {
        let mut next = Some(first);
        while let Some(job) = next {
            // A panic of something that was dropped or called must not leave the node without a runner, nor unwind into whoever
            // happened to be it; the panic hook has reported it.
            let _ = catch_unwind(AssertUnwindSafe(|| self.perform(job)));
            let waiting = {
                let mut state = self.state.lock();
                next = state.next_job();
                if next.is_some() {
                    continue;
                }
                state.running = false;
                std::mem::take(&mut state.waiting)
            };
            if !waiting.is_empty() {
                wake(waiting);
            }
        }
    }

    fn perform(self: &Arc<Self>, job: Job) {
        match job {
            Job::Send(id, Some(link), frame) => self.send(id, &*link, frame),
            Job::Send(_, None, frame) => drop(frame),
            Job::Deliver(port, end) => self.deliver(port, end),
            Job::Splice(port) => drop(self.with(|state| state.splice(port))),
            Job::Started(id, link) => self.started(id, link),
            Job::Rare(effect) => self.take_effect(*effect),
        }
    }

    fn take_effect(self: &Arc<Self>, effect: Effect<Body, Beside>) {
        match effect {
            Effect::Prepare(ticket, message) => self.prepare(ticket, message),
            Effect::Discard(body, cause) => match body {
                Body::Value(message) => {
                    let cause = cause.as_ref().map(ChannelError::from);
                    throw_away([message], cause.as_ref());
                }
                other => drop(other),
            },
            Effect::DiscardEnd(end) => drop(end),
            Effect::Introduce(number, ..) => {
                let ends = self.introducer.as_ref().and_then(|by| by.pair().ok());
                let ends = ends.map(|(a, b)| (Beside::Here(a), Beside::Here(b)));
                self.with(|state| state.core.introduced(number, ends));
            }
            Effect::Connect(link, _, end) => self.connect(link, end),
            Effect::LinkDown(id, cause) => {
                let link = self.with(|state| {
                    let line = state.links.get_mut(&id)?;
                    line.ending = true;
                    line.broken = cause.kind != CauseKind::Shutdown;
                    line.link.clone()
                });
                if let Some(link) = link {
                    link.close();
                }
            }
            Effect::ShutDown => {
                // A peer that broke the protocol, or is stuck, may never say farewell.
                let broken: Vec<_> = self.with(|state| {
                    state.stopped = true;
                    let broken = state.links.values().filter(|line| line.broken);
                    broken.filter_map(|line| line.link.clone()).collect()
                });
                for link in broken {
                    link.abort();
                }
            }
            // These are jobs of their own, or none.
            Effect::Transmit(..)
            | Effect::Readable(_)
            | Effect::Writable(_)
            | Effect::LinkUp(_) => {}
        }
    }

    fn send(self: &Arc<Self>, id: LinkId, link: &dyn Link, frame: Frame<'_>) {
        match link.send(frame) {
            // What ended it is told by the link.
            Ok(())
            | Err(SendError {
                reason: Refusal::Ended,
                ..
            }) => {}
            Err(SendError { reason, .. }) => {
                // A frame that is left out would break every promise about those behind it.
                let text = format!("a frame cannot be carried: {reason}");
                let cause = Cause::new(CauseKind::Undeliverable, text);
                self.with(|state| state.core.link_lost(id, cause));
                link.abort();
            }
        }
    }

    fn connect(self: &Arc<Self>, id: LinkId, end: Beside) {
        self.with(|state| state.links.insert(id, Line::default()));
        let input = LinkInput::new(self.clone(), id);
        // Failing drops the input, which ends the link.
        if let (Some(by), Beside::Here(end)) = (&self.introducer, end) {
            if let Ok(link) = by.connect(end, input) {
                self.started(id, link);
            }
        }
    }

    fn started(self: &Arc<Self>, id: LinkId, link: Arc<dyn Link>) {
        let early = self.with(|state| {
            let line = state.links.get_mut(&id)?;
            line.link = Some(link.clone());
            Some((std::mem::take(&mut line.early), line.ending))
        });
        let (early, ending) = early.unwrap_or_default();
        for frame in early {
            self.send(id, &*link, frame);
        }
        if ending {
            link.close();
        }
    }

    /// A frame has arrived, with what was beside it or without.
    pub(crate) fn frame(
        self: &Arc<Self>,
        id: LinkId,
        bytes: &[u8],
        attachments: Result<Vec<Attachment>, DescriptorsLost>,
    ) {
        let beside = match attachments {
            Ok(attachments) if attachments.is_empty() => Vec::new(),
            Ok(attachments) => attachments.into_iter().map(Beside::Here).collect(),
            Err(lost) => {
                // A peer cannot make us count to more than a frame may have.
                let announced = lost.announced.min(bytes.len().saturating_mul(8));
                (0..announced).map(|_| Beside::Missing).collect()
            }
        };
        match frame::decode(bytes, beside, &self.limits) {
            Ok(event) => self.with(|state| state.core.event(id, event)),
            Err(error) => self.with(|state| state.core.breach(id, &error.to_string())),
        }
    }

    /// A link has ended.
    pub(crate) fn link_closed(self: &Arc<Self>, id: LinkId, cause: &ChannelError) {
        // What the link holds is closed before anybody who waits for its end is told.
        let link = self.look(|state| state.links.get_mut(&id).and_then(|line| line.link.take()));
        drop(link);
        let line = self.with(|state| {
            state.core.link_lost(id, cause.into());
            state.links.remove(&id)
        });
        drop(line);
    }

    /// Writes a message out, as the core asked for.
    fn prepare(self: &Arc<Self>, ticket: u64, mut message: Message<Body>) {
        let body = std::mem::replace(&mut message.body, Body::Damaged(0));
        let outcome = match body {
            Body::Value(value) => match value.write_out() {
                Ok(written) => {
                    let (bytes, ports) = self.take_in(written);
                    for port in ports {
                        message.ports.push(port);
                    }
                    let excess = self.excess(&bytes);
                    message.body = Body::Bytes(bytes);
                    excess.map_or(Ok(()), |text| Err(undeliverable(text)))
                }
                Err(text) => Err(undeliverable(text)),
            },
            written => {
                message.body = written;
                Err(undeliverable("the descriptors of a message were lost"))
            }
        };
        let outcome = match outcome {
            Ok(()) => Ok(message),
            Err(cause) => Err((message, cause)),
        };
        self.with(|state| state.core.prepared(ticket, outcome));
    }

    /// Makes a body of what was written: endpoints in it become ports of the core.
    pub(super) fn take_in(self: &Arc<Self>, written: SerializedMessage) -> (Bytes, Few<PortId>) {
        let SerializedMessage { data, resources } = written;
        let mut bytes = Bytes {
            data,
            ..Bytes::default()
        };
        let mut ports = Few::new();
        if resources.is_empty() {
            return (bytes, ports);
        }
        for resource in resources {
            match resource {
                Resource::Port(port) => {
                    bytes.kinds.push(false);
                    ports.push(self.import(port));
                }
                #[cfg(unix)]
                Resource::Fd(fd) => {
                    bytes.kinds.push(true);
                    bytes.descriptors.push(fd);
                }
                #[cfg(windows)]
                Resource::Handle(_) | Resource::Socket(_) => bytes.kinds.push(true),
            }
        }
        (bytes, ports)
    }

    /// Why a message is not sent: it is more than this node would take. So every frame of a node fits its links, whose limits are
    /// the node's own; that the receiver takes it is seen to by the core.
    pub(super) fn excess(&self, bytes: &Bytes) -> Option<&'static str> {
        if bytes.len() > self.limits.message_bytes as usize {
            return Some("a message is larger than this node sends or takes");
        }
        (bytes.descriptor_count() > self.limits.resources as usize)
            .then_some("a message carries more descriptors than this node sends or takes")
    }

    /// Hands over what has arrived at a port, while its end accepts it.
    fn deliver(self: &Arc<Self>, id: PortId, mut end: Arc<End>) {
        loop {
            if !end.accepts() {
                return;
            }
            match self.with(|state| state.take(self, id, &end)) {
                Taken::Message(message, more) => {
                    push(&end, message, false);
                    if !more {
                        return;
                    }
                }
                Taken::Last(message, held) => {
                    drop(held);
                    return push(&end, message, true);
                }
                Taken::Over(fate, rest) => {
                    drop(rest);
                    return push_fate(&end, fate);
                }
                Taken::Elsewhere => {
                    let now = self.look(|state| state.held.get(&id).and_then(Held::end).cloned());
                    match now {
                        Some(now) => end = now,
                        None => break,
                    }
                }
                Taken::Nothing => {
                    if let Some(pair) = self.look(|state| state.pair(id)) {
                        self.fuse(&pair);
                    }
                    return;
                }
            }
        }
        drop(self.with(|state| state.splice(id)));
    }

    /// Ends everything at once.
    pub(super) fn abandon(self: &Arc<Self>) {
        let cause = Cause::new(CauseKind::Shutdown, "we shut down");
        let links: Vec<LinkId> = self.look(|state| state.links.keys());
        for link in links {
            self.with(|state| state.core.link_lost(link, cause.clone()));
        }
        let held: Vec<Held> = self.with(|state| {
            let ids = state.held.keys().into_iter();
            let held: Vec<(PortId, Held)> = ids
                .filter_map(|id| state.held.remove(&id).map(|held| (id, held)))
                .collect();
            for (id, held) in &held {
                held.port.failed((&cause).into());
                // Its peer may be a port here of which there is no record.
                state.core.close_with(*id, cause.clone());
            }
            held.into_iter().map(|(_, held)| held).collect()
        });
        for held in held {
            if let Target::End(end) = held.target {
                push_fate(&end, Fate::Failed((&cause).into()));
            }
        }
    }
}

/// What the runner finds at a port.
enum Taken {
    /// A message, and whether to look for more.
    Message(OwnedMessage, bool),
    /// A message with the close behind it.
    Last(OwnedMessage, Option<Held>),
    /// The end of the channel, and what is to be dropped.
    Over(Fate, (Option<Held>, Option<Body>)),
    Nothing,
    /// The port serves another end now.
    Elsewhere,
}

impl State {
    fn take(&mut self, node: &Arc<Shared>, id: PortId, end: &Arc<End>) -> Taken {
        let held = self.held.get(&id).and_then(Held::end);
        if !held.is_some_and(|present| Arc::ptr_eq(present, end)) {
            return Taken::Elsewhere;
        }
        let cause = match self.core.receive(id) {
            Received::Empty => return Taken::Nothing,
            Received::Message(message) => match self.open(node, message) {
                Ok(message) if self.core.next(id) == Next::Close => {
                    self.core.close(id);
                    return Taken::Last(message, self.held.remove(&id));
                }
                Ok(message) => {
                    let more =
                        self.core.next(id) == Next::Something || self.core.local_peer(id).is_some();
                    return Taken::Message(message, more);
                }
                Err((cause, body)) => {
                    self.core.close_with(id, cause.clone());
                    let held = self.remove_failed(id, &cause);
                    return Taken::Over(Fate::Failed((&cause).into()), (held, Some(body)));
                }
            },
            Received::Closed => None,
            Received::Failed(cause) => Some(cause),
        };
        self.core.close(id);
        match cause {
            None => Taken::Over(Fate::Closed, (self.held.remove(&id), None)),
            Some(cause) => {
                let held = self.remove_failed(id, &cause);
                Taken::Over(Fate::Failed((&cause).into()), (held, None))
            }
        }
    }

    fn remove_failed(&mut self, id: PortId, cause: &Cause) -> Option<Held> {
        let held = self.held.remove(&id)?;
        held.port.failed(cause.into());
        Some(held)
    }

    /// Makes a message for the user of one from the core: ports in it become local ones.
    pub(super) fn open(
        &mut self,
        node: &Arc<Shared>,
        message: Message<Body>,
    ) -> Result<OwnedMessage, (Cause, Body)> {
        let ports = message.ports;
        let why = match message.body {
            Body::Value(value) if ports.is_empty() => return Ok(value),
            Body::Bytes(bytes) if bytes.kinds.len() == 0 && ports.is_empty() => {
                return Ok(OwnedMessage::serialized(SerializedMessage {
                    data: bytes.data,
                    resources: Vec::new(),
                }));
            }
            Body::Bytes(bytes) if bytes.port_count() == ports.len() => {
                let mut resources = resources(
                    node,
                    ports,
                    &bytes.kinds,
                    #[cfg(unix)]
                    bytes.descriptors,
                );
                let data = bytes.data;
                if bytes.kinds.len() == 1 {
                    if let Some(resource) = resources.next() {
                        return Ok(OwnedMessage::with_resource(data, resource));
                    }
                }
                // There are as many as the body says.
                let mut list = Vec::with_capacity(bytes.kinds.len());
                list.extend(resources);
                return Ok(OwnedMessage::serialized(SerializedMessage {
                    data,
                    resources: list,
                }));
            }
            body => body,
        };
        for port in ports {
            self.core.close(port);
        }
        let text = match why {
            Body::Damaged(_) => "the descriptors of a message were lost: the table is full",
            _ => "a message has not as many ports as its body says",
        };
        Err((undeliverable(text), why))
    }
}

/// The resources of a message, in order.
fn resources(
    node: &Arc<Shared>,
    ports: Few<PortId>,
    kinds: &Kinds,
    #[cfg(unix)] descriptors: Vec<OwnedFd>,
) -> impl Iterator<Item = Resource> {
    let mut ports = (ports.into_iter()).map(|id| Port::in_node(node.clone(), id));
    #[cfg(unix)]
    let mut descriptors = descriptors.into_iter();
    kinds.iter().filter_map(move |kind| match kind {
        false => ports.next().map(Resource::Port),
        #[cfg(unix)]
        true => descriptors.next().map(Resource::Fd),
        #[cfg(not(unix))]
        true => None,
    })
}

/// Wakes all, whatever one of them does.
fn wake(waiting: Vec<Waker>) {
    for waker in waiting {
        let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
    }
}
