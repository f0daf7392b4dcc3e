//! The ports of a node, as local ends see them.
//!
//! A [`NodePort`] is the peer of one local end: what that end sends goes into the node, and what the node has for it is handed to
//! it. The node's record of it says to whom:
//!
//! | target | what arrives at the node's port | left by |
//! |---|---|---|
//! | `End` | is handed to that end, while it accepts | retarget, close, fusing |
//! | `Splice` | stays in the node, for that other port of it | both being spliced to each other: the core joins them |
//! | none any more | – | – |
//!
//! # How a port enters a node
//! [`Shared::import`] does as little as the port allows:
//!
//! | the port is | then |
//! |---|---|
//! | one of this node, of which no end was made | it leaves as it is |
//! | the peer, yet to be made, of an end with a handler | a pair is made in the core; one port serves that end, the other leaves |
//! | an end with nothing in its inbox | the same, and the end points everything past itself |
//! | an end | a pair is made in the core, and the end bridged to one port of it, which drains its inbox into the node |
//!
//! Of a port that comes out of a message there is no record here until somebody needs an end of it: see `port::late`.
//!
//! # How ends meet
//! - A port that only passed through this process was bridged between two ports of the node: both are spliced, once the inboxes
//!   between have been emptied and nothing is being handed over; then the core joins them, and routes become direct.
//! - Two ends here whose node ports have become each other's peers in the core, with nothing under way between them, are *fused*:
//!   the ends send to each other directly, by value and without a lock of the node. Who still has hold of the node port and
//!   sends by it is passed on at once, so nothing is lost; and nothing is overtaken, since what was sent before is in its
//!   receiver's inbox already, or the two would not have been fused.

use super::body::Body;
use super::job::Task;
use super::shared::Shared;
use crate::error::ChannelError;
use crate::message::{MeshPayload, OwnedMessage, SerializedMessage, write_value};
use crate::port::{
    End, Fate, Origin, Peer, Port, ahead, join_directly, point, push, push_fate, throw_away,
    while_neither_forwards,
};
use crate::protocol::{self, Cause, CauseKind, Few, Next, PortId};
use std::sync::{Arc, OnceLock};

/// A port of a node; the peer of a local end.
pub(crate) struct NodePort {
    node: Arc<Shared>,
    id: PortId,
    /// What became of the port: set under the node's lock, before the record goes. A port that was closed has nothing here.
    fate: OnceLock<PortFate>,
}

/// What became of a port that is no more, for those who still send by it.
enum PortFate {
    /// Its peer was in this process: what is sent here goes to that end.
    Fused(Arc<End>),
    /// It failed: what is sent here is lost.
    Failed(ChannelError),
}

/// A port in the node's table.
pub(super) struct Held {
    pub(super) port: Arc<NodePort>,
    pub(super) target: Target,
}

/// Where what arrives at a port of the node goes.
pub(super) enum Target {
    End(Arc<End>),
    Splice(PortId),
}

impl Held {
    pub(super) fn end(&self) -> Option<&Arc<End>> {
        match &self.target {
            Target::End(end) => Some(end),
            Target::Splice(_) => None,
        }
    }
}

impl NodePort {
    pub(super) fn new(node: Arc<Shared>, id: PortId) -> Arc<Self> {
        Arc::new(Self {
            node,
            id,
            fate: OnceLock::new(),
        })
    }

    /// Sends a message; with `last`, its sender has closed behind it.
    pub(crate) fn send(&self, message: OwnedMessage, last: bool) {
        let way = Way {
            id: self.id,
            last,
            held: true,
        };
        if let Err(lost) = self.node.send_message(way, message) {
            self.pass_on(lost, last);
        }
    }

    /// As [`send`](Self::send); what goes over a link is written out without making a message of it.
    pub(crate) fn send_value<T: MeshPayload>(&self, value: T, last: bool) {
        let way = Way {
            id: self.id,
            last,
            held: true,
        };
        if let Err(lost) = self.node.send_value(way, value) {
            self.pass_on(lost, last);
        }
    }

    /// The port did not take a message.
    fn pass_on(&self, (message, cause): Lost, last: bool) {
        match self.fate.get() {
            Some(PortFate::Fused(end)) => push(end, message, last),
            Some(PortFate::Failed(cause)) => throw_away([message], Some(cause)),
            None => throw_away([message], cause.as_ref()),
        }
    }

