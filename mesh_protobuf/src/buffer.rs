//! A buffer that is filled from its end towards its start, without clearing it first.
//!
//! The memory is the capacity of a `Vec<u8>`, so that it can be taken from a vector and given back as one, or a slice that is
//! lent. The unsafe code here buys two things.
//! Memory is not cleared before it is written: clearing costs a fresh small buffer a slower allocation (`calloc`), a reused one
//! its whole capacity for each message, and a large one a second pass over it. And a field asks once whether there is room for
//! all of it, not once for each part: the tag and the number of a field are two stores after one comparison.
//! `docs/benchmarks.md` has the figures, in the rows `encode` and `encode-reused` of the codec group.
//!
//! A slice cannot grow. What does not fit it is counted and dropped; what comes after that may fit again, and does not matter any
//! more. So in the end the length says how much room it would have taken.
//!
//! # Invariants
//!
//! 1. `start <= memory.capacity() <= end`, and the last two are equal unless bytes have been dropped, or lie elsewhere.
//! 2. The bytes `start..capacity` of the memory are initialised.

#![allow(
    unsafe_code,
    reason = "uninitialised memory; see the module's documentation"
)]

use crate::storage::Storage;
use crate::wire;
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

/// As many free bytes as two varints take, the longer of which goes beyond the ten it has: all of what is before the
/// payload of a field, or all of a field that is a number.
const HEADER: usize = 2 * wire::MAX_VARINT_LEN;

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

    /// How many bytes have been written, those that were dropped or lie elsewhere included.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// How many bytes are here.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn written(&self) -> usize {
        self.memory.capacity() - self.start
    }

    /// Counts bytes that lie elsewhere. What has no memory yet takes it here, so that it need not count when it does.
    #[cfg(feature = "alloc")]
    pub(crate) fn count(&mut self, len: usize) {
        self.begin();
        self.end = self.end.saturating_add(len);
    }

    /// Writes bytes before what is there.
    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        if bytes.len() > self.start && !self.grow(bytes.len()) {
            return;
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

    /// Makes room for exactly a field with so many bytes, if nothing has been written yet.
    #[inline]
    pub(crate) fn expect_field(&mut self, tag: u64, len: usize) {
        #[cfg(feature = "alloc")]
        if self.memory.capacity() == 0 {
            self.begin_with_field(tag, len);
        }
        #[cfg(not(feature = "alloc"))]
        let _ = (tag, len);
    }

    #[cfg(feature = "alloc")]
    #[cold]
    #[inline(never)]
    fn begin_with_field(&mut self, tag: u64, len: usize) {
        let header = wire::varint_len(tag) + wire::varint_len(len as u64);
        let capacity = header.saturating_add(len);
        if capacity > MIN_CAPACITY && self.memory.is_owned() {
            *self = Self::new(Storage::owned(Vec::with_capacity(capacity)));
        }
    }

    /// What was written, from its first byte on, if the memory is a vector's; of a slice, nothing.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        // Asked before the move, so that the answer need not be kept over a call.
        if !self.memory.is_owned() {
            return Vec::new();
        }
        let len = self.move_to_front();
        // SAFETY: it is owned; `len` is within the capacity, and the first `len` bytes are initialised: they were `start..capacity` (2).
        unsafe { self.memory.into_vec(len) }
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

    /// Takes the first memory of a buffer that has none and may have some; returns whether it did, so that all of it is free now.
    #[cold]
    #[inline(never)]
    fn begin(&mut self) -> bool {
        #[cfg(feature = "alloc")]
        if self.memory.capacity() == 0 && self.memory.is_owned() {
            *self = Self::new(Storage::owned(Vec::with_capacity(MIN_CAPACITY)));
            return true;
        }
        false
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
        let (used, elsewhere) = (self.written(), self.len() - self.written());
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
        self.end = memory.capacity().saturating_add(elsewhere);
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
        buffer.extend(b"h");
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
        buffer.expect_field(0x0a, 1000);
        buffer.extend_field(0x0a, &[7; 1000]);
        let bytes = buffer.into_vec();
        assert_eq!((bytes.len(), bytes.capacity()), (1003, 1003));
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
        buffer.extend(&[1]);
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
        buffer.expect_field(0x0a, 1000);
        buffer.expect(1000);
        buffer.extend(b"lo world");
        buffer.extend_from(2, b"el".iter().copied());
        buffer.extend(b"h");
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
            buffer.extend(&[1]);
            buffer.extend(&[2; 10]);
            buffer.extend_varint(300);
            buffer.extend_from(9, [7; 9].into_iter());
            buffer.extend(&[1]);
            assert_eq!(buffer.len(), 23);
            assert_eq!(buffer.into_slice(), Err(23));
        }
    }

    #[test]
    fn fields_in_a_slice_are_those_in_a_vector_or_counted() {
        let write = |buffer: &mut Buffer<'_>| {
            buffer.expect_field(0x0a, 1000);
            for number in [7, 300, 1 << 20, 1 << 27, 1 << 50, u64::MAX] {
                buffer.extend_field(0x0a, b"some text");
                buffer.extend_varints(0x10, number);
                buffer.extend_varint(number);
            }
        };
        let mut owned = Buffer::new(Storage::owned(Vec::new()));
        write(&mut owned);
        let expected = owned.into_vec();
        for room in 0..expected.len() + 2 * HEADER {
            let mut memory = vec![0; room];
            let mut buffer = Buffer::new(Storage::lent(&mut memory));
            write(&mut buffer);
            assert_eq!(buffer.len(), expected.len());
            match buffer.into_slice() {
                Ok(bytes) => assert_eq!(bytes, expected),
                Err(needed) => assert!(needed == expected.len() && room < needed),
            }
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
