//! The source of a decoder: a cursor over a message and the resources that came beside it.
//!
//! It keeps true, for bytes from anywhere: no read past the end, nesting bounded by [`Limits::depth`], and heap memory
//! bounded by [`Limits::memory`], charged before it is taken. A failed decode leaves the reader at
//! an unspecified place; nobody reads on from there.

use crate::error::{Error, ErrorKind, Result};
use crate::wire::{self, Tag, WireType};
use core::cell::Cell;

/// What a decoder may spend on one message.
///
/// The default suits messages of any sane shape. A value can be too deep or too thin to come back within it: nested more than
/// a hundred levels, or made of many large structs with nothing in them, at more than
/// [`MEMORY_PER_BYTE`](Self::MEMORY_PER_BYTE). Its receiver then needs limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deeply messages may nest.
    pub depth: u32,
    /// How many bytes of heap the decoded value may take: text, elements of collections with the room they grow into, boxes.
    ///
    /// A collection that moves to a larger place has both for that moment, so at its peak decoding may take twice as much.
    pub memory: usize,
}

impl Limits {
    /// The nesting that other protobuf implementations allow, too.
    pub const DEFAULT_DEPTH: u32 = 100;

    /// What every message may take, however short it is.
    pub const BASE_MEMORY: usize = 1 << 20;

    /// How many bytes of memory each byte of input may justify beyond [`BASE_MEMORY`](Self::BASE_MEMORY).
    ///
    /// An empty message takes two bytes as an element and perhaps 240 in memory (ten strings), in a vector that doubles.
    pub const MEMORY_PER_BYTE: usize = 256;

    /// The limits that a message of `len` bytes gets by default.
    #[inline]
    pub const fn for_len(len: usize) -> Self {
        Self {
            depth: Self::DEFAULT_DEPTH,
            memory: Self::BASE_MEMORY.saturating_add(len.saturating_mul(Self::MEMORY_PER_BYTE)),
        }
    }
}

/// Reads an encoded message front to back, and takes resources from the list beside it.
///
/// `'de` is the life of the bytes, which borrowed fields keep; `'r` that of the list of resources.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::{Context, NoResource, Reader};
///
/// let bytes = [0x08, 0x96, 0x01, 0x12, 2, b'h', b'i'];
/// let context = Context::<NoResource>::for_len(bytes.len(), &mut []);
/// let mut reader = Reader::new(&bytes, &context);
/// let mut number = 0;
/// while let Some((field, wire_type)) = reader.next_field()? {
///     match field {
///         1 => number = reader.varint()?,
///         _ => reader.skip(field, wire_type)?,
///     }
/// }
/// assert_eq!(number, 150);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
pub struct Reader<'de, 'r, R> {
    data: &'de [u8],
    context: &'r Context<'r, R>,
}

/// What the readers of a message and of its parts share: the resources beside the bytes, and what is left of the limits.
///
/// A reader has a reference to it, so that one of a part is made and dropped without anything being copied or handed back.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::{Context, Decode, ErrorKind, Limits, NoResource, Reader};
///
/// let bytes = mesh_protobuf::encode(vec!["text"; 1000]);
/// let limits = Limits { memory: 1000, ..Limits::for_len(bytes.len()) };
/// let context = Context::<NoResource>::new(&mut [], limits);
/// let error = Vec::<String>::decode_body(None, &mut Reader::new(&bytes, &context)).unwrap_err();
/// assert_eq!(*error.kind(), ErrorKind::TooLarge);
/// ```
pub struct Context<'r, R> {
    resources: &'r [Cell<Option<R>>],
    memory: Cell<usize>,
    depth: Cell<u32>,
    /// What the message is in, if that can be shared.
    #[cfg(feature = "bytes")]
    shared: Option<&'r bytes::Bytes>,
}

impl<'r, R> Context<'r, R> {
    /// The context of one message, which may take resources from a list and spend what `limits` say.
    #[inline]
    pub fn new(resources: &'r mut [Option<R>], limits: Limits) -> Self {
        Self {
            resources: Cell::from_mut(resources).as_slice_of_cells(),
            memory: Cell::new(limits.memory),
            depth: Cell::new(limits.depth),
            #[cfg(feature = "bytes")]
            shared: None,
        }
    }

