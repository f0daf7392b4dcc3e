//! How much memory something takes, by an allocator that counts for each thread and hands everything to the system's.

#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// Notes that this thread has taken and given back memory. A thread that is ending is not counted.
fn note(taken: usize, given_back: usize) {
    let _ = HELD.try_with(|held| {
        // No allocation is larger than `isize::MAX`; and memory taken on another thread may be given back on this one.
        held.set(held.get().wrapping_add(taken as isize));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
        held.set(held.get().wrapping_sub(given_back as isize));
    });
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        note(0, layout.size());
        // SAFETY: `ptr` came from `System` by way of `alloc` or `realloc` with this layout.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Counted as if it always moved.
        note(new_size, layout.size());
        // SAFETY: `ptr` came from `System` by way of `alloc` or `realloc` with this layout.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs something, and gives with its result the most bytes that this thread held meanwhile, beyond those it held before.
pub fn peak<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let value = run();
    (value, PEAK.get().wrapping_sub(before).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::peak;

    #[test]
    fn the_peak_is_what_was_held_at_once() {
        let (kept, seen) = peak(|| {
            drop(vec![0u8; 10_000]);
            vec![0u8; 500]
        });
        assert_eq!(seen, 10_000);
        drop(kept);
        assert_eq!(peak(|| ()).1, 0);
    }
}
