//! A buffer that is filled from its end towards its start, without clearing it first.
//!
//! The memory is the capacity of a `Vec<u8>`, so that it can be taken from a vector and given back as one, or a slice that is
//! lent. The unsafe code here buys that memory is not cleared before it is written: clearing costs a
//! fresh small buffer a slower allocation (`calloc`), a reused one its whole capacity for each message, and a large one a second pass
//! over it. `mesh_bench`'s codec group shows it in the rows `encode-fresh` and `encode-reused`.
//!
//! A slice cannot grow. What does not fit it is counted and dropped; what comes after that may fit again, and does not matter any
//! more. So in the end the length says how much room it would have taken.
//!
//! # Invariants
//!
//! 1. `start <= memory.capacity() <= end`, and the two are equal unless bytes have been dropped.
//! 2. The bytes `start..capacity` of the memory are initialised.

#![allow(
    unsafe_code,
    reason = "uninitialised memory; see the module's documentation"
)]

use crate::storage::Storage;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr;

/// The first size of a buffer that was not given one.
#[cfg(feature = "alloc")]
const MIN_CAPACITY: usize = 128;

/// The largest size that a hint alone makes a buffer have.
#[cfg(feature = "alloc")]
const MAX_HINT: usize = 1 << 16;

pub(crate) struct Buffer<'b> {
    memory: Storage<'b>,
    start: usize,
    /// Where the bytes would end in a memory that had room for all of them.
    end: usize,
}

impl<'b> Buffer<'b> {
    /// An empty buffer over all of `memory`.
    #[inline]
    pub(crate) fn new(memory: Storage<'b>) -> Self {
        Self {
            start: memory.capacity(),
            end: memory.capacity(),
            memory,
        }
    }