    /// The same context of a message that is `whole`, or in it, and can be shared: a field of type [`Bytes`](bytes::Bytes) is a
    /// part of it, not a copy.
    #[cfg(feature = "bytes")]
    #[inline]
    #[must_use]
    pub fn sharing(self, whole: &'r bytes::Bytes) -> Self {
        Self {
            shared: Some(whole),
            ..self
        }
    }

    /// As [`new`](Self::new), with the default limits of a message of `len` bytes.
    #[inline]
    pub fn for_len(len: usize, resources: &'r mut [Option<R>]) -> Self {
        Self::new(resources, Limits::for_len(len))
    }

    /// Goes one level deeper and returns the level to come back to.
    #[inline(always)]
    fn enter(&self) -> Result<u32> {
        let depth = self.depth.get();
        match depth.checked_sub(1) {
            Some(left) => {
                self.depth.set(left);
                Ok(depth)
            }
            None => Err(too_deep()),
        }
    }
}

impl<R> core::fmt::Debug for Context<'_, R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Context")
            .field("resources", &self.resources.len())
            .field("memory", &self.memory.get())
            .field("depth", &self.depth.get())
            .finish()
    }
}

impl<'de, 'r, R> Reader<'de, 'r, R> {
    /// A reader of one message.
    #[inline]
    pub fn new(data: &'de [u8], context: &'r Context<'r, R>) -> Self {
        Self { data, context }
    }

