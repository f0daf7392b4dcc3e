//! The updater's side of the cells in other processes.
//!
//! One [`Remote`] stands for one process with cells, or for one cell under way in a message. It is sent a value when it has
//! acknowledged the one before, so at any time at most one is under way to it, and the next one is always the latest.
//!
//! Attaching a port delivers what waits in it on the spot, and that may be further ports to attach, nested as deeply as a peer
//! likes. So ports to attach are queued, and one thread works the queue off in a loop (see [`Shared::attach_arrivals`]).

use super::line::Line;
use super::state::{Shared, Source, State};
use super::wire::ToUpdater;
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{Delivery, Port, PortHandler};
use mesh_node::{MeshPayload, Message, OwnedMessage};
use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::sync::Arc;
use std::task::Waker;

/// Makes the message that brings a value to a process. A function, since a plain cell knows nothing of encodings.
pub(super) type MakeUpdate<T> = fn(u64, Arc<T>) -> OwnedMessage;

/// A process with cells.
pub(super) struct Remote<T> {
    line: Arc<Line>,
    /// The version that was sent last, or that the cells had when they left.
    sent: u64,
    /// The version that was acknowledged last; the same as `sent` if nothing is under way.
    acked: u64,
    make_update: MakeUpdate<T>,
}

/// All of them. Unbounded: one for each process with cells of this updater.
pub(super) struct Remotes<T> {
    by_key: BTreeMap<u64, Remote<T>>,
    next_key: u64,
    /// How many have not acknowledged the latest version.
    lacking: usize,
    /// The task that waits until none lacks it.
    pub(super) waiting: Option<Waker>,
    /// Ports to be attached to the lines of remotes that were added.
    arriving: VecDeque<Arrival>,
    /// Whether some thread is attaching them.
    attaching: bool,
}

struct Arrival {
    key: u64,
    line: Arc<Line>,
    port: Port,
}

impl<T> Remote<T> {
    /// Queues the latest value if it has not been sent and nothing is under way. The line is to be flushed after unlocking.
    fn offer(&mut self, version: u64, value: &Arc<T>) -> Option<Arc<Line>> {
        if self.sent == version || self.sent != self.acked {
            return None;
        }
        self.sent = version;
        self.line.queue((self.make_update)(version, value.clone()));
        Some(self.line.clone())
    }

    /// Takes the port to where the updater goes, with the versions sent and acknowledged.
    pub(super) fn leave(self) -> (Port, u64, u64) {
        (self.line.leave(), self.sent, self.acked)
    }
}

impl<T> Default for Remotes<T> {
    fn default() -> Self {
        Self {
            by_key: BTreeMap::new(),
            next_key: 0,
            lacking: 0,
            waiting: None,
            arriving: VecDeque::new(),
            attaching: false,
        }
    }
}

impl<T> Remotes<T> {
    /// Whether none lacks the latest version.
    pub(super) fn all_have_it(&self) -> bool {
        self.lacking == 0
    }

    /// Takes all of them, to leave with the updater. Ports that are being attached go along by their lines.
    pub(super) fn take_all(&mut self) -> Vec<Remote<T>> {
        self.lacking = 0;
        mem::take(&mut self.by_key).into_values().collect()
    }

    fn remove(&mut self, key: u64, latest: u64) -> Option<Arc<Line>> {
        let remote = self.by_key.remove(&key)?;
        if remote.acked < latest {
            self.lacking -= 1;
        }
        Some(remote.line)
    }

    /// The task that waits for all of them, if they are all there.
    fn take_waiting(&mut self) -> Option<Waker> {
        if self.all_have_it() {
            self.waiting.take()
        } else {
            None
        }
    }
}

impl<T> State<T> {
    /// Adds a process whose cells have got `acked`, and were sent `sent`. The port is attached by
    /// [`Shared::attach_arrivals`], which must follow.
    pub(super) fn add_remote(
        &mut self,
        port: Port,
        sent: u64,
        acked: u64,
        make_update: MakeUpdate<T>,
    ) {
        let line = Line::new();
        let mut remote = Remote {
            line: line.clone(),
            sent,
            acked,
            make_update,
        };
        // What is queued here is sent when the port is attached.
        let _ = remote.offer(self.version, &self.value);
        let remotes = &mut self.remotes;
        let key = remotes.next_key;
        remotes.next_key += 1;
        if acked < self.version {
            remotes.lacking += 1;
        }
        remotes.by_key.insert(key, remote);
        remotes.arriving.push_back(Arrival { key, line, port });
    }

