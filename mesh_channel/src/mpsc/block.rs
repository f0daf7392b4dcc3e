//! A block of a channel's queue: the slots of consecutive numbers, in one allocation with their header.
//!
//! This is memory only. Which slot is written and read when, and when a block is freed, is decided in [`list`](super::list),
//! whose invariants the safety comments of the callers name.
//!
//! The slots follow the header in the same allocation, as many as make a block of a reasonable size: many small values, or
//! a few large ones.

#![allow(unsafe_code)]

use crate::sync::{AtomicPtr, AtomicUsize, UnsafeCell, alloc, dealloc};
use std::alloc::{Layout, handle_alloc_error};
use std::mem::{MaybeUninit, needs_drop};
use std::ptr;

/// The place of one value.
pub(super) struct Slot<T> {
    pub(super) value: UnsafeCell<MaybeUninit<T>>,
    /// The number of the value last published here, plus one; 0 before the first.
    pub(super) sequence: AtomicUsize,
}

/// The header of a block; its slots follow in the same allocation.
#[repr(C)]
pub(super) struct Block<T> {
    /// The block of the following numbers, once linked.
    pub(super) next: AtomicPtr<Block<T>>,
    /// Marks where the slots start, and brings their alignment.
    slots: [Slot<T>; 0],
}

/// Numbers in a block of small values. loom keeps track of each slot, so it gets few.
const MOST_NUMBERS: usize = if cfg!(loom) { 4 } else { 32 };

/// A block takes at most about this much memory, unless one value does by itself.
/// (loom's threads have small stacks, so its large values must be small.)
const BLOCK_BYTES: usize = if cfg!(loom) { 512 } else { 8192 };

impl<T> Block<T> {
    /// Numbers of one block, the unused one included: a power of two, so that finding the slot is a mask.
    const NUMBERS: usize = {
        let mut numbers = MOST_NUMBERS;
        while numbers > 2 && (numbers - 1) * size_of::<Slot<T>>() > BLOCK_BYTES {
            numbers /= 2;
        }
        numbers
    };
    /// Values in one block.
    pub(super) const SLOTS: usize = Self::NUMBERS - 1;

    /// Where a number lies in its block.
    #[inline]
    pub(super) fn offset(number: usize) -> usize {
        number & (Self::NUMBERS - 1)
    }

    fn layout() -> Layout {
        let slots = Layout::array::<Slot<T>>(Self::SLOTS);
        let (layout, _) = slots
            .and_then(|slots| Layout::new::<Self>().extend(slots))
            .expect("a value fits into memory, so a block of few values has a size");
        layout
    }

    #[cold]
    pub(super) fn new() -> *mut Self {
        let layout = Self::layout();
        // SAFETY: the layout is not empty, as it has `next` in it.
        let block = unsafe { alloc(layout) }.cast::<Self>();
        if block.is_null() {
            handle_alloc_error(layout);
        }
        let header = Self {
            next: AtomicPtr::new(ptr::null_mut()),
            slots: [],
        };
        // SAFETY: freshly allocated with room and alignment for the header.
        unsafe { block.write(header) };
        // SAFETY: `slots` lies within (at the end of) the header, whose allocation goes on behind it.
        let slots = unsafe { &raw mut (*block).slots }.cast::<Slot<T>>();
        for offset in 0..Self::SLOTS {
            // SAFETY: the layout has `SLOTS` slots, starting there: the header ends aligned for them.
            let place = unsafe { slots.add(offset) };
            let slot = Slot {
                value: UnsafeCell::new(MaybeUninit::uninit()),
                sequence: AtomicUsize::new(0),
            };
            // SAFETY: in bounds, as above.
            unsafe { place.write(slot) };
        }
        block
    }

    /// The slot of a number of this block.
    ///
    /// # Safety
    /// `block` came from [`Block::new`] and is not freed while the answer is used; `number` is not an unused one.
    #[inline]
    pub(super) unsafe fn slot<'a>(block: *mut Self, number: usize) -> &'a Slot<T> {
        // SAFETY: the block is allocated; no reference is made, so the pointer stays good for the whole allocation.
        let slots = unsafe { &raw const (*block).slots }.cast::<Slot<T>>();
        // SAFETY: the offset of a number that is used is below `SLOTS`.
        let slot = unsafe { slots.add(Self::offset(number)) };
        // SAFETY: initialised in `new`, shared from then on.
        unsafe { &*slot }
    }

    /// Frees a block. Values in it are not dropped.
    ///
    /// # Safety
    /// `block` came from [`Block::new`], and nobody uses it again.
    #[cold]
    pub(super) unsafe fn free(block: *mut Self) {
        if needs_drop::<Slot<T>>() {
            // Only loom's slots have something to drop.
            for offset in 0..Self::SLOTS {
                // SAFETY: as in `slot`.
                let slots = unsafe { &raw mut (*block).slots }.cast::<Slot<T>>();
                // SAFETY: in bounds, as `new` made them.
                let slot = unsafe { slots.add(offset) };
                // SAFETY: initialised, and not used again.
                unsafe { slot.drop_in_place() };
            }
            // SAFETY: likewise.
            unsafe { block.drop_in_place() };
        }
        // SAFETY: allocated in `new` with this layout.
        unsafe { dealloc(block.cast(), Self::layout()) };
    }
}