    /// Whether the message has been read to its end.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// How many bytes of the message are left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.data.len()
    }

    /// The bytes of the message that are left, which are thereby read.
    #[cfg(feature = "prost")]
    pub(crate) fn take_rest(&mut self) -> &'de [u8] {
        core::mem::take(&mut self.data)
    }

    /// The number and wire type of the next field, or `None` at the end of the message.
    ///
    /// # Errors
    ///
    /// A malformed tag.
    #[inline]
    pub fn next_field(&mut self) -> Result<Option<(u32, WireType)>> {
        if self.data.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        wire::split_tag(tag).map(Some)
    }

    /// The tag of the next field, not yet checked, or `None` at the end of the message.
    ///
    /// A decoder that knows which tags it wants need not take each apart first.
    ///
    /// # Errors
    ///
    /// As [`varint`](Self::varint).
    #[inline(always)]
    pub fn next_tag(&mut self) -> Result<Option<Tag>> {
        match *self.data {
            [] => Ok(None),
            [byte @ 0..=0x7f, ref rest @ ..] => {
                self.data = rest;
                Ok(Some(Tag(byte.into())))
            }
            _ => self.long_varint().map(|tag| Some(Tag(tag))),
        }
    }

    /// Reads a varint.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEnd`] or [`ErrorKind::VarintTooLong`].
    #[inline(always)]
    pub fn varint(&mut self) -> Result<u64> {
        match *self.data {
            [byte @ 0..=0x7f, ref rest @ ..] => {
                self.data = rest;
                Ok(byte.into())
            }
            [low, high @ 0..=0x7f, ref rest @ ..] => {
                self.data = rest;
                Ok(u64::from(low & 0x7f) | u64::from(high) << 7)
            }
            _ => self.long_varint(),
        }
    }

    #[inline(always)]
    fn long_varint(&mut self) -> Result<u64> {
        let (value, len) = decode_varint(self.data);
        match self.data.get(len..) {
            Some(rest) if len > 0 => {
                self.data = rest;
                Ok(value)
            }
            _ => Err(varint_error(self.data)),
        }
    }

    /// Reads four bytes, little-endian.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEnd`].
    #[inline]
    pub fn fixed32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Reads eight bytes, little-endian.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEnd`].
    #[inline]
    pub fn fixed64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads a length and that many bytes, without copying them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEnd`] or [`ErrorKind::VarintTooLong`].
    #[inline(always)]
    pub fn bytes(&mut self) -> Result<&'de [u8]> {
        let len = self.varint()?;
        // What does not fit is more than there can be.
        self.take(usize::try_from(len).unwrap_or(usize::MAX))
    }

    /// Reads a length and that many bytes: as a part of the message if that is [shared](Context::sharing), otherwise as a copy.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes); [`ErrorKind::TooLarge`] if a copy is more than the message's allowance.
    #[cfg(feature = "bytes")]
    pub fn shared_bytes(&mut self) -> Result<bytes::Bytes> {
        let part = self.bytes()?;
        let shared = self.context.shared.and_then(|whole| {
            let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
            let end = start.checked_add(part.len())?;
            (end <= whole.len()).then(|| whole.slice(start..end))
        });
        match shared {
            Some(shared) => Ok(shared),
            None => {
                self.charge(part.len())?;
                Ok(bytes::Bytes::copy_from_slice(part))
            }
        }
    }

    /// Reads a length, then runs `body` on a reader that ends after that many bytes, one level deeper.
    ///
    /// What `body` leaves unread is skipped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooDeep`], a bad length, or what `body` returns.
    #[inline(always)]
    pub fn delimited<T>(
        &mut self,
        body: impl FnOnce(&mut Reader<'de, '_, R>) -> Result<T>,
    ) -> Result<T> {
        let inner = self.bytes()?;
        self.nested(inner, body)
    }

    /// Runs `body` on a message without fields, one level deeper: what an absent message is read as.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooDeep`], or what `body` returns.
    #[inline]
    pub fn absent<T>(
        &mut self,
        body: impl FnOnce(&mut Reader<'de, '_, R>) -> Result<T>,
    ) -> Result<T> {
        self.nested(&[], body)
    }

    #[inline(always)]
    fn nested<T>(
        &mut self,
        inner: &'de [u8],
        body: impl FnOnce(&mut Reader<'de, '_, R>) -> Result<T>,
    ) -> Result<T> {
        let depth = self.context.enter()?;
        let value = body(&mut Reader::new(inner, self.context))?;
        self.context.depth.set(depth);
        Ok(value)
    }

    /// As [`delimited`](Self::delimited), in two steps, since a closure is a function that may not be compiled into its caller:
    /// a reader of the next so many bytes, and the level for [`leave`](Self::leave).
    #[inline(always)]
    pub(crate) fn enter(&mut self) -> Result<(Self, u32)> {
        let inner = self.bytes()?;
        let depth = self.context.enter()?;
        Ok((Self::new(inner, self.context), depth))
    }

    /// Comes back from a message that was [entered](Self::enter).
    #[inline(always)]
    pub(crate) fn leave(&self, depth: u32) {
        self.context.depth.set(depth);
    }

    /// A reader of the same, which goes on with [`resume`](Self::resume) where this one has come to.
    ///
    /// A decoder that is called with the address of a reader reads by a part of it, whose address nobody has: so where it is in
    /// the input stays in registers.
    #[doc(hidden)]
    #[inline(always)]
    pub fn part(&self) -> Self {
        Self::new(self.data, self.context)
    }

    /// What is left of the input.
    #[doc(hidden)]
    #[inline(always)]
    pub fn rest(&self) -> &'de [u8] {
        self.data
    }

    /// Goes on with what a part has left.
    #[doc(hidden)]
    #[inline(always)]
    pub fn resume(&mut self, rest: &'de [u8]) {
        self.data = rest;
    }

    /// Skips the payload of a field that nobody wants.
    ///
    /// # Errors
    ///
    /// A malformed payload, or groups that nest too deeply.
    pub fn skip(&mut self, number: u32, wire_type: WireType) -> Result<()> {
        self.data = skip(self.data, number, wire_type, self.context.depth.get())?;
        Ok(())
    }

    /// As [`skip`](Self::skip), by a tag that is not yet checked.
    #[inline(always)]
    pub(crate) fn skip_tag(&mut self, tag: Tag) -> Result<()> {
        self.data = skip_tag(self.data, tag, self.context.depth.get())?;
        Ok(())
    }

    /// As [`skip`](Self::skip), and returns the bytes of the payload; of a group with the tag that ends it.
    #[cfg(feature = "alloc")]
    pub(crate) fn skipped(&mut self, number: u32, wire_type: WireType) -> Result<&'de [u8]> {
        let before = self.data;
        self.skip(number, wire_type)?;
        let len = before.len().saturating_sub(self.data.len());
        Ok(before.get(..len).unwrap_or_default())
    }

    /// Reads the index of a resource and takes that resource out of the list.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingResource`] if there is none at the index, or it has been taken.
    pub fn resource(&mut self) -> Result<R> {
        let index = self.varint()?;
        usize::try_from(index)
            .ok()
            .and_then(|index| self.context.resources.get(index)?.take())
            .ok_or_else(|| Error::new(ErrorKind::MissingResource))
    }

    /// Accounts for `bytes` of memory about to be taken for a decoded value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`] if the message has spent its allowance.
    #[inline(always)]
    pub fn charge(&mut self, bytes: usize) -> Result<()> {
        let memory = &self.context.memory;
        match memory.get().checked_sub(bytes) {
            Some(left) => {
                memory.set(left);
                Ok(())
            }
            None => Err(too_large()),
        }
    }

    #[inline(always)]
    fn take(&mut self, len: usize) -> Result<&'de [u8]> {
        let Some((taken, rest)) = self.data.split_at_checked(len) else {
            return Err(unexpected_end());
        };
        self.data = rest;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let Some((taken, rest)) = self.data.split_first_chunk() else {
            return Err(unexpected_end());
        };
        self.data = rest;
        Ok(*taken)
    }
}

