//! Who drives: the I/O thread, or in its place a thread of the program that waits.
//!
//! It is whoever has the lock of the `turn`. As long as nobody else wants it that is the thread, which keeps it while it waits for
//! sources. When another thread has been turned away, it steps back after the next event: from then on it waits for the *gate*, an
//! `epoll` descriptor that has that of the sources in it, without the lock. Who drives closes the gate and opens it when leaving;
//! what happens meanwhile does not wake the thread. After a while without others it keeps the lock again.
//!
//! A thread that comes back again and again within microseconds leaves the gate closed, which spares it system calls, and the
//! links' thread being woken by what it will handle itself. A timer then opens the gate if it does not come back.
//!
//! | the thread waits for | gate | lock |
//! |---|---|---|
//! | sources | closed | its own |
//! | the gate | open | free |
//! | the gate | closed | another thread's, which waits for sources, or looks |
//! | the gate | closed, and the timer is set | free, or another thread's |
//!
//! What it keeps true: while the gate is closed and nobody has the lock, the timer is set.

use super::io_thread::{IoThread, NO_SOURCE, NO_TIME, TIMER, Token, Turn};
use super::{batch, process};
use mesh_node::driver::{Driver, Rounds};
use parking_lot::MutexGuard;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventFlags};
use std::hint;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

/// So many rounds in a row that no other thread wanted to drive, and the thread keeps the lock.
const ROUNDS_ALONE: u32 = 64;

/// A thread that comes back within this time, so often in a row, comes back again.
const SOON: Duration = Duration::from_micros(50);
const TIMES_SOON: u32 = 4;

/// How long the gate stays closed for a thread that may come back.
const HOLD: Duration = Duration::from_micros(250);

/// How often a thread that wants to drive looks whether the other is done.
const LOOKS: u32 = 64;

impl IoThread {
    /// The work of the I/O thread.
    pub(super) fn run(&self) {
        loop {
            self.drive_until_wanted();
            self.wait_at_the_gate();
        }
    }

    /// The thread keeps the lock.
    fn drive_until_wanted(&self) {
        let mut turn = self.turn.lock();
        self.set_gate(&mut turn, false);
        turn.lets_go = true;
        // Relaxed, as everywhere: who asked in vain does without.
        while !self.wanted.swap(false, Ordering::Relaxed) {
            let timeout = turn.timeout();
            self.round(&mut turn, timeout.as_ref());
        }
        turn.lets_go = false;
        self.set_gate(&mut turn, true);
    }

    /// Others may have the lock.
    fn wait_at_the_gate(&self) {
        let (mut alone, mut timeout) = (0, None::<Timespec>);
        while alone < ROUNDS_ALONE {
            let mut events = [const { MaybeUninit::uninit() }; 2];
            let waited = epoll::wait(&self.gate, &mut events[..], timeout.as_ref());
            let timed = waited.is_ok_and(|(events, _)| {
                let mut events = events.iter();
                events.any(|event| Token(event.data.u64()) == TIMER)
            });
            if timed {
                // Before it looks who has the lock. Who leaves looks at this after giving it back, and sets the timer again.
                self.held.store(false, Ordering::SeqCst);
            }
            let Some(mut turn) = self.turn.try_lock() else {
                // Who has it is about to close the gate, or has closed it.
                timeout = None;
                thread::yield_now();
                continue;
            };
            if timed && turn.left.is_some_and(|left| left.elapsed() < SOON) {
                // It may well come back.
                drop(turn);
                self.hold();
                continue;
            }
            self.set_gate(&mut turn, true);
            turn.lets_go = true;
            self.round(&mut turn, Some(&NO_TIME));
            turn.lets_go = false;
            timeout = turn.timeout();
            let wanted = self.wanted.swap(false, Ordering::Relaxed);
            alone = if wanted { 0 } else { alone + 1 };
        }
    }

    /// Whether the I/O thread is about to be done, or to let go.
    fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// Whether another thread wants to drive.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Whether the thread is woken for sources while it waits at the gate.
    fn set_gate(&self, turn: &mut Turn, open: bool) {
        if turn.open != open {
            turn.open = open;
            let mut events = EventFlags::empty();
            events.set(EventFlags::IN, open);
            // It fails only where the descriptor is not there, and it is.
            let _ = epoll::modify(&self.gate, &self.epoll, NO_SOURCE.data(), events);
        }
    }

    /// Has the timer open the gate, unless it will.
    fn hold(&self) {
        if !self.held.swap(true, Ordering::SeqCst) {
            self.set_timer(HOLD);
        }
    }
}

impl Driver for IoThread {
    fn drive(&self, is_woken: &dyn Fn() -> bool, work: &mut dyn FnMut(&mut dyn Rounds)) -> bool {
        if process::is_forked() {
            return false;
        }
        self.wanted.store(true, Ordering::Relaxed);
        let mut looks = 0;
        let turn = loop {
            match self.turn.try_lock() {
                Some(turn) => break turn,
                None if looks == LOOKS || is_woken() || !self.is_busy() => return false,
                None => hint::spin_loop(),
            }
            looks += 1;
        };
        // Sees to the gate, and then drops the lock, also if a waker of the caller panics.
        work(&mut Driving::begin(self, turn));
        true
    }

    fn interrupt(&self) {
        // It fails only when it has been written to 2^64 times.
        let _ = rustix::io::write(&self.interrupt, &1u64.to_ne_bytes());
    }

    fn flush(&self) {
        batch::flush();
    }
}

/// A thread that drives in place of the I/O thread.
struct Driving<'a> {
    io: &'a IoThread,
    /// Taken out when it leaves.
    turn: Option<MutexGuard<'a, Turn>>,
}

impl<'a> Driving<'a> {
    fn begin(io: &'a IoThread, mut turn: MutexGuard<'a, Turn>) -> Self {
        let soon = turn.left.is_some_and(|left| left.elapsed() < SOON);
        turn.returns = if soon { turn.returns + 1 } else { 0 };
        io.set_gate(&mut turn, false);
        Self {
            io,
            turn: Some(turn),
        }
    }
}

impl Rounds for Driving<'_> {
    fn look(&mut self) -> bool {
        let Some(turn) = &mut self.turn else {
            return false;
        };
        let any = self.io.round(turn, Some(&NO_TIME));
        if !any {
            self.io.call_full(turn);
        }
        any
    }

    fn sleep(&mut self) {
        if let Some(turn) = &mut self.turn {
            let timeout = turn.timeout();
            self.io.round(turn, timeout.as_ref());
        }
    }
}

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        let Self { io, turn } = self;
        let Some(mut turn) = turn.take() else { return };
        turn.left = Some(Instant::now());
        if !turn.timers.is_empty() {
            // The thread does not know of them yet.
            io.set_gate(&mut turn, true);
            io.interrupt();
        } else if turn.returns < TIMES_SOON {
            io.set_gate(&mut turn, true);
        } else {
            drop(turn);
            io.hold();
        }
    }
}
