//! A frame as the transports here handle it: what travels beside its bytes is descriptors.

use crate::link::{self, Attachment, Capabilities, Refusal, SendError};
use std::borrow::Cow;
use std::ops::Range;
use std::os::fd::OwnedFd;

/// Bytes with descriptors beside them.
#[derive(Debug, Default)]
pub(crate) struct Frame<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// More bytes, behind those.
    pub(crate) tail: Vec<u8>,
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
        self.bytes.len().saturating_add(self.tail.len())
    }

    /// Some of its bytes, which may lie in two places.
    pub(crate) fn slices(&self, range: Range<usize>) -> [&[u8]; 2] {
        let head = self.bytes.len();
        let part = |bytes, start: usize, end: usize| <[u8]>::get(bytes, start..end);
        [
            part(&self.bytes, range.start.min(head), range.end.min(head)).unwrap_or_default(),
            part(
                &self.tail,
                range.start.saturating_sub(head),
                range.end.saturating_sub(head),
            )
            .unwrap_or_default(),
        ]
    }

    /// All its bytes in one place.
    pub(crate) fn into_bytes(self) -> (Cow<'a, [u8]>, Vec<OwnedFd>) {
        let mut bytes = self.bytes;
        if !self.tail.is_empty() {
            bytes.to_mut().extend(self.tail);
        }
        (bytes, self.descriptors)
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
