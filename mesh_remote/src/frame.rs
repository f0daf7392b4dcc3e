//! A frame as the transports here handle it: what travels beside its bytes is descriptors.

use crate::link::{self, Attachment, Capabilities, Chunk, Refusal, SendError};
use std::borrow::Cow;
use std::os::fd::OwnedFd;

/// In how many places the bytes of one piece may lie.
pub(crate) const SLICES: usize = 8;

/// Bytes with descriptors beside them.
#[derive(Debug, Default)]
pub(crate) struct Frame<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// More bytes, behind those.
    pub(crate) tail: Vec<Chunk>,
    pub(crate) descriptors: Vec<OwnedFd>,
}

impl<'a> Frame<'a> {
    /// The frame, if a link of these capabilities carries it.
    pub(crate) fn admit(
        frame: link::Frame<'a>,
        capabilities: &Capabilities,
    ) -> Result<Self, SendError<'a>> {
        let count = frame.attachments.len();
        let is_descriptor = |attachment: &Attachment| matches!(attachment, Attachment::Fd(_));
        let reason = if frame.byte_count() > capabilities.limits.bytes as usize {
            Refusal::TooLarge
        } else if count > 0 && !capabilities.descriptors
            || !frame.attachments.iter().all(is_descriptor)
        {
            Refusal::Unsupported
        } else if count > usize::from(capabilities.limits.descriptors) {
            Refusal::TooManyDescriptors
        } else {
            let descriptors = frame.attachments.into_iter();
            let descriptors = descriptors.filter_map(Attachment::into_descriptor);
            return Ok(Self {
                bytes: frame.bytes,
                tail: frame.tail,
                descriptors: descriptors.collect(),
            });
        };
        Err(SendError { reason, frame })
    }

    /// Gives the frame back to whoever sent it.
    pub(crate) fn refuse(self, reason: Refusal) -> SendError<'a> {
        let attachments = self.descriptors.into_iter().map(Attachment::Fd).collect();
        let frame = link::Frame {
            bytes: self.bytes,
            tail: self.tail,
            attachments,
        };
        SendError { reason, frame }
    }

    /// The same, with bytes of its own; borrowed ones are copied.
    pub(crate) fn into_owned(self) -> Frame<'static> {
        Frame {
            bytes: Cow::Owned(self.bytes.into_owned()),
            tail: self.tail,
            descriptors: self.descriptors,
        }
    }

    /// How many bytes it has.
    pub(crate) fn byte_count(&self) -> usize {
        let tail = self.tail.iter().map(|chunk| chunk.len());
        tail.fold(self.bytes.len(), usize::saturating_add)
    }

    /// The bytes from `start` on, at most so many, and fewer if they lie in too many places.
    pub(crate) fn slices(&self, start: usize, most: usize) -> Slices<'_> {
        if self.tail.is_empty() {
            let end = self.bytes.len().min(start.saturating_add(most));
            return self.bytes.get(start..end).unwrap_or_default().into();
        }
        let mut slices = Slices::default();
        let (mut skip, mut left) = (start, most);
        let head: &[u8] = &self.bytes;
        for chunk in std::iter::once(head).chain(self.tail.iter().map(|chunk| &**chunk)) {
            let from = skip.min(chunk.len());
            skip -= from;
            let to = chunk.len().min(from.saturating_add(left));
            left -= to - from;
            if left == 0 && to == from || !slices.push(chunk.get(from..to).unwrap_or_default()) {
                break;
            }
        }
        slices
    }

    /// How many bytes [`slices`](Self::slices) has.
    pub(crate) fn slices_len(&self, start: usize, most: usize) -> usize {
        if self.tail.len() < SLICES {
            // They cannot be too many.
            return self.byte_count().saturating_sub(start).min(most);
        }
        self.slices(start, most).len()
    }

    /// All its bytes in one place.
    pub(crate) fn into_bytes(self) -> (Cow<'a, [u8]>, Vec<OwnedFd>) {
        let mut bytes = self.bytes;
        if !self.tail.is_empty() {
            let bytes = bytes.to_mut();
            (self.tail.iter()).for_each(|chunk| bytes.extend_from_slice(chunk));
        }
        (bytes, self.descriptors)
    }
}

/// Bytes in some places, in order.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Slices<'a> {
    list: [&'a [u8]; SLICES],
    count: usize,
    bytes: usize,
}

impl<'a> Slices<'a> {
    /// Puts a slice behind the others, unless there are as many as there may be.
    fn push(&mut self, slice: &'a [u8]) -> bool {
        if slice.is_empty() {
            return true;
        }
        let Some(place) = self.list.get_mut(self.count) else {
            return false;
        };
        *place = slice;
        self.count += 1;
        self.bytes += slice.len();
        true
    }

    /// How many bytes they have.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.list.into_iter().take(self.count)
    }
}

impl<'a> From<&'a [u8]> for Slices<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        let mut slices = Self::default();
        slices.push(bytes);
        slices
    }
}

#[cfg(test)]
impl<'a> Frame<'a> {
    pub(crate) fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::with_descriptors(bytes, Vec::new())
    }

    pub(crate) fn with_descriptors(
        bytes: impl Into<Cow<'a, [u8]>>,
        descriptors: Vec<OwnedFd>,
    ) -> Self {
        Self {
            bytes: bytes.into(),
            tail: Vec::new(),
            descriptors,
        }
    }
}
