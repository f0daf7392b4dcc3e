//! The end of the queue that appends; the invariants are those of [`list`](super).

#![allow(unsafe_code)]

use super::super::block::{Block, Flagged, Size};
use super::{Consumer, FINISHED, Inner, ONE, Observer, SEALED, SHIFT, Side, WAITING, WATCHED};
use crate::sync::Ordering;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::{self, NonNull};
use std::task::Waker;

/// The sending end: appends.
pub(in super::super) struct Producer<T, S: Side> {
    pub(super) inner: NonNull<Inner<T, S>>,
}

// SAFETY: a producer moves values of `T` to another thread and shares `S`; all else in `Inner` is atomic, or accessed under
// the invariants of the list.
unsafe impl<T: Send, S: Side + Send + Sync> Send for Producer<T, S> {}
// SAFETY: as for `Send`; `&Producer` gives no reference to a `T`.
unsafe impl<T: Send, S: Side + Send + Sync> Sync for Producer<T, S> {}
// No `T` is ever seen half-changed: values go in and out whole.
impl<T, S: Side> UnwindSafe for Producer<T, S> {}
impl<T, S: Side> RefUnwindSafe for Producer<T, S> {}

impl<T, S: Side> Producer<T, S> {
    #[inline]
    fn inner(&self) -> &Inner<T, S> {
        // SAFETY: this producer is alive, so the producers' holder is there (invariant 1).
        unsafe { self.inner.as_ref() }
    }

    /// The state beside the queue.
    #[inline]
    pub(in super::super) fn side(&self) -> &S {
        &self.inner().side
    }

    /// Appends a value and wakes the consumer if it waits; gives the value back if the queue is sealed.
    #[inline]
    pub(in super::super) fn push(&self, value: T) -> Result<(), T> {
        let inner = self.inner();
        let tail = inner.lock();
        // SAFETY: locked (invariant 2).
        let room = inner.room.with(|room| unsafe { *room });
        if tail & (SEALED | WAITING) != 0 || room == 0 {
            return self.push_uncommonly(value, tail);
        }
        if Block::<T>::APART {
            // SAFETY: locked, not sealed, and there is room.
            let place = unsafe { inner.claim(room) };
            inner.unlock(tail + ONE);
            place.write(value);
        } else {
            // SAFETY: likewise.
            unsafe { inner.write(value, room) };
            inner.unlock(tail + ONE);
        }
        Ok(())
    }

