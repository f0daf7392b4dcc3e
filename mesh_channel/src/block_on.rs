//! Running a future on a thread that has nothing else to do.
//!
//! [`block_on`] polls, and between polls waits to be woken: first [looking](crate::spin) for a moment, then asleep. Its waker is a
//! flag and the thread to unpark; a thread makes one and keeps it, so that waiting allocates nothing.
//!
//! Where the process has links, a thread that waits [drives](mesh_node::driver) them meanwhile, unless another does: what
//! arrives for it then needs no other thread. What it sends between two waits goes out before it waits, at the latest.
//!
//! | flag | set by | means |
//! |---|---|---|
//! | `IDLE` | the thread, before it polls | not woken since |
//! | `WOKEN` | a waker | poll again |
//! | `ASLEEP` | the thread, from `IDLE` only | whoever wakes must unpark |
//! | `DRIVING` | the thread, from `IDLE` only | whoever wakes must interrupt, unless it is that thread |

use crate::spin::Spin;
use crate::sync::{AtomicBool, AtomicUsize, Ordering, Thread, current_thread, park};
use mesh_node::driver::{self, Driver, Rounds};
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

const IDLE: usize = 0;
const WOKEN: usize = 1;
const ASLEEP: usize = 2;
const DRIVING: usize = 3;

/// Runs a future on this thread until it is ready.
///
/// Any executor can run mesh's futures. This one is for threads that do one thing at a time, and is quick at it: while others are
/// about to wake it, it looks for that for some microseconds at most before it puts the thread to sleep. Calls may be nested. It
/// blocks the thread, so it is not for use inside of another executor's tasks.
///
/// In a process with links to others it handles what they bring while it waits, wakers of other tasks included. What the future sends
/// to other processes in quick succession may go out together, when it waits: at the latest 200 µs later, should it do something
/// else instead, or take long.
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
        let waker = seat.waker.clone();
        let mut cx = Context::from_waker(&waker);
        loop {
            // A swap and acquire: what was done before any wake that this wipes out is seen by the poll.
            seat.flag.state.swap(IDLE, Ordering::Acquire);
            if let Poll::Ready(output) = driver::polling(|| future.as_mut().poll(&mut cx)) {
                return output;
            }
            seat.wait(looks);
        }
    })
}

/// What a thread waits with.
struct Seat {
    flag: Arc<Flag>,
    waker: Waker,
    /// For what comes from this process.
    spin: Spin,
    /// For what comes by links.
    link_spin: Spin,
}

impl Seat {
    fn new() -> Self {
        let flag = Arc::new(Flag {
            state: AtomicUsize::new(IDLE),
            thread: current_thread(),
            mark: mark(),
            by_itself: AtomicBool::new(false),
        });
        Self {
            waker: Waker::from(flag.clone()),
            flag,
            spin: Spin::new(),
            link_spin: Spin::new(),
        }
    }

    /// Returns when it is woken, or sooner.
    fn wait(&mut self, looks: bool) {
        let start = Instant::now();
        if let Some(driver) = links() {
            if looks && self.flag.glance(&mut self.spin) {
                return;
            }
            let flag = self.flag.clone();
            // Relaxed, as in `look`.
            let is_woken = || flag.state.load(Ordering::Relaxed) == WOKEN;
            if driver.drive(&is_woken, &mut |rounds| self.drive(rounds, start)) {
                return;
            }
        } else if looks && self.flag.look(&mut self.spin, start) {
            return;
        }
        self.flag.sleep(&mut self.spin, start);
    }

    /// Handles what comes by links until it is woken.
    fn drive(&mut self, rounds: &mut dyn Rounds, since: Instant) {
        let Self {
            flag,
            spin,
            link_spin,
            ..
        } = self;
        let start = Instant::now();
        // Relaxed, as in `look`.
        let is_woken = || flag.state.load(Ordering::Relaxed) == WOKEN;
        // As long as there is traffic it looks on: what it waits for comes that way.
        while link_spin.look(Instant::now(), || rounds.look() || is_woken()) {
            if is_woken() {
                return;
            }
        }
        if !flag.leave_idle(DRIVING) {
            return;
        }
        let asleep = Instant::now();
        while !is_woken() {
            rounds.sleep();
            while !is_woken() && link_spin.look(Instant::now(), || rounds.look() || is_woken()) {}
        }
        // Who woke it tells where to look for longer. Relaxed: a hint.
        let slept = asleep.elapsed();
        if flag.by_itself.swap(false, Ordering::Relaxed) {
            link_spin.learn(asleep - start, slept);
        } else {
            spin.learn(start - since, slept);
        }
    }
}

/// The driver of this process's links. Under loom there are none.
fn links() -> Option<&'static dyn Driver> {
    if cfg!(loom) { None } else { driver::get() }
}

/// Whether a thread that waits has links to drive.
pub(crate) fn has_links() -> bool {
    links().is_some()
}

/// A number that no other living thread has.
fn mark() -> usize {
    thread_local! {
        static MARK: Cell<u8> = const { Cell::new(0) };
    }
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

/// Gives the thread's seat back to it, also when the future panics.
struct Kept(Option<Seat>);

#[cfg(not(loom))]
thread_local! {
    /// Empty while in use: a nested call makes a seat of its own.
    static SEAT: Cell<Option<Seat>> = const { Cell::new(None) };
}

impl Kept {
    fn with<R>(work: impl FnOnce(&mut Seat) -> R) -> R {
        // Not there any more while the thread's locals are being dropped; then one is made for the occasion.
        #[cfg(not(loom))]
        let kept = SEAT.try_with(Cell::take).ok().flatten();
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
    /// That of the thread.
    mark: usize,
    /// Whether it was woken by what it handled itself while driving.
    by_itself: AtomicBool,
}

impl Flag {
    /// Looks whether it is woken soon.
    fn look(&self, spin: &mut Spin, start: Instant) -> bool {
        // Relaxed, as the swap before the next poll acquires.
        spin.look(start, || self.state.load(Ordering::Relaxed) == WOKEN)
    }

    /// As [`look`](Self::look), for a thread that goes on looking elsewhere.
    fn glance(&self, spin: &mut Spin) -> bool {
        spin.glance(|| self.state.load(Ordering::Relaxed) == WOKEN)
    }

    /// From here on whoever wakes finds this state. Not if it is woken already.
    fn leave_idle(&self, state: usize) -> bool {
        // One of this and the swap in `wake_by_ref` is first in the order of changes: either that sees the state, or this `WOKEN`.
        (self.state)
            .compare_exchange(IDLE, state, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Sleeps until it is woken.
    fn sleep(&self, spin: &mut Spin, start: Instant) {
        if !self.leave_idle(ASLEEP) {
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
        match self.state.swap(WOKEN, Ordering::Release) {
            ASLEEP => self.thread.unpark(),
            // Relaxed: it is read by this very thread.
            DRIVING if self.mark == mark() => self.by_itself.store(true, Ordering::Relaxed),
            DRIVING => links().into_iter().for_each(Driver::interrupt),
            _ => {}
        }
    }
}
