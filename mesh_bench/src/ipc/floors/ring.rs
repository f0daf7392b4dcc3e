//! Two byte rings in shared memory, one each way, with a futex as the doorbell.
//!
//! Each ring has one writer and one reader. `head` counts the bytes ever written and `tail` those ever read, both modulo
//! 2^32; the difference is what lies in the ring. Whoever is about to sleep says so in `reader_sleeps` or `writer_sleeps`
//! and looks again; whoever has moved a counter looks there after a fence, so one of the two sees the other. The writer
//! publishes its head each few kilobytes and when it flushes, the reader its tail when it has read a quarter of the ring, and
//! before it waits.
//!
//! This is a floor, between two processes that trust each other: counters are not checked, and the death of the other side
//! is not noticed. The memory stays mapped for as long as the process lives.

#![allow(unsafe_code)] // Shared memory is reached through raw pointers.

use std::hint::spin_loop;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::sync::atomic::{Ordering::SeqCst, fence};
use std::thread;
use std::time::Duration;

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::thread::futex;

use super::link::Link;

/// Bytes of a ring: a power of two, within the second-level cache.
const CAPACITY: u32 = 1 << 20;
/// Bytes before a ring's data.
const HEADER: usize = 4096;
const RING: usize = HEADER + CAPACITY as usize;
/// Bytes written before the reader is told, unless the writer flushes: telling costs a cache line that both want.
const UNPUBLISHED: u32 = 4096;
/// Turns of spinning before sleeping: some microseconds.
const TURNS: u32 = 2_000;
/// Turns after which nothing is being measured, and other rows need the core: some tens of milliseconds.
const IDLE_TURNS: u32 = 1 << 20;
/// How long one that spins is away from its core then.
const IDLE_NAP: Duration = Duration::from_micros(200);

/// How a side waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Sleeps at once.
    Sleep,
    /// Spins for a while first.
    SpinThenSleep,
    /// Never sleeps.
    Spin,
}

/// Which of the two processes this is: it decides which ring is written and which is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Second,
}

/// A counter on a cache line of its own.
#[repr(C, align(64))]
struct Line(AtomicU32);

#[repr(C)]
struct Header {
    head: Line,
    tail: Line,
    reader_sleeps: Line,
    writer_sleeps: Line,
}

/// One ring, and how far this side has come in it.
struct Half {
    header: &'static Header,
    data: *mut u8,
    /// The counter of this side, ahead of what is published.
    own: u32,
    /// The counter of the other side, as last seen.
    other: u32,
}

/// One process's end of both rings.
pub(crate) struct Ring {
    outgoing: Half,
    incoming: Half,
    patience: Patience,
    /// The head last published.
    published_head: u32,
    /// The tail last published.
    published_tail: u32,
}

/// Memory for two rings.
pub(crate) fn memory() -> io::Result<OwnedFd> {
    let memory = memfd_create("mesh_bench", MemfdFlags::CLOEXEC)?;
    ftruncate(&memory, 2 * RING as u64)?;
    Ok(memory)
}

impl Ring {
    /// Maps the memory.
    pub(crate) fn map(memory: BorrowedFd<'_>, side: Side, patience: Patience) -> io::Result<Self> {
        // SAFETY: a fresh mapping of a file that nobody truncates, at a place that the kernel picks.
        let base = unsafe {
            mmap(
                ptr::null_mut(),
                2 * RING,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                memory,
                0,
            )?
        }
        .cast::<u8>();
        let half = |index: usize| {
            // SAFETY: both rings lie within the mapping, whose length is `2 * RING`.
            let start = unsafe { base.add(index * RING) };
            Half {
                // SAFETY: the mapping is page-aligned, as is a ring within it; it is never unmapped; a header is made
                // of atomics only, for which any bytes are a value and which others may change.
                header: unsafe { &*start.cast::<Header>() },
                // SAFETY: the header ends within the ring.
                data: unsafe { start.add(HEADER) },
                own: 0,
                other: 0,
            }
        };
        let (outgoing, incoming) = match side {
            Side::First => (half(0), half(1)),
            Side::Second => (half(1), half(0)),
        };
        Ok(Self {
            outgoing,
            incoming,
            patience,
            published_head: 0,
            published_tail: 0,
        })
    }

    fn publish_head(&mut self) {
        self.published_head = self.outgoing.own;
        let header = self.outgoing.header;
        publish(
            &header.head.0,
            self.outgoing.own,
            &header.reader_sleeps.0,
            self.patience,
        );
    }

