//! The source of a decoder: a cursor over a message and the resources that came beside it.
//!
//! It keeps true, for bytes from anywhere: no read past the end, nesting bounded by [`Limits::depth`], and heap memory
//! bounded by [`Limits::memory`], charged before it is taken. A failed decode leaves the reader at
//! an unspecified place; nobody reads on from there.

use crate::error::{Error, ErrorKind, Result};
use crate::wire::{self, WireType};

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
/// use mesh_protobuf::{NoResource, Reader};
///
/// let mut reader = Reader::<NoResource>::new(&[0x08, 0x96, 0x01, 0x12, 2, b'h', b'i'], &mut []);
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
    resources: &'r mut [Option<R>],
    limits: Limits,
    /// What `data` is a part of, if that can be shared.
    #[cfg(feature = "bytes")]
    shared: Option<&'de bytes::Bytes>,
}

impl<'de, 'r, R> Reader<'de, 'r, R> {
    /// A reader of one message with the default limits for its length.
    #[inline]
    pub fn new(data: &'de [u8], resources: &'r mut [Option<R>]) -> Self {
        Self::with_limits(data, resources, Limits::for_len(data.len()))
    }

    /// A reader of one message with the given limits.
    #[inline]
    pub fn with_limits(data: &'de [u8], resources: &'r mut [Option<R>], limits: Limits) -> Self {
        Self {
            data,
            resources,
            limits,
            #[cfg(feature = "bytes")]
            shared: None,
        }
    }

    /// A reader of one message whose bytes can be shared: a field of type [`Bytes`](bytes::Bytes) is a part of them, not a copy.
    #[cfg(feature = "bytes")]
    #[inline]
    pub fn shared(data: &'de bytes::Bytes, resources: &'r mut [Option<R>], limits: Limits) -> Self {
        Self {
            data,
            resources,
            limits,
            shared: Some(data),
        }
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
    pub(crate) fn rest(&mut self) -> &'de [u8] {
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

    /// Reads a varint.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEnd`] or [`ErrorKind::VarintTooLong`].
    #[inline]
    pub fn varint(&mut self) -> Result<u64> {
        match *self.data {
            [byte @ 0..=0x7f, ref rest @ ..] => {
                self.data = rest;
                Ok(byte.into())
            }
            _ => self.long_varint(),
        }
    }

    /// A varint of more than one byte; where ten bytes are left, as nearly always, without asking before each.
    #[inline]
    fn long_varint(&mut self) -> Result<u64> {
        let Some(bytes) = self.data.first_chunk::<{ wire::MAX_VARINT_LEN }>() else {
            return self.last_varint();
        };
        let mut value = 0;
        for (i, &byte) in bytes.iter().enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                if i + 1 == wire::MAX_VARINT_LEN && byte > 1 {
                    break;
                }
                self.data = &self.data[i + 1..];
                return Ok(value);
            }
        }
        Err(ErrorKind::VarintTooLong.into())
    }

    /// A varint near the end of the input.
    #[cold]
    fn last_varint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for (i, &byte) in self.data.iter().enumerate().take(wire::MAX_VARINT_LEN) {
            let bits = u64::from(byte & 0x7f);
            if i + 1 == wire::MAX_VARINT_LEN && byte > 1 {
                return Err(ErrorKind::VarintTooLong.into());
            }
            value |= bits << (7 * i);
            if byte < 0x80 {
                self.data = self.data.get(i + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(ErrorKind::UnexpectedEnd.into())
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
    #[inline]
    pub fn bytes(&mut self) -> Result<&'de [u8]> {
        let len = self.varint()?;
        let len = usize::try_from(len).map_err(|_| ErrorKind::UnexpectedEnd)?;
        self.take(len)
    }

    /// Reads a length and that many bytes: as a part of the message if that is [shared](Self::shared), otherwise as a copy.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes); [`ErrorKind::TooLarge`] if a copy is more than the message's allowance.
    #[cfg(feature = "bytes")]
    pub fn shared_bytes(&mut self) -> Result<bytes::Bytes> {
        let part = self.bytes()?;
        let shared = self.shared.and_then(|whole| {
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
    #[inline]
    pub fn delimited<T>(&mut self, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let inner = self.bytes()?;
        self.nested(inner, body)
    }

    /// Runs `body` on a message without fields, one level deeper: what an absent message is read as.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooDeep`], or what `body` returns.
    #[inline]
    pub fn absent<T>(&mut self, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.nested(&[], body)
    }

    #[inline]
    fn nested<T>(
        &mut self,
        inner: &'de [u8],
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let depth = self.limits.depth;
        self.limits.depth = depth.checked_sub(1).ok_or(ErrorKind::TooDeep)?;
        let rest = core::mem::replace(&mut self.data, inner);
        let value = body(self)?;
        self.data = rest;
        self.limits.depth = depth;
        Ok(value)
    }

    /// Skips the payload of a field that nobody wants.
    ///
    /// # Errors
    ///
    /// A malformed payload, or groups that nest too deeply.
    pub fn skip(&mut self, number: u32, wire_type: WireType) -> Result<()> {
        match wire_type {
            WireType::Varint => self.varint().map(drop),
            WireType::Fixed64 => self.take(8).map(drop),
            WireType::Fixed32 => self.take(4).map(drop),
            WireType::Len => self.bytes().map(drop),
            WireType::EndGroup => Err(ErrorKind::UnmatchedGroup.into()),
            WireType::StartGroup => self.skip_group(number),
        }
    }

    /// As [`skip`](Self::skip), and returns the bytes of the payload; of a group with the tag that ends it.
    #[cfg(feature = "alloc")]
    pub(crate) fn skipped(&mut self, number: u32, wire_type: WireType) -> Result<&'de [u8]> {
        let before = self.data;
        self.skip(number, wire_type)?;
        let len = before.len().saturating_sub(self.data.len());
        Ok(before.get(..len).unwrap_or_default())
    }

    fn skip_group(&mut self, number: u32) -> Result<()> {
        let depth = self.limits.depth;
        self.limits.depth = depth.checked_sub(1).ok_or(ErrorKind::TooDeep)?;
        loop {
            match self.next_field()? {
                None => return Err(ErrorKind::UnexpectedEnd.into()),
                Some((end, WireType::EndGroup)) if end == number => break,
                Some((inner, wire_type)) => self.skip(inner, wire_type)?,
            }
        }
        self.limits.depth = depth;
        Ok(())
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
            .and_then(|index| self.resources.get_mut(index)?.take())
            .ok_or_else(|| Error::new(ErrorKind::MissingResource))
    }

    /// Accounts for `bytes` of memory about to be taken for a decoded value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`] if the message has spent its allowance.
    #[inline]
    pub fn charge(&mut self, bytes: usize) -> Result<()> {
        self.limits.memory = self
            .limits
            .memory
            .checked_sub(bytes)
            .ok_or(ErrorKind::TooLarge)?;
        Ok(())
    }

    #[inline]
    fn take(&mut self, len: usize) -> Result<&'de [u8]> {
        let (taken, rest) = self
            .data
            .split_at_checked(len)
            .ok_or(ErrorKind::UnexpectedEnd)?;
        self.data = rest;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self
            .data
            .split_first_chunk()
            .ok_or(ErrorKind::UnexpectedEnd)?;
        self.data = rest;
        Ok(*taken)
    }
}

impl<R> core::fmt::Debug for Reader<'_, '_, R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reader")
            .field("remaining", &self.data.len())
            .field("limits", &self.limits)
            .finish()
    }
}
