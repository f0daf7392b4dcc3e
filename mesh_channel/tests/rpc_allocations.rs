//! What a call costs in process: one allocation, for the way back.
//!
//! A file of its own, since it replaces the allocator of its whole process. Counting is by thread, so that what the test harness
//! does meanwhile does not matter.

#![allow(unsafe_code, reason = "an allocator cannot be implemented without")]

use futures::FutureExt;
use mesh_channel::channel;
use mesh_channel::rpc::{Rpc, RpcSend};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is left to the system's allocator; the counter is constant-initialised and has no destructor, so it does
// not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: likewise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_call_in_process_costs_one_allocation() {
    let (tx, mut rx) = channel();
    let mut one = || {
        let before = ALLOCATIONS.get();
        let answer = tx.call(|rpc: Rpc<u64, u64>| rpc, 5);
        let rpc = rx.recv().now_or_never().unwrap().unwrap();
        rpc.handle(async |n| n + 1).now_or_never().unwrap();
        assert_eq!(answer.now_or_never().unwrap().unwrap(), 6);
        ALLOCATIONS.get() - before
    };
    // The first ones allocate the channel's queue.
    for _ in 0..100 {
        one();
    }
    assert_eq!([one(), one(), one()], [1, 1, 1]);
}
