//! The thread of a process that does what its links cannot do in the threads of their users.
//!
//! It starts with the first link and stays. All signals are blocked in it. It waits on an `epoll` descriptor; registering and
//! re-arming are done on that descriptor from any thread, so it needs no other way to be woken. It is the only thread that
//! calls sinks, and a panic that reaches it ends the call, not the thread.
//!
//! What it keeps true: a source is called by this thread only, one call at a time; a token is never used twice, so that an event
//! which is late finds nothing. Lock order: none; the table's lock is never held while a source runs.

use super::process;
use crate::delivery::drop_quietly;
use crate::packet::PACKET_BYTES;
use parking_lot::Mutex;
use rustix::event::epoll::{self, EventData, EventFlags};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use thiserror::Error;

/// How many events are fetched at once.
const EVENTS: usize = 64;

/// What the thread calls when a descriptor is ready.
pub(super) trait Source: Send + Sync {
    /// Does what can be done without waiting.
    fn ready(self: Arc<Self>, events: EventFlags, turn: &mut Turn);
}

/// What the thread lends to a source for the time of a call.
#[derive(Debug)]
pub(super) struct Turn {
    /// Room for one packet more than any may be long, so that a longer one shows.
    pub(super) scratch: Vec<u8>,
    timers: BinaryHeap<Reverse<(Instant, Token)>>,
}

impl Turn {
    /// Calls the source of this token after some time, with no events.
    pub(super) fn call_later(&mut self, token: Token, delay: Duration) {
        self.timers.push(Reverse((Instant::now() + delay, token)));
    }
}

/// Names a registered source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Token(u64);

/// The thread, seen from others.
pub(super) struct IoThread {
    epoll: OwnedFd,
    sources: Mutex<HashMap<Token, Arc<dyn Source>>>,
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
        let this = Box::new(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            sources: Mutex::new(HashMap::new()),
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
        let data = EventData::new_u64(token.0);
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
        let data = EventData::new_u64(token.0);
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

    fn run(&self) {
        let mut events = Vec::with_capacity(EVENTS);
        let mut turn = Turn {
            scratch: vec![0; PACKET_BYTES + 1],
            timers: BinaryHeap::new(),
        };
        loop {
            events.clear();
            let timeout = turn.timers.peek().map(|Reverse((when, _))| {
                let left = when.saturating_duration_since(Instant::now());
                rustix::event::Timespec {
                    tv_sec: left.as_secs() as i64,
                    tv_nsec: i64::from(left.subsec_nanos()),
                }
            });
            let buffer = rustix::buffer::spare_capacity(&mut events);
            if epoll::wait(&self.epoll, buffer, timeout.as_ref()).is_err() {
                // Only a stop and continue of the process interrupts the wait: signals are blocked.
                thread::yield_now();
                continue;
            }
            for event in &events {
                self.call(Token(event.data.u64()), event.flags, &mut turn);
            }
            self.call_due(&mut turn);
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
