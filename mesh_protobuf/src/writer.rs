//! The sink of an encoder: a buffer that is filled from its end towards its start.
//!
//! A protobuf message is preceded by its length. Written forwards, that length must be known before the first byte of the
//! body, so an encoder walks every value twice, or every value once for each level it is nested in. Written backwards, the
//! length is simply what has been written since the body began. One walk is also what lets values be encoded by value:
//! a resource can be moved out as it is met.
//!
//! Fields are therefore written last to first, and within a field: payload, then length, then tag.

use crate::wire::{self, MAX_VARINT_LEN, WireType};
use alloc::vec;
use alloc::vec::Vec;

/// The first size of a buffer that was not given one.
const MIN_CAPACITY: usize = 64;

/// Receives an encoded message back to front, and the resources that travel beside it.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::wire::WireType;
/// use mesh_protobuf::{NoResource, Writer};
///
/// let mut writer = Writer::<NoResource>::new();
/// // Last field first; in a field the payload, its length, the tag.
/// writer.delimited(|writer| writer.bytes(b"hi"));
/// writer.tag(2, WireType::Len);
/// writer.varint(150);
/// writer.tag(1, WireType::Varint);
/// assert_eq!(writer.finish().0, [0x08, 0x96, 0x01, 0x12, 2, b'h', b'i']);
/// ```
pub struct Writer<R> {
    /// The message so far is `buf[start..]`; the bytes before it are free.
    buf: Vec<u8>,
    start: usize,
    resources: Vec<R>,
}

impl<R> Writer<R> {
    /// An empty writer.
    pub fn new() -> Self {
        Self::with_buffer(Vec::new())
    }

    /// An empty writer that reuses the memory of `buf`, whose content is overwritten.
    pub fn with_buffer(mut buf: Vec<u8>) -> Self {
        // All of the capacity is usable; what is there already need not be cleared again.
        buf.resize(buf.capacity(), 0);
        Self {
            start: buf.len(),
            buf,
            resources: Vec::new(),
        }
    }

    /// How many bytes have been written.
    #[inline]
    pub fn len(&self) -> usize {
        self.buf.len() - self.start
    }

    /// Whether nothing has been written.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start == self.buf.len()
    }

    /// The message and its resources. The message starts at the buffer's start.
    pub fn finish(mut self) -> (Vec<u8>, Vec<R>) {
        let len = self.len();
        if self.start > 0 {
            self.buf.copy_within(self.start.., 0);
            self.buf.truncate(len);
        }
        (self.buf, self.resources)
    }

    /// Writes raw bytes.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
    }

    /// Writes `len` bytes by filling a slice, first byte first.
    #[inline]
    pub fn fill(&mut self, len: usize, fill: impl FnOnce(&mut [u8])) {
        fill(self.room(len));
    }

    /// Writes a varint.
    #[inline]
    pub fn varint(&mut self, mut value: u64) {
        if value < 0x80 {
            self.room(1)[0] = value as u8;
            return;
        }
        let len = wire::varint_len(value);
        debug_assert!(len <= MAX_VARINT_LEN);
        let (last, rest) = match self.room(len).split_last_mut() {
            Some(split) => split,
            None => return,
        };
        for byte in rest {
            *byte = value as u8 | 0x80;
            value >>= 7;
        }
        *last = value as u8;
    }

    /// Writes four bytes, little-endian.
    #[inline]
    pub fn fixed32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes eight bytes, little-endian.
    #[inline]
    pub fn fixed64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes a tag; call it after the payload, since the buffer grows backwards.
    #[inline]
    pub fn tag(&mut self, number: u32, wire_type: WireType) {
        debug_assert!((1..=wire::MAX_FIELD_NUMBER).contains(&number));
        self.varint(wire::tag(number, wire_type));
    }

    /// Writes what `body` writes, and before it its length.
    #[inline]
    pub fn delimited(&mut self, body: impl FnOnce(&mut Self)) {
        let before = self.len();
        body(self);
        let len = self.len() - before;
        self.varint(len as u64);
    }

    /// Adds a resource to the list beside the message and writes its index.
    pub fn resource(&mut self, resource: R) {
        let index = self.resources.len();
        self.resources.push(resource);
        self.varint(index as u64);
    }

    /// The `len` bytes before what has been written, now part of the message.
    #[inline]
    fn room(&mut self, len: usize) -> &mut [u8] {
        if len > self.start {
            self.grow(len);
        }
        let end = self.start;
        self.start -= len;
        &mut self.buf[self.start..end]
    }

    #[cold]
    fn grow(&mut self, len: usize) {
        let used = self.len();
        let capacity = (self.buf.len() * 2).max(used + len).max(MIN_CAPACITY);
        let mut buf = vec![0; capacity];
        buf[capacity - used..].copy_from_slice(&self.buf[self.start..]);
        self.start = capacity - used;
        self.buf = buf;
    }
}

impl<R> Default for Writer<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> core::fmt::Debug for Writer<R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Writer")
            .field("len", &self.len())
            .field("resources", &self.resources.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_written_last_come_first() {
        let mut writer = Writer::<()>::new();
        writer.bytes(b"world");
        writer.bytes(b"hello ");
        assert_eq!(writer.finish().0, b"hello world");
    }

    #[test]
    fn growth_keeps_what_was_written() {
        let mut writer = Writer::<()>::new();
        for i in (0..1000u64).rev() {
            writer.fixed64(i);
        }
        let (bytes, _) = writer.finish();
        let expected: Vec<u8> = (0..1000u64).flat_map(u64::to_le_bytes).collect();
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_reused_buffer_is_not_reallocated() {
        let buf = Vec::with_capacity(256);
        let at = buf.as_ptr();
        let mut writer = Writer::<()>::with_buffer(buf);
        writer.bytes(&[1; 200]);
        let (bytes, _) = writer.finish();
        assert_eq!(bytes.as_ptr(), at);
        assert_eq!(bytes, [1; 200]);
    }

    #[test]
    fn varints_have_their_canonical_bytes() {
        let encode = |value| {
            let mut writer = Writer::<()>::new();
            writer.varint(value);
            writer.finish().0
        };
        assert_eq!(encode(0), [0]);
        assert_eq!(encode(127), [0x7f]);
        assert_eq!(encode(150), [0x96, 0x01]);
        assert_eq!(
            encode(u64::MAX),
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
        );
    }
}
