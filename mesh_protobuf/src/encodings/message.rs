//! Messages: the layout of derived types, and the wrapper that makes a message of anything else.

use crate::encoding::{
    Encoding, FieldDecode, FieldEncode, MessageDecode, MessageEncode, ValueDecode, ValueEncode,
    ValueEncoding, expect_wire_type,
};
use crate::error::Result;
use crate::layout::Layout;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;

/// The layout of a type that is a message of its own: derived structs and enums.
///
/// The type implements [`MessageEncode`] and [`MessageDecode`] for this marker. A message that occurs again in a field is
/// merged with what was there.
#[derive(Debug)]
pub struct Message;

impl Encoding for Message {
    type Value = Self;
    type Body = Self;
}

impl ValueEncoding for Message {}

impl<T, R> ValueEncode<T, R> for Message
where
    Message: MessageEncode<T, R>,
{
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        write_delimited::<Self, T, R>(value, writer);
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        write_unless_empty::<Self, T, R>(number, value, writer);
    }

    #[inline]
    fn write_tagged(number: u32, value: T, writer: &mut Writer<R>) {
        writer.delimited_field(number, |writer| {
            <Self as MessageEncode<T, R>>::write_body(value, writer);
        });
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.nested(<Self as MessageEncode<T, R>>::body_layout);
    }
}

impl<'de, T, R> ValueDecode<'de, T, R> for Message
where
    Message: MessageDecode<'de, T, R>,
{
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline(always)]
    fn read_value(
        previous: Option<T>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<T> {
        read_delimited::<Self, T, R>(previous, wire_type, reader)
    }

    #[inline]
    fn default_value(reader: &mut Reader<'de, '_, R>) -> Result<T> {
        reader.absent(|reader| <Self as MessageDecode<T, R>>::read_body(None, reader))
    }
}

/// A message whose only field, number 1, is laid out by `E`.
///
/// It is what a number, a string or a sequence becomes where a message is wanted.
///
/// # Examples
///
/// ```
/// // As a message of its own, and as an element that may be absent.
/// assert_eq!(mesh_protobuf::encode(7u32), [0x08, 7]);
/// assert_eq!(mesh_protobuf::encode(vec![Some(7u32), None]), [0x0a, 2, 0x08, 7, 0x0a, 0]);
/// ```
#[derive(Debug)]
pub struct Wrapped<E>(PhantomData<E>);

impl<E: Encoding> Encoding for Wrapped<E> {
    type Value = Self;
    type Body = Self;
}

impl<E: Encoding> ValueEncoding for Wrapped<E> {}

impl<E: FieldEncode<T, R>, T, R> MessageEncode<T, R> for Wrapped<E> {
    #[inline]
    fn write_body(value: T, writer: &mut Writer<R>) {
        E::write_field(1, value, writer);
    }

    #[inline]
    fn body_layout(layout: &mut Layout) {
        E::field_layout(layout);
    }
}

impl<'de, E: FieldDecode<'de, T, R>, T, R> MessageDecode<'de, T, R> for Wrapped<E> {
    #[inline]
    fn read_body(previous: Option<T>, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        let mut slot = E::start(previous);
        while let Some((number, wire_type)) = reader.next_field()? {
            match number {
                1 => E::read_field(&mut slot, wire_type, reader)?,
                _ => reader.skip(number, wire_type)?,
            }
        }
        E::finish(slot, reader)
    }
}

impl<E: FieldEncode<T, R>, T, R> ValueEncode<T, R> for Wrapped<E> {
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        write_delimited::<Self, T, R>(value, writer);
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        write_unless_empty::<Self, T, R>(number, value, writer);
    }

    #[inline]
    fn write_tagged(number: u32, value: T, writer: &mut Writer<R>) {
        writer.delimited_field(number, |writer| {
            <Self as MessageEncode<T, R>>::write_body(value, writer);
        });
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.nested(<Self as MessageEncode<T, R>>::body_layout);
    }
}

impl<'de, E: FieldDecode<'de, T, R>, T, R> ValueDecode<'de, T, R> for Wrapped<E> {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline(always)]
    fn read_value(
        previous: Option<T>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<T> {
        read_delimited::<Self, T, R>(previous, wire_type, reader)
    }

    #[inline]
    fn default_value(reader: &mut Reader<'de, '_, R>) -> Result<T> {
        reader.absent(|reader| <Self as MessageDecode<T, R>>::read_body(None, reader))
    }
}

#[inline]
pub(super) fn write_delimited<E: MessageEncode<T, R>, T, R>(value: T, writer: &mut Writer<R>) {
    writer.delimited(|writer| E::write_body(value, writer));
}

/// An absent message is read as one without fields, so one without fields need not be written.
#[inline]
pub(super) fn write_unless_empty<E: MessageEncode<T, R>, T, R>(
    number: u32,
    value: T,
    writer: &mut Writer<R>,
) {
    writer.delimited_field_unless_empty(number, |writer| E::write_body(value, writer));
}

#[inline(always)]
pub(super) fn read_delimited<'de, E: MessageDecode<'de, T, R>, T, R>(
    previous: Option<T>,
    wire_type: WireType,
    reader: &mut Reader<'de, '_, R>,
) -> Result<T> {
    expect_wire_type(wire_type, WireType::Len)?;
    match previous {
        // Nothing of what is there already is moved about: that there is nothing is one byte.
        None => {
            let (mut inner, depth) = reader.enter()?;
            let value = E::read_body(None, &mut inner)?;
            reader.leave(depth);
            Ok(value)
        }
        Some(previous) => {
            let mut part = reader.part();
            let merged = merge_delimited::<E, T, R>(previous, &mut part);
            let rest = part.rest();
            reader.resume(rest);
            merged
        }
    }
}

/// Reads a message on top of one that came before it in the same field.
#[cold]
#[inline(never)]
fn merge_delimited<'de, E: MessageDecode<'de, T, R>, T, R>(
    previous: T,
    reader: &mut Reader<'de, '_, R>,
) -> Result<T> {
    reader.delimited(|reader| E::read_body(Some(previous), reader))
}
