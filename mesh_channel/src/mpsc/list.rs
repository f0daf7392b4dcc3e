//! The queue of a channel: a list of blocks that many producers append to and one consumer takes from.
//!
//! # How it works
//!
//! Messages are numbered. `tail` is the number of the next one, shifted left to make room for four flags. A producer takes a lock of
//! one byte, moves its value into the next slot, stores the number after it, and unlocks: so everything below the
//! tail's number is there, and a slot needs no word of its own that says so. The consumer takes no lock to receive. It reads the
//! tail when it has taken all that it knows of, and from then on looks at nothing but slots and links, which the producers have
//! left behind. So taking a value writes nothing that producers read, and while there is a queue the two sides meet once for many
//! messages.
//!
//! The flags live in `tail` because a producer has to look at it anyway, and so learns of them for nothing:
//!
//! | flag | set by | means |
//! |---|---|---|
//! | `SEALED` | the consumer | nothing is ever appended again; ask the side state where messages go |
//! | `WAITING` | the consumer, while there is nothing to take | its waker is in place; whoever appends takes it out and wakes |
//! | `FINISHED` | the last producer, as it goes | no producer is left |
//! | `WATCHED` | anyone | the side state has something in it, and wants to hear when either end goes |
//!
//! # The lock
//!
//! Between lock and unlock lie a move of the value and a few words: no call, no allocation, nobody else's code. Whoever finds it
//! locked spins for that long, which is seldom more than some nanoseconds; if the holder was interrupted right there, it gives
//! its core away, and after that [sleeps](Backoff) a little each time, so that a holder of lower priority gets to finish.
//! What a producer needs beyond that, a new block, is made without the lock.
//!
//! It is a byte beside the tail and not a bit in it, as a processor swaps a byte in two thirds of the time in which it sets a bit and
//! tells what that was.
//!
//! Values of more than 256 bytes are copied after unlocking, so that producers copy at the same time: the lock then only gives out the
//! slot. The number is published before the value is there, so such a slot has a flag, for which the consumer waits as one waits for
//! the lock.
//!
//! # What keeps it sound
//!
//! 1. **Holders.** `Inner` lives while `holders` is above zero. The consumer is a holder, each [`Observer`] is, and all
//!    producers together are one for as long as there is one of them.
//! 2. **The lock.** `end`, `room` and `waker` are accessed, and `tail` is changed, only by the one who set `locked` and has not cleared
//!    it yet. Setting it acquires, clearing it releases.
//! 3. **Publication.** A slot is written once: under the lock, before the tail's number goes beyond it; or, if it has a flag, by the
//!    one who let the number go beyond it, who then sets the flag (release). The consumer takes only what is below a number it has
//!    read (acquire), and flagged (acquire) if there are flags.
//! 4. **Blocks.** `end` is the block of the next number, or the full block before that, and `room` the slots left in it. A block
//!    is linked in the same hold of the lock as its first number is published. So when the consumer has taken a value of a block, no
//!    producer will touch the blocks before that; and when there is nothing to take from a sealed queue, the consumer's block
//!    is `end`.
//! 5. **One consumer.** There is one [`Consumer`] for one `Inner`, and only `&mut` to it takes values.
//! 6. **The waker** is in its place while `WAITING` is set, and not otherwise.
//!
//! The queue is unbounded: it is the channel's promise that `send` never waits for the receiver. On 32-bit machines numbers wrap
//! around after 2²⁸ messages, so that many must not be queued at a time; they would not fit into memory, unless they have no size.

#![allow(unsafe_code)]

mod consumer;
mod producer;

pub(super) use consumer::{Consumer, Pop};
pub(super) use producer::Producer;

use super::block::{Block, Embedded};
use crate::sync::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Backoff, Ordering, UnsafeCell};
use std::mem::MaybeUninit;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::{self, NonNull};
use std::task::Waker;

const SEALED: usize = 1;
const WAITING: usize = 2;
const FINISHED: usize = 4;
const WATCHED: usize = 8;
const FLAGS: usize = ONE - 1;
const SHIFT: u32 = 4;
/// One number, in `tail`.
const ONE: usize = 1 << SHIFT;

