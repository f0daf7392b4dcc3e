//! Numbers of 128 bits, for which protobuf has no type.

use crate::encoding::{Encoding, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type};
use crate::encodings::Wrapped;
use crate::error::{ErrorKind, Result};
use crate::layout::{Layout, UNKNOWN, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::num::{NonZeroI128, NonZeroU128};

/// A number of 128 bits as `bytes`: sixteen of them, little-endian.
///
/// # Examples
///
/// ```
/// let bytes = mesh_protobuf::encode(1u128 << 120);
/// assert_eq!(bytes, [&[0x0a, 16][..], &[0; 15], &[1]].concat());
/// ```
#[derive(Debug)]
pub struct Fixed128;

impl Encoding for Fixed128 {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for Fixed128 {}

/// A number of 128 bits, or a reference to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `Fixed128`",
    label = "not an integer of 128 bits",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait Wide {
    /// What tells it from others in a [layout](crate::layout).
    const LAYOUT: u64 = UNKNOWN;

    /// The bits.
    fn to_wide(&self) -> u128;
}

/// The inverse of [`Wide`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `Fixed128`",
    label = "not an integer of 128 bits",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait FromWide: Sized {
    /// The number with these bits; `None` if the type does not have it.
    fn from_wide(bits: u128) -> Option<Self>;
}

impl<T: Wide, R> ValueEncode<T, R> for Fixed128 {
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        writer.delimited(|writer| writer.bytes(&value.to_wide().to_le_bytes()));
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        if value.to_wide() != 0 {
            Self::write_tagged(number, value, writer);
        }
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.part(kind::number(kind::FIXED128, T::LAYOUT));
    }
}

impl<'de, T: FromWide, R> ValueDecode<'de, T, R> for Fixed128 {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Len)?;
        let bytes = reader.bytes()?;
        let bits = bytes.try_into().map_err(|_| ErrorKind::WrongLength {
            expected: 16,
            found: bytes.len(),
        })?;
        T::from_wide(u128::from_le_bytes(bits)).ok_or_else(|| ErrorKind::OutOfRange.into())
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<T> {
        T::from_wide(0).ok_or_else(|| ErrorKind::MissingField.into())
    }
}

macro_rules! wide {
    ($($type:ty, $kind:literal: $to:expr, $from:expr;)*) => { $(
        impl Wide for $type {
            const LAYOUT: u64 = kind::NUMBERS + $kind;

            #[inline]
            fn to_wide(&self) -> u128 {
                let to: fn($type) -> u128 = $to;
                to(*self)
            }
        }
        impl FromWide for $type {
            #[inline]
            fn from_wide(bits: u128) -> Option<Self> {
                let from: fn(u128) -> Option<$type> = $from;
                from(bits)
            }
        }
    )* };
}

wide! {
    u128, 30: |value| value, Some;
    i128, 31: |value| value as u128, |bits| Some(bits as i128);
    NonZeroU128, 32: NonZeroU128::get, NonZeroU128::new;
    NonZeroI128, 33: |value| value.get() as u128, |bits| NonZeroI128::new(bits as i128);
}

impl<T: Wide> Wide for &T {
    const LAYOUT: u64 = T::LAYOUT;

    #[inline]
    fn to_wide(&self) -> u128 {
        (**self).to_wide()
    }
}