/// The varint of two bytes or more that `data` begins with, and how many bytes it has; none if there is none.
///
/// It takes and returns what registers hold, so that a reader that calls it need not be in memory. Each byte has a branch of its
/// own, which is foreseen better than how often a loop runs.
#[inline(never)]
fn decode_varint(data: &[u8]) -> (u64, usize) {
    const LAST: usize = wire::MAX_VARINT_LEN - 1;
    let mut value = 0u64;
    // A byte that another follows is taken as a negative number, and what that is too low by made good at the end.
    let mut missing = 0u64;
    for i in 0..LAST {
        let Some(&byte) = data.get(i) else {
            return (0, 0);
        };
        let digit = i64::from(byte as i8);
        value = value.wrapping_add((digit as u64) << (7 * i));
        // The caller has seen that another byte follows the first.
        if i > 0 && digit >= 0 {
            return (value.wrapping_add(missing), i + 1);
        }
        missing = missing.wrapping_add(0x80 << (7 * i));
    }
    match data.get(LAST) {
        Some(&last @ (0 | 1)) => (
            value
                .wrapping_add(missing)
                .wrapping_add(u64::from(last) << 63),
            wire::MAX_VARINT_LEN,
        ),
        _ => (0, 0),
    }
}

/// What is left of `data` after the payload of a field that nobody wants.
///
/// Of data and not of a reader, for the same reason as [`decode_varint`].
fn skip(data: &[u8], number: u32, wire_type: WireType, depth: u32) -> Result<&[u8]> {
    let context = Context::<()>::new(&mut [], Limits { depth, memory: 0 });
    let mut reader = Reader::new(data, &context);
    match wire_type {
        WireType::Varint => reader.varint().map(drop)?,
        WireType::Fixed64 => reader.take(8).map(drop)?,
        WireType::Fixed32 => reader.take(4).map(drop)?,
        WireType::Len => reader.bytes().map(drop)?,
        WireType::EndGroup => return Err(ErrorKind::UnmatchedGroup.into()),
        WireType::StartGroup => {
            reader.context.enter()?;
            loop {
                match reader.next_field()? {
                    None => return Err(unexpected_end()),
                    Some((end, WireType::EndGroup)) if end == number => break,
                    Some((inner, wire_type)) => reader.skip(inner, wire_type)?,
                }
            }
        }
    }
    Ok(reader.data)
}

#[cold]
#[inline(never)]
fn skip_tag(data: &[u8], tag: Tag, depth: u32) -> Result<&[u8]> {
    let (number, wire_type) = tag.split()?;
    skip(data, number, wire_type, depth)
}

#[cold]
#[inline(never)]
fn unexpected_end() -> Error {
    Error::new(ErrorKind::UnexpectedEnd)
}

#[cold]
#[inline(never)]
fn too_deep() -> Error {
    Error::new(ErrorKind::TooDeep)
}

#[cold]
#[inline(never)]
fn too_large() -> Error {
    Error::new(ErrorKind::TooLarge)
}

/// Why `data` does not begin with a varint.
#[cold]
#[inline(never)]
fn varint_error(data: &[u8]) -> Error {
    Error::new(if data.len() < wire::MAX_VARINT_LEN {
        ErrorKind::UnexpectedEnd
    } else {
        ErrorKind::VarintTooLong
    })
}

impl<R> core::fmt::Debug for Reader<'_, '_, R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reader")
            .field("remaining", &self.data.len())
            .field("context", self.context)
            .finish()
    }
}
