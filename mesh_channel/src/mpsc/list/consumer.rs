//! The end of the queue that takes; the invariants are those of [`list`](super).

#![allow(unsafe_code)]

use super::super::block::{Block, Size};
use super::{FINISHED, FLAGS, Inner, ONE, Observer, SEALED, SHIFT, WAITING, WATCHED};
use crate::sync::{Backoff, Ordering, spin_loop};
use std::mem::MaybeUninit;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::{self, NonNull};
use std::task::Waker;

/// The processor's hints from finding that a value is being copied to looking again: some microseconds, in which more will come.
const COPYING: u32 = if cfg!(loom) { 0 } else { 128 };

/// What [`Consumer::pop`] finds.
pub(in super::super) enum Pop<T> {
    /// The next value.
    Value(T),
    /// Nothing has been sent that was not taken yet.
    Empty,
    /// Likewise, and no producer is left.
    Finished,
}

/// The receiving end: takes.
pub(in super::super) struct Consumer<T, S, M> {
    inner: Observer<T, S>,
    /// The block of the value to take next, or the one before that, of which nothing is left.
    block: *mut Block<T>,
    /// The number to take next, shifted as in `tail`.
    head: usize,
    /// How many values are known to be there.
    ready: u16,
    /// How many slots of `block` are left.
    left: u8,
    /// The size of `block`, unless that is the embedded one.
    size: Size,
    /// Whatever the user of the queue keeps about its receiving, in what would be a gap here.
    pub(in super::super) memo: M,
}

// SAFETY: see `Producer`; the block is reached through this consumer alone (invariant 5).
unsafe impl<T: Send, S: Send + Sync, M: Send> Send for Consumer<T, S, M> {}
// SAFETY: `&Consumer` gives no reference to a `T`.
unsafe impl<T: Send, S: Send + Sync, M: Sync> Sync for Consumer<T, S, M> {}
impl<T, S, M> UnwindSafe for Consumer<T, S, M> {}
impl<T, S, M> RefUnwindSafe for Consumer<T, S, M> {}

impl<T, S, M> Consumer<T, S, M> {
    /// The consumer of a new queue, whose first block this is.
    #[inline]
    pub(super) fn new(inner: Observer<T, S>, block: *mut Block<T>) -> Self
    where
        M: Default,
    {
        Self {
            inner,
            block,
            head: ONE,
            ready: 0,
            left: super::Embedded::<T>::SLOTS,
            size: Block::<T>::LARGE,
            memo: M::default(),
        }
    }

    /// The state beside the queue.
    #[inline]
    pub(in super::super) fn side(&self) -> &S {
        self.inner.side()
    }

    /// Takes the next value, if there is one. Not inlined it would cost one more copy of a large value.
    #[inline(always)]
    pub(in super::super) fn pop(&mut self) -> Pop<T> {
        if self.ready == 0 {
            let tail = self.look();
            if self.ready == 0 {
                return if tail & FINISHED != 0 {
                    Pop::Finished
                } else {
                    Pop::Empty
                };
            }
        }
        if self.left == 0 {
            self.next_block();
        }
        if Block::<T>::APART {
            self.await_written();
        }
        // SAFETY: the consumer's block, which it frees only when it leaves it; `left` is what it says and not zero.
        let slot = unsafe { Block::slot(self.block, self.left) };
        // SAFETY: published, and not taken yet (invariant 3), as the head moves on right here.
        let value = slot.with(|place| unsafe { place.cast::<T>().read() });
        self.ready -= 1;
        self.left -= 1;
        self.head = self.head.wrapping_add(ONE);
        Pop::Value(value)
    }

