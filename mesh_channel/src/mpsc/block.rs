//! A block of a channel's queue: the slots of consecutive numbers, in one allocation with the link to the next block.
//!
//! This is memory only. Which slot is written and read when, and when a block is freed, is decided in [`list`](super::list),
//! whose invariants the safety comments of the callers name.
//!
//! The slots stand *before* the link, and are counted by how many are left: the slot with *r* left, itself included, lies *r*
//! places before the link. So whoever goes through a block keeps one counter, which also tells when the block ends, and needs to
//! know nothing of its size. A slot is nothing but the place of a value; what is in it is known from its number. Only where values
//! are [copied](Block::APART) without the lock, a slot has a flag beside it that says whether that is done.
//!
//! Blocks double in [`Size`] up to a limit, so that a channel which carries little stays small. The first one is a part of the
//! queue itself: it has one slot if that is no larger than a word, else none.

#![allow(unsafe_code)]

use crate::sync::{AtomicBool, AtomicPtr, UnsafeCell, alloc, dealloc};
use std::alloc::{Layout, handle_alloc_error};
use std::marker::PhantomData;
use std::mem::{MaybeUninit, needs_drop};
use std::ptr;

/// The place of one value.
pub(super) type Slot<T> = UnsafeCell<MaybeUninit<T>>;

/// A slot whose value is copied without the lock.
#[repr(C)]
pub(super) struct Flagged<T> {
    pub(super) slot: Slot<T>,
    /// Whether the value is there. False in a block that is linked, and again once the value has been taken.
    pub(super) written: AtomicBool,
}

/// The end of a block; its slots end where it begins.
pub(super) struct Block<T> {
    /// The block of the following numbers, once linked.
    pub(super) next: AtomicPtr<Block<T>>,
    slots: PhantomData<Slot<T>>,
}

/// Slots of a large block of small values. loom keeps track of each slot, so it gets few.
const MOST_SLOTS: usize = if cfg!(loom) { 2 } else { 128 };

/// Values of more bytes are copied without the lock.
const COPIED_LOCKED: usize = if cfg!(loom) { 512 } else { 256 };

/// The slots of a large block take at most about this much memory, unless one value does by itself.
/// (loom's threads have small stacks, so its large values must be small.)
const BLOCK_BYTES: usize = if cfg!(loom) { 512 } else { 32768 };

/// How many slots a block has: a power of two, by its logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size(u8);

impl Size {
    /// How many slots that is.
    #[inline]
    pub(super) fn slots(self) -> u8 {
        1 << self.0
    }
}

impl<T> Block<T> {
    /// Whether values are large: then producers that copy at the same time gain more than a flag for each value costs.
    pub(super) const APART: bool = size_of::<T>() > COPIED_LOCKED;

    /// The size of large blocks.
    pub(super) const LARGE: Size = {
        let mut slots = MOST_SLOTS;
        while slots > 1 && slots * size_of::<Slot<T>>() > BLOCK_BYTES {
            slots /= 2;
        }
        assert!(slots <= 1 << 7, "counted in bytes");
        Size(slots.trailing_zeros() as u8)
    };

    /// The size of the block that begins with this number. The first number is 1, and a block that is not large begins with the
    /// number of its slots.
    #[inline]
    pub(super) fn size_at(number: usize) -> Size {
        // Number 0 comes when they wrap around, at a time when blocks are large.
        match number.checked_ilog2() {
            Some(log) if log < u32::from(Self::LARGE.0) => Size(log as u8),
            _ => Self::LARGE,
        }
    }

    /// The layout of a block, and where its link is in it.
    fn layout(size: Size) -> (Layout, usize) {
        let slots = usize::from(size.slots());
        let slots = if Self::APART {
            Layout::array::<Flagged<T>>(slots)
        } else {
            Layout::array::<Slot<T>>(slots)
        };
        let layout = slots.and_then(|slots| {
            // So that there is nothing between the last slot and the link, small values begin a little later.
            slots
                .align_to(align_of::<Self>())?
                .pad_to_align()
                .extend(Layout::new::<Self>())
        });
        layout.expect("a value fits into memory, so a block of few values has a size")
    }

    /// An empty block.
    #[cold]
    pub(super) fn new(size: Size) -> *mut Self {
        let (layout, link) = Self::layout(size);
        // SAFETY: the layout is not empty, as it has the link in it.
        let start = unsafe { alloc(layout) };
        if start.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: within the layout, which put the link there.
        let block = unsafe { start.add(link) }.cast::<Self>();
        // SAFETY: freshly allocated with room and alignment for it.
        unsafe { block.write(Self::link()) };
        for left in 1..=size.slots() {
            // SAFETY: one of its slots.
            let place = unsafe { Self::place(block, left) };
            let slot = UnsafeCell::new(MaybeUninit::uninit());
            if Self::APART {
                let written = AtomicBool::new(false);
                // SAFETY: freshly allocated, in bounds. This writes nothing but the flag, except for loom, whose slots are more
                // than memory.
                unsafe { place.cast::<Flagged<T>>().write(Flagged { slot, written }) };
            } else {
                // SAFETY: likewise, and without a flag.
                unsafe { place.write(slot) };
            }
        }
        block
    }

