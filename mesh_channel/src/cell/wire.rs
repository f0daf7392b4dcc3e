//! Cells and updaters as they travel, and the messages between them.
//!
//! A cell or updater travels as its value and ports. What it is connected to stays behind the ports' peers; if its updater is
//! gone, the peer has been dropped, or failed with the cause, and the port tells so where the cell arrives. So there is one
//! form for a cell in any condition.

use super::follower::FromUpdater;
use super::line::Line;
use super::state::{MAX_RECEIVED_VERSION, Shared, Source};
use super::{Cell, CellUpdater};
use crate::recv_error::RecvError;
use mesh_node::local_node::Port;
use mesh_node::{MeshPayload, OwnedMessage};
use mesh_protobuf::DefaultEncoding;
use mesh_protobuf::encodings::Via;
use std::sync::Arc;

/// A newer value, on its way to the cells of a process.
#[derive(mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node", bound = "T: MeshPayload + Clone + Sync")]
pub(super) struct Update<T> {
    pub(super) version: u64,
    pub(super) value: Arc<T>,
}

/// What the cells of a process tell the updater.
#[derive(mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
pub(super) enum ToUpdater {
    /// They have this version.
    Ack(u64),
    /// One of them, with this version, has gone elsewhere, and waits for updates at the peer of this port.
    Subscribe {
        /// Where its updates go and its acknowledgements come from.
        port: Port,
        /// What it has.
        version: u64,
    },
}

/// A cell on its way.
#[derive(Debug, mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node", bound = "T: MeshPayload + Clone + Sync")]
pub struct CellWire<T> {
    port: Port,
    version: u64,
    /// The version that its user had been told of.
    seen: u64,
    value: Arc<T>,
}

/// An updater on its way.
#[derive(Debug, mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node", bound = "T: MeshPayload + Clone + Sync")]
pub struct CellUpdaterWire<T> {
    version: u64,
    value: Arc<T>,
    remotes: Vec<RemoteWire>,
}

/// The cells of a process, as their updater sees them.
#[derive(Debug, mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
struct RemoteWire {
    port: Port,
    /// The version that was sent last.
    sent: u64,
    /// The version that was acknowledged last.
    acked: u64,
}

/// Versions that cannot have come about by counting.
#[derive(Debug, thiserror::Error)]
#[error("the versions of a cell contradict each other")]
pub struct BadVersions;

impl<T: MeshPayload + Clone + Sync> DefaultEncoding for Cell<T> {
    type Encoding = Via<CellWire<T>>;
}

impl<T: MeshPayload + Clone + Sync> DefaultEncoding for CellUpdater<T> {
    type Encoding = Via<CellUpdaterWire<T>>;
}

fn make_update<T: MeshPayload + Clone + Sync>(version: u64, value: Arc<T>) -> OwnedMessage {
    OwnedMessage::new(Update { version, value })
}

impl<T: MeshPayload + Clone + Sync> From<Cell<T>> for CellWire<T> {
    fn from(cell: Cell<T>) -> Self {
        // One end is for the updater, the other for the cell; not needed if the cell takes its process's line along.
        let (stays, leaves) = Port::new_pair();
        let (version, value, port) = {
            let mut state = cell.shared.state.lock();
            let version = state.version;
            let port = match &state.source {
                Source::Updater => {
                    state.add_remote(stays, version, version, make_update);
                    Departure::Served
                }
                Source::Upstream(line) if state.cells > 1 => {
                    let port = stays;
                    line.queue(OwnedMessage::new(ToUpdater::Subscribe { port, version }));
                    Departure::Announced(line.clone())
                }
                Source::Upstream(line) => {
                    let line = line.clone();
                    state.source = Source::Ended(RecvError::Closed);
                    Departure::WithLine(line, stays)
                }
                Source::Ended(end) => Departure::Ended(end.clone(), stays),
            };
            (version, state.value.clone(), port)
        };
        let port = match port {
            Departure::Served => {
                cell.shared.attach_arrivals();
                leaves
            }
            Departure::Announced(line) => {
                line.flush();
                leaves
            }
            Departure::WithLine(line, _unused) => line.leave(),
            Departure::Ended(RecvError::Closed, _closed) => leaves,
            Departure::Ended(RecvError::Error(error), stays) => {
                stays.fail(error);
                leaves
            }
        };
        Self {
            port,
            version,
            seen: cell.seen,
            value,
        }
    }
}

/// How a cell that leaves goes on getting updates; with the port that the other end of its own is to be.
enum Departure {
    /// From here, where the updater is.
    Served,
    /// From the updater, which is told on this line.
    Announced(Arc<Line>),
    /// On the line that it was the last user of.
    WithLine(Arc<Line>, Port),
    /// Not at all.
    Ended(RecvError, Port),
}

impl<T: MeshPayload + Clone + Sync> TryFrom<CellWire<T>> for Cell<T> {
    type Error = BadVersions;

    fn try_from(wire: CellWire<T>) -> Result<Self, BadVersions> {
        if wire.seen > wire.version || wire.version > MAX_RECEIVED_VERSION {
            return Err(BadVersions);
        }
        let line = Line::new();
        let source = Source::Upstream(line.clone());
        let shared = Shared::new(wire.version, wire.value, source, 1);
        line.attach(wire.port, Arc::new(FromUpdater(shared.clone())));
        Ok(Self {
            shared,
            seen: wire.seen,
        })
    }
}

impl<T: MeshPayload + Clone + Sync> From<CellUpdater<T>> for CellUpdaterWire<T> {
    fn from(updater: CellUpdater<T>) -> Self {
        let shared = &updater.shared;
        let line = Line::new();
        let (version, value, remotes, cells_stay) = {
            let mut state = shared.state.lock();
            let cells_stay = state.cells > 0;
            state.source = if cells_stay {
                Source::Upstream(line.clone())
            } else {
                Source::Ended(RecvError::Closed)
            };
            let remotes = state.remotes.take_all();
            (state.version, state.value.clone(), remotes, cells_stay)
        };
        let mut remotes: Vec<_> = remotes
            .into_iter()
            .map(|remote| {
                let (port, sent, acked) = remote.leave();
                RemoteWire { port, sent, acked }
            })
            .collect();
        if cells_stay {
            let (stays, leaves) = Port::new_pair();
            line.attach(stays, Arc::new(FromUpdater(shared.clone())));
            remotes.push(RemoteWire {
                port: leaves,
                sent: version,
                acked: version,
            });
        }
        Self {
            version,
            value,
            remotes,
        }
    }
}

impl<T: MeshPayload + Clone + Sync> TryFrom<CellUpdaterWire<T>> for CellUpdater<T> {
    type Error = BadVersions;

    fn try_from(wire: CellUpdaterWire<T>) -> Result<Self, BadVersions> {
        let CellUpdaterWire {
            version,
            value,
            remotes,
        } = wire;
        let plausible = |remote: &RemoteWire| remote.acked <= remote.sent && remote.sent <= version;
        if version > MAX_RECEIVED_VERSION || !remotes.iter().all(plausible) {
            return Err(BadVersions);
        }
        let shared = Shared::new(version, value, Source::Updater, 0);
        {
            let mut state = shared.state.lock();
            for RemoteWire { port, sent, acked } in remotes {
                state.add_remote(port, sent, acked, make_update);
            }
        }
        shared.attach_arrivals();
        Ok(Self { shared })
    }
}
