//! The counting allocator.
//!
//! It hands everything to the system's allocator. While counting is on it also keeps three numbers; while it is off,
//! as it is whenever time is measured, an allocation costs one relaxed load and a branch that is always predicted, for
//! every row alike.
//!
//! The numbers are relaxed atomics: they are read when the threads that allocated have been joined, or were never
//! started, and nothing else is published through them.

#![allow(unsafe_code)] // `GlobalAlloc` is an unsafe trait.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

static COUNTING: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static ALLOCATED: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);

#[global_allocator]
static GLOBAL: Counting = Counting;

#[derive(Debug)]
struct Counting;

/// What happened while counting was on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally {
    /// Calls of the allocator for new memory, growth of a block included.
    pub(crate) allocations: u64,
    /// Bytes asked for in those calls.
    pub(crate) allocated: u64,
    /// Bytes held at the end less bytes held at the start.
    pub(crate) live: i64,
}

/// Counts what `work` allocates in this whole process, and returns that with its result.
pub(crate) fn tally<R>(work: impl FnOnce() -> R) -> (Tally, R) {
    ALLOCATIONS.store(0, Relaxed);
    ALLOCATED.store(0, Relaxed);
    LIVE.store(0, Relaxed);
    COUNTING.store(true, Relaxed);
    let result = work();
    COUNTING.store(false, Relaxed);
    let tally = Tally {
        allocations: ALLOCATIONS.load(Relaxed),
        allocated: ALLOCATED.load(Relaxed),
        live: LIVE.load(Relaxed),
    };
    (tally, result)
}

fn note(grown: usize, shrunk: usize) {
    if COUNTING.load(Relaxed) {
        note_slow(grown, shrunk);
    }
}

#[cold]
fn note_slow(grown: usize, shrunk: usize) {
    if grown > 0 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        ALLOCATED.fetch_add(grown as u64, Relaxed);
    }
    LIVE.fetch_add(grown as i64 - shrunk as i64, Relaxed);
}

// SAFETY: each method forwards to `System` with the arguments it was given, and `System` keeps the contract of the
// trait; counting touches neither the block nor its layout.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller promises a layout of non-zero size, which is what `System::alloc` requires.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: as for `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(0, layout.size());
        // SAFETY: the caller promises that the block came from this allocator, thus from `System`, with this layout.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size, layout.size());
        // SAFETY: as for `dealloc`, and the caller promises that `size` is not zero and does not overflow.
        unsafe { System.realloc(block, layout, size) }
    }
}
