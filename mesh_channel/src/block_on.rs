//! Running a future on a thread that has nothing else to do.
//!
//! [`block_on`] polls, and between polls waits to be woken: first [looking](crate::spin) for a moment, then asleep. Its waker is a
//! flag and the thread to unpark; a thread makes one and keeps it, so that waiting allocates nothing.
//!
//! | flag | set by | means |
//! |---|---|---|
//! | `IDLE` | the thread, before it polls | not woken since |
//! | `WOKEN` | a waker | poll again |
//! | `ASLEEP` | the thread, from `IDLE` only | whoever wakes must unpark |

use crate::spin::Spin;
use crate::sync::{AtomicUsize, Ordering, Thread, current_thread, park};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

const IDLE: usize = 0;
const WOKEN: usize = 1;
const ASLEEP: usize = 2;

/// Runs a future on this thread until it is ready.
///
/// Any executor can run mesh's futures. This one is for threads that do one thing at a time, and is quick at it: while others are
/// about to wake it, it looks for that for some microseconds at most before it puts the thread to sleep. Calls may be nested. It
/// blocks the thread, so it is not for use inside of another executor's tasks.
///
/// # Panics
///
/// If the future does.
///
/// ```
/// let (tx, mut rx) = mesh_channel::channel();
/// std::thread::spawn(move || tx.send("hello"));
/// assert_eq!(mesh_channel::block_on(rx.recv()).unwrap(), "hello");
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    run(future, true)
}

/// As [`block_on`], for a caller that has looked already.
pub(crate) fn sleep_on<F: Future>(future: F) -> F::Output {
    run(future, false)
}

/// Runs a future; `looks` says whether to look before sleeping.
fn run<F: Future>(future: F, looks: bool) -> F::Output {
    let mut future = pin!(future);
    Kept::with(|seat| {
        let Seat { flag, waker, spin } = seat;
        let mut cx = Context::from_waker(waker);
        loop {
            // A swap and acquire: what was done before any wake that this wipes out is seen by the poll.
            flag.state.swap(IDLE, Ordering::Acquire);
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            let start = Instant::now();
            if !(looks && flag.look(spin)) {
                flag.sleep(spin, start);
            }
        }
    })
}

/// What a thread waits with.
struct Seat {
    flag: Arc<Flag>,
    waker: Waker,
    spin: Spin,
}

impl Seat {
    fn new() -> Self {
        let flag = Arc::new(Flag {
            state: AtomicUsize::new(IDLE),
            thread: current_thread(),
        });
        Self {
            waker: Waker::from(flag.clone()),
            flag,
            spin: Spin::new(),
        }
    }
}

/// Gives the thread's seat back to it, also when the future panics.
struct Kept(Option<Seat>);

#[cfg(not(loom))]
thread_local! {
    /// Empty while in use: a nested call makes a seat of its own.
    static SEAT: std::cell::Cell<Option<Seat>> = const { std::cell::Cell::new(None) };
}

impl Kept {
    fn with<R>(work: impl FnOnce(&mut Seat) -> R) -> R {
        // Not there any more while the thread's locals are being dropped; then one is made for the occasion.
        #[cfg(not(loom))]
        let kept = SEAT.try_with(std::cell::Cell::take).ok().flatten();
        #[cfg(loom)]
        let kept = None;
        let mut kept = Self(kept);
        work(kept.0.get_or_insert_with(Seat::new))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        #[cfg(not(loom))]
        {
            let seat = self.0.take();
            // The inner of two nested calls leaves its seat, and the outer one replaces it.
            let old = SEAT.try_with(|place| place.replace(seat));
            drop(old);
        }
    }
}

struct Flag {
    state: AtomicUsize,
    thread: Thread,
}

impl Flag {
    /// Looks whether it is woken soon.
    fn look(&self, spin: &mut Spin) -> bool {
        // Relaxed, as the swap before the next poll acquires.
        spin.look(|| self.state.load(Ordering::Relaxed) == WOKEN)
    }

    /// Sleeps until it is woken.
    fn sleep(&self, spin: &mut Spin, start: Instant) {
        // One of this and the swap in `wake_by_ref` is first in the order of changes: either that sees `ASLEEP`, or this `WOKEN`.
        let asleep =
            self.state
                .compare_exchange(IDLE, ASLEEP, Ordering::Relaxed, Ordering::Relaxed);
        if asleep.is_err() {
            return;
        }
        spin.sleep(start, || {
            // A park may end for no reason, or for an unpark that was meant for something else. Relaxed as above.
            while self.state.load(Ordering::Relaxed) != WOKEN {
                park();
            }
        });
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Release pairs with the acquire of the swap in `block_on`.
        if self.state.swap(WOKEN, Ordering::Release) == ASLEEP {
            self.thread.unpark();
        }
    }
}
