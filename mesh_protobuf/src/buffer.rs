//! A buffer that is filled from its end towards its start, without clearing it first.
//!
//! The memory is the spare capacity of a `Vec<u8>` of length zero, so that it can be taken from a vector and given back as
//! one. This is the only unsafe code of the crate. It buys that memory is not cleared before it is written: clearing costs a
//! fresh small buffer a slower allocation (`calloc`), a reused one its whole capacity for each message, and a large one a second pass
//! over it. `mesh_bench`'s codec group shows it in the rows `encode-fresh` and `encode-reused`.
//!
//! # Invariants
//!
//! 1. `start <= memory.capacity()`, and `memory.len() == 0`.
//! 2. The bytes `start..capacity` of the memory are initialised.

#![allow(
    unsafe_code,
    reason = "uninitialised memory; see the module's documentation"
)]

use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr;

/// The first size of a buffer that was not given one.
const MIN_CAPACITY: usize = 128;

/// The largest size that a hint alone makes a buffer have.
const MAX_HINT: usize = 1 << 16;

pub(crate) struct Buffer {
    memory: Vec<u8>,
    start: usize,
}

impl Buffer {
    /// An empty buffer over the capacity of `memory`.
    #[inline]
    pub(crate) fn new(mut memory: Vec<u8>) -> Self {
        memory.clear();
        Self {
            start: memory.capacity(),
            memory,
        }
    }

