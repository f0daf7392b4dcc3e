//! The one door through which ports and nodes get their locks.
//!
//! Built normally it is `parking_lot`'s mutex. Built with `--cfg loom` it is loom's model of one, and `tests/loom.rs` explores
//! every interleaving of the races it describes. No other file of this crate may name a lock.

#[cfg(not(loom))]
pub(crate) use parking_lot::Mutex;

/// Orders joins of local ports; see `port::end`.
#[cfg(not(loom))]
pub(crate) static BRIDGE: Mutex<()> = Mutex::new(());

#[cfg(loom)]
loom::lazy_static! {
    pub(crate) static ref BRIDGE: Mutex<()> = Mutex::new(());
}

/// loom's mutex with `parking_lot`'s signature: a panic while it is held does not poison it.
#[cfg(loom)]
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

#[cfg(loom)]
impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

#[cfg(loom)]
impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