    /// The port has failed, and its record is about to go.
    pub(super) fn failed(&self, cause: ChannelError) {
        // A port that is in the tables has no fate yet.
        let _ = self.fate.set(PortFate::Failed(cause));
    }

    /// The local end has gone.
    pub(crate) fn end(&self, fate: Fate) {
        let held = self.node.with(|state| {
            let held = state.held.remove(&self.id);
            if held.is_some() {
                state.close(self.id, &fate);
            }
            held
        });
        match (held, self.fused()) {
            (None, Some(end)) => push_fate(end, fate),
            (held, _) => drop(held),
        }
    }

    /// The local end takes messages again.
    pub(crate) fn accepts_again(&self) {
        self.node
            .with(|state| state.tasks.push_back(Task::Deliver(self.id)));
    }

    /// The end that what is sent here goes to, once the port is no more because that end met its own.
    pub(crate) fn fused(&self) -> Option<&Arc<End>> {
        match self.fate.get()? {
            PortFate::Fused(end) => Some(end),
            PortFate::Failed(_) => None,
        }
    }

    /// The end that messages went to forwards and holds nothing any more: they go to where `to` leads.
    pub(crate) fn retarget(&self, past: &Arc<End>, mut to: Option<Peer>) {
        let mut past = past.clone();
        loop {
            to = ahead(to);
            let target = match &to {
                Some(Peer::Local(end)) => Target::End(end.clone()),
                Some(Peer::Node(other)) if Arc::ptr_eq(&other.node, &self.node) => {
                    Target::Splice(other.id)
                }
                // Two nodes of one process: the end between them stays. So does one that forwards to nobody.
                Some(Peer::Node(_)) | None => return,
            };
            let next = match &target {
                Target::End(end) => Some(end.clone()),
                Target::Splice(_) => None,
            };
            match self.swap_target(&past, target) {
                Swapped::Gone => {
                    if let Some(end) = self.fused() {
                        point(end, &past, to);
                    }
                    return;
                }
                Swapped::Done => match next {
                    // It may have become direct too late for us and too early to find itself here.
                    Some(next) if next.is_direct() => past = next,
                    _ => return,
                },
                Swapped::Other => return,
            }
        }
    }

    fn swap_target(&self, past: &Arc<End>, target: Target) -> Swapped {
        let (swapped, _old) = self.node.with(|state| {
            let Some(held) = state.held.get_mut(&self.id) else {
                return (Swapped::Gone, None);
            };
            if !held.end().is_some_and(|end| Arc::ptr_eq(end, past)) {
                return (Swapped::Other, None);
            }
            let old = std::mem::replace(&mut held.target, target);
            state.tasks.push_back(Task::Deliver(self.id));
            (Swapped::Done, Some(old))
        });
        swapped
    }
}

/// What became of an attempt to point a port elsewhere.
enum Swapped {
    Done,
    /// It points elsewhere already.
    Other,
    /// It has left the node.
    Gone,
}

/// Two ports that are to be joined, with the ends they serve.
pub(super) struct Pair {
    ports: [PortId; 2],
    ends: [Arc<End>; 2],
}

