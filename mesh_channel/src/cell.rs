//! A value that one updates and many watch.
//!
//! A [`CellUpdater`] holds a value and hands out [`Cell`]s, each of which shows the latest value at any time and can wait for
//! the next. It is made for configuration: intermediate values may be skipped, the last one never is.
//!
//! # What is kept true
//!
//! - A cell never goes back to an older value, and the last value set reaches every cell, also if the updater is dropped
//!   right after it was set.
//! - Nobody's code runs under a lock: readers hold a reference to a value of their own, so a slow reader neither blocks the
//!   updater nor is disturbed by it, and old values are dropped by whoever lets go of them last.
//! - Cells and updaters can be sent in messages, any number of times. Every process talks to the updater directly; a process
//!   that only passed a cell on may exit.
//!
//! # Between processes
//!
//! Each process with cells has one port to the updater, shared by the cells in it (see [`state`]).
//!
//! | message | direction | meaning |
//! |---|---|---|
//! | `Update` | to the cells | a newer value, with its version |
//! | `ToUpdater::Ack` | to the updater | the cells here have this version |
//! | `ToUpdater::Subscribe` | to the updater | a cell has gone elsewhere from here, with a port of its own and this version |
//!
//! A new value is sent only when the last one has been acknowledged, so what is queued for a slow process is one value,
//! however often the updater changes it. `Subscribe` precedes the acknowledgement of anything that the cell it speaks of did
//! not take along, so a pending [`CellSet`] counts that cell in.
//!
//! An updater that moves takes the ports along, and leaves one behind for the cells that stay. One that is dropped keeps
//! serving the processes that have not acknowledged the last value, then closes their ports.
//!
//! The number of cells is not bounded here: each process with cells costs the updater one port.
//!
//! # Locks
//!
//! The state's, then a line's (see [`line`]). Wakers, values' destructors, encoders and ports are only used outside of them.

mod changed;
mod follower;
mod leader;
mod line;
mod state;
mod updater;
mod wire;

pub use changed::CellChanged;
pub use updater::{CellSet, CellUpdater};

use state::{Shared, Source};
use std::fmt;
use std::sync::Arc;

/// Creates a new cell and its associated updater.
///
/// The updater hands out further cells; they can be cloned as well.
///
/// # Examples
///
/// ```
/// let (mut updater, cell) = mesh_channel::cell(1);
/// updater.set(2);
/// assert_eq!(cell.get(), 2);
/// ```
pub fn cell<T>(value: T) -> (CellUpdater<T>, Cell<T>) {
    let updater = CellUpdater::new(value);
    let cell = updater.cell();
    (updater, cell)
}

/// A cell containing a value that can be updated from a remote node.
///
/// It shows the latest value that has arrived, at any time and without waiting; [`changed`](Self::changed) waits for the next
/// one. A clone watches for itself: what its original has seen before counts as seen, what comes later each sees on its own.
///
/// When the updater is gone, the last value stays.
///
/// In one process `T` can be anything. A cell can be sent in a message if `T` is a
/// [`MeshPayload`](mesh_node::MeshPayload), `Clone` (each process gets a copy) and `Sync` (each process has one value for all
/// its cells). It shows its value at once where it arrives.
///
/// # Examples
///
/// ```
/// use mesh_channel::CellUpdater;
///
/// let mut updater = CellUpdater::new("slow".to_string());
/// let cell = updater.cell();
/// assert_eq!(cell.get(), "slow");
/// updater.set("fast".to_string());
/// assert_eq!(cell.with(|mode| mode.len()), 4);
/// ```
pub struct Cell<T> {
    shared: Arc<Shared<T>>,
    /// The version of the latest value that this cell's user has been told of.
    seen: u64,
}

impl<T> Cell<T> {
    /// A copy of the latest value.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_updater, cell) = mesh_channel::cell(7);
    /// assert_eq!(cell.get(), 7);
    /// ```
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Calls `f` with the latest value.
    ///
    /// No lock is held meanwhile: the value is the one that was the latest when the call began, and the updater can go on.
    ///
    /// # Examples
    ///
    /// ```
    /// let (_updater, cell) = mesh_channel::cell(vec![1, 2, 3]);
    /// assert_eq!(cell.with(Vec::len), 3);
    /// ```
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let value = self.shared.value();
        f(&value)
    }

    /// Waits until there is a value that this cell has not been told of.
    ///
    /// The value that was there when the cell was made counts as told; resolving tells it of the latest one. Several changes
    /// in a row may be told at once.
    ///
    /// Cancel-safe: a change is told when the future resolves, or else to the next one.
    ///
    /// # Errors
    ///
    /// The updater is gone, and the last value has been told: [`Closed`](crate::RecvError::Closed) if it was dropped,
    /// [`Error`](crate::RecvError::Error) with the cause if it was lost. The last value stays readable.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (mut updater, mut cell) = mesh_channel::cell(1);
    /// updater.set(2);
    /// cell.changed().await.unwrap();
    /// assert_eq!(cell.get(), 2);
    ///
    /// drop(updater);
    /// assert!(cell.changed().await.is_err());
    /// assert_eq!(cell.get(), 2);
    /// # });
    /// ```
    pub fn changed(&mut self) -> CellChanged<'_, T> {
        CellChanged::new(self)
    }
}

impl<T> Clone for Cell<T> {
    fn clone(&self) -> Self {
        self.shared.state.lock().cells += 1;
        Self {
            shared: self.shared.clone(),
            seen: self.seen,
        }
    }
}

impl<T> Drop for Cell<T> {
    fn drop(&mut self) {
        let upstream = {
            let mut state = self.shared.state.lock();
            state.cells -= 1;
            match &state.source {
                Source::Upstream(_) if state.cells == 0 => state.source.end(),
                _ => None,
            }
        };
        if let Some(line) = upstream {
            line.close();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Cell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|value| f.debug_tuple("Cell").field(value).finish())
    }
}
