//! Numbers: varints, zig-zag varints and fixed-width values.
//!
//! A sequence of numbers is written packed, as one run; both packed and single occurrences are read. The layouts are
//! written once over [`Scalar`], which says how a Rust number fits the 64 bits of the wire.

use crate::encoding::{
    Collect, Encoding, Items, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type,
};
use crate::error::{ErrorKind, Result};
use crate::reader::Reader;
use crate::wire::{self, WireType};
use crate::writer::Writer;

/// A number, `bool`, `char`, or a reference to one, that fits a varint.
pub trait Scalar {
    /// The bits of a varint; negative numbers are extended to 64 bits.
    fn to_bits(&self) -> u64;
}

/// The inverse of [`Scalar`]: the value, or `None` if it is out of the type's range.
pub trait FromScalar: Sized {
    /// The value that has these bits as a varint.
    fn from_bits(bits: u64) -> Option<Self>;
}

/// A signed number, or a reference to one, for [`ZigZag`].
pub trait Signed {
    /// Widens to 64 bits.
    fn to_i64(&self) -> i64;
}

/// The inverse of [`Signed`].
pub trait FromSigned: Sized {
    /// Narrows; `None` if the value is out of the type's range.
    fn from_i64(value: i64) -> Option<Self>;
}

/// A number of 32 or 64 bits, or a reference to one, for [`Fixed`].
pub trait FixedWidth {
    /// [`WireType::Fixed32`] or [`WireType::Fixed64`].
    const WIRE_TYPE: WireType;
    /// The bits, extended with zeros.
    fn to_fixed(&self) -> u64;
}

/// The inverse of [`FixedWidth`].
pub trait FromFixed: FixedWidth + Sized {
    /// The value that has the low 32 or all 64 of these bits.
    fn from_fixed(bits: u64) -> Self;
}

/// A base-128 number; small ones are short. Negative ones take ten bytes.
#[derive(Debug)]
pub struct Varint;

/// A varint that alternates between signs, so that small magnitudes are short.
#[derive(Debug)]
pub struct ZigZag;

/// Four or eight bytes.
#[derive(Debug)]
pub struct Fixed;

/// A `u8`: a varint alone, `bytes` in sequence.
#[derive(Debug)]
pub struct Byte;

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
scalar_encoding!(Byte);

macro_rules! packed {
    () => {
        #[inline]
        fn write_repeated<I: Items<Item = T>>(number: u32, items: I, writer: &mut Writer<R>) {
            if items.count() > 0 {
                Self::write_sequence(items, writer);
                writer.tag(number, WireType::Len);
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

macro_rules! unpacked {
    ($wire_type:expr) => {
        #[inline]
        fn read_repeated<C: Collect<T>>(
            items: &mut C,
            wire_type: WireType,
            reader: &mut Reader<'de, '_, R>,
        ) -> Result<()> {
            if wire_type == WireType::Len {
                return <Self as ValueDecode<'de, T, R>>::read_sequence(items, reader);
            }
            reader.charge(size_of::<T>())?;
            items.push(Self::read_value(None, wire_type, reader)?)
        }

        #[inline]
        fn read_sequence<C: Collect<T>>(
            items: &mut C,
            reader: &mut Reader<'de, '_, R>,
        ) -> Result<()> {
            reader.delimited(|reader| {
                while !reader.is_empty() {
                    reader.charge(size_of::<T>())?;
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
            writer.varint(bits);
            writer.tag(number, WireType::Varint);
        }
    }

    packed!();
}

impl<'de, T: FromScalar, R> ValueDecode<'de, T, R> for Varint {
    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Varint)?;
        T::from_bits(reader.varint()?).ok_or_else(|| ErrorKind::OutOfRange.into())
    }

    #[inline]
    fn default_value() -> Result<T> {
        T::from_bits(0).ok_or_else(|| ErrorKind::MissingField.into())
    }

    unpacked!(WireType::Varint);
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
            writer.varint(wire::zigzag(value));
            writer.tag(number, WireType::Varint);
        }
    }

    packed!();
}

impl<'de, T: FromSigned, R> ValueDecode<'de, T, R> for ZigZag {
    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Varint)?;
        T::from_i64(wire::unzigzag(reader.varint()?)).ok_or_else(|| ErrorKind::OutOfRange.into())
    }

    #[inline]
    fn default_value() -> Result<T> {
        T::from_i64(0).ok_or_else(|| ErrorKind::MissingField.into())
    }

    unpacked!(WireType::Varint);
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
}

impl<'de, T: FromFixed, R> ValueDecode<'de, T, R> for Fixed {
    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, T::WIRE_TYPE)?;
        let bits = match T::WIRE_TYPE {
            WireType::Fixed32 => reader.fixed32()?.into(),
            _ => reader.fixed64()?,
        };
        Ok(T::from_fixed(bits))
    }

    #[inline]
    fn default_value() -> Result<T> {
        Ok(T::from_fixed(0))
    }

    unpacked!(T::WIRE_TYPE);
}