    /// As [`push`](Self::push), with the lock taken.
    #[cold]
    fn push_uncommonly(&self, value: T, mut tail: usize) -> Result<(), T> {
        let inner = self.inner();
        let mut made = Made(None);
        let room = loop {
            if tail & SEALED != 0 {
                inner.give_back();
                return Err(value);
            }
            // SAFETY: locked (invariant 2).
            let room = inner.room.with(|room| unsafe { *room });
            if room > 0 {
                break room;
            }
            let size = Block::<T>::size_at(tail >> SHIFT);
            let block = made.take(size).or_else(|| inner.take_spare(size));
            if let Some(block) = block {
                // SAFETY: locked, not sealed, no room, and the block is empty, of that size and nobody else's.
                unsafe { inner.link(block) };
                break size.slots();
            }
            // Made without the lock, and then it may be of no use any more.
            inner.give_back();
            made = Made(Some((Block::new(size), size)));
            tail = inner.lock();
        };
        // SAFETY: locked, and the flag is cleared right below.
        let waker = unsafe { inner.take_waker(tail) };
        let tail = (tail + ONE) & !WAITING;
        if Block::<T>::APART {
            // SAFETY: locked, not sealed, and there is room.
            let place = unsafe { inner.claim(room) };
            inner.unlock(tail);
            place.write(value);
        } else {
            // SAFETY: likewise.
            unsafe { inner.write(value, room) };
            inner.unlock(tail);
        }
        drop(made);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// True once the consumer has sealed the queue.
    #[inline]
    pub(in super::super) fn is_sealed(&self) -> bool {
        self.inner().tail.load(Ordering::Acquire) & SEALED != 0
    }

    /// Asks that the side state be told when the consumer goes. False: it has sealed the queue already.
    pub(in super::super) fn watch(&self) -> bool {
        // One of this and the consumer's `seal` is first to lock, and the other one sees its flag.
        self.inner().flag(WATCHED) & SEALED == 0
    }

    /// True if both append to one queue.
    pub(in super::super) fn same_queue(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    /// A handle that keeps the side state reachable, and may make producers while there are any.
    pub(in super::super) fn observe(&self) -> Observer<T, S> {
        // Not dropped: the holder it stands for is that of all producers.
        let producers = ManuallyDrop::new(Observer { inner: self.inner });
        Observer::clone(&producers)
    }

    /// True if `consumer` takes what this producer appends.
    pub(in super::super) fn is_of<M>(&self, consumer: &Consumer<T, S, M>) -> bool {
        consumer.takes_from(self.inner)
    }

    /// Gives the producer up without telling anybody. If it was the last, the answer is a handle to tell them by.
    pub(in super::super) fn retire(self) -> Option<Last<T, S>> {
        let producer = ManuallyDrop::new(self);
        // SAFETY: the producer is not used again.
        unsafe { Self::leave(producer.inner) }
    }

    /// As [`retire`](Self::retire), but only if it is the last producer; comes back if not.
    pub(in super::super) fn retire_last(self) -> Result<Last<T, S>, Self> {
        // Acquire pairs with the release by which the others left. A compare-and-swap, since an observer may make a producer
        // meanwhile; from zero it makes none.
        let last =
            self.inner()
                .producers
                .compare_exchange(1, 0, Ordering::AcqRel, Ordering::Relaxed);
        if last.is_err() {
            return Err(self);
        }
        let producer = ManuallyDrop::new(self);
        // SAFETY: it was the last, is off the count, and is not used again.
        Ok(unsafe { Self::left(producer.inner) })
    }

    /// Takes one producer off the count.
    ///
    /// # Safety
    /// The caller owns one producer of `inner`, and does not use it again.
    #[inline]
    unsafe fn leave(inner: NonNull<Inner<T, S>>) -> Option<Last<T, S>> {
        // SAFETY: the caller's producer keeps it alive (invariant 1).
        let producers = unsafe { &(*inner.as_ptr()).producers };
        // Acquire pairs with the release by which the others left.
        if producers.fetch_sub(1, Ordering::AcqRel) != 1 {
            return None;
        }
        // SAFETY: the count has come to zero by this.
        Some(unsafe { Self::left(inner) })
    }

    /// Says that no producer is left.
    ///
    /// # Safety
    /// The caller has taken the last producer off the count, and does this once.
    #[inline]
    unsafe fn left(inner: NonNull<Inner<T, S>>) -> Last<T, S> {
        // The holder of all producers passes into the answer.
        let observer = Observer { inner };
        let inner = observer.inner();
        let (flags, waker) = if observer.is_alone() {
            (inner.tail.load(Ordering::Acquire), None)
        } else {
            let tail = inner.lock();
            // SAFETY: locked, and the flag is cleared right below.
            let waker = unsafe { inner.take_waker(tail) };
            inner.unlock((tail | FINISHED) & !WAITING);
            (tail, waker)
        };
        Last {
            waker,
            observer,
            flags,
        }
    }
}

impl<T, S: Side> Clone for Producer<T, S> {
    #[inline]
    fn clone(&self) -> Self {
        let before = self.inner().producers.fetch_add(1, Ordering::Relaxed);
        // The count cannot wrap before two thousand million handles have been leaked.
        assert!(before < u32::MAX / 2, "too many senders of one channel");
        Self { inner: self.inner }
    }
}

impl<T, S: Side> Drop for Producer<T, S> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the producer is being dropped.
        if let Some(mut last) = unsafe { Self::leave(self.inner) } {
            last.wake();
            // Sealed and not watched: the receiver was dropped, and there is nobody to tell and no route.
            if last.flags & (SEALED | WATCHED) == SEALED | WATCHED {
                last.side().finished();
            }
        }
    }
}

/// What the last producer leaves.
pub(in super::super) struct Last<T, S> {
    waker: Option<Waker>,
    observer: Observer<T, S>,
    flags: usize,
}