    /// Waits until the value that is next has been copied, by a producer that has published its number and is at it.
    #[inline]
    fn await_written(&mut self) {
        // SAFETY: as in `pop`, and there are flags.
        let written = &unsafe { Block::flagged(self.block, self.left) }.written;
        // Acquire pairs with the release in `Place::write`.
        if !written.load(Ordering::Acquire) {
            // To look sooner means to take each value from under the hands of its producer, which slows both down.
            for _ in 0..COPYING {
                spin_loop();
            }
            let mut backoff = Backoff::default();
            while !written.load(Ordering::Acquire) {
                backoff.wait();
            }
        }
        // For the next use of the block, which producers get to by way of an acquire (`take_spare`).
        written.store(false, Ordering::Relaxed);
    }

    /// Takes the values that are there, up to `limit`, and appends them to `buffer`; says how many.
    pub(in super::super) fn pop_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        // loom's slots are more than their values.
        if !Block::<T>::APART && !cfg!(loom) {
            return self.pop_blocks(buffer, limit);
        }
        for taken in 0..limit {
            match self.pop() {
                Pop::Value(value) => buffer.push(value),
                Pop::Empty | Pop::Finished => return taken,
            }
        }
        limit
    }

    /// As [`pop_many`](Self::pop_many), where a slot is nothing but its value: as a block's slots lie in the order of their numbers,
    /// they are moved as one piece.
    fn pop_blocks(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let mut taken = 0;
        while taken < limit {
            if self.ready == 0 {
                self.look();
                if self.ready == 0 {
                    break;
                }
            }
            if self.left == 0 {
                self.next_block();
            }
            // As many as are ready in this block; at most 128, so nothing is cut off below.
            let many = usize::from(self.ready.min(u16::from(self.left))).min(limit - taken);
            buffer.reserve(many);
            let room = buffer.spare_capacity_mut().as_mut_ptr();
            // SAFETY: the consumer's block, of which so many slots are left.
            let slots = unsafe { Block::place(self.block, self.left) };
            // SAFETY: the slots are published and have not been taken yet (invariant 3), as the head moves on right here; there is
            // room for as many, elsewhere. A slot is nothing but its value.
            unsafe { ptr::copy_nonoverlapping(slots.cast::<MaybeUninit<T>>(), room, many) };
            self.ready -= many as u16;
            self.left -= many as u8;
            self.head = self.head.wrapping_add(many << SHIFT);
            // SAFETY: that many have been written behind the last one.
            unsafe { buffer.set_len(buffer.len() + many) };
            taken += many;
        }
        taken
    }

    /// Reads the tail, and from it how many values are there.
    #[inline]
    fn look(&mut self) -> usize {
        let tail = self.tail();
        self.ready = u16::try_from(self.until(tail)).unwrap_or(u16::MAX);
        tail
    }

    /// The tail as it is now.
    #[inline]
    fn tail(&self) -> usize {
        // Acquire pairs with the release in `unlock`.
        self.inner.inner().tail.load(Ordering::Acquire)
    }

    /// How many numbers there are from the head until that tail.
    #[inline]
    fn until(&self, tail: usize) -> usize {
        (tail & !FLAGS).wrapping_sub(self.head) >> SHIFT
    }

    /// The low bits of the number to be taken next.
    pub(in super::super) fn position(&self) -> u8 {
        // Cut off on purpose.
        (self.head >> SHIFT) as u8
    }

    /// How many values can be taken.
    pub(in super::super) fn len(&self) -> usize {
        self.until(self.tail())
    }

    /// True if [`pop`](Self::pop) would find a value, or that no producer is left. Reads one word.
    #[inline]
    pub(in super::super) fn is_worth_a_look(&self) -> bool {
        let tail = self.tail();
        self.until(tail) != 0 || tail & FINISHED != 0
    }

    /// Goes on to the next block, having taken the last value of this one and knowing of a further one.
    #[cold]
    fn next_block(&mut self) {
        let (done, size) = (self.block, self.size);
        let inner = self.inner.inner();
        // SAFETY: the consumer's block is freed only below.
        let block = unsafe { &*done };
        // Linked before the value was published that the consumer knows of (invariant 4).
        self.block = block.next.load(Ordering::Relaxed);
        self.size = Block::<T>::size_at(self.head >> SHIFT);
        self.left = self.size.slots();
        if ptr::eq(done, Inner::embedded(self.inner.inner)) {
            return;
        }
        if size == Block::<T>::LARGE {
            block.next.store(ptr::null_mut(), Ordering::Relaxed);
            inner.keep_spare(done);
        } else {
            // SAFETY: made with that size; no producer will touch it (invariant 4), and the consumer has just left it.
            unsafe { Block::free(done, size) };
        }
    }

    /// Asks to be woken when something is appended or no producer is left. False: that has happened already.
    #[inline]
    pub(in super::super) fn wait(&self, waker: &Waker) -> bool {
        let inner = self.inner.inner();
        // Relaxed, as it is only a guess at whether a clone will be needed.
        let waits = inner.tail.load(Ordering::Relaxed) & WAITING != 0;
        let mut new = (!waits).then(|| waker.clone());
        loop {
            let tail = inner.lock();
            if self.until(tail) != 0 || tail & FINISHED != 0 {
                inner.give_back();
                return false;
            }
            let is_same = |place: *const MaybeUninit<Waker>| {
                // SAFETY: called below only if it is there (invariant 6), with the lock taken.
                unsafe { &*place.cast::<Waker>() }.will_wake(waker)
            };
            if tail & WAITING != 0 && inner.waker.with(is_same) {
                inner.give_back();
                return true;
            }
            let Some(new) = new.take() else {
                inner.give_back();
                new = Some(waker.clone());
                continue;
            };
            // SAFETY: locked, and the flag stays right, as another one is put in place.
            let old = unsafe { inner.take_waker(tail) };
            inner
                .waker
                // SAFETY: locked (invariant 2).
                .with_mut(|place| unsafe { place.cast::<Waker>().write(new) });
            inner.unlock(tail | WAITING);
            drop(old);
            return true;
        }
    }

    /// Seals the queue: nothing is appended from here on. True if the side state is to be told.
    ///
    /// What was appended before can still be taken.
    pub(in super::super) fn seal(&mut self) -> bool {
        self.inner.inner().flag(SEALED) & WATCHED != 0
    }

    /// Seals the queue because the side state knows of a better place to send to.
    pub(in super::super) fn seal_and_watch(&mut self) {
        self.inner.inner().flag(SEALED | WATCHED);
    }

    fn is_sealed(&self) -> bool {
        // Only the consumer seals, so it need not fear to miss it.
        self.inner.inner().tail.load(Ordering::Relaxed) & SEALED != 0
    }

    /// A handle that keeps the side state reachable.
    pub(in super::super) fn observe(&self) -> Observer<T, S> {
        self.inner.clone()
    }

    /// True if it takes from this queue.
    pub(super) fn takes_from(&self, inner: NonNull<Inner<T, S>>) -> bool {
        self.inner.inner == inner
    }

    /// True if nobody else has anything to do with this queue any more.
    #[inline]
    pub(in super::super) fn is_alone(&self) -> bool {
        self.inner.is_alone()
    }

    /// True once no producer is left.
    pub(in super::super) fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }
}

impl<T, S, M> Drop for Consumer<T, S, M> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_sealed() && !self.is_alone() {
            self.seal();
        }
        let rest = Rest(self);
        while let Pop::Value(value) = rest.0.pop() {
            drop(value);
        }
    }
}

/// Takes what is left out of a queue to which nothing is appended any more and frees its last block, also when the drop of one of
/// the values panics.
struct Rest<'a, T, S, M>(&'a mut Consumer<T, S, M>);

impl<T, S, M> Drop for Rest<'_, T, S, M> {
    #[inline]
    fn drop(&mut self) {
        let consumer = &mut *self.0;
        while let Pop::Value(value) = consumer.pop() {
            drop(value);
        }
        if !ptr::eq(consumer.block, Inner::embedded(consumer.inner.inner)) {
            // SAFETY: made with that size; there is nothing to take, so it is the last block (invariant 4), which producers
            // would only touch to append.
            unsafe { Block::free(consumer.block, consumer.size) };
        }
    }
}
