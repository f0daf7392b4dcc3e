//! The sink of an encoder: a buffer that is filled from its end towards its start.
//!
//! A protobuf message is preceded by its length. Written forwards, that length must be known before the first byte of the
//! body, so an encoder walks every value twice, or every value once for each level it is nested in. Written backwards, the
//! length is simply what has been written since the body began. One walk is also what lets values be encoded by value:
//! a resource can be moved out as it is met.
//!
//! Fields are therefore written last to first, and within a field: payload, then length, then tag.

use crate::buffer::Buffer;
use crate::storage::Storage;
use crate::wire::{self, WireType};
#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;
#[cfg(not(feature = "alloc"))]
use core::marker::PhantomData;

/// Receives an encoded message back to front, and the resources that travel beside it.
///
/// `'b` is the life of the slice that the message is written into; a writer that owns its buffer has any.
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
// The buffer comes first, so that its address is the writer's: what writes fields then keeps one of them in a register, not two.
#[repr(C)]
pub struct Writer<'b, R> {
    buffer: Buffer<'b>,
    #[cfg(feature = "alloc")]
    resources: Vec<R>,
    #[cfg(not(feature = "alloc"))]
    resources: PhantomData<R>,
}

/// A slice that is too short for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message takes {needed} bytes, and the buffer has fewer")]
pub struct BufferTooSmall {
    /// How many bytes the message takes.
    pub needed: usize,
}

impl<'b, R> Writer<'b, R> {
    /// An empty writer over a slice, which does not grow. See [`finish_slice`](Self::finish_slice).
    ///
    /// What does not fit is dropped and counted. A writer of no room at all, `&mut []`, thus measures a message.
    #[inline]
    pub fn over_slice(slice: &'b mut [u8]) -> Self {
        Self::over(Storage::lent(slice))
    }

    #[inline]
    fn over(memory: Storage<'b>) -> Self {
        Self {
            buffer: Buffer::new(memory),
            #[cfg(feature = "alloc")]
            resources: Vec::new(),
            #[cfg(not(feature = "alloc"))]
            resources: PhantomData,
        }
    }

    /// How many bytes have been written, or would have been if there had been room.
    #[inline]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether nothing has been written.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message in the slice that the writer was made [over](Self::over_slice), at its start. Resources are dropped.
    ///
    /// A writer that owns its buffer has no slice, and gives an empty one.
    ///
    /// # Errors
    ///
    /// The message did not fit. What the slice holds then is not specified.
    #[inline]
    pub fn finish_slice(self) -> Result<&'b mut [u8], BufferTooSmall> {
        self.buffer
            .into_slice()
            .map_err(|needed| BufferTooSmall { needed })
    }
}

/// Writers that own their buffer, and the resources beside it.
#[cfg(feature = "alloc")]
impl<'b, R> Writer<'b, R> {
    /// An empty writer.
    pub fn new() -> Self {
        Self::with_buffer(Vec::new())
    }

    /// An empty writer that reuses the memory of `buf`, whose content is overwritten.
    #[inline]
    pub fn with_buffer(buf: Vec<u8>) -> Self {
        Self::over(Storage::owned(buf))
    }

    /// The message and its resources. The message starts at the buffer's start.
    ///
    /// A writer [over a slice](Self::over_slice) has no buffer, and gives an empty one.
    #[inline]
    pub fn finish(self) -> (Vec<u8>, Vec<R>) {
        (self.buffer.into_vec(), self.resources)
    }

    /// Adds a resource to the list beside the message and writes its index.
    pub fn resource(&mut self, resource: R) {
        let index = self.resources.len();
        self.resources.push(resource);
        self.varint(index as u64);
    }
}

/// What encoders write, each before what has been written so far.
impl<R> Writer<'_, R> {
    /// Writes raw bytes.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend(bytes);
    }

    /// Writes `len` bytes: what `bytes` yields, first byte first. If those are too few, zeros follow.
    #[inline]
    pub fn bytes_from(&mut self, len: usize, bytes: impl Iterator<Item = u8>) {
        self.buffer.extend_from(len, bytes);
    }

    /// Makes room for about `len` more bytes, to spare the buffer from growing step by step.
    #[inline]
    pub fn expect(&mut self, len: usize) {
        self.buffer.expect(len);
    }

    /// Says that a payload of `len` bytes comes next as field `number`. If the message turns out to consist of it, the buffer has just
    /// the right size.
    #[inline]
    pub fn expect_field(&mut self, number: u32, len: usize) {
        let tag = wire::varint_len(wire::tag(number, WireType::Len));
        self.buffer
            .expect_last(tag + wire::varint_len(len as u64) + len);
    }

    /// Writes a varint.
    #[inline]
    pub fn varint(&mut self, value: u64) {
        if value < 0x80 {
            self.buffer.push(value as u8);
        } else {
            self.buffer.extend_varint(wire::varint_len(value), value);
        }
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
}

#[cfg(feature = "alloc")]
impl<R> Default for Writer<'_, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> fmt::Debug for Writer<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Writer");
        shown.field("len", &self.len());
        #[cfg(feature = "alloc")]
        shown.field("resources", &self.resources.len());
        shown.finish()
    }
}

#[cfg(all(test, feature = "alloc"))]
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