    /// A link that leads nowhere yet.
    fn link() -> Self {
        Self {
            next: AtomicPtr::new(ptr::null_mut()),
            slots: PhantomData,
        }
    }

    /// Where the slot with `left` slots left lies.
    ///
    /// # Safety
    /// `block` is allocated and has that many slots.
    #[inline]
    pub(super) unsafe fn place(block: *mut Self, left: u8) -> *mut Slot<T> {
        if Self::APART {
            // SAFETY: as below. A flagged slot begins with the slot.
            return unsafe { block.cast::<Flagged<T>>().sub(usize::from(left)) }.cast();
        }
        // SAFETY: the slots end where the link begins, and there are at least `left`. The link is aligned for a slot: its place
        // is a multiple of the slots' alignment in the layout of a block, and in `Embedded`.
        unsafe { block.cast::<Slot<T>>().sub(usize::from(left)) }
    }

    /// The slot with `left` slots left and its flag, where values are copied [apart](Self::APART).
    ///
    /// # Safety
    /// As [`slot`](Self::slot), and there are flags.
    #[inline]
    pub(super) unsafe fn flagged<'a>(block: *mut Self, left: u8) -> &'a Flagged<T> {
        debug_assert!(Self::APART);
        // SAFETY: promised by the caller.
        let place = unsafe { Self::place(block, left) }.cast::<Flagged<T>>();
        // SAFETY: initialised when the block was made, shared from then on.
        unsafe { &*place }
    }

    /// The slot with `left` slots left.
    ///
    /// # Safety
    /// `block` is not freed while the answer is used, and has that many slots.
    #[inline]
    pub(super) unsafe fn slot<'a>(block: *mut Self, left: u8) -> &'a Slot<T> {
        // SAFETY: promised by the caller.
        let place = unsafe { Self::place(block, left) };
        // SAFETY: initialised when the block was made, shared from then on.
        unsafe { &*place }
    }

    /// Frees a block. Values in it are not dropped.
    ///
    /// # Safety
    /// `block` came from [`Block::new`] with that size, and nobody uses it again.
    #[cold]
    pub(super) unsafe fn free(block: *mut Self, size: Size) {
        let (layout, link) = Self::layout(size);
        if needs_drop::<Self>() {
            // Only what loom keeps of them.
            for left in 1..=size.slots() {
                // SAFETY: one of its slots.
                let place = unsafe { Self::place(block, left) };
                if Self::APART {
                    // SAFETY: initialised, and not used again.
                    unsafe { place.cast::<Flagged<T>>().drop_in_place() };
                } else {
                    // SAFETY: likewise.
                    unsafe { place.drop_in_place() };
                }
            }
            // SAFETY: likewise.
            unsafe { block.drop_in_place() };
        }
        // SAFETY: the link is that far behind the start of the allocation.
        let start = unsafe { block.cast::<u8>().sub(link) };
        // SAFETY: allocated with this layout.
        unsafe { dealloc(start, layout) };
    }
}

/// The block that is a part of the queue.
#[repr(C)]
pub(super) struct Embedded<T> {
    /// A slot, if the values fit.
    place: UnsafeCell<MaybeUninit<usize>>,
    pub(super) block: Block<T>,
}

impl<T> Embedded<T> {
    /// How many slots it has.
    pub(super) const SLOTS: u8 = {
        let fits = size_of::<Slot<T>>() <= size_of::<usize>()
            && align_of::<Slot<T>>() <= align_of::<usize>();
        // loom's slots would have to be initialised.
        if fits && !cfg!(loom) { 1 } else { 0 }
    };

    pub(super) fn new() -> Self {
        Self {
            place: UnsafeCell::new(MaybeUninit::uninit()),
            block: Block::link(),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn blocks_double_until_they_are_large() {
        let mut number = 1;
        let mut size = Block::<u64>::size_at(number);
        assert_eq!(size.slots(), 1);
        for _ in 0..20 {
            number += usize::from(size.slots());
            let next = Block::<u64>::size_at(number);
            assert!(next == Size(size.0 + 1) || (next == size && size == Block::<u64>::LARGE));
            size = next;
        }
        assert_eq!(size, Block::<u64>::LARGE);
        assert_eq!(Block::<u64>::size_at(0), Block::<u64>::LARGE);
        assert_eq!(Block::<[u8; 100_000]>::LARGE.slots(), 1);
    }
}
