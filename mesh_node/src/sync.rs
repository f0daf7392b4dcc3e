//! The one door through which ports and nodes get their locks.
//!
//! Built normally it is `parking_lot`'s mutex. Built with `--cfg loom` it is loom's model of one, and `tests/loom.rs` explores
//! every interleaving of the races it describes, between local ports. Nodes need more stack than loom's threads have; built
//! with `--cfg shuttle` it is shuttle's, and `tests/shuttle.rs` tries many random interleavings of theirs.
//!
//! No other file of this crate may name a lock.

#[cfg(not(any(loom, shuttle)))]
pub(crate) use parking_lot::Mutex;

/// Orders joins of local ports; see `port::end`.
#[cfg(not(any(loom, shuttle)))]
pub(crate) static BRIDGE: Mutex<()> = Mutex::new(());

#[cfg(loom)]
use loom::{lazy_static, sync as model};
#[cfg(shuttle)]
use shuttle::{lazy_static, sync as model};

#[cfg(any(loom, shuttle))]
lazy_static! {
    pub(crate) static ref BRIDGE: Mutex<()> = Mutex::new(());
}

/// The model's mutex with `parking_lot`'s signature: a panic while it is held does not poison it.
#[cfg(any(loom, shuttle))]
#[derive(Debug)]
pub(crate) struct Mutex<T>(model::Mutex<T>);

#[cfg(any(loom, shuttle))]
impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

#[cfg(any(loom, shuttle))]
impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(model::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> model::MutexGuard<'_, T> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