    /// After a newer value was stored: queues it for all that are not still being sent another one. The lines are to be
    /// flushed after unlocking.
    pub(super) fn offer_to_all(&mut self) -> Vec<Arc<Line>> {
        self.remotes.lacking = self.remotes.by_key.len();
        self.remotes
            .by_key
            .values_mut()
            .filter_map(|remote| remote.offer(self.version, &self.value))
            .collect()
    }

    /// Takes out the remotes that have the last value; their lines are to be closed after unlocking.
    pub(super) fn take_served(&mut self) -> Vec<Arc<Line>> {
        let version = self.version;
        let (served, lacking): (BTreeMap<_, _>, _) = mem::take(&mut self.remotes.by_key)
            .into_iter()
            .partition(|(_, remote)| remote.acked >= version);
        self.remotes.by_key = lacking;
        served.into_values().map(|remote| remote.line).collect()
    }
}

impl<T: MeshPayload + Clone + Sync> Shared<T> {
    /// Attaches the ports of remotes that were added, unless another thread, or a caller of this function, is at it.
    pub(super) fn attach_arrivals(self: &Arc<Self>) {
        let mut at_it = false;
        loop {
            let arrival = {
                let remotes = &mut self.state.lock().remotes;
                if !at_it && remotes.attaching {
                    return;
                }
                let arrival = remotes.arriving.pop_front();
                remotes.attaching = arrival.is_some();
                arrival
            };
            at_it = true;
            let Some(Arrival { key, line, port }) = arrival else {
                return;
            };
            let shared = self.clone();
            line.attach(port, Arc::new(FromCells { shared, key }));
        }
    }
}

/// What the port of a remote is told.
struct FromCells<T> {
    shared: Arc<Shared<T>>,
    key: u64,
}

impl<T: MeshPayload + Clone + Sync> PortHandler for FromCells<T> {
    fn message(&self, message: Message<'_>) -> Delivery {
        match message.parse() {
            Ok(ToUpdater::Ack(version)) => self.acknowledged(version),
            Ok(ToUpdater::Subscribe { port, version }) => self.subscribe(port, version),
            Err(error) => Delivery::Failed(error.into()),
        }
    }

    fn closed(&self) {
        self.gone();
    }

    fn failed(&self, _: ChannelError) {
        self.gone();
    }
}

impl<T: MeshPayload + Clone + Sync> FromCells<T> {
    fn acknowledged(&self, acked: u64) -> Delivery {
        let (offered, served, waiting) = {
            let mut state = self.shared.state.lock();
            let State {
                version,
                value,
                source,
                remotes,
                ..
            } = &mut *state;
            let Some(remote) = remotes.by_key.get_mut(&self.key) else {
                return Delivery::Refused(OwnedMessage::new(ToUpdater::Ack(acked)));
            };
            if remote.acked == remote.sent || acked != remote.sent {
                return breach("a cell acknowledged a value that was not under way to it");
            }
            remote.acked = acked;
            let offered = remote.offer(*version, value);
            let mut served = None;
            if acked == *version {
                remotes.lacking -= 1;
                if !matches!(source, Source::Updater) {
                    served = remotes.remove(self.key, *version);
                }
            }
            (offered, served, remotes.take_waiting())
        };
        if let Some(line) = offered {
            line.flush();
        }
        if let Some(line) = served {
            line.close();
        }
        if let Some(waiting) = waiting {
            waiting.wake();
        }
        Delivery::Taken
    }

    /// A cell of that process has gone elsewhere, and is served by itself from now on.
    fn subscribe(&self, port: Port, version: u64) -> Delivery {
        let complete = {
            let mut state = self.shared.state.lock();
            let Some(remote) = state.remotes.by_key.get(&self.key) else {
                drop(state);
                return Delivery::Refused(OwnedMessage::new(ToUpdater::Subscribe {
                    port,
                    version,
                }));
            };
            if version > state.version {
                drop(state);
                return breach("a cell has a newer value than its updater");
            }
            let make_update = remote.make_update;
            if version == state.version && !matches!(state.source, Source::Updater) {
                Some(port)
            } else {
                state.add_remote(port, version, version, make_update);
                None
            }
        };
        // A cell that has all it will ever get is told so by its port's end.
        drop(complete);
        self.shared.attach_arrivals();
        Delivery::Taken
    }

    /// The process has no cells any more, or is lost: nobody waits for it.
    fn gone(&self) {
        let (line, waiting) = {
            let mut state = self.shared.state.lock();
            let version = state.version;
            let line = state.remotes.remove(self.key, version);
            (line, state.remotes.take_waiting())
        };
        if let Some(line) = line {
            line.close();
        }
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

fn breach(reason: &'static str) -> Delivery {
    Delivery::Failed(ChannelError::new(ChannelErrorKind::ProtocolBreach, reason))
}
