//! The queue of a channel: a list of blocks that many producers append to and one consumer takes from, without a lock.
//!
//! # How it works
//!
//! Messages are numbered. A block holds the slots of [`Block::SLOTS`] consecutive numbers; the number after them is never
//! used, and stands for "the next block is being linked". `tail` is the next free number, shifted left to make room for
//! four flags. A producer *claims* a number by moving `tail` on with a compare-and-swap, writes its value into the slot,
//! and *publishes* it by storing the number plus one in the slot's `sequence`. The consumer knows which number comes next
//! and looks at that slot only, so taking a value writes nothing that producers read.
//!
//! The flags live in `tail` because a producer has to change `tail` anyway, and so learns of them for nothing:
//!
//! | flag | set by | means |
//! |---|---|---|
//! | `SEALED` | the consumer | no number is ever claimed again; ask the side state where messages go |
//! | `WAITING` | the consumer, only while nothing is claimed beyond its head | whoever claims next clears it and wakes the consumer |
//! | `FINISHED` | the last producer, as it goes | no producer is left |
//! | `WATCHED` | anyone | the side state has something in it, and wants to hear when either end goes |
//!
//! Between a claim and its publication lie a copy of the value and a store. The consumer waits for that when it has to
//! (spinning, then giving its core away): it happens only when a producer was interrupted right there.
//!
//! The first number is one near the end of a block, so that the first block can be a short one. Sequences are never reset: a
//! full block that the consumer has emptied is kept as the spare for the producers, whose
//! next numbers are larger than any it has seen.
//!
//! # What keeps it sound
//!
//! 1. **Holders.** `Inner` lives while `holders` is above zero. The consumer is a holder, each [`Observer`] is, and all
//!    producers together are one for as long as there is one of them.
//! 2. **Claims.** Slot *n* is written only by the producer whose compare-and-swap took `tail` from *n* onward, while
//!    `SEALED` was clear. Numbers only grow, so there is one such producer for each *n*.
//! 3. **Publication.** `sequence == n + 1` in slot *n* says that a value is there. It is stored (release) after the value
//!    is written, and only the consumer, which saw it (acquire), takes the value; then it moves its head beyond *n*.
//! 4. **Blocks.** While the tail's slot is not the unused one, `tail_block` is the block of the tail (null: `first`),
//!    and no producer looks into a block without a claim in it. The producer of a block's last number links the next block
//!    before it publishes. So when the consumer has taken the last value of a block, no producer will touch that block.
//! 5. **One consumer.** There is one [`Consumer`] for one `Inner`, and only `&mut` to it takes values.
//!
//! The queue is unbounded: it is the channel's promise that `send` never waits for the receiver.
//!
//! Length: the invariants above bind both ends, and are checked by reading both ends beside them.

#![allow(unsafe_code)]

use super::block::Block;
use crate::sync::{AtomicPtr, AtomicUsize, Backoff, Ordering};
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::{self, NonNull};

const SEALED: usize = 1;
const WAITING: usize = 2;
const FINISHED: usize = 4;
const WATCHED: usize = 8;
const SHIFT: u32 = 4;
/// One number, in `tail`.
const ONE: usize = 1 << SHIFT;

/// What stands beside the queue in the same allocation, and is told of what happens to it.
pub(super) trait Side {
    /// A value was pushed, or the last producer went, while the consumer was waiting.
    fn wake(&self);

    /// The last producer goes; `sealed` says whether the consumer had sealed the queue by then.
    fn finished(&self, sealed: bool);
}

/// Makes a queue with one producer and its consumer.
pub(super) fn queue<T, S: Side>(side: S) -> (Producer<T, S>, Consumer<T, S>) {
    let inner = Box::new(Inner {
        tail: AtomicUsize::new(Block::<T>::START << SHIFT),
        tail_block: AtomicPtr::new(ptr::null_mut()),
        first: AtomicPtr::new(ptr::null_mut()),
        spare: AtomicPtr::new(ptr::null_mut()),
        producers: AtomicUsize::new(1),
        holders: AtomicUsize::new(2),
        side,
    });
    let inner = NonNull::from(Box::leak(inner));
    let consumer = Consumer {
        inner: Observer { inner },
        block: ptr::null_mut(),
        head: Block::<T>::START,
    };
    (Producer { inner }, consumer)
}

