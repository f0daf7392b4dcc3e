//! What the cells of one process share, and the updater if it is there.
//!
//! | source | the updater | values come from | remotes |
//! |---|---|---|---|
//! | `Updater` | here | its `set` | processes whose cells it serves |
//! | `Upstream` | elsewhere | a line to it | none |
//! | `Ended` | gone, lost, or left with nobody staying | nowhere | those that still lack the last value |
//!
//! `Updater` becomes `Upstream` when the updater is sent and cells stay, `Ended` when it is dropped, or sent with no cell
//! left. `Upstream` becomes `Ended` when the line ends, when the last cell is dropped, and when the last cell leaves and takes
//! the line along. Messages for a state that is no longer there are refused, so that they follow the port.

use super::leader::Remotes;
use super::line::Line;
use crate::recv_error::RecvError;
use crate::wakers::{Wakers, Woken};
use parking_lot::Mutex;
use std::mem;
use std::sync::Arc;

/// The highest version that is taken from a peer, so that counting on from it cannot overflow.
pub(super) const MAX_RECEIVED_VERSION: u64 = u64::MAX / 2;

pub(super) struct Shared<T> {
    pub(super) state: Mutex<State<T>>,
}

pub(super) struct State<T> {
    /// Counts the values; a cell that knows its version knows whether it has the latest.
    pub(super) version: u64,
    /// Readers take a reference out of the lock before they look at it.
    pub(super) value: Arc<T>,
    pub(super) source: Source,
    /// How many cells there are here.
    pub(super) cells: usize,
    /// Tasks that wait for a change. Unbounded: one for each pending [`CellChanged`](super::CellChanged).
    pub(super) changed: Wakers,
    /// Processes that are served from here.
    pub(super) remotes: Remotes<T>,
}

#[derive(Debug)]
pub(super) enum Source {
    Updater,
    Upstream(Arc<Line>),
    Ended(RecvError),
}

impl Source {
    /// Nobody here is interested any more. Returns the line, to be closed or sent on after unlocking.
    pub(super) fn end(&mut self) -> Option<Arc<Line>> {
        match mem::replace(self, Self::Ended(RecvError::Closed)) {
            Self::Upstream(line) => Some(line),
            Self::Updater | Self::Ended(_) => None,
        }
    }
}

impl<T> Shared<T> {
    pub(super) fn new(version: u64, value: Arc<T>, source: Source, cells: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                version,
                value,
                source,
                cells,
                changed: Wakers::default(),
                remotes: Remotes::default(),
            }),
        })
    }

    /// The latest value.
    pub(super) fn value(&self) -> Arc<T> {
        self.state.lock().value.clone()
    }
}

impl<T> State<T> {
    /// Puts a newer value in place. What is returned is dropped after unlocking: the old value, and tasks to be woken.
    pub(super) fn store(&mut self, version: u64, value: Arc<T>) -> (Arc<T>, Woken) {
        self.version = version;
        (mem::replace(&mut self.value, value), self.changed.take())
    }
}
