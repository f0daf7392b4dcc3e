//! Numbers: varints, zig-zag varints and fixed-width values.
//!
//! A sequence of numbers is written packed, as one run; both packed and single occurrences are read. The layouts are
//! written once over [`Scalar`], [`Signed`] and [`FixedWidth`], which say how a Rust number fits the 64 bits of the wire.
//!
//! A varint of more than 32 bits is cut off for a field of 32, as protobuf has it: that is how a field is widened in one
//! program and still read by another. What is narrower in Rust than anything protobuf has, a `u16` or a `NonZeroU32`, refuses
//! what it cannot hold, since a wrong offset is worse than none.

use crate::encoding::{
    Collect, Encoding, Items, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type,
};
use crate::encodings::{FixedWidth, FromFixed, FromScalar, FromSigned, Scalar, Signed};
use crate::error::{ErrorKind, Result};
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::{self, WireType};
use crate::writer::Writer;

/// A base-128 number; small ones are short. Negative ones take ten bytes.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode(150u32), [0x08, 0x96, 0x01]);
/// assert_eq!(mesh_protobuf::encode(0u32), []);
/// ```
#[derive(Debug)]
pub struct Varint;

/// A varint that alternates between signs, so that small magnitudes are short.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode(-1i64), [0x08, 1]);
/// assert_eq!(mesh_protobuf::encode(1i64), [0x08, 2]);
/// ```
#[derive(Debug)]
pub struct ZigZag;

/// Four or eight bytes, little-endian.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode(1.0f32), [0x0d, 0, 0, 0x80, 0x3f]);
/// ```
#[derive(Debug)]
pub struct Fixed;

macro_rules! scalar_encoding {
    ($marker:ident) => {
        impl Encoding for $marker {
            type Value = Self;
            type Body = super::Wrapped<Self>;
        }
        impl ValueEncoding for $marker {}
    };
}
scalar_encoding!(Varint);
scalar_encoding!(ZigZag);
scalar_encoding!(Fixed);

macro_rules! packed {
    () => {
        #[inline]
        fn write_repeated<I: Items<Item = T>>(number: u32, items: I, writer: &mut Writer<R>) {
            if items.count() > 0 {
                writer.delimited_field(number, |writer| {
                    items.for_each_back(|item| {
                        <Self as ValueEncode<T, R>>::write_value(item, writer);
                    });
                });
            }
        }

        #[inline]
        fn write_sequence<I: Items<Item = T>>(items: I, writer: &mut Writer<R>) {
            writer.delimited(|writer| {
                items.for_each_back(|item| {
                    <Self as ValueEncode<T, R>>::write_value(item, writer);
                });
            });
        }
    };
}

macro_rules! read_packed {
    ($wire_type:expr) => {
        #[inline]
        fn accepts_repeated(wire_type: WireType) -> bool {
            wire_type == $wire_type || wire_type == WireType::Len
        }

        #[inline]
        fn read_repeated<C: Collect<T>>(
            items: &mut C,
            wire_type: WireType,
            reader: &mut Reader<'de, '_, R>,
        ) -> Result<()> {
            if wire_type == WireType::Len {
                return <Self as ValueDecode<'de, T, R>>::read_sequence(items, reader);
            }
            reader.charge(items.cost(1))?;
            items.push(Self::read_value(None, wire_type, reader)?)
        }

        #[inline]
        fn read_sequence<C: Collect<T>>(
            items: &mut C,
            reader: &mut Reader<'de, '_, R>,
        ) -> Result<()> {
            reader.delimited(|reader| {
                let count = $wire_type.count_in(reader.remaining());
                reader.charge(items.cost(count))?;
                items.reserve(count);
                while !reader.is_empty() {
                    reader.charge(items.cost(1))?;
                    items.push(Self::read_value(None, $wire_type, reader)?)?;
                }
                Ok(())
            })
        }
    };
}

impl<T: Scalar, R> ValueEncode<T, R> for Varint {
    const WIRE_TYPE: WireType = WireType::Varint;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        writer.varint(value.to_bits());
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        let bits = value.to_bits();
        if bits != 0 {
            writer.varint_field(number, bits);
        }
    }

    #[inline]
    fn write_tagged(number: u32, value: T, writer: &mut Writer<R>) {
        writer.varint_field(number, value.to_bits());
    }

    packed!();

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.part(kind::number(kind::VARINT, T::LAYOUT));
    }
}

impl<'de, T: FromScalar, R> ValueDecode<'de, T, R> for Varint {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Varint
    }

    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Varint)?;
        T::from_bits(reader.varint()?).ok_or_else(|| T::out_of_range().into())
    }

    #[inline(always)]
    fn initial_value() -> Option<T> {
        T::from_bits(0)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<T> {
        T::from_bits(0).ok_or_else(|| ErrorKind::MissingField.into())
    }

    read_packed!(WireType::Varint);
}

impl<T: Signed, R> ValueEncode<T, R> for ZigZag {
    const WIRE_TYPE: WireType = WireType::Varint;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        writer.varint(wire::zigzag(value.to_i64()));
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        let value = value.to_i64();
        if value != 0 {
            writer.varint_field(number, wire::zigzag(value));
        }
    }

    #[inline]
    fn write_tagged(number: u32, value: T, writer: &mut Writer<R>) {
        writer.varint_field(number, wire::zigzag(value.to_i64()));
    }

    packed!();

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.part(kind::number(kind::ZIGZAG, T::LAYOUT));
    }
}

impl<'de, T: FromSigned, R> ValueDecode<'de, T, R> for ZigZag {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Varint
    }

    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Varint)?;
        T::from_zigzag(reader.varint()?).ok_or_else(|| ErrorKind::OutOfRange.into())
    }

    #[inline(always)]
    fn initial_value() -> Option<T> {
        T::from_zigzag(0)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<T> {
        T::from_zigzag(0).ok_or_else(|| ErrorKind::MissingField.into())
    }

    read_packed!(WireType::Varint);
}

impl<T: FixedWidth, R> ValueEncode<T, R> for Fixed {
    const WIRE_TYPE: WireType = T::WIRE_TYPE;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        let bits = value.to_fixed();
        match T::WIRE_TYPE {
            WireType::Fixed32 => writer.fixed32(bits as u32),
            _ => writer.fixed64(bits),
        }
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        if value.to_fixed() != 0 {
            Self::write_tagged(number, value, writer);
        }
    }

    packed!();

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.part(kind::number(kind::FIXED, T::LAYOUT));
    }
}

impl<'de, T: FromFixed, R> ValueDecode<'de, T, R> for Fixed {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == T::WIRE_TYPE
    }

    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, T::WIRE_TYPE)?;
        let bits = match T::WIRE_TYPE {
            WireType::Fixed32 => reader.fixed32()?.into(),
            _ => reader.fixed64()?,
        };
        Ok(T::from_fixed(bits))
    }

    #[inline(always)]
    fn initial_value() -> Option<T> {
        Some(T::from_fixed(0))
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<T> {
        Ok(T::from_fixed(0))
    }

    read_packed!(T::WIRE_TYPE);
}