struct Inner<T, S> {
    /// The next number to claim, shifted by `SHIFT`, and the flags.
    tail: AtomicUsize,
    /// The block that the tail is in; null while that is `first`.
    tail_block: AtomicPtr<Block<T>>,
    /// The block of the first number, a short one, once a producer has made it. Null again when the consumer has freed it at its end.
    first: AtomicPtr<Block<T>>,
    /// An empty block for whoever needs the next one.
    spare: AtomicPtr<Block<T>>,
    /// How many producers there are.
    producers: AtomicUsize,
    /// How many holders there are (invariant 1).
    holders: AtomicUsize,
    side: S,
}

impl<T, S> Inner<T, S> {
    /// The block of the first number, made if need be.
    #[cold]
    fn first_block(&self) -> *mut Block<T> {
        let first = self.first.load(Ordering::Acquire);
        if !first.is_null() {
            return first;
        }
        let made = Block::new_short();
        // Release publishes the block's initial state to the others; acquire receives theirs.
        match self.first.compare_exchange(
            ptr::null_mut(),
            made,
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            Ok(_) => made,
            Err(first) => {
                // SAFETY: it has not been shown to anybody.
                unsafe { Block::free(made) };
                first
            }
        }
    }

    /// A block to link next: the spare one, or a new one.
    #[cold]
    fn spare_block(&self) -> *mut Block<T> {
        // Acquire pairs with the release in `keep_spare`.
        let spare = self.spare.swap(ptr::null_mut(), Ordering::Acquire);
        if spare.is_null() { Block::new() } else { spare }
    }

    /// Keeps an unlinked block for the next in need of one.
    #[cold]
    fn keep_spare(&self, block: *mut Block<T>) {
        let old = self.spare.swap(block, Ordering::AcqRel);
        if !old.is_null() {
            // SAFETY: the swap took it out of the only place that named it.
            unsafe { Block::free(old) };
        }
    }
}

impl<T, S> Drop for Inner<T, S> {
    fn drop(&mut self) {
        // The consumer has taken every value and freed the chain it was in. What can be left is a first block that it never
        // saw, and the spare.
        for place in [&self.first, &self.spare] {
            let block = place.load(Ordering::Relaxed);
            if !block.is_null() {
                // SAFETY: no holder is left (invariant 1), so nobody else names the block; the places differ.
                unsafe { Block::free(block) };
            }
        }
    }
}

/// The sending end: appends.
pub(super) struct Producer<T, S: Side> {
    inner: NonNull<Inner<T, S>>,
}