/// What stands beside the queue in the same allocation, and is told of what happens to it.
pub(super) trait Side {
    /// The last producer went from a queue that had been sealed by then, and was watched.
    fn finished(&self);
}

/// Makes a queue with one producer and its consumer.
#[inline]
pub(super) fn queue<T, S: Side, M: Default>(side: S) -> (Producer<T, S>, Consumer<T, S, M>) {
    // Made in its place: moving it there would cost as much as the allocation.
    let place = Box::leak(Box::<Inner<T, S>>::new_uninit());
    let inner = NonNull::from(place).cast::<Inner<T, S>>();
    let embedded = Inner::embedded(inner);
    let made = Inner {
        tail: AtomicUsize::new(ONE),
        end: UnsafeCell::new(embedded),
        room: UnsafeCell::new(Embedded::<T>::SLOTS),
        locked: AtomicBool::new(false),
        producers: AtomicU32::new(1),
        holders: AtomicU32::new(2),
        spare: AtomicPtr::new(ptr::null_mut()),
        waker: UnsafeCell::new(MaybeUninit::uninit()),
        side,
        embedded: Embedded::new(),
    };
    // SAFETY: just allocated for it, and shown to nobody.
    unsafe { inner.write(made) };
    let consumer = Consumer::new(Observer { inner }, embedded);
    (Producer { inner }, consumer)
}

/// In this order, so that what producers use for each message is in one place.
#[repr(C)]
struct Inner<T, S> {
    /// The next number, shifted by `SHIFT`, and the flags.
    tail: AtomicUsize,
    /// See invariant 4.
    end: UnsafeCell<*mut Block<T>>,
    /// How many slots of `end` are left.
    room: UnsafeCell<u8>,
    /// See invariant 2.
    locked: AtomicBool,
    /// How many producers there are.
    producers: AtomicU32,
    /// How many holders there are (invariant 1).
    holders: AtomicU32,
    /// An empty large block for whoever needs the next one.
    spare: AtomicPtr<Block<T>>,
    /// The waiting consumer's (invariant 6).
    waker: UnsafeCell<MaybeUninit<Waker>>,
    side: S,
    /// The first block.
    embedded: Embedded<T>,
}

impl<T, S> Inner<T, S> {
    /// The first block, by a pointer that reaches its slots as well.
    #[inline]
    fn embedded(inner: NonNull<Self>) -> *mut Block<T> {
        // SAFETY: a place within what `inner` points to, which is allocated.
        unsafe { &raw mut (*inner.as_ptr()).embedded.block }
    }

    /// Takes the lock, and gives the tail.
    #[inline]
    fn lock(&self) -> usize {
        if !self.try_lock() {
            self.lock_contended();
        }
        self.tail.load(Ordering::Relaxed)
    }

    #[cold]
    fn lock_contended(&self) {
        let mut backoff = Backoff::default();
        loop {
            backoff.wait();
            if !self.locked.load(Ordering::Relaxed) && self.try_lock() {
                return;
            }
        }
    }

    /// Takes the lock unless it is taken.
    #[inline]
    fn try_lock(&self) -> bool {
        // A load and a compare-and-swap would fetch the cache line twice from another core. When this fails, it writes what is there
        // already; loom does not see that the unlocking comes after that, and would have us wait for ever.
        #[cfg(not(loom))]
        return !self.locked.swap(true, Ordering::Acquire);
        #[cfg(loom)]
        return (self.locked)
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_ok();
    }

    /// Gives the lock back; the tail from now on is `tail`.
    #[inline]
    fn unlock(&self, tail: usize) {
        // Release pairs with the acquire of the consumer that reads the number.
        self.tail.store(tail, Ordering::Release);
        self.give_back();
    }

    /// Gives the lock back, with the tail as it was.
    #[inline]
    fn give_back(&self) {
        // Release pairs with the acquire of the next lock.
        self.locked.store(false, Ordering::Release);
    }

    /// Sets flags, and gives the tail before.
    fn flag(&self, flags: usize) -> usize {
        let tail = self.lock();
        self.unlock(tail | flags);
        tail
    }

