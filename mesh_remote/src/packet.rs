//! The format of what goes over a link: pieces of frames, several to a packet.
//!
//! A frame travels as one or more *pieces*. Pieces stand one behind another in a *packet*: one message of a socket that keeps
//! messages apart; on a byte stream there is only the sequence of pieces. All numbers are little-endian.
//!
//! | field | size | when |
//! |---|---|---|
//! | word: length in bits 0–23, flags above | 4 | always |
//! | descriptors of this piece, 1–253 | 1 | flag `DESCRIPTORS` |
//! | bytes of the whole frame | 4 | flag `MORE` without `CONTINUED` |
//! | descriptors of the whole frame | 2 | flag `MORE` without `CONTINUED` |
//! | the bytes of the piece | length | |
//!
//! | flag | bit | meaning |
//! |---|---|---|
//! | `MORE` | 24 | the frame goes on in the next piece |
//! | `CONTINUED` | 25 | the piece goes on with the frame of the one before |
//! | `DESCRIPTORS` | 26 | descriptors go with the piece |
//! | `END` | 27 | no piece: the farewell of a side that closes; nothing follows it |
//!
//! Other bits are zero. The descriptors of a packet are those of its pieces, in order.
//!
//! What reading keeps true: it never panics, allocates nothing, and accepts only what writing writes. Putting pieces
//! together is the business of [`assembly`](crate::assembly).

use crate::link::Cause;
use std::sync::Arc;
use thiserror::Error;

/// The longest packet, headers included.
///
/// A frame of 64 KiB and its headers fit. The kernel backs a packet of up to about 84 KiB by single pages; beyond that it needs
/// contiguous memory, which it may not have.
pub(crate) const PACKET_BYTES: usize = 72 << 10;

/// The most descriptors that the kernel takes with a packet (`SCM_MAX_FD`).
pub(crate) const PACKET_DESCRIPTORS: usize = 253;

/// The longest header of a piece.
pub(crate) const HEADER_BYTES: usize = 11;

/// The header of a piece that neither begins a frame of several nor has descriptors.
pub(crate) const SHORT_HEADER_BYTES: usize = 4;

/// The longest piece.
pub(crate) const PIECE_BYTES: usize = PACKET_BYTES - HEADER_BYTES;

const LENGTH: u32 = (1 << 24) - 1;
const MORE: u32 = 1 << 24;
const CONTINUED: u32 = 1 << 25;
const DESCRIPTORS: u32 = 1 << 26;
const END: u32 = 1 << 27;

/// The farewell.
pub(crate) const END_BYTES: [u8; 4] = END.to_le_bytes();

/// What is wrong with what a peer sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A packet is empty, or longer than any may be.
    #[error("a packet of impossible length")]
    PacketLength,
    /// A packet ends inside a piece.
    #[error("a piece is cut off")]
    Truncated,
    /// A piece is longer than a packet can hold.
    #[error("a piece longer than a packet")]
    PieceLength,
    /// A flag that means nothing, or does not go with the others.
    #[error("flags that make no sense")]
    Flags,
    /// A piece that goes on with no frame, or a new frame inside another.
    #[error("a piece that does not follow from the one before")]
    Order,
    /// The pieces are not what the first one announced.
    #[error("a frame that is not as long as announced")]
    FrameLength,
    /// A frame beyond the limits of the link.
    #[error("a frame beyond the limits of the link")]
    Limit,
    /// Fewer descriptors came than were announced.
    #[error("descriptors were announced that did not come")]
    DescriptorsMissing,
    /// More descriptors came than were announced.
    #[error("descriptors came that were not announced")]
    DescriptorsUnannounced,
    /// Something follows the farewell.
    #[error("something follows the farewell")]
    AfterEnd,
}

impl From<Malformed> for Cause {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(Arc::new(malformed))
    }
}

/// The size of a frame that is in several pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Total {
    pub(crate) bytes: u32,
    pub(crate) descriptors: u16,
}

/// What stands before the bytes of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    /// Bytes of this piece.
    pub(crate) length: usize,
    /// Descriptors that go with it.
    pub(crate) descriptors: u8,
    /// Where in its frame it is.
    pub(crate) part: Part,
}

/// Where in its frame a piece is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// It is the whole frame.
    Whole,
    /// The first of several.
    First(Total),
    /// Neither first nor last.
    Middle,
    /// The last of several.
    Last,
}

