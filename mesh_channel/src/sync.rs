//! The one door through which this crate gets its synchronisation primitives.
//!
//! Built normally, the names here are `std` atomics and `parking_lot`'s mutex. Built with `--cfg loom` they are loom's
//! models of the same things, and `tests/loom.rs` explores every interleaving of the races it describes. No other file of
//! `mpsc`, `oneshot`, `lazy` and `block_on` may name an atomic, a cell or a lock from anywhere else, or loom would not see it.
//!
//! Ports stay what they are under loom: `mesh_node` keeps its ordinary locks, so the loom scenarios use plain channels
//! and never send an endpoint.
//!
//! The cell is loom's shape (`with`, `with_mut`) because that is the shape both can offer; the closures cost nothing.

#[cfg(not(loom))]
mod primitives {
    pub(crate) use parking_lot::Mutex;
    pub(crate) use std::alloc::{alloc, dealloc};
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize};
    pub(crate) use std::thread::{Thread, current as current_thread, park, yield_now};

    /// Sleeps for a moment.
    pub(crate) fn nap() {
        std::thread::sleep(std::time::Duration::from_micros(100));
    }

    /// `std`'s cell, in the shape that loom's has.
    #[derive(Debug)]
    #[repr(transparent)]
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// Hands a pointer for reading to `f`; what `f` may do with it is the caller's proof.
        #[inline(always)]
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        /// Hands a pointer for writing to `f`; what `f` may do with it is the caller's proof.
        #[inline(always)]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

#[cfg(loom)]
mod primitives {
    pub(crate) use loom::alloc::{alloc, dealloc};
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::MutexGuard;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize};
    pub(crate) use loom::thread::{Thread, current as current_thread, park, yield_now};

    pub(crate) fn nap() {
        yield_now();
    }

    /// loom only lets another thread go on when this one yields.
    pub(crate) fn spin_loop() {
        yield_now();
    }

    /// loom's mutex with `parking_lot`'s signature: a panic while it is held does not poison it.
    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }
}

pub(crate) use primitives::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Mutex, Thread, UnsafeCell, alloc,
    current_thread, dealloc, nap, park, spin_loop, yield_now,
};
pub(crate) use std::sync::atomic::Ordering;

/// Waiting for another thread that is a few instructions away from being done.
///
/// It spins with the processor's hint first, and gives the core away after that, so that whoever was interrupted in those
/// few instructions gets to finish. If that does not help, it sleeps: the other one may have a lower priority, with which it
/// would get no core as long as this thread wants one.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    step: u32,
}

/// Up to `1 << SPINS` hints in a row.
const SPINS: u32 = if cfg!(loom) { 0 } else { 6 };
/// How often it spins before it gives the core away.
const ROUNDS: u32 = 10;
/// How often it gives the core away before it sleeps.
const YIELDS: u32 = 100;

impl Backoff {
    /// Waits a little for someone who must act before we can.
    #[cold]
    pub(crate) fn wait(&mut self) {
        if self.step < ROUNDS {
            for _ in 0..1_u32 << self.step.min(SPINS) {
                spin_loop();
            }
        } else if self.step < ROUNDS + YIELDS {
            yield_now();
        } else {
            return nap();
        }
        self.step += 1;
    }
}