    /// How many bytes have been written.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.memory.capacity() - self.start
    }

    /// Writes a byte before what is there.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        if self.start == 0 {
            self.grow(1);
        }
        let at = self.start - 1;
        self.memory.spare_capacity_mut()[at].write(byte);
        self.start = at;
    }

    /// Writes bytes before what is there.
    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let room = self.room(bytes.len());
        // SAFETY: `room` is valid for writes of `bytes.len()` bytes, being a slice of that length; the two do not overlap, as one
        // is borrowed exclusively.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), room.as_mut_ptr().cast::<u8>(), bytes.len());
        }
        self.start -= bytes.len();
    }

    /// Writes a number in base 128 before what is there, least digit first; `len` is how many digits it has.
    #[inline]
    pub(crate) fn extend_varint(&mut self, len: usize, mut value: u64) {
        if let Some((last, rest)) = self.room(len).split_last_mut() {
            for place in rest {
                place.write(value as u8 | 0x80);
                value >>= 7;
            }
            last.write(value as u8);
            self.start -= len;
        }
    }

    /// Writes `len` bytes before what is there: what `bytes` yields, first byte first, and zeros if those are too few.
    #[inline]
    pub(crate) fn extend_from(&mut self, len: usize, bytes: impl Iterator<Item = u8>) {
        let room = self.room(len);
        let written = room
            .iter_mut()
            .zip(bytes)
            .map(|(place, byte)| place.write(byte))
            .count();
        for place in room.iter_mut().skip(written) {
            place.write(0);
        }
        self.start -= len;
    }

    /// Makes room for about `len` more bytes, which are expected but not certain to come.
    #[inline]
    pub(crate) fn expect(&mut self, len: usize) {
        let len = len.min(MAX_HINT);
        if len > self.start {
            self.grow(len);
        }
    }

    /// Makes room for exactly `len` more bytes, if nothing has been written yet.
    #[inline]
    pub(crate) fn expect_last(&mut self, len: usize) {
        if self.memory.capacity() == 0 && len > MIN_CAPACITY {
            self.memory = Vec::with_capacity(len);
            self.start = self.memory.capacity();
        }
    }

    /// What was written, from its first byte on.
    #[inline]
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let len = self.len();
        let memory = self.memory.as_mut_ptr();
        if self.start > 0 {
            // SAFETY: `start <= capacity` (1), so the pointer stays within the allocation.
            let written = unsafe { memory.add(self.start) };
            // SAFETY: both ranges of `len` bytes lie within the capacity (1); they may overlap.
            unsafe { ptr::copy(written, memory, len) };
        }
        // SAFETY: `len <= capacity`, and the first `len` bytes are initialised: they were `start..capacity` (2).
        unsafe { self.memory.set_len(len) };
        self.memory
    }

    /// The `len` bytes before what has been written. Only once all of them are initialised does the caller count them in, by moving
    /// `start`: so (2) holds even if what it writes panics.
    #[inline]
    fn room(&mut self, len: usize) -> &mut [MaybeUninit<u8>] {
        if len > self.start {
            self.grow(len);
        }
        let end = self.start;
        &mut self.memory.spare_capacity_mut()[end - len..end]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, len: usize) {
        let used = self.len();
        let capacity = (self.memory.capacity() * 2)
            .max(used + len)
            .max(MIN_CAPACITY);
        let mut memory = Vec::<u8>::with_capacity(capacity);
        let start = memory.capacity() - used;
        // SAFETY: `start <= capacity` (1), so the pointer stays within the allocation.
        let from = unsafe { self.memory.as_ptr().add(self.start) };
        // SAFETY: `start <= capacity` by its definition.
        let to = unsafe { memory.as_mut_ptr().add(start) };
        // SAFETY: `used` initialised bytes (2) are copied from the end of one allocation to the end of another.
        unsafe { ptr::copy_nonoverlapping(from, to, used) };
        self.memory = memory;
        self.start = start;
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_whatever_way_they_went_in() {
        let mut buffer = Buffer::new(Vec::new());
        buffer.extend(b"lo world");
        buffer.extend_from(2, b"el".iter().copied());
        buffer.push(b'h');
        assert_eq!(buffer.len(), 11);
        assert_eq!(buffer.finish(), b"hello world");
    }

    #[test]
    fn growth_keeps_what_was_written() {
        let mut buffer = Buffer::new(Vec::new());
        for i in (0..1000u64).rev() {
            buffer.extend(&i.to_le_bytes());
        }
        let expected: Vec<u8> = (0..1000u64).flat_map(u64::to_le_bytes).collect();
        assert_eq!(buffer.finish(), expected);
    }

    #[test]
    fn a_reused_vector_is_neither_moved_nor_read() {
        let mut memory = Vec::with_capacity(256);
        memory.extend_from_slice(&[9; 100]);
        let at = memory.as_ptr();
        let mut buffer = Buffer::new(memory);
        buffer.extend(&[1; 200]);
        let bytes = buffer.finish();
        assert_eq!(bytes.as_ptr(), at);
        assert_eq!(bytes, [1; 200]);
    }

    #[test]
    fn an_exact_expectation_is_one_allocation_that_is_filled() {
        let mut buffer = Buffer::new(Vec::new());
        buffer.expect_last(1000);
        buffer.extend(&[7; 1000]);
        let bytes = buffer.finish();
        assert_eq!((bytes.len(), bytes.capacity()), (1000, 1000));
    }

    #[test]
    fn a_row_that_is_shorter_than_it_says_is_filled_up_and_a_longer_one_cut() {
        let mut buffer = Buffer::new(Vec::new());
        buffer.extend_from(3, [1, 2].into_iter());
        buffer.extend_from(2, [3, 4, 5].into_iter());
        assert_eq!(buffer.finish(), [3, 4, 1, 2, 0]);
    }

    #[test]
    fn what_a_panicking_row_wrote_does_not_count() {
        let mut buffer = Buffer::new(Vec::new());
        buffer.push(1);
        let panicking = core::iter::from_fn(|| -> Option<u8> { panic!("as told") });
        let row = std::panic::AssertUnwindSafe(|| buffer.extend_from(100, panicking));
        assert!(std::panic::catch_unwind(row).is_err());
        assert_eq!(buffer.finish(), [1]);
    }

    #[test]
    fn nothing_written_is_no_allocation() {
        let bytes = Buffer::new(Vec::new()).finish();
        assert_eq!((bytes.len(), bytes.capacity()), (0, 0));
    }
}