    /// How many bytes have been written, those that were dropped included.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Writes a byte before what is there.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        if self.start == 0 && !self.grow(1) {
            return;
        }
        let at = self.start - 1;
        self.memory.room()[at].write(byte);
        self.start = at;
    }

    /// Writes bytes before what is there.
    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let Some(room) = self.room(bytes.len()) else {
            return;
        };
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
        if let Some((last, rest)) = self.room(len).and_then(<[_]>::split_last_mut) {
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
        let Some(room) = self.room(len) else {
            return;
        };
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
        #[cfg(feature = "alloc")]
        if len.min(MAX_HINT) > self.start && self.memory.is_owned() {
            let _ = self.grow(len.min(MAX_HINT));
        }
        #[cfg(not(feature = "alloc"))]
        let _ = len;
    }

    /// Makes room for exactly `len` more bytes, if nothing has been written yet.
    #[inline]
    pub(crate) fn expect_last(&mut self, len: usize) {
        #[cfg(feature = "alloc")]
        if self.end == 0 && len > MIN_CAPACITY && self.memory.is_owned() {
            *self = Self::new(Storage::owned(Vec::with_capacity(len)));
        }
        #[cfg(not(feature = "alloc"))]
        let _ = len;
    }

    /// What was written, from its first byte on, if the memory is a vector's.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        let len = self.move_to_front();
        let mut memory = self.memory.into_vec();
        if memory.capacity() >= len {
            // SAFETY: `len` is within the capacity, and the first `len` bytes are initialised: they were `start..capacity` (2).
            unsafe { memory.set_len(len) };
        }
        memory
    }

    /// What was written, from its first byte on, if the memory is a slice; or how long a slice it takes.
    #[inline]
    pub(crate) fn into_slice(mut self) -> Result<&'b mut [u8], usize> {
        if self.end > self.memory.capacity() {
            return Err(self.len());
        }
        let len = self.move_to_front();
        Ok(self.memory.into_slice(len))
    }

    /// Moves what was written to the start of the memory, and returns its length.
    #[inline]
    fn move_to_front(&mut self) -> usize {
        let len = self.memory.capacity() - self.start;
        let memory = self.memory.as_mut_ptr();
        if self.start > 0 {
            // SAFETY: `start <= capacity` (1), so the pointer stays within the allocation.
            let written = unsafe { memory.add(self.start) };
            // SAFETY: both ranges of `len` bytes lie within the capacity (1); they may overlap.
            unsafe { ptr::copy(written, memory, len) };
        }
        len
    }

    /// The `len` bytes before what has been written, unless there is no room and can be none. Only once all of them are initialised
    /// does the caller count them in, by moving `start`: so (2) holds even if what it writes panics.
    #[inline]
    fn room(&mut self, len: usize) -> Option<&mut [MaybeUninit<u8>]> {
        if len > self.start && !self.grow(len) {
            return None;
        }
        let end = self.start;
        Some(&mut self.memory.room()[end - len..end])
    }

    /// Makes room for `len` more bytes; returns whether there is. If there is none, they are counted as dropped.
    #[cold]
    #[inline(never)]
    #[must_use]
    fn grow(&mut self, len: usize) -> bool {
        #[cfg(feature = "alloc")]
        if self.memory.is_owned() {
            self.move_to_larger(len);
            return true;
        }
        self.end = self.end.saturating_add(len);
        false
    }

    #[cfg(feature = "alloc")]
    #[inline]
    fn move_to_larger(&mut self, len: usize) {
        let used = self.len();
        let capacity = (self.memory.capacity() * 2)
            .max(used + len)
            .max(MIN_CAPACITY);
        let mut memory = Storage::owned(Vec::with_capacity(capacity));
        let start = memory.capacity() - used;
        // SAFETY: `start <= capacity` (1), so the pointer stays within the allocation.
        let from = unsafe { self.memory.as_mut_ptr().add(self.start) };
        // SAFETY: `start <= capacity` by its definition.
        let to = unsafe { memory.as_mut_ptr().add(start) };
        // SAFETY: `used` initialised bytes (2) are copied from the end of one allocation to the end of another.
        unsafe { ptr::copy_nonoverlapping(from, to, used) };
        self.start = start;
        self.end = memory.capacity();
        self.memory = memory;
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_whatever_way_they_went_in() {
        let mut buffer = Buffer::new(Storage::owned(Vec::new()));
        buffer.extend(b"lo world");
        buffer.extend_from(2, b"el".iter().copied());
        buffer.push(b'h');
        assert_eq!(buffer.len(), 11);
        assert_eq!(buffer.into_vec(), b"hello world");
    }

    #[test]
    fn growth_keeps_what_was_written() {
        let mut buffer = Buffer::new(Storage::owned(Vec::new()));
        for i in (0..1000u64).rev() {
            buffer.extend(&i.to_le_bytes());
        }
        let expected: Vec<u8> = (0..1000u64).flat_map(u64::to_le_bytes).collect();
        assert_eq!(buffer.into_vec(), expected);
    }

    #[test]
    fn a_reused_vector_is_neither_moved_nor_read() {
        let mut memory = Vec::with_capacity(256);
        memory.extend_from_slice(&[9; 100]);
        let at = memory.as_ptr();
        let mut buffer = Buffer::new(Storage::owned(memory));
        buffer.extend(&[1; 200]);
        let bytes = buffer.into_vec();
        assert_eq!(bytes.as_ptr(), at);
        assert_eq!(bytes, [1; 200]);
    }

    #[test]
    fn an_exact_expectation_is_one_allocation_that_is_filled() {
        let mut buffer = Buffer::new(Storage::owned(Vec::new()));
        buffer.expect_last(1000);
        buffer.extend(&[7; 1000]);
        let bytes = buffer.into_vec();
        assert_eq!((bytes.len(), bytes.capacity()), (1000, 1000));
    }

    #[test]
    fn a_row_that_is_shorter_than_it_says_is_filled_up_and_a_longer_one_cut() {
        let mut buffer = Buffer::new(Storage::owned(Vec::new()));
        buffer.extend_from(3, [1, 2].into_iter());
        buffer.extend_from(2, [3, 4, 5].into_iter());
        assert_eq!(buffer.into_vec(), [3, 4, 1, 2, 0]);
    }

    #[test]
    fn what_a_panicking_row_wrote_does_not_count() {
        let mut buffer = Buffer::new(Storage::owned(Vec::new()));
        buffer.push(1);
        let panicking = core::iter::from_fn(|| -> Option<u8> { panic!("as told") });
        let row = std::panic::AssertUnwindSafe(|| buffer.extend_from(100, panicking));
        assert!(std::panic::catch_unwind(row).is_err());
        assert_eq!(buffer.into_vec(), [1]);
    }

    #[test]
    fn nothing_written_is_no_allocation() {
        let bytes = Buffer::new(Storage::owned(Vec::new())).into_vec();
        assert_eq!((bytes.len(), bytes.capacity()), (0, 0));
    }

    #[test]
    fn a_slice_is_filled_to_its_last_byte_and_no_further() {
        let mut memory = [9; 12];
        let mut buffer = Buffer::new(Storage::lent(&mut memory[..11]));
        buffer.expect_last(1000);
        buffer.expect(1000);
        buffer.extend(b"lo world");
        buffer.extend_from(2, b"el".iter().copied());
        buffer.push(b'h');
        assert_eq!(buffer.into_slice().unwrap(), b"hello world");
        assert_eq!(memory, *b"hello world\x09");
    }

    #[test]
    fn what_is_shorter_than_the_slice_lies_at_its_start() {
        let mut memory = [9; 4];
        let mut buffer = Buffer::new(Storage::lent(&mut memory));
        buffer.extend(&[1, 2]);
        assert_eq!(buffer.into_slice().unwrap(), [1, 2]);
        assert_eq!(memory[..2], [1, 2]);
    }

    #[test]
    fn what_a_slice_has_no_room_for_is_counted() {
        for room in 0..23 {
            let mut memory = [0; 23];
            let mut buffer = Buffer::new(Storage::lent(&mut memory[..room]));
            buffer.push(1);
            buffer.extend(&[2; 10]);
            buffer.extend_varint(2, 300);
            buffer.extend_from(9, [7; 9].into_iter());
            buffer.push(1);
            assert_eq!(buffer.len(), 23);
            assert_eq!(buffer.into_slice(), Err(23));
        }
    }

    #[test]
    fn a_vector_that_is_not_asked_for_is_dropped_with_the_buffer() {
        let mut buffer = Buffer::new(Storage::owned(Vec::with_capacity(10)));
        buffer.extend(&[1; 10]);
        drop(buffer);
        let lent = Buffer::new(Storage::lent(&mut [])).into_vec();
        assert!(lent.is_empty());
    }
}