// SAFETY: a producer moves values of `T` to another thread and shares `S`; all else in `Inner` is atomic, or accessed under
// the invariants above.
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
    pub(super) fn side(&self) -> &S {
        &self.inner().side
    }

    /// Appends a value and wakes the consumer if it waits; gives the value back if the queue is sealed.
    #[inline]
    pub(super) fn push(&self, value: T) -> Result<(), T> {
        let inner = self.inner();
        let Some((tail, block)) = self.claim() else {
            return Err(value);
        };
        let number = tail >> SHIFT;
        // SAFETY: `block` is the block of `number` (invariant 4), where this producer has a claim, so it is allocated.
        let slot = unsafe { Block::slot(block, number) };
        // SAFETY: this producer claimed the slot (invariant 2), and the consumer does not look before publication (3).
        slot.value
            .with_mut(|place| unsafe { place.cast::<T>().write(value) });
        // Release pairs with the acquire in `Consumer::take`.
        slot.sequence.store(number + 1, Ordering::Release);
        if tail & WAITING != 0 {
            inner.side.wake();
        }
        Ok(())
    }

    /// Claims the next number: its tail word with the flags found, and its block. None when sealed.
    #[inline]
    fn claim(&self) -> Option<(usize, *mut Block<T>)> {
        let inner = self.inner();
        let mut backoff = Backoff::default();
        let mut next: *mut Block<T> = ptr::null_mut();
        // Acquire pairs with the release in `link`: whoever sees a number of the next block sees `tail_block` name it.
        let mut tail = inner.tail.load(Ordering::Acquire);
        let claimed = loop {
            if tail & SEALED != 0 {
                break None;
            }
            let offset = Block::<T>::offset(tail >> SHIFT);
            if offset == Block::<T>::SLOTS {
                // Another producer is about to link the next block.
                backoff.wait();
                tail = inner.tail.load(Ordering::Acquire);
                continue;
            }
            let mut block = inner.tail_block.load(Ordering::Acquire);
            if block.is_null() {
                block = inner.first_block();
            }
            let last = offset + 1 == Block::<T>::SLOTS;
            if last && next.is_null() {
                // Made before the claim, to keep short the time in which others wait for it.
                next = inner.spare_block();
            }
            // Acquire as above. Release is for the consumer, which reads `first` after having seen a claimed number.
            match inner.tail.compare_exchange_weak(
                tail,
                (tail + ONE) & !WAITING,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => {
                    if last {
                        self.link(block, next);
                        next = ptr::null_mut();
                    }
                    break Some((tail, block));
                }
                Err(now) => {
                    tail = now;
                    backoff.pause();
                }
            }
        };
        if !next.is_null() {
            inner.keep_spare(next);
        }
        claimed
    }

    /// Links the next block; the caller has claimed the last number of `block`.
    #[cold]
    fn link(&self, block: *mut Block<T>, next: *mut Block<T>) {
        let inner = self.inner();
        inner.tail_block.store(next, Ordering::Release);
        // Skips the unused number, after which others claim numbers of `next`. An addition, since the consumer may
        // set flags meanwhile.
        inner.tail.fetch_add(ONE, Ordering::Release);
        // SAFETY: this producer has a claim in `block` that it has not published yet (invariant 4).
        let block = unsafe { &*block };
        block.next.store(next, Ordering::Release);
    }

    /// True once the consumer has sealed the queue.
    #[inline]
    pub(super) fn is_sealed(&self) -> bool {
        self.inner().tail.load(Ordering::Acquire) & SEALED != 0
    }

    /// Asks that the side state be told when the consumer goes. False: it has sealed the queue already.
    pub(super) fn watch(&self) -> bool {
        // One of this and the consumer's `seal` is first in the order of changes to `tail`, and the other one sees its flag.
        self.inner().tail.fetch_or(WATCHED, Ordering::AcqRel) & SEALED == 0
    }

    /// True if both append to one queue.
    pub(super) fn same_queue(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    /// A handle that keeps the side state reachable, and may make producers while there are any.
    pub(super) fn observe(&self) -> Observer<T, S> {
        let before = self.inner().holders.fetch_add(1, Ordering::Relaxed);
        assert!(before < usize::MAX / 2, "too many holds on one channel");
        Observer { inner: self.inner }
    }

    /// True if `consumer` takes what this producer appends.
    pub(super) fn is_of(&self, consumer: &Consumer<T, S>) -> bool {
        self.inner == consumer.inner.inner
    }

    /// Gives the producer up without telling the side state. If it was the last, the answer is a handle to tell it by.
    pub(super) fn retire(self) -> Option<Last<T, S>> {
        let producer = ManuallyDrop::new(self);
        // SAFETY: the producer is not used again.
        unsafe { Self::leave(producer.inner) }
    }

    /// As [`retire`](Self::retire), but only if it is the last producer; comes back if not.
    pub(super) fn retire_last(self) -> Result<Last<T, S>, Self> {
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
    unsafe fn left(inner: NonNull<Inner<T, S>>) -> Last<T, S> {
        // The holder of all producers passes into the answer.
        let observer = Observer { inner };
        let tail = &observer.inner().tail;
        let flags = if observer.is_alone() {
            tail.load(Ordering::Acquire)
        } else {
            tail.fetch_or(FINISHED, Ordering::AcqRel)
        };
        Last { observer, flags }
    }
}

impl<T, S: Side> Clone for Producer<T, S> {
    #[inline]
    fn clone(&self) -> Self {
        let before = self.inner().producers.fetch_add(1, Ordering::Relaxed);
        // The count cannot wrap before memory is full of handles, except by leaking them one at a time for years.
        assert!(before < usize::MAX / 2, "too many senders of one channel");
        Self { inner: self.inner }
    }
}

impl<T, S: Side> Drop for Producer<T, S> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the producer is being dropped.
        if let Some(last) = unsafe { Self::leave(self.inner) } {
            let sealed = last.is_sealed();
            // Sealed and not watched: the receiver was dropped, and there is nobody to tell and no route.
            if last.flags & (if sealed { WATCHED } else { WAITING }) != 0 {
                last.side().finished(sealed);
            }
        }
    }
}

/// What the last producer leaves.
pub(super) struct Last<T, S> {
    observer: Observer<T, S>,
    flags: usize,
}

