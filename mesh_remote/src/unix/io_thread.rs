//! The thread of a process that does what its links cannot do in the threads of their users.
//!
//! It starts with the first link and stays. All signals are blocked in it. It waits on an `epoll` descriptor, on which sources are
//! registered and re-armed from any thread. A thread of the program that waits for a message may *drive* in its place
//! (see [`driving`](super::driving)). A panic that reaches either ends the call, not the thread.
//!
//! What it keeps true: one thread at a time calls sources, one call at a time; a token is never used twice, so that an event
//! which is late finds nothing. Lock order: the turn, then nothing; the table's lock is never held while a source runs.

use super::process;
use crate::delivery::drop_quietly;
use crate::packet::PACKET_BYTES;
use mesh_node::driver;
use parking_lot::Mutex;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use thiserror::Error;

/// How many events are fetched at once.
const EVENTS: usize = 64;

pub(super) const NO_TIME: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// What the thread, or another in its place, calls when a descriptor is ready.
pub(super) trait Source: Send + Sync {
    /// Does what can be done without waiting.
    fn ready(self: Arc<Self>, events: EventFlags, turn: &mut Turn);
}

/// What is lent to a source for the time of a call.
#[derive(Debug)]
pub(super) struct Turn {
    /// Room for one packet more than any may be long, so that a longer one shows.
    pub(super) scratch: Vec<u8>,
    /// Memory for a frame that comes in pieces.
    pub(super) frame: Vec<u8>,
    /// Whether the gate is open.
    pub(super) open: bool,
    /// When another thread last stopped driving, and how often in a row one had come back soon.
    pub(super) left: Option<Instant>,
    pub(super) returns: u32,
    /// Whether the I/O thread drives, which lets others go first.
    pub(super) lets_go: bool,
    pub(super) timers: BinaryHeap<Reverse<(Instant, Token)>>,
}

impl Turn {
    /// Calls the source of this token after some time, with no events.
    pub(super) fn call_later(&mut self, token: Token, delay: Duration) {
        self.timers.push(Reverse((Instant::now() + delay, token)));
    }

    /// How long until the next source is to be called, if one is.
    pub(super) fn timeout(&self) -> Option<Timespec> {
        self.timers.peek().map(|Reverse((when, _))| {
            let left = when.saturating_duration_since(Instant::now());
            Timespec {
                tv_sec: left.as_secs() as i64,
                tv_nsec: i64::from(left.subsec_nanos()),
            }
        })
    }
}

/// That of `interrupt`, and of `epoll` in the gate; no source has it.
pub(super) const NO_SOURCE: Token = Token(u64::MAX);

/// That of `timer`, among the sources and in the gate.
pub(super) const TIMER: Token = Token(u64::MAX - 1);

/// How long what is put off may wait.
const LATE_AFTER: Duration = Duration::from_micros(200);

/// Names a registered source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Token(pub(super) u64);

impl Token {
    pub(super) const fn data(self) -> EventData {
        EventData::new_u64(self.0)
    }
}

/// The thread, seen from others.
pub(super) struct IoThread {
    /// Has the sources, and `interrupt`.
    pub(super) epoll: OwnedFd,
    /// Has `epoll`.
    pub(super) gate: OwnedFd,
    /// Ends the sleep of who drives. It is never read: each write is an event.
    pub(super) interrupt: OwnedFd,
    /// Opens the gate when nobody has come back, and ends what was put off: both have it. Nor is it ever read. To set it for one
    /// may delay it for the other, once.
    timer: OwnedFd,
    /// Whether the timer is set for the gate.
    pub(super) held: AtomicBool,
    /// What was put off since the timer was set for that.
    late: Mutex<Vec<Token>>,
    pub(super) turn: Mutex<Turn>,
    /// Whether another thread has driven, or wanted to, of late.
    pub(super) wanted: AtomicBool,
    /// Whether the I/O thread is in the middle of a round.
    pub(super) busy: AtomicBool,
    sources: Mutex<BTreeMap<Token, Arc<dyn Source>>>,
    next: AtomicU64,
    process: u32,
}

/// Why the thread cannot be used.
#[derive(Debug, Error)]
pub(super) enum Unavailable {
    #[error("this process was forked from one that has links")]
    Forked,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The thread of this process, which is started if need be.
pub(super) fn io_thread() -> Result<&'static IoThread, Unavailable> {
    static THREAD: Mutex<Option<&'static IoThread>> = Mutex::new(None);
    if process::is_forked() {
        return Err(Unavailable::Forked);
    }
    let mut thread = THREAD.lock();
    let thread = match *thread {
        Some(thread) => thread,
        None => *thread.insert(IoThread::start()?),
    };
    // A child made by a bare `clone` runs no fork handler.
    if thread.process == std::process::id() {
        Ok(thread)
    } else {
        Err(Unavailable::Forked)
    }
}