    /// Takes the waker out, if `tail` says that it is there.
    ///
    /// # Safety
    /// The lock is taken by the caller, who clears `WAITING` when unlocking it, or is alone.
    #[inline]
    unsafe fn take_waker(&self, tail: usize) -> Option<Waker> {
        if tail & WAITING == 0 {
            return None;
        }
        let take = |place: *const MaybeUninit<Waker>| {
            // SAFETY: the flag says that it is there (invariant 6), and the caller sees to it that it is not read again.
            unsafe { place.cast::<Waker>().read() }
        };
        Some(self.waker.with(take))
    }

    /// Keeps a large block that nobody uses for the next in need of one.
    #[cold]
    fn keep_spare(&self, block: *mut Block<T>) {
        let old = self.spare.swap(block, Ordering::AcqRel);
        if !old.is_null() {
            // SAFETY: large, as all that go there, and the swap took it out of the only place that named it.
            unsafe { Block::free(old, Block::<T>::LARGE) };
        }
    }
}

impl<T, S> Drop for Inner<T, S> {
    #[inline]
    fn drop(&mut self) {
        // The consumer has taken every value, and has freed the block it was in.
        let spare = self.spare.load(Ordering::Relaxed);
        if !spare.is_null() {
            // SAFETY: no holder is left (invariant 1), so nobody else names the block.
            unsafe { Block::free(spare, Block::<T>::LARGE) };
        }
        let tail = self.tail.load(Ordering::Relaxed);
        // SAFETY: nobody else is left.
        drop(unsafe { self.take_waker(tail) });
    }
}

/// A holder of the queue: neither sends nor receives.
pub(super) struct Observer<T, S> {
    inner: NonNull<Inner<T, S>>,
}

// SAFETY: see `Producer`; an observer may be the one that frees the queue.
unsafe impl<T: Send, S: Send + Sync> Send for Observer<T, S> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send, S: Send + Sync> Sync for Observer<T, S> {}
impl<T, S> UnwindSafe for Observer<T, S> {}
impl<T, S> RefUnwindSafe for Observer<T, S> {}

impl<T, S> Observer<T, S> {
    #[inline]
    fn inner(&self) -> &Inner<T, S> {
        // SAFETY: an observer is a holder (invariant 1).
        unsafe { self.inner.as_ref() }
    }

    /// The state beside the queue.
    #[inline]
    pub(super) fn side(&self) -> &S {
        &self.inner().side
    }

    /// True once no producer is left.
    pub(super) fn is_finished(&self) -> bool {
        self.inner().tail.load(Ordering::Acquire) & FINISHED != 0
    }

    /// True if both are holders of one queue.
    pub(super) fn same_queue(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    /// Makes a producer, unless none is left: then there will be none again.
    pub(super) fn produce(&self) -> Option<Producer<T, S>>
    where
        S: Side,
    {
        let producers = &self.inner().producers;
        let mut count = producers.load(Ordering::Relaxed);
        loop {
            assert!(count < u32::MAX / 2, "too many senders of one channel");
            if count == 0 {
                return None;
            }
            // Relaxed, as in the clone of a producer: that there is one keeps the producers' holder there.
            match producers.compare_exchange_weak(
                count,
                count + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(Producer { inner: self.inner }),
                Err(now) => count = now,
            }
        }
    }

    /// True if this is the only holder, and so has the queue to itself.
    #[inline]
    fn is_alone(&self) -> bool {
        // Only holders make holders. Acquire pairs with the release by which the others left.
        self.inner().holders.load(Ordering::Acquire) == 1
    }
}

impl<T, S> Clone for Observer<T, S> {
    fn clone(&self) -> Self {
        let before = self.inner().holders.fetch_add(1, Ordering::Relaxed);
        // The count cannot wrap before two thousand million handles have been leaked.
        assert!(before < u32::MAX / 2, "too many holds on one channel");
        Self { inner: self.inner }
    }
}

impl<T, S> Drop for Observer<T, S> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: still a holder.
        let holders = unsafe { &(*self.inner.as_ptr()).holders };
        // Alone: nobody else changes the count. Else, acquire pairs with the release by which the others left.
        if self.is_alone() || holders.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: it came from `Box::leak`, and the last holder goes (invariant 1).
            drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
        }
    }
}
