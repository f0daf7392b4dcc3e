//! A buffer that is filled from its end towards its start, without clearing it first.
//!
//! The memory is the spare capacity of a `Vec<u8>` of length zero, so that it can be taken from a vector and given back as
//! one. This and the view of borrowed bytes in `types/sequence.rs` are the only unsafe code of the crate. It buys two things.
//! Memory is not cleared before it is written: clearing costs a fresh small buffer a slower allocation (`calloc`), a reused one
//! its whole capacity for each message, and a large one a second pass over it. And a field asks once whether there is room for
//! all of it, not once for each part: the tag and the number of a field are two stores after one comparison.
//! `docs/benchmarks.md` has the figures, in the rows `encode` and `encode-reused` of the codec group.
//!
//! # Invariants
//!
//! 1. `start <= memory.capacity()`, and `memory.len() == 0`.
//! 2. The bytes `start..capacity` of the memory are initialised.

#![allow(
    unsafe_code,
    reason = "uninitialised memory; see the module's documentation"
)]

use crate::wire;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr;

/// The first size of a buffer that was not given one.
const MIN_CAPACITY: usize = 128;

/// The largest size that a hint alone makes a buffer have.
const MAX_HINT: usize = 1 << 16;

/// As many free bytes as two varints take, the longer of which goes beyond the ten it has: all of what is before the
/// payload of a field, or all of a field that is a number.
const HEADER: usize = 2 * wire::MAX_VARINT_LEN;

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

    /// Writes bytes before what is there.
    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        if bytes.len() > self.start {
            self.grow(bytes.len());
        }
        // SAFETY: as many bytes are free, as was just made sure.
        unsafe { self.put_slice(bytes) };
    }

    /// Writes bytes, and before them their number and a tag.
    #[inline]
    pub(crate) fn extend_field(&mut self, tag: u64, bytes: &[u8]) {
        if self.start < HEADER || self.start - HEADER < bytes.len() {
            return self.extend_last_field(tag, bytes);
        }
        // SAFETY: so many bytes are free, and `HEADER` more.
        unsafe { self.put_slice(bytes) };
        // SAFETY: `HEADER` bytes are free.
        unsafe { self.put_varints(tag, bytes.len() as u64) };
    }

    /// As [`extend_field`](Self::extend_field), where room is scarce.
    #[cold]
    #[inline(never)]
    fn extend_last_field(&mut self, tag: u64, bytes: &[u8]) {
        self.extend(bytes);
        self.extend_last_varints(tag, bytes.len() as u64);
    }

    /// Writes a varint before what is there.
    #[inline]
    pub(crate) fn extend_varint(&mut self, value: u64) {
        if self.start < HEADER && !self.begin() {
            return self.extend_last_varint(value);
        }
        // SAFETY: `HEADER` bytes are free.
        unsafe { self.put_varint(value) };
    }

    /// Writes two varints, `first` before `second`: a tag and a number or a length.
    #[inline]
    pub(crate) fn extend_varints(&mut self, first: u64, second: u64) {
        if self.start < HEADER && !self.begin() {
            return self.extend_last_varints(first, second);
        }
        // SAFETY: `HEADER` bytes are free.
        unsafe { self.put_varints(first, second) };
    }

    #[cold]
    #[inline(never)]
    fn extend_last_varints(&mut self, first: u64, second: u64) {
        self.extend_last_varint(second);
        self.extend_last_varint(first);
    }

    /// A varint where room is scarce: no byte more than it has.
    #[cold]
    #[inline(never)]
    fn extend_last_varint(&mut self, mut value: u64) {
        let len = wire::varint_len(value);
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

    /// Makes room for exactly a field with so many bytes, if nothing has been written yet.
    #[inline]
    pub(crate) fn expect_field(&mut self, tag: u64, len: usize) {
        if self.memory.capacity() == 0 {
            self.begin_with_field(tag, len);
        }
    }

    #[cold]
    #[inline(never)]
    fn begin_with_field(&mut self, tag: u64, len: usize) {
        let header = wire::varint_len(tag) + wire::varint_len(len as u64);
        let capacity = header.saturating_add(len);
        if capacity > MIN_CAPACITY {
            self.memory = Vec::with_capacity(capacity);
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

    /// # Safety
    ///
    /// At least as many bytes are free: `start >= N`.
    #[inline]
    unsafe fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        let at = self.start - N;
        // SAFETY: the `N` bytes from `at` lie before `start`, so within the capacity (1).
        let place = unsafe { self.memory.as_mut_ptr().add(at) };
        // SAFETY: likewise; an array of bytes may lie anywhere.
        unsafe { place.cast::<[u8; N]>().write(bytes) };
        self.start = at;
    }

    /// # Safety
    ///
    /// At least as many bytes are free: `start >= bytes.len()`.
    #[inline]
    unsafe fn put_slice(&mut self, bytes: &[u8]) {
        let at = self.start - bytes.len();
        // SAFETY: the bytes from `at` to `start` are within the capacity (1).
        let place = unsafe { self.memory.as_mut_ptr().add(at) };
        // SAFETY: likewise; the two do not overlap, as this memory is borrowed exclusively.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
        self.start = at;
    }

    /// # Safety
    ///
    /// As many bytes are free as two of the longest varints have: `start >= HEADER`.
    #[inline(always)]
    unsafe fn put_varints(&mut self, first: u64, second: u64) {
        if first < 0x80 && second < 0x80 {
            // SAFETY: `HEADER` bytes are free.
            unsafe { self.put([first as u8, second as u8]) };
            return;
        }
        // SAFETY: `HEADER` bytes are free, and half of them are after the first number.
        unsafe { self.put_varint(second) };
        // SAFETY: likewise.
        unsafe { self.put_varint(first) };
    }

    /// A tag is known to the compiler, which makes one store of it.
    ///
    /// # Safety
    ///
    /// As many bytes are free as the longest varint has: `start >= 10`.
    #[inline(always)]
    unsafe fn put_varint(&mut self, value: u64) {
        if value < 0x80 {
            // SAFETY: ten bytes are free.
            unsafe { self.put([value as u8]) };
        } else {
            // SAFETY: ten bytes are free.
            unsafe { self.put_long_varint(value) };
        }
    }

    /// # Safety
    ///
    /// As many bytes are free as the longest varint has: `start >= 10`.
    #[inline(always)]
    unsafe fn put_long_varint(&mut self, value: u64) {
        if value < 0x4000 {
            // SAFETY: ten bytes are free.
            unsafe { self.put([value as u8 | 0x80, (value >> 7) as u8]) };
        } else {
            // SAFETY: ten bytes are free.
            unsafe { self.put_longer_varint(value) };
        }
    }

    /// # Safety
    ///
    /// As many bytes are free as the longest varint has: `start >= 10`.
    #[inline(never)]
    unsafe fn put_longer_varint(&mut self, value: u64) {
        if value < 1 << 28 {
            let digits = wire::spread32(value as u32);
            if value < 1 << 21 {
                // Four bytes at once, so that the last that counts comes last; the one in front stays free.
                let word = (digits | 0x8080) << 8;
                // SAFETY: ten bytes are free.
                unsafe { self.put(word.to_le_bytes()) };
                self.start += 1;
            } else {
                // SAFETY: ten bytes are free.
                unsafe { self.put((digits | 0x80_8080).to_le_bytes()) };
            }
        } else if value < 1 << 56 {
            let len = wire::varint_len(value);
            let digits = wire::spread(value) | (wire::CONTINUE >> (8 * (9 - len)) & wire::CONTINUE);
            // Eight bytes at once, likewise.
            let word = digits << (8 * (8 - len));
            // SAFETY: ten bytes are free.
            unsafe { self.put(word.to_le_bytes()) };
            self.start += 8 - len;
        } else {
            // SAFETY: ten bytes are free.
            unsafe { self.put_longest_varint(value) };
        }
    }

    /// A varint of nine or ten bytes.
    ///
    /// # Safety
    ///
    /// As many bytes are free as the longest varint has: `start >= 10`.
    #[inline(never)]
    unsafe fn put_longest_varint(&mut self, value: u64) {
        // What is above eight groups of seven bits comes last; each of those is followed by another.
        let high = value >> 56;
        if high < 0x80 {
            // SAFETY: ten bytes are free.
            unsafe { self.put([high as u8]) };
        } else {
            // SAFETY: ten bytes are free.
            unsafe { self.put([high as u8 | 0x80, (high >> 7) as u8]) };
        }
        // SAFETY: of ten bytes two at most are taken.
        unsafe { self.put((wire::spread(value) | wire::CONTINUE).to_le_bytes()) };
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

    /// Takes the first memory of a buffer that has none; returns whether there was none, so that all of it is free now.
    #[cold]
    #[inline(never)]
    fn begin(&mut self) -> bool {
        let first = self.memory.capacity() == 0;
        if first {
            self.memory = Vec::with_capacity(MIN_CAPACITY);
            self.start = self.memory.capacity();
        }
        first
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
        buffer.extend(b"h");
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
        buffer.expect_field(0x0a, 1000);
        buffer.extend_field(0x0a, &[7; 1000]);
        let bytes = buffer.finish();
        assert_eq!((bytes.len(), bytes.capacity()), (1003, 1003));
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
        buffer.extend(&[1]);
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