impl Pair {
    fn is_same(&self, other: &Self) -> bool {
        let mut ends = self.ends.iter().zip(&other.ends);
        self.ports == other.ports && ends.all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

/// How a message is sent.
#[derive(Clone, Copy)]
struct Way {
    /// On which port of the core.
    id: PortId,
    /// Whether its sender has closed behind it.
    last: bool,
    /// Whether there is a record of the port, without which nothing is sent.
    held: bool,
}

/// A message that nobody takes, with the cause if the core knows of one.
type Lost = (OwnedMessage, Option<ChannelError>);

impl Shared {
    // What goes over a link is written out before the core has it, which spares it to ask for that; what stays here remains a value.
    fn send_message(self: &Arc<Self>, way: Way, message: OwnedMessage) -> Result<(), Lost> {
        if self.look(|state| state.core.goes_out(way.id)) {
            self.send_written(way, message.write_out())
        } else {
            self.send_body(way, Body::Value(message), Few::new())
        }
    }

    fn send_value<T: MeshPayload>(self: &Arc<Self>, way: Way, value: T) -> Result<(), Lost> {
        if self.look(|state| state.core.goes_out(way.id)) {
            self.send_written(way, write_value(value))
        } else {
            self.send_body(way, Body::Value(OwnedMessage::new(value)), Few::new())
        }
    }

    fn send_written(
        self: &Arc<Self>,
        way: Way,
        written: Result<SerializedMessage, String>,
    ) -> Result<(), Lost> {
        let (body, ports, failure) = match written {
            Ok(written) => {
                let (bytes, ports) = self.take_in(written);
                let excess = self.excess(&bytes).map(str::to_owned);
                (Body::Bytes(bytes), ports, excess)
            }
            Err(text) => (Body::Damaged(0), Few::new(), Some(text)),
        };
        let Some(text) = failure else {
            return self.send_body(way, body, ports);
        };
        let message = protocol::Message::new(body, ports);
        self.refuse(way.id, message, undeliverable(text), way.last);
        Ok(())
    }

    fn send_body(
        self: &Arc<Self>,
        Way { id, last, held }: Way,
        body: Body,
        ports: Few<PortId>,
    ) -> Result<(), Lost> {
        // What was not sent is boxed, as the outcome is moved about.
        let sent = self.with(|state| {
            let message = protocol::Message::new(body, ports);
            let sent = match held && !state.held.contains_key(&id) {
                true => {
                    state.core.not_sent(&message);
                    Err((protocol::Refusal::NoPort, message))
                }
                false if last => state.core.send_last(id, message),
                false => state.core.send(id, message),
            };
            let message = match sent {
                // After the last message the port is closed already.
                Ok(()) => return Ok((last && held).then(|| state.held.remove(&id)).flatten()),
                Err((_, message)) => message,
            };
            let rest = state.open(self, message);
            // The core may know of a failure that has not been told yet.
            let cause = state.core.failure(id).map(ChannelError::from);
            let record = last.then(|| state.take_off(id)).flatten();
            Err(Box::new((rest, cause, record)))
        });
        match sent.map_err(|unsent| *unsent) {
            Err((Ok(message), cause, _record)) => Err((message, cause)),
            // It was written by us, so it can be opened.
            Err((Err(_), ..)) | Ok(_) => Ok(()),
        }
    }

    /// A message cannot be written: its port fails.
    fn refuse(
        self: &Arc<Self>,
        id: PortId,
        message: protocol::Message<Body>,
        cause: Cause,
        last: bool,
    ) {
        let held = self.with(|state| {
            state.core.refuse(id, message, cause);
            last.then(|| state.take_off(id))
        });
        drop(held);
    }

    /// Sends a message on a port of which there is no record, and closes it.
    pub(crate) fn send_last(self: &Arc<Self>, id: PortId, message: OwnedMessage) {
        let (last, held) = (true, false);
        if let Err((message, cause)) = self.send_message(Way { id, last, held }, message) {
            throw_away([message], cause.as_ref());
        }
    }

    /// As [`send_last`](Self::send_last), of a value.
    pub(crate) fn send_last_value<T: MeshPayload>(self: &Arc<Self>, id: PortId, value: T) {
        let (last, held) = (true, false);
        if let Err((message, cause)) = self.send_value(Way { id, last, held }, value) {
            throw_away([message], cause.as_ref());
        }
    }

    /// Closes a port of which there is no record.
    pub(crate) fn close(self: &Arc<Self>, id: PortId, fate: &Fate) {
        self.with(|state| state.close(id, fate));
    }

    /// Makes a local port of one of which there is no record.
    pub(crate) fn claim(self: &Arc<Self>, id: PortId) -> Port {
        self.with(|state| state.hold(self, id))
    }

    /// Whether something waits at a port.
    pub(crate) fn has_news(&self, id: PortId) -> bool {
        self.look(|state| state.core.next(id) != Next::Nothing)
    }

    /// Turns a local port into one of the core's, which can go into a message.
    pub(super) fn import(self: &Arc<Self>, port: Port) -> PortId {
        let port = match port.into_origin() {
            Ok(Origin::Node(node, id)) if Arc::ptr_eq(&node, self) => return id,
            Ok(Origin::Node(node, id)) => node.claim(id),
            Ok(Origin::Half(near)) => return self.import_half(near),
            Err(port) => port,
        };
        let Some(peer) = port.idle_peer() else {
            let (near, far) = self.with(|state| {
                let (near, far) = state.core.create();
                (state.hold(self, near), far)
            });
            port.bridge(near);
            return far;
        };
        // A fresh port, mostly: its peer becomes the node's without an end between.
        let (near, id, far) = self.with(|state| {
            let (id, far) = state.core.create();
            let near = NodePort::new(self.clone(), id);
            let target = Target::End(peer.clone());
            let port = near.clone();
            state.held.insert(id, Held { port, target });
            (near, id, far)
        });
        if let Some(port) = port.stand_aside(&peer, &near) {
            let (near, _held) = self.with(|state| {
                let held = state.held.remove(&id);
                (state.hold(self, id), held)
            });
            port.bridge(near);
        }
        far
    }

    /// As [`import`](Self::import), of the peer of an end that has none yet: the node's port becomes its peer.
    fn import_half(self: &Arc<Self>, near: Arc<End>) -> PortId {
        let (port, far) = self.with(|state| {
            let (id, far) = state.core.create_to_send();
            let port = NodePort::new(self.clone(), id);
            let held = Held {
                port: port.clone(),
                target: Target::End(near.clone()),
            };
            state.held.insert(id, held);
            (port, far)
        });
        if !near.take_peer(Peer::Node(port.clone())) {
            // It has gone, or sent something before.
            let (bridged, _held) = self.with(|state| {
                let held = state.held.remove(&port.id);
                (state.hold(self, port.id), held)
            });
            Port::half(near).bridge(bridged);
        }
        far
    }

    /// Joins the users of two ports that have met in this node. Only the runner does, so nothing else runs under the lock
    /// that orders joins.
    pub(super) fn fuse(self: &Arc<Self>, pair: &Pair) {
        // If one forwards, it will find out where to, and then this is tried again.
        let fused = while_neither_forwards(&pair.ends, || {
            self.with(|state| {
                let [left, right] = pair.ports;
                if !state.pair(left)?.is_same(pair) {
                    return None;
                }
                let (left, right) = (state.held.remove(&left)?, state.held.remove(&right)?);
                let _ = (left.port.fate).set(PortFate::Fused(pair.ends[1].clone()));
                let _ = (right.port.fate).set(PortFate::Fused(pair.ends[0].clone()));
                for port in pair.ports {
                    state.core.close(port);
                }
                Some((left, right))
            })
        });
        if let Some((left, right)) = fused {
            join_directly(&pair.ends[0], &left.port, &pair.ends[1]);
            join_directly(&pair.ends[1], &right.port, &pair.ends[0]);
        }
    }
}

impl super::shared::State {
    fn close(&mut self, id: PortId, fate: &Fate) {
        match fate {
            Fate::Closed => self.core.close(id),
            Fate::Failed(error) => self.core.close_with(id, error.into()),
        }
    }

    /// Takes a port off this node's table, and closes it. What comes out is to be dropped after unlocking.
    fn take_off(&mut self, id: PortId) -> Option<Held> {
        self.core.close(id);
        self.held.remove(&id)
    }

    /// Makes a local port whose peer is this port of the core. What has arrived at it is handed over soon.
    pub(super) fn hold(&mut self, node: &Arc<Shared>, id: PortId) -> Port {
        let port = NodePort::new(node.clone(), id);
        let (local, end) = Port::with_node(port.clone());
        let target = Target::End(end);
        self.held.insert(id, Held { port, target });
        if self.core.next(id) != Next::Nothing || self.core.local_peer(id).is_some() {
            self.tasks.push_back(Task::Deliver(id));
        }
        local
    }

    /// This port and its peer, if both serve ends here and nothing is under way between them.
    pub(super) fn pair(&self, id: PortId) -> Option<Pair> {
        let peer = self.core.local_peer(id)?;
        let end = |id| self.held.get(&id).and_then(Held::end).cloned();
        Some(Pair {
            ports: [id, peer],
            ends: [end(id)?, end(peer)?],
        })
    }

    /// Joins two ports that are spliced to each other; to be called while neither is being handed over from. What is returned is
    /// to be dropped after unlocking.
    pub(super) fn splice(&mut self, id: PortId) -> Option<(Held, Held)> {
        let spliced = |id: PortId| match self.held.get(&id)?.target {
            Target::Splice(other) => Some(other),
            Target::End(_) => None,
        };
        let other = spliced(id)?;
        if spliced(other) != Some(id) {
            return None;
        }
        let pair = (self.held.remove(&id)?, self.held.remove(&other)?);
        self.core.bridge(id, other);
        Some(pair)
    }
}

/// The cause of a failure that the node finds out about a message.
pub(super) fn undeliverable(text: impl Into<String>) -> Cause {
    Cause::new(CauseKind::Undeliverable, text)
}