impl<T, S> Last<T, S> {
    /// Wakes the consumer, if it waited when the last producer went.
    pub(in super::super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// True if the queue was sealed before the last producer went.
    pub(in super::super) fn is_sealed(&self) -> bool {
        self.flags & SEALED != 0
    }

    /// The state beside the queue.
    pub(in super::super) fn side(&self) -> &S {
        self.observer.side()
    }
}

impl<T, S> Inner<T, S> {
    /// Writes a value to the slot that is next.
    ///
    /// # Safety
    /// The lock is taken by the caller, the queue is not sealed, and `room` is what it says, and not zero.
    #[inline]
    unsafe fn write(&self, value: T, room: u8) {
        // SAFETY: as promised by the caller.
        let end = unsafe { self.take_room(room) };
        // SAFETY: the consumer does not free the block that has the next number's slot (invariant 4).
        let slot = unsafe { Block::slot(end, room) };
        // SAFETY: the consumer does not look before the number is published (invariant 3), and others are locked out.
        slot.with_mut(|place| unsafe { place.cast::<T>().write(value) });
    }

    /// Makes the slot that is next the caller's, who publishes its number at once, and then has to write the value.
    ///
    /// # Safety
    /// As [`write`](Self::write), and slots have flags.
    #[inline]
    unsafe fn claim(&self, room: u8) -> Place<'_, T> {
        // SAFETY: as promised by the caller.
        let end = unsafe { self.take_room(room) };
        // SAFETY: the consumer does not free a block before it has taken the values of all its slots (invariants 3 and 4).
        Place(unsafe { Block::flagged(end, room) })
    }

    /// Takes a slot off the room that is left. The answer is its block.
    ///
    /// # Safety
    /// As [`write`](Self::write).
    #[inline]
    unsafe fn take_room(&self, room: u8) -> *mut Block<T> {
        debug_assert!(self.locked.load(Ordering::Relaxed));
        // SAFETY: locked (invariant 2).
        let end = self.end.with(|end| unsafe { *end });
        // SAFETY: likewise.
        self.room.with_mut(|place| unsafe { *place = room - 1 });
        end
    }

    /// Makes an empty block the end of the list.
    ///
    /// # Safety
    /// The lock is taken by the caller, the queue is not sealed, and its last block is full. The new block is empty, of the size for
    /// the next number, and belongs to the caller, who writes and publishes a value in it in the same hold of the lock.
    unsafe fn link(&self, block: *mut Block<T>) {
        // SAFETY: locked (invariant 2).
        let full = self.end.with_mut(|end| unsafe { ptr::replace(end, block) });
        // SAFETY: the consumer stays in the last block until the next one is linked and a value in that is published.
        let full = unsafe { &*full };
        // Relaxed, as the consumer reads it after the number of the value that is about to be published.
        full.next.store(block, Ordering::Relaxed);
    }

    /// The spare block, if there is one and it has this size.
    fn take_spare(&self, size: Size) -> Option<*mut Block<T>> {
        if size != Block::<T>::LARGE {
            return None;
        }
        // Acquire pairs with the release in `keep_spare`.
        let spare = self.spare.swap(ptr::null_mut(), Ordering::Acquire);
        (!spare.is_null()).then_some(spare)
    }
}

/// A slot that was claimed: nobody else touches it before it is flagged.
struct Place<'a, T>(&'a Flagged<T>);

impl<T> Place<'_, T> {
    #[inline]
    fn write(self, value: T) {
        // SAFETY: the number was this claim's alone, and the consumer waits for the flag (invariant 3).
        (self.0.slot).with_mut(|place| unsafe { place.cast::<T>().write(value) });
        // Release pairs with the acquire in `Consumer::await_written`. The block is not touched again.
        self.0.written.store(true, Ordering::Release);
    }
}

/// A block that was made to be the next, of this size; freed if it turns out that none or another one is needed.
struct Made<T>(Option<(*mut Block<T>, Size)>);

impl<T> Made<T> {
    fn take(&mut self, size: Size) -> Option<*mut Block<T>> {
        let (block, _) = self.0.take_if(|(_, made)| *made == size)?;
        Some(block)
    }
}

impl<T> Drop for Made<T> {
    fn drop(&mut self) {
        if let Some((block, size)) = self.0.take() {
            // SAFETY: made with that size, and shown to nobody.
            unsafe { Block::free(block, size) };
        }
    }
}