impl<T, S> Last<T, S> {
    /// True if the queue was sealed before the last producer went.
    pub(super) fn is_sealed(&self) -> bool {
        self.flags & SEALED != 0
    }

    /// The state beside the queue.
    pub(super) fn side(&self) -> &S {
        self.observer.side()
    }
}

/// A holder of the queue: neither sends nor receives.
pub(super) struct Observer<T, S> {
    inner: NonNull<Inner<T, S>>,
}

// SAFETY: see `Producer`; an observer may be the one that frees the queue, with the values in it.
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
            assert!(count < usize::MAX / 2, "too many senders of one channel");
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
        assert!(before < usize::MAX / 2, "too many holds on one channel");
        Self { inner: self.inner }
    }
}

impl<T, S> Drop for Observer<T, S> {
    #[inline]
    fn drop(&mut self) {
        let alone = self.is_alone() || {
            // Release: what this holder did comes before the end of `Inner`. Acquire: what the others did, too.
            self.inner().holders.fetch_sub(1, Ordering::AcqRel) == 1
        };
        if alone {
            // SAFETY: it came from `Box::leak`, and the last holder goes (invariant 1).
            drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
        }
    }
}

/// What [`Consumer::pop`] finds.
pub(super) enum Pop<T> {
    /// The next value.
    Value(T),
    /// Nothing has been sent that was not taken yet.
    Empty,
    /// Likewise, and no producer is left.
    Finished,
}

/// The receiving end: takes.
pub(super) struct Consumer<T, S> {
    inner: Observer<T, S>,
    /// The block that `head` is in; null until the first value.
    block: *mut Block<T>,
    /// The number to take next; never an unused one.
    head: usize,
}

// SAFETY: see `Producer`; the block is reached through this consumer alone (invariant 5).
unsafe impl<T: Send, S: Send + Sync> Send for Consumer<T, S> {}
// SAFETY: `&Consumer` gives no reference to a `T`.
unsafe impl<T: Send, S: Send + Sync> Sync for Consumer<T, S> {}
impl<T, S> UnwindSafe for Consumer<T, S> {}
impl<T, S> RefUnwindSafe for Consumer<T, S> {}

impl<T, S> Consumer<T, S> {
    /// The state beside the queue.
    #[inline]
    pub(super) fn side(&self) -> &S {
        self.inner.side()
    }

    /// Takes the next value, if there is one. Waits for a producer that has claimed it and not written it yet.
    #[inline]
    pub(super) fn pop(&mut self) -> Pop<T> {
        let mut backoff = Backoff::default();
        loop {
            if let Some(value) = self.take() {
                return Pop::Value(value);
            }
            let tail = self.inner.inner().tail.load(Ordering::Acquire);
            if tail >> SHIFT == self.head {
                return if tail & FINISHED != 0 {
                    Pop::Finished
                } else {
                    Pop::Empty
                };
            }
            if self.block.is_null() && self.adopt_first() {
                continue;
            }
            if !self.is_published() {
                backoff.wait();
            }
        }
    }

    /// The number to be taken next.
    pub(super) fn head(&self) -> usize {
        self.head
    }

    /// How many values can be taken, those included that are just being written.
    pub(super) fn len(&self) -> usize {
        let tail = self.inner.inner().tail.load(Ordering::Acquire);
        Block::<T>::values_between(self.head, tail >> SHIFT)
    }

    /// True if [`pop`](Self::pop) would find a value. Reads one word, which nobody writes before that, so it may be asked again and
    /// again. That the last producer goes may be missed.
    #[inline]
    pub(super) fn is_worth_a_look(&self) -> bool {
        if self.block.is_null() {
            let tail = self.inner.inner().tail.load(Ordering::Acquire);
            return tail >> SHIFT != self.head || tail & FINISHED != 0;
        }
        self.is_published()
    }

    /// Takes the next value if it is published.
    #[inline]
    fn take(&mut self) -> Option<T> {
        if !self.is_published() {
            return None;
        }
        // SAFETY: the block holds an untaken value, so the consumer has not freed it (invariant 4).
        let slot = unsafe { Block::slot(self.block, self.head) };
        // SAFETY: it is published and has not been taken (invariant 3); the head moves on right below.
        let value = slot.value.with(|place| unsafe { place.cast::<T>().read() });
        self.head += 1;
        if Block::<T>::offset(self.head) == Block::<T>::SLOTS {
            self.next_block();
        }
        Some(value)
    }

