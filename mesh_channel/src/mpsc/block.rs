//! A block of a channel's queue: the slots of consecutive numbers, in one allocation with their header.
//!
//! This is memory only. Which slot is written and read when, and when a block is freed, is decided in [`list`](super::list),
//! whose invariants the safety comments of the callers name.
//!
//! The slots stand *before* the header in the same allocation, as many as make a block of a reasonable size: many small
//! values, or a few large ones. Counted from the header backward, a slot lies at the same place in a block that has only the
//! last few of the slots. The first block of a queue is such a short one, so that a channel which carries little stays small,
//! and finding a slot takes no look at the block's size.

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

/// The header of a block; its slots end where it begins.
pub(super) struct Block<T> {
    /// The block of the following numbers, once linked.
    pub(super) next: AtomicPtr<Block<T>>,
    /// How many slots there are.
    slots: usize,
}

/// Numbers in a block of small values. loom keeps track of each slot, so it gets few.
const MOST_NUMBERS: usize = if cfg!(loom) { 4 } else { 32 };

/// A block takes at most about this much memory, unless one value does by itself.
/// (loom's threads have small stacks, so its large values must be small.)
const BLOCK_BYTES: usize = if cfg!(loom) { 512 } else { 8192 };

/// Slots of a short block. The last one already brings the next block with it, so this is the least with which the first message
/// of a channel takes little memory.
const SHORT_SLOTS: usize = 2;

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
    /// Values in a short block.
    const SHORT_SLOTS: usize = if SHORT_SLOTS < Self::SLOTS {
        SHORT_SLOTS
    } else {
        Self::SLOTS
    };
    /// The first number of a short block that ends where the very first block would.
    pub(super) const START: usize = Self::SLOTS - Self::SHORT_SLOTS;

    /// Where a number lies in its block.
    #[inline]
    pub(super) fn offset(number: usize) -> usize {
        number & (Self::NUMBERS - 1)
    }

    /// How many of the numbers from `from` on are before `to` and stand for a value.
    pub(super) fn values_between(from: usize, to: usize) -> usize {
        let unused = to / Self::NUMBERS - from / Self::NUMBERS;
        to - from - unused
    }

    /// The layout of a block, and where its header is in it.
    fn layout(slots: usize) -> (Layout, usize) {
        const {
            // So that there is nothing between the last slot and the header.
            assert!(align_of::<Slot<T>>() >= align_of::<Self>());
        }
        let layout =
            Layout::array::<Slot<T>>(slots).and_then(|slots| slots.extend(Layout::new::<Self>()));
        layout.expect("a value fits into memory, so a block of few values has a size")
    }

    /// A block with all its slots.
    #[cold]
    pub(super) fn new() -> *mut Self {
        Self::with_slots(Self::SLOTS)
    }

    /// A block that has the last few of its slots only.
    #[cold]
    pub(super) fn new_short() -> *mut Self {
        Self::with_slots(Self::SHORT_SLOTS)
    }

    fn with_slots(count: usize) -> *mut Self {
        let (layout, header) = Self::layout(count);
        // SAFETY: the layout is not empty, as it has the header in it.
        let start = unsafe { alloc(layout) };
        if start.is_null() {
            handle_alloc_error(layout);
        }
        let slots = start.cast::<Slot<T>>();
        for index in 0..count {
            // SAFETY: the layout begins with that many slots.
            let place = unsafe { slots.add(index) };
            let slot = Slot {
                value: UnsafeCell::new(MaybeUninit::uninit()),
                sequence: AtomicUsize::new(0),
            };
            // SAFETY: in bounds, as above.
            unsafe { place.write(slot) };
        }
        // SAFETY: within the layout, which put the header there.
        let block = unsafe { start.add(header) }.cast::<Self>();
        let header = Self {
            next: AtomicPtr::new(ptr::null_mut()),
            slots: count,
        };
        // SAFETY: freshly allocated with room and alignment for the header.
        unsafe { block.write(header) };
        block
    }

    /// True if it lacks slots.
    pub(super) fn is_short(&self) -> bool {
        self.slots < Self::SLOTS
    }

    /// The slot of a number of this block.
    ///
    /// # Safety
    /// `block` came from [`Block::new`] and is not freed while the answer is used; `number` is not an unused one. Or it came
    /// from [`Block::new_short`], and `number` also has no lower an offset than [`Block::START`].
    #[inline]
    pub(super) unsafe fn slot<'a>(block: *mut Self, number: usize) -> &'a Slot<T> {
        let back = Self::SLOTS - Self::offset(number);
        // SAFETY: `slots` many slots end where the header begins; the offset of a used number is below `SLOTS`, and in a short
        // block at least `START`, so this is one of them.
        let slot = unsafe { block.cast::<Slot<T>>().sub(back) };
        // SAFETY: initialised when the block was made, shared from then on.
        unsafe { &*slot }
    }

    /// Frees a block. Values in it are not dropped.
    ///
    /// # Safety
    /// `block` came from [`Block::new`] or [`Block::new_short`], and nobody uses it again.
    #[cold]
    pub(super) unsafe fn free(block: *mut Self) {
        // SAFETY: allocated and initialised.
        let count = unsafe { (*block).slots };
        let (layout, header) = Self::layout(count);
        // SAFETY: the header is that far behind the start of the allocation.
        let start = unsafe { block.cast::<u8>().sub(header) };
        if needs_drop::<Slot<T>>() {
            // Only loom's slots have something to drop.
            for index in 0..count {
                // SAFETY: in bounds, as they were made.
                let slot = unsafe { start.cast::<Slot<T>>().add(index) };
                // SAFETY: initialised, and not used again.
                unsafe { slot.drop_in_place() };
            }
            // SAFETY: likewise.
            unsafe { block.drop_in_place() };
        }
        // SAFETY: allocated with this layout.
        unsafe { dealloc(start, layout) };
    }
}
