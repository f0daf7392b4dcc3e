//! The sink of an encoder: a buffer that is filled from its end towards its start.
//!
//! A protobuf message is preceded by its length. Written forwards, that length must be known before the first byte of the
//! body, so an encoder walks every value twice, or every value once for each level it is nested in. Written backwards, the
//! length is simply what has been written since the body began. One walk is also what lets values be encoded by value:
//! a resource can be moved out as it is met.
//!
//! Fields are therefore written last to first, and within a field: payload, then length, then tag.

use crate::buffer::Buffer;
#[cfg(feature = "alloc")]
use crate::kept::{Kept, Payload};
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
    /// Where large payloads go that are not copied.
    #[cfg(feature = "alloc")]
    kept: Option<&'b mut Kept>,
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
            #[cfg(feature = "alloc")]
            kept: None,
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

    /// An empty writer that reuses the memory of `buf`, and puts large payloads that it is given into `kept` instead of copying them.
    ///
    /// What it [finishes](Self::finish) with is then to be [assembled](Kept::assemble).
    #[inline]
    pub fn keeping(buf: Vec<u8>, kept: &'b mut Kept) -> Self {
        Self {
            kept: Some(kept),
            ..Self::with_buffer(buf)
        }
    }

    /// Whether large payloads are kept.
    #[inline]
    pub(crate) fn keeps(&self) -> bool {
        self.kept.is_some()
    }

    /// Keeps a payload: its length is written, and the tag of a field.
    #[cold]
    pub(crate) fn keep(&mut self, payload: Payload, number: Option<u32>) {
        let Some(kept) = &mut self.kept else { return };
        let len = payload.len();
        kept.push(self.buffer.written(), payload);
        self.buffer.count(len);
        self.varint(len as u64);
        if let Some(number) = number {
            self.tag(number, WireType::Len);
        }
    }

    /// The message and its resources. The message starts at the buffer's start.
    ///
    /// A writer [over a slice](Self::over_slice) has no buffer, and gives an empty one.
    #[inline]
    pub fn finish(self) -> (Vec<u8>, Vec<R>) {
        (self.buffer.into_vec(), self.resources)
    }

    /// The message, if it has no resources or they are not wanted.
    #[inline]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.buffer.into_vec()
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
        self.buffer
            .expect_field(checked_tag(number, WireType::Len), len);
    }

    /// Writes a varint.
    #[inline]
    pub fn varint(&mut self, value: u64) {
        self.buffer.extend_varint(value);
    }

    /// Writes field `number` with a varint: the same as the number and then the tag, with one look at the room for both.
    #[inline]
    pub fn varint_field(&mut self, number: u32, value: u64) {
        self.buffer
            .extend_varints(checked_tag(number, WireType::Varint), value);
    }

    /// Writes field `number` with bytes: the same as the bytes, their length and the tag, with one look at the room for all.
    #[inline]
    pub fn bytes_field(&mut self, number: u32, bytes: &[u8]) {
        self.buffer
            .extend_field(checked_tag(number, WireType::Len), bytes);
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
        self.varint(checked_tag(number, wire_type));
    }

    /// Writes what `body` writes, and before it its length.
    #[inline]
    pub fn delimited(&mut self, body: impl FnOnce(&mut Self)) {
        let before = self.len();
        body(self);
        let len = self.len() - before;
        self.varint(len as u64);
    }

    /// Writes field `number` with what `body` writes: the same as [`delimited`](Self::delimited) and then the tag.
    #[inline]
    pub fn delimited_field(&mut self, number: u32, body: impl FnOnce(&mut Self)) {
        let before = self.len();
        body(self);
        let len = self.len() - before;
        self.buffer
            .extend_varints(checked_tag(number, WireType::Len), len as u64);
    }

    /// As [`delimited_field`](Self::delimited_field), but nothing if `body` writes nothing.
    #[inline]
    pub fn delimited_field_unless_empty(&mut self, number: u32, body: impl FnOnce(&mut Self)) {
        let before = self.len();
        body(self);
        let len = self.len() - before;
        if len > 0 {
            self.buffer
                .extend_varints(checked_tag(number, WireType::Len), len as u64);
        }
    }
}

#[inline]
fn checked_tag(number: u32, wire_type: WireType) -> u64 {
    debug_assert!((1..=wire::MAX_FIELD_NUMBER).contains(&number));
    wire::tag(number, wire_type)
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

    #[test]
    fn varints_of_every_length_are_what_a_loop_would_write_wherever_they_lie() {
        for bits in 0..64 {
            for value in [1u64 << bits, (1 << bits) - 1, u64::MAX >> bits] {
                let mut expected = Vec::new();
                let mut rest = value;
                while rest >= 0x80 {
                    expected.push(rest as u8 | 0x80);
                    rest >>= 7;
                }
                expected.push(rest as u8);
                // With room to spare, and with as little as there can be.
                for free in 0..40 {
                    let mut writer = Writer::<()>::with_buffer(Vec::with_capacity(free + 1));
                    writer.bytes(&[0x55]);
                    writer.varint(value);
                    let (bytes, _) = writer.finish();
                    assert_eq!(bytes.split_last(), Some((&0x55, &*expected)));
                }
                // And it reads back, wherever the input ends after it.
                for after in [0, 1, 20] {
                    let mut input = expected.clone();
                    input.resize(expected.len() + after, 0xff);
                    let context = crate::Context::<()>::for_len(input.len(), &mut []);
                    let mut reader = crate::Reader::new(&input, &context);
                    assert_eq!(reader.varint().ok(), Some(value));
                    assert_eq!(reader.remaining(), after);
                }
            }
        }
    }

    #[test]
    fn a_field_is_the_same_whether_room_is_scarce_or_not() {
        for number in [1, 15, 16, 2047, 2048, wire::MAX_FIELD_NUMBER] {
            for value in [0u64, 127, 128, 1 << 14, 1 << 21, 1 << 28, 1 << 56, u64::MAX] {
                let mut expected = Writer::<()>::new();
                expected.varint(value);
                expected.tag(number, WireType::Varint);
                expected.bytes(b"payload");
                expected.varint(7);
                expected.tag(number, WireType::Len);
                let (expected, _) = expected.finish();
                for free in 0..60 {
                    let mut writer = Writer::<()>::with_buffer(Vec::with_capacity(free));
                    writer.varint_field(number, value);
                    writer.bytes_field(number, b"payload");
                    assert_eq!(writer.finish().0, expected);
                }
            }
        }
    }
}
