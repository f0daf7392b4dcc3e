//! A line at which threads gather before the clock starts.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel, Ordering::Acquire};
use std::thread;

/// Lets a known number of threads go at the same time.
///
/// Unlike the standard barrier its waiters spin and yield, so that none of them starts a wake-up late.
#[derive(Debug)]
pub(crate) struct StartLine {
    missing: AtomicUsize,
}

impl StartLine {
    /// A line for so many threads.
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            missing: AtomicUsize::new(threads),
        }
    }

    /// Waits for the others.
    pub(crate) fn wait(&self) {
        // The release half publishes what this thread set up; the loads below acquire it.
        self.missing.fetch_sub(1, AcqRel);
        let mut turns = 0_u32;
        while self.missing.load(Acquire) > 0 {
            turns += 1;
            if turns.is_multiple_of(64) {
                // Threads may share a core.
                thread::yield_now();
            } else {
                spin_loop();
            }
        }
    }
}
