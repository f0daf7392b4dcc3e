//! The protobuf wire format below fields: wire types, tags and varints.
//!
//! Everything here is pure arithmetic; [`Writer`](crate::Writer) and [`Reader`](crate::Reader) move the bytes.

use crate::error::{ErrorKind, Result};

/// The highest field number the format allows.
pub const MAX_FIELD_NUMBER: u32 = (1 << 29) - 1;

/// The most bytes a varint of 64 bits takes.
pub const MAX_VARINT_LEN: usize = 10;

/// How the bytes after a tag are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireType {
    /// A base-128 number of at most ten bytes.
    Varint = 0,
    /// Eight bytes, little-endian.
    Fixed64 = 1,
    /// A varint length and that many bytes.
    Len = 2,
    /// The start of a group; no encoding has it, so it is skipped, or kept as an unknown field.
    StartGroup = 3,
    /// The end of a group.
    EndGroup = 4,
    /// Four bytes, little-endian.
    Fixed32 = 5,
}

impl WireType {
    /// How many packed values of this type `len` bytes hold, where that can be told without looking at them; zero otherwise.
    #[inline]
    pub const fn count_in(self, len: usize) -> usize {
        match self {
            Self::Fixed32 => len / 4,
            Self::Fixed64 => len / 8,
            _ => 0,
        }
    }
}

/// The number that precedes a field on the wire.
#[inline]
pub const fn tag(number: u32, wire_type: WireType) -> u64 {
    ((number as u64) << 3) | wire_type as u64
}

/// A tag as it was read: not yet known to be one that the format allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(pub(crate) u64);

impl Tag {
    /// The field number, or what is in its place.
    #[inline]
    pub const fn number(self) -> u64 {
        self.0 >> 3
    }

    /// The wire type. Of what is none it makes [`WireType::EndGroup`], which no encoding has either.
    #[inline]
    pub const fn wire_type(self) -> WireType {
        match self.0 & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Len,
            3 => WireType::StartGroup,
            5 => WireType::Fixed32,
            _ => WireType::EndGroup,
        }
    }

    /// The field number and the wire type, checked.
    ///
    /// # Errors
    ///
    /// As [`split_tag`].
    #[inline]
    pub fn split(self) -> Result<(u32, WireType)> {
        split_tag(self.0)
    }
}

/// Splits a tag into its field number and wire type.
///
/// # Errors
///
/// [`ErrorKind::InvalidTag`] for field zero, a field above [`MAX_FIELD_NUMBER`], or an unknown wire type.
#[inline]
pub fn split_tag(tag: u64) -> Result<(u32, WireType)> {
    let number = match u32::try_from(tag >> 3) {
        Ok(number @ 1..=MAX_FIELD_NUMBER) => number,
        _ => return Err(ErrorKind::InvalidTag(tag).into()),
    };
    let wire_type = match tag & 7 {
        0 => WireType::Varint,
        1 => WireType::Fixed64,
        2 => WireType::Len,
        3 => WireType::StartGroup,
        4 => WireType::EndGroup,
        5 => WireType::Fixed32,
        _ => return Err(ErrorKind::InvalidTag(tag).into()),
    };
    Ok((number, wire_type))
}

/// How many bytes `value` takes as a varint: 1 to 10.
#[inline]
pub const fn varint_len(value: u64) -> usize {
    // Seven bits a byte: ceil(bits / 7), written without a division.
    ((64 - (value | 1).leading_zeros() as usize) * 9 + 64) / 64
}

/// The bit of each byte of a varint that says that another follows.
pub(crate) const CONTINUE: u64 = 0x8080_8080_8080_8080;

/// The lower eight groups of seven bits, one a byte.
#[inline]
pub(crate) const fn spread(value: u64) -> u64 {
    let value = value & 0x0fff_ffff | (value & 0x00ff_ffff_f000_0000) << 4;
    let value = value & 0x0000_3fff_0000_3fff | (value & 0x0fff_c000_0fff_c000) << 2;
    value & 0x007f_007f_007f_007f | (value & 0x3f80_3f80_3f80_3f80) << 1
}

/// The lower four groups of seven bits, one a byte.
#[inline]
pub(crate) const fn spread32(value: u32) -> u32 {
    let value = value & 0x3fff | (value & 0x0fff_c000) << 2;
    value & 0x007f_007f | (value & 0x3f80_3f80) << 1
}

/// Maps a signed number to an unsigned one so that small magnitudes stay small.
#[inline]
pub const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The inverse of [`zigzag`].
#[inline]
pub const fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

/// The inverse of [`zigzag`] for 32 bits: what protobuf reads of a longer number into a `sint32`.
#[inline]
pub const fn unzigzag32(value: u32) -> i32 {
    ((value >> 1) as i32) ^ -((value & 1) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varint_len_counts_seven_bits_a_byte() {
        for bits in 0..64u32 {
            let value = 1u64 << bits;
            assert_eq!(varint_len(value), bits as usize / 7 + 1, "2^{bits}");
        }
        assert_eq!(varint_len(0), 1);
        assert_eq!(varint_len(u64::MAX), MAX_VARINT_LEN);
    }

    #[test]
    fn zigzag_alternates_signs_and_inverts() {
        assert_eq!([0, -1, 1, -2].map(zigzag), [0, 1, 2, 3]);
        for value in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
    }

    #[test]
    fn tags_outside_the_format_are_refused() {
        for bad in [0, 7, 6 | 8, u64::MAX, (1 << 32) | 8] {
            assert!(split_tag(bad).is_err(), "{bad}");
        }
        assert_eq!(
            split_tag(tag(MAX_FIELD_NUMBER, WireType::Len)).unwrap(),
            (MAX_FIELD_NUMBER, WireType::Len)
        );
    }
}
