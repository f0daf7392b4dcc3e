//! Bytes: a number alone, the `bytes` of protobuf in sequence.
//!
//! `Vec<u8>` is `Repeated<Byte>` and is copied as a whole in both directions. Unlike other repeated fields, `bytes` that
//! occur again replace what was there: they are one value to protobuf. A borrowed `&[u8]` is decoded without copying.

use crate::encoding::{
    Collect, Encoding, FieldDecode, Items, ValueDecode, ValueEncode, ValueEncoding,
    expect_wire_type,
};
use crate::encodings::{Repeated, Scalar, Varint, Wrapped};
use crate::error::Result;
#[cfg(feature = "alloc")]
use crate::kept;
use crate::layout::Layout;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;

/// A `u8`: a varint alone, `bytes` in sequence.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode(vec![1u8, 2, 255]), [0x0a, 3, 1, 2, 255]);
///
/// // Borrowed bytes point into the message.
/// let bytes: &[u8] = mesh_protobuf::decode(&[0x0a, 3, 1, 2, 255])?;
/// assert_eq!(bytes, [1, 2, 255]);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Debug)]
pub struct Byte;

impl Encoding for Byte {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for Byte {}

macro_rules! byte_encode {
    (
        $($lifetime:lifetime)?, $item:ty,
        |$items:ident| $slice:expr,
        |$byte:ident| $copy:expr,
        $unless_kept:ident
    ) => {
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
            fn write_tagged(number: u32, value: $item, writer: &mut Writer<R>) {
                writer.varint_field(number, value.to_bits());
            }

            #[inline]
            fn write_repeated<I: Items<Item = $item>>(
                number: u32,
                $items: I,
                writer: &mut Writer<R>,
            ) {
                let Some($items) = $unless_kept(Some(number), $items, writer) else {
                    return;
                };
                match $slice {
                    Some([]) => {}
                    Some(bytes) => {
                        writer.expect_field(number, bytes.len());
                        writer.bytes_field(number, bytes);
                    }
                    None if $items.count() == 0 => {}
                    None => {
                        <Self as ValueEncode<$item, R>>::write_sequence($items, writer);
                        writer.tag(number, WireType::Len);
                    }
                }
            }

            #[inline]
            fn write_sequence<I: Items<Item = $item>>($items: I, writer: &mut Writer<R>) {
                let Some($items) = $unless_kept(None, $items, writer) else {
                    return;
                };
                writer.delimited(|writer| match $slice {
                    Some(bytes) => writer.bytes(bytes),
                    None => $items.write_bytes(writer, |$byte| $copy),
                });
            }

            #[inline]
            fn value_layout(layout: &mut Layout) {
                <Varint as ValueEncode<$item, R>>::value_layout(layout);
            }
        }
    };
}
byte_encode!(, u8, |items| items.as_slice(), |byte| byte, unless_kept);
byte_encode!('a, &'a u8, |items| items.as_referents(), |byte| *byte, unless_owned);

/// Writes a payload that is large and owned, if it is to be kept; otherwise gives it back.
#[inline]
fn unless_kept<I: Items<Item = u8>, R>(
    number: Option<u32>,
    items: I,
    writer: &mut Writer<'_, R>,
) -> Option<I> {
    #[cfg(feature = "alloc")]
    if items.count() >= kept::LEAST && writer.keeps() {
        return match items.into_vec() {
            Ok(bytes) => {
                writer.keep(bytes.into(), number);
                None
            }
            Err(items) => Some(items),
        };
    }
    #[cfg(not(feature = "alloc"))]
    let _ = (number, writer);
    Some(items)
}

/// What is borrowed is never kept.
#[inline]
fn unless_owned<I, R>(_: Option<u32>, items: I, _: &mut Writer<'_, R>) -> Option<I> {
    Some(items)
}

impl<'de, R> ValueDecode<'de, u8, R> for Byte {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Varint
    }

    #[inline]
    fn accepts_repeated(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        previous: Option<u8>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<u8> {
        <Varint as ValueDecode<'de, u8, R>>::read_value(previous, wire_type, reader)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<u8> {
        Ok(0)
    }

    #[inline]
    fn read_repeated<C: Collect<u8>>(
        items: &mut C,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        expect_wire_type(wire_type, WireType::Len)?;
        // One `bytes` value is the whole sequence, so a later one replaces it.
        items.clear();
        <Self as ValueDecode<'de, u8, R>>::read_sequence(items, reader)
    }

    #[inline]
    fn read_sequence<C: Collect<u8>>(items: &mut C, reader: &mut Reader<'de, '_, R>) -> Result<()> {
        let bytes = reader.bytes()?;
        reader.charge(items.cost(bytes.len()))?;
        items.reserve(bytes.len());
        items.extend_from_slice(bytes)
    }
}

impl<'de: 'a, 'a, R> ValueDecode<'de, &'a [u8], R> for Repeated<Byte> {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        _: Option<&'a [u8]>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<&'a [u8]> {
        expect_wire_type(wire_type, WireType::Len)?;
        reader.bytes()
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<&'a [u8]> {
        Ok(&[])
    }
}

impl<'de: 'a, 'a, R> FieldDecode<'de, &'a [u8], R> for Repeated<Byte> {
    type Slot = &'a [u8];

    #[inline]
    fn accepts_field(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn start(previous: Option<&'a [u8]>) -> &'a [u8] {
        previous.unwrap_or_default()
    }

    #[inline]
    fn read_field(
        slot: &mut &'a [u8],
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        *slot = Self::read_value(None, wire_type, reader)?;
        Ok(())
    }

    #[inline]
    fn finish(slot: &'a [u8], _: &mut Reader<'de, '_, R>) -> Result<&'a [u8]> {
        Ok(slot)
    }
}