impl IoThread {
    fn start() -> io::Result<&'static Self> {
        process::watch_forks()?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let gate = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let interrupt = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&gate, &epoll, NO_SOURCE.data(), EventFlags::empty())?;
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &interrupt, NO_SOURCE.data(), flags)?;
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
        )?;
        epoll::add(&gate, &timer, TIMER.data(), flags)?;
        epoll::add(&epoll, &timer, TIMER.data(), flags)?;
        let this = Box::new(Self {
            epoll,
            gate,
            interrupt,
            timer,
            held: AtomicBool::new(false),
            late: Mutex::new(Vec::new()),
            turn: Mutex::new(Turn {
                scratch: vec![0; PACKET_BYTES + 1],
                frame: Vec::new(),
                open: false,
                left: None,
                returns: 0,
                lets_go: false,
                timers: BinaryHeap::new(),
            }),
            wanted: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            sources: Mutex::new(BTreeMap::new()),
            next: AtomicU64::new(0),
            process: std::process::id(),
        });
        let (give, given) = mpsc::sync_channel::<&'static Self>(1);
        process::without_signals(|| {
            thread::Builder::new()
                .name("mesh-io".to_owned())
                .spawn(move || {
                    if let Ok(this) = given.recv() {
                        this.run();
                    }
                })
        })??;
        // It stays from here on. Had there been no thread to be had, the descriptor would be closed now.
        let this: &'static Self = Box::leak(this);
        give.send(this).map_err(io::Error::other)?;
        driver::set(this);
        Ok(this)
    }

    /// A token for a source to be.
    pub(super) fn token(&self) -> Token {
        // Relaxed: nothing but its uniqueness is asked of it.
        Token(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Has a source called whenever something is to be read from a descriptor.
    pub(super) fn register(
        &self,
        token: Token,
        descriptor: impl AsFd,
        source: Arc<dyn Source>,
    ) -> io::Result<()> {
        self.sources.lock().insert(token, source);
        let data = token.data();
        let added = epoll::add(&self.epoll, descriptor, data, EventFlags::IN);
        if added.is_err() {
            let source = self.sources.lock().remove(&token);
            drop(source);
        }
        Ok(added?)
    }

    /// Changes what a source is called for. An end of file from both sides always is.
    ///
    /// In a forked child it does nothing, and nor does [`remove`](Self::remove): the `epoll` descriptor is the parent's too.
    pub(super) fn rearm(&self, token: Token, descriptor: impl AsFd, events: EventFlags) {
        if process::is_forked() {
            return;
        }
        let data = token.data();
        // It fails only where the descriptor is not registered: the link has ended in the meantime.
        let _ = epoll::modify(&self.epoll, descriptor, data, events);
    }

    /// Forgets a source. A call of it may be under way.
    pub(super) fn remove(&self, token: Token, descriptor: impl AsFd) {
        if process::is_forked() {
            return;
        }
        // The descriptor is taken out by hand, for a forked child may keep it open.
        let _ = epoll::delete(&self.epoll, descriptor);
        let source = self.sources.lock().remove(&token);
        drop(source);
    }

    /// Calls the sources that are ready, or will be within some time, and those whose time has come. Whether any was ready.
    pub(super) fn round(&self, turn: &mut Turn, timeout: Option<&Timespec>) -> bool {
        let mut events = [const { MaybeUninit::uninit() }; EVENTS];
        let Ok((events, _)) = epoll::wait(&self.epoll, &mut events[..], timeout) else {
            // A signal: then this was in a thread of the program, or the process was stopped and goes on.
            thread::yield_now();
            return false;
        };
        let any = !events.is_empty();
        let busy = turn.lets_go && any;
        if busy {
            self.busy.store(true, Ordering::Relaxed);
        }
        for event in events {
            match Token(event.data.u64()) {
                NO_SOURCE => {}
                TIMER => self.call_late(turn),
                token => self.call(token, event.flags, turn),
            }
        }
        self.call_due(turn);
        if busy {
            self.busy.store(false, Ordering::Relaxed);
        }
        any
    }

    /// Calls the source of this token before long, with no events.
    pub(super) fn flush_later(&self, token: Token) {
        let mut late = self.late.lock();
        if late.last() != Some(&token) {
            late.push(token);
        }
        if late.len() == 1 {
            self.set_timer(LATE_AFTER);
        }
    }

    /// Has the timer be ready once, after less than a second.
    pub(super) fn set_timer(&self, after: Duration) {
        let after = Itimerspec {
            it_interval: NO_TIME,
            it_value: Timespec {
                tv_sec: 0,
                tv_nsec: i64::from(after.subsec_nanos()),
            },
        };
        // It fails only for times that are none.
        let _ = timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &after);
    }

    fn call_late(&self, turn: &mut Turn) {
        let late = std::mem::take(&mut *self.late.lock());
        for token in late {
            self.call(token, EventFlags::empty(), turn);
        }
    }

    fn call_due(&self, turn: &mut Turn) {
        if turn.timers.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(Reverse((when, token))) = turn.timers.peek().copied() {
            if when > now {
                break;
            }
            turn.timers.pop();
            self.call(token, EventFlags::empty(), turn);
        }
    }

    fn call(&self, token: Token, events: EventFlags, turn: &mut Turn) {
        let source = self.sources.lock().get(&token).cloned();
        if let Some(source) = source {
            // Sinks are contained one by one; this is for what is left, such as the drop of a sink's link.
            let called = catch_unwind(AssertUnwindSafe(|| source.ready(events, turn)));
            if let Err(panic) = called {
                drop_quietly(panic);
            }
        }
    }
}