    /// True if the value at the head is there.
    #[inline]
    fn is_published(&self) -> bool {
        if self.block.is_null() {
            return false;
        }
        // SAFETY: the consumer's block is freed only by the consumer, which moves on to the next one then.
        let slot = unsafe { Block::slot(self.block, self.head) };
        // Acquire pairs with the release in `Producer::push`.
        slot.sequence.load(Ordering::Acquire) == self.head + 1
    }

    /// Finds the first block, of which a number has been claimed.
    #[cold]
    fn adopt_first(&mut self) -> bool {
        self.block = self.inner.inner().first.load(Ordering::Acquire);
        !self.block.is_null()
    }

    /// Goes on to the next block, having taken the last value of this one.
    #[cold]
    fn next_block(&mut self) {
        let done = self.block;
        // SAFETY: the consumer's block is freed only below.
        let block = unsafe { &*done };
        // Linked before the last value was published (invariant 4), which the consumer has seen.
        self.block = block.next.load(Ordering::Acquire);
        self.head += 1;
        if block.is_short() {
            // SAFETY: no producer will touch it (invariant 4), and the consumer has just left it.
            return unsafe { Block::free(done) };
        }
        block.next.store(ptr::null_mut(), Ordering::Relaxed);
        self.inner.inner().keep_spare(done);
    }

    /// Asks to be woken by the next claim. False: something has been claimed meanwhile, or no producer is left.
    ///
    /// The waker must be in its place already.
    #[inline]
    pub(super) fn wait(&self) -> bool {
        let inner = self.inner.inner();
        let mut tail = inner.tail.load(Ordering::Acquire);
        loop {
            if tail >> SHIFT != self.head || tail & FINISHED != 0 {
                return false;
            }
            if tail & WAITING != 0 {
                return true;
            }
            // Release: the producer that clears the flag finds the waker. (It also takes the lock in which that lies.)
            match inner.tail.compare_exchange(
                tail,
                tail | WAITING,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return true,
                Err(now) => tail = now,
            }
        }
    }

    /// Seals the queue: nothing is appended from here on. True if the side state is to be told.
    ///
    /// What was appended before can still be taken.
    pub(super) fn seal(&mut self) -> bool {
        self.inner.inner().tail.fetch_or(SEALED, Ordering::AcqRel) & WATCHED != 0
    }

    /// Seals the queue because the side state knows of a better place to send to.
    pub(super) fn seal_and_watch(&mut self) {
        let tail = &self.inner.inner().tail;
        tail.fetch_or(SEALED | WATCHED, Ordering::AcqRel);
    }

    fn is_sealed(&self) -> bool {
        self.inner.inner().tail.load(Ordering::Relaxed) & SEALED != 0
    }

    /// A handle that keeps the side state reachable.
    pub(super) fn observe(&self) -> Observer<T, S> {
        self.inner.clone()
    }

    /// True if nobody else has anything to do with this queue any more.
    #[inline]
    pub(super) fn is_alone(&self) -> bool {
        self.inner.is_alone()
    }

    /// True once no producer is left.
    pub(super) fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }
}

impl<T, S> Drop for Consumer<T, S> {
    #[inline]
    fn drop(&mut self) {
        // Only the consumer seals, so it need not fear to miss it.
        if !self.is_sealed() && !self.is_alone() {
            self.seal();
        }
        let rest = Rest(self);
        while let Pop::Value(value) = rest.0.pop() {
            drop(value);
        }
    }
}

/// Takes what is left out of a sealed queue and frees its blocks, also when the drop of one of the values panics.
struct Rest<'a, T, S>(&'a mut Consumer<T, S>);

impl<T, S> Drop for Rest<'_, T, S> {
    #[inline]
    fn drop(&mut self) {
        let consumer = &mut *self.0;
        while let Pop::Value(value) = consumer.pop() {
            drop(value);
        }
        if !consumer.block.is_null() {
            // The first block was adopted, and so freed or about to be; nobody will look for it in a sealed queue.
            let inner = consumer.inner.inner();
            inner.first.store(ptr::null_mut(), Ordering::Release);
            // SAFETY: sealed and drained: every claim is published, so no producer will touch the chain (invariant 4), of which
            // only this block is left, as a next one is linked no earlier than its last number is claimed.
            unsafe { Block::free(consumer.block) };
            consumer.block = ptr::null_mut();
        }
    }
}
