//! The side that sets the value.

use super::Cell;
use super::state::{Shared, Source};
use crate::recv_error::RecvError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A type used to update the value in one or more [`Cell`]s.
///
/// Dropping it ends the updates: the cells keep the last value, which still reaches those in other processes.
///
/// It can be sent in a message, under the same bounds as a [`Cell`]. Its cells stay where they are and go on being updated.
///
/// # Examples
///
/// ```
/// use mesh_channel::CellUpdater;
///
/// let mut updater = CellUpdater::new(1);
/// let cell = updater.cell();
/// updater.set(2);
/// assert_eq!(cell.get(), 2);
/// ```
pub struct CellUpdater<T> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T> CellUpdater<T> {
    /// An updater with an initial value and no cells yet.
    ///
    /// # Examples
    ///
    /// ```
    /// let updater = mesh_channel::CellUpdater::new("initial");
    /// assert_eq!(updater.cell().get(), "initial");
    /// ```
    pub fn new(initial: T) -> Self {
        Self {
            shared: Shared::new(0, Arc::new(initial), Source::Updater, 0),
        }
    }

    /// A new cell, which has the present value.
    ///
    /// # Examples
    ///
    /// ```
    /// let updater = mesh_channel::CellUpdater::new(1);
    /// let (a, b) = (updater.cell(), updater.cell());
    /// assert_eq!(a.get(), b.get());
    /// ```
    pub fn cell(&self) -> Cell<T> {
        let seen = {
            let mut state = self.shared.state.lock();
            state.cells += 1;
            state.version
        };
        Cell {
            shared: self.shared.clone(),
            seen,
        }
    }

    /// Sets the value in all cells.
    ///
    /// It takes effect at once; the future need not be polled. The cells in this process have the value when `set` returns.
    /// Awaiting the future waits until every live cell elsewhere has it, or a later one, too. A cell that is dropped, or whose
    /// process is lost, is not waited for; one that is under way in a message is.
    ///
    /// Never blocks. What is under way to a process is one value at a time, so a slow one gets the latest, not all of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (mut updater, cell) = mesh_channel::cell(1);
    /// updater.set(2);
    /// assert_eq!(cell.get(), 2);
    ///
    /// // Every cell has the new value, wherever it is:
    /// updater.set(3).await;
    /// # });
    /// ```
    pub fn set(&mut self, value: T) -> CellSet<'_, T> {
        let value = Arc::new(value);
        let (_old, woken, lines) = {
            let mut state = self.shared.state.lock();
            let version = state.version + 1;
            let (old, woken) = state.store(version, value);
            (old, woken, state.offer_to_all())
        };
        drop(woken);
        for line in lines {
            line.flush();
        }
        CellSet {
            updater: self,
            registered: false,
        }
    }

    /// A copy of the present value.
    ///
    /// # Examples
    ///
    /// ```
    /// let updater = mesh_channel::CellUpdater::new(7);
    /// assert_eq!(updater.get(), 7);
    /// ```
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Calls `f` with the present value. No lock is held meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut updater = mesh_channel::CellUpdater::new(7);
    /// let next = updater.with(|value| value + 1);
    /// updater.set(next);
    /// assert_eq!(updater.get(), 8);
    /// ```
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let value = self.shared.value();
        f(&value)
    }
}

impl<T> Drop for CellUpdater<T> {
    fn drop(&mut self) {
        let (_set, woken, served) = {
            let mut state = self.shared.state.lock();
            if !matches!(state.source, Source::Updater) {
                // It has left: the cells that stay follow it.
                return;
            }
            state.source = Source::Ended(RecvError::Closed);
            (
                state.remotes.waiting.take(),
                state.changed.take(),
                state.take_served(),
            )
        };
        drop(woken);
        for line in served {
            line.close();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for CellUpdater<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|value| f.debug_tuple("CellUpdater").field(value).finish())
    }
}

/// The future that [`CellUpdater::set`] returns: resolves when every live cell has the value. The value is set without it.
///
/// Cancel-safe: it only watches.
pub struct CellSet<'a, T> {
    /// Borrowed, so that no other value is set and the updater does not leave while this one is waited for.
    updater: &'a CellUpdater<T>,
    /// Whether the updater may hold a waker of this future's.
    registered: bool,
}

impl<T> Future for CellSet<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut waker: Option<Waker> = None;
        loop {
            let mut state = this.updater.shared.state.lock();
            if state.remotes.all_have_it() {
                return Poll::Ready(());
            }
            let waiting = &mut state.remotes.waiting;
            if waiting
                .as_ref()
                .is_some_and(|waiting| waiting.will_wake(cx.waker()))
            {
                return Poll::Pending;
            }
            // Cloning and dropping a waker runs its owner's code, so both happen unlocked.
            if waker.is_some() {
                let stale = std::mem::replace(waiting, waker);
                this.registered = true;
                drop(state);
                drop(stale);
                return Poll::Pending;
            }
            drop(state);
            waker = Some(cx.waker().clone());
        }
    }
}

impl<T> Drop for CellSet<'_, T> {
    fn drop(&mut self) {
        if self.registered {
            let waker = self.updater.shared.state.lock().remotes.waiting.take();
            drop(waker);
        }
    }
}

impl<T> fmt::Debug for CellSet<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CellSet").finish_non_exhaustive()
    }
}
