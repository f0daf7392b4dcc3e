//! Waiting for a change.

use super::Cell;
use super::state::Source;
use crate::recv_error::RecvError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The future that [`Cell::changed`] returns. Cancel-safe.
#[must_use = "futures do nothing unless polled"]
pub struct CellChanged<'a, T> {
    cell: &'a mut Cell<T>,
    /// What this future's task is registered under.
    key: Option<u64>,
}

impl<'a, T> CellChanged<'a, T> {
    pub(super) fn new(cell: &'a mut Cell<T>) -> Self {
        Self { cell, key: None }
    }
}

impl<T> Future for CellChanged<'_, T> {
    type Output = Result<(), RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut waker: Option<Waker> = None;
        loop {
            let mut state = this.cell.shared.state.lock();
            if state.version != this.cell.seen {
                this.cell.seen = state.version;
                return Poll::Ready(Ok(()));
            }
            if let Source::Ended(end) = &state.source {
                return Poll::Ready(Err(end.clone()));
            }
            if this
                .key
                .is_some_and(|key| state.changed.holds(key, cx.waker()))
            {
                return Poll::Pending;
            }
            // Cloning and dropping a waker runs its owner's code, so both happen unlocked.
            if let Some(waker) = waker.take() {
                let stale = this.key.and_then(|key| state.changed.remove(key));
                this.key = Some(state.changed.insert(waker));
                drop(state);
                drop(stale);
                return Poll::Pending;
            }
            drop(state);
            waker = Some(cx.waker().clone());
        }
    }
}

impl<T> Drop for CellChanged<'_, T> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.cell.shared.state.lock().changed.remove(key);
            drop(waker);
        }
    }
}

impl<T> fmt::Debug for CellChanged<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CellChanged").finish_non_exhaustive()
    }
}