macro_rules! byte_encode {
    ($($lifetime:lifetime)?, $item:ty, |$items:ident, $writer:ident| $write:expr) => {
        impl<$($lifetime,)? R> ValueEncode<$item, R> for Byte {
            const WIRE_TYPE: WireType = WireType::Varint;

            #[inline]
            fn write_value(value: $item, writer: &mut Writer<R>) {
                writer.varint(value.to_bits());
            }

            #[inline]
            fn write_implicit(number: u32, value: $item, writer: &mut Writer<R>) {
                <Varint as ValueEncode<$item, R>>::write_implicit(number, value, writer);
            }

            #[inline]
            fn write_repeated<I: Items<Item = $item>>(
                number: u32,
                items: I,
                writer: &mut Writer<R>,
            ) {
                if items.count() > 0 {
                    <Self as ValueEncode<$item, R>>::write_sequence(items, writer);
                    writer.tag(number, WireType::Len);
                }
            }

            #[inline]
            fn write_sequence<I: Items<Item = $item>>($items: I, writer: &mut Writer<R>) {
                writer.delimited(|$writer| $write);
            }
        }
    };
}
byte_encode!(, u8, |items, writer| match items.as_slice() {
    Some(bytes) => writer.bytes(bytes),
    None => items.for_each_back(|byte| writer.bytes(&[byte])),
});
byte_encode!('a, &'a u8, |items, writer| writer.fill(items.count(), |bytes| {
    // Both sides run backwards in step, which compiles to one copy.
    let mut bytes = bytes.iter_mut().rev();
    items.for_each_back(|byte| {
        if let Some(place) = bytes.next() {
            *place = *byte;
        }
    });
}));

impl<'de, R> ValueDecode<'de, u8, R> for Byte {
    #[inline]
    fn read_value(
        previous: Option<u8>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<u8> {
        <Varint as ValueDecode<'de, u8, R>>::read_value(previous, wire_type, reader)
    }

    #[inline]
    fn default_value() -> Result<u8> {
        Ok(0)
    }

    #[inline]
    fn read_repeated<C: Collect<u8>>(
        items: &mut C,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        expect_wire_type(wire_type, WireType::Len)?;
        <Self as ValueDecode<'de, u8, R>>::read_sequence(items, reader)
    }

    #[inline]
    fn read_sequence<C: Collect<u8>>(items: &mut C, reader: &mut Reader<'de, '_, R>) -> Result<()> {
        let bytes = reader.bytes()?;
        reader.charge(bytes.len())?;
        items.extend_from_slice(bytes)
    }
}

macro_rules! scalars {
    ($($type:ty: $to:expr, $from:expr;)*) => { $(
        impl Scalar for $type {
            #[inline]
            fn to_bits(&self) -> u64 {
                let to: fn($type) -> u64 = $to;
                to(*self)
            }
        }
        impl FromScalar for $type {
            #[inline]
            fn from_bits(bits: u64) -> Option<Self> {
                let from: fn(u64) -> Option<$type> = $from;
                from(bits)
            }
        }
    )* };
}

scalars! {
    u8: u64::from, |bits| bits.try_into().ok();
    u16: u64::from, |bits| bits.try_into().ok();
    u32: u64::from, |bits| bits.try_into().ok();
    u64: |value| value, Some;
    usize: |value| value as u64, |bits| bits.try_into().ok();
    i8: |value| value as u64, |bits| (bits as i64).try_into().ok();
    i16: |value| value as u64, |bits| (bits as i64).try_into().ok();
    i32: |value| value as u64, |bits| (bits as i64).try_into().ok();
    i64: |value| value as u64, |bits| Some(bits as i64);
    isize: |value| value as u64, |bits| (bits as i64).try_into().ok();
    bool: u64::from, |bits| Some(bits != 0);
    char: |value| u32::from(value).into(), |bits| bits.try_into().ok().and_then(char::from_u32);
}

impl<T: Scalar> Scalar for &T {
    #[inline]
    fn to_bits(&self) -> u64 {
        (**self).to_bits()
    }
}

macro_rules! signed {
    ($($type:ty)*) => { $(
        impl Signed for $type {
            #[inline]
            fn to_i64(&self) -> i64 {
                *self as i64
            }
        }
        impl FromSigned for $type {
            #[inline]
            fn from_i64(value: i64) -> Option<Self> {
                value.try_into().ok()
            }
        }
    )* };
}
signed!(i8 i16 i32 i64 isize);

impl<T: Signed> Signed for &T {
    #[inline]
    fn to_i64(&self) -> i64 {
        (**self).to_i64()
    }
}

macro_rules! fixed_width {
    ($($type:ty: $wire_type:ident, $to:expr, $from:expr;)*) => { $(
        impl FixedWidth for $type {
            const WIRE_TYPE: WireType = WireType::$wire_type;
            #[inline]
            fn to_fixed(&self) -> u64 {
                let to: fn($type) -> u64 = $to;
                to(*self)
            }
        }
        impl FromFixed for $type {
            #[inline]
            fn from_fixed(bits: u64) -> Self {
                let from: fn(u64) -> $type = $from;
                from(bits)
            }
        }
    )* };
}

fixed_width! {
    u32: Fixed32, u64::from, |bits| bits as u32;
    i32: Fixed32, |value| u64::from(value as u32), |bits| bits as i32;
    f32: Fixed32, |value| value.to_bits().into(), |bits| f32::from_bits(bits as u32);
    u64: Fixed64, |value| value, |bits| bits;
    i64: Fixed64, |value| value as u64, |bits| bits as i64;
    f64: Fixed64, f64::to_bits, f64::from_bits;
}

impl<T: FixedWidth> FixedWidth for &T {
    const WIRE_TYPE: WireType = T::WIRE_TYPE;

    #[inline]
    fn to_fixed(&self) -> u64 {
        (**self).to_fixed()
    }
}