impl Part {
    /// Whether it begins a frame.
    pub(crate) fn begins(self) -> bool {
        matches!(self, Self::Whole | Self::First(_))
    }

    /// Whether it completes a frame.
    pub(crate) fn completes(self) -> bool {
        matches!(self, Self::Whole | Self::Last)
    }
}

/// A header as bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderBytes {
    bytes: [u8; HEADER_BYTES],
    length: usize,
}

impl HeaderBytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.length..][..bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }
}

impl Header {
    /// Writes a header out. Its length must not exceed [`PIECE_BYTES`].
    pub(crate) fn write(&self) -> HeaderBytes {
        assert!(self.length <= PIECE_BYTES, "a piece longer than a packet");
        let mut word = self.length as u32;
        word |= match self.part {
            Part::Whole => 0,
            Part::First(_) => MORE,
            Part::Middle => MORE | CONTINUED,
            Part::Last => CONTINUED,
        };
        if self.descriptors > 0 {
            word |= DESCRIPTORS;
        }
        let mut out = HeaderBytes {
            bytes: [0; HEADER_BYTES],
            length: 0,
        };
        out.push(&word.to_le_bytes());
        if self.descriptors > 0 {
            out.push(&[self.descriptors]);
        }
        if let Part::First(total) = self.part {
            out.push(&total.bytes.to_le_bytes());
            out.push(&total.descriptors.to_le_bytes());
        }
        out
    }
}

impl Header {
    /// The header of a piece that goes on with a frame and has no descriptors, if these bytes are one.
    pub(crate) fn read_short(bytes: &[u8; SHORT_HEADER_BYTES]) -> Option<Self> {
        let word = u32::from_le_bytes(*bytes);
        let part = match word & !LENGTH {
            CONTINUED => Part::Last,
            flags if flags == MORE | CONTINUED => Part::Middle,
            _ => return None,
        };
        Some(Self {
            length: (word & LENGTH) as usize,
            descriptors: 0,
            part,
        })
    }
}

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Read<'a> {
    /// A piece, and what follows it.
    Piece(Header, &'a [u8], &'a [u8]),
    /// A farewell, and what follows it.
    End(&'a [u8]),
    /// The beginning of a piece.
    Partial,
}

/// Reads one piece.
pub(crate) fn read(bytes: &[u8]) -> Result<Read<'_>, Malformed> {
    let Some((word, mut rest)) = bytes.split_first_chunk() else {
        return Ok(Read::Partial);
    };
    let word = u32::from_le_bytes(*word);
    if word == END {
        return Ok(Read::End(rest));
    }
    if word & !(LENGTH | MORE | CONTINUED | DESCRIPTORS) != 0 {
        return Err(Malformed::Flags);
    }
    let length = (word & LENGTH) as usize;
    if length > PIECE_BYTES {
        return Err(Malformed::PieceLength);
    }
    let mut descriptors = 0;
    if word & DESCRIPTORS != 0 {
        let Some((count, after)) = rest.split_first() else {
            return Ok(Read::Partial);
        };
        if *count == 0 || usize::from(*count) > PACKET_DESCRIPTORS {
            return Err(Malformed::Flags);
        }
        descriptors = *count;
        rest = after;
    }
    let part = match (word & MORE != 0, word & CONTINUED != 0) {
        (false, false) => Part::Whole,
        (true, true) => Part::Middle,
        (false, true) => Part::Last,
        (true, false) => {
            let Some((total, after)) = rest.split_first_chunk::<4>() else {
                return Ok(Read::Partial);
            };
            let Some((count, after)) = after.split_first_chunk() else {
                return Ok(Read::Partial);
            };
            rest = after;
            Part::First(Total {
                bytes: u32::from_le_bytes(*total),
                descriptors: u16::from_le_bytes(*count),
            })
        }
    };
    let header = Header {
        length,
        descriptors,
        part,
    };
    Ok(match rest.split_at_checked(length) {
        Some((piece, rest)) => Read::Piece(header, piece, rest),
        None => Read::Partial,
    })
}

/// How many of these bytes are whole pieces; the rest is the beginning of one.
pub(crate) fn whole_pieces(bytes: &[u8]) -> Result<usize, Malformed> {
    let mut rest = bytes;
    loop {
        match read(rest)? {
            Read::Piece(_, _, after) | Read::End(after) => rest = after,
            Read::Partial => return Ok(bytes.len() - rest.len()),
        }
    }
}

#[cfg(test)]
mod tests;