    fn publish_tail(&mut self) {
        self.published_tail = self.incoming.own;
        let header = self.incoming.header;
        publish(
            &header.tail.0,
            self.incoming.own,
            &header.writer_sleeps.0,
            self.patience,
        );
    }
}

/// Moves a counter, and wakes the other side if it sleeps on it. Both sides have the same patience.
fn publish(counter: &AtomicU32, value: u32, sleeps: &AtomicU32, patience: Patience) {
    // Pairs with the acquire in `await_change`.
    counter.store(value, Release);
    if patience == Patience::Spin {
        return;
    }
    // Between this side's store and load, as in `await_change` between that side's: one of the two sees the other.
    fence(SeqCst);
    if sleeps.load(Relaxed) != 0 && sleeps.swap(0, Relaxed) != 0 {
        let _ = futex::wake(counter, futex::Flags::empty(), 1);
    }
}

/// Waits until a counter is no longer what it was, and returns what it is.
fn await_change(counter: &AtomicU32, was: u32, sleeps: &AtomicU32, patience: Patience) -> u32 {
    let mut turns = 0_u32;
    loop {
        let now = counter.load(Acquire);
        if now != was {
            return now;
        }
        let spin = match patience {
            Patience::Sleep => false,
            Patience::SpinThenSleep => turns < TURNS,
            Patience::Spin => true,
        };
        if spin {
            turns = turns.saturating_add(1);
            if turns < IDLE_TURNS {
                spin_loop();
            } else {
                thread::sleep(IDLE_NAP);
            }
            continue;
        }
        sleeps.store(1, Relaxed);
        fence(SeqCst);
        if counter.load(Relaxed) == was {
            // Returns at once if the counter has moved meanwhile.
            let _ = futex::wait(counter, futex::Flags::empty(), was, None);
        }
        sleeps.store(0, Relaxed);
    }
}

impl Half {
    /// The bytes from a position on, up to the end of the ring or of `wanted`.
    fn stretch(&self, wanted: usize) -> (*mut u8, usize) {
        let offset = (self.own % CAPACITY) as usize;
        let length = wanted.min(CAPACITY as usize - offset);
        // SAFETY: the offset is less than the capacity, and the data of a ring is that long.
        (unsafe { self.data.add(offset) }, length)
    }
}

impl Link for Ring {
    fn send(&mut self, mut message: &[u8]) {
        let header = self.outgoing.header;
        while !message.is_empty() {
            let mut room = CAPACITY - self.outgoing.own.wrapping_sub(self.outgoing.other);
            if room == 0 {
                self.flush();
            }
            let half = &mut self.outgoing;
            if room == 0 {
                let full = half.other;
                half.other =
                    await_change(&header.tail.0, full, &header.writer_sleeps.0, self.patience);
                room = CAPACITY - half.own.wrapping_sub(half.other);
            }
            let (to, length) = half.stretch(message.len().min(room as usize));
            // SAFETY: `stretch` keeps within the ring; these bytes are the writer's until `head` covers them; the
            // message is this process's own memory.
            unsafe { ptr::copy_nonoverlapping(message.as_ptr(), to, length) };
            half.own = half.own.wrapping_add(length as u32);
            message = &message[length..];
            if half.own.wrapping_sub(self.published_head) >= UNPUBLISHED {
                self.publish_head();
            }
        }
    }

    fn flush(&mut self) {
        if self.published_head != self.outgoing.own {
            self.publish_head();
        }
    }

    fn receive(&mut self, message: &mut [u8]) -> bool {
        let header = self.incoming.header;
        let mut filled = 0;
        while filled < message.len() {
            if self.incoming.own == self.incoming.other {
                if self.published_tail != self.incoming.own {
                    self.publish_tail();
                }
                let half = &mut self.incoming;
                half.other = await_change(
                    &header.head.0,
                    half.own,
                    &header.reader_sleeps.0,
                    self.patience,
                );
            }
            let half = &mut self.incoming;
            let there = half.other.wrapping_sub(half.own) as usize;
            let (from, length) = half.stretch(there.min(message.len() - filled));
            let to = &mut message[filled..filled + length];
            // SAFETY: `stretch` keeps within the ring; these bytes are the reader's until `tail` passes them; `to` is
            // this process's own memory, of this length.
            unsafe { ptr::copy_nonoverlapping(from, to.as_mut_ptr(), length) };
            half.own = half.own.wrapping_add(length as u32);
            filled += length;
            if self.incoming.own.wrapping_sub(self.published_tail) >= CAPACITY / 4 {
                self.publish_tail();
            }
        }
        true
    }

    fn ready(&self) -> bool {
        self.incoming.own != self.incoming.other
    }
}
