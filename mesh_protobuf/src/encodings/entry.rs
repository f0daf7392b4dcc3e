//! Maps, and their entries.

use crate::encoding::{
    Encoding, FieldDecode, MessageDecode, MessageEncode, ValueDecode, ValueEncode, ValueEncoding,
};
use crate::encodings::message::{read_delimited, write_delimited, write_unless_empty};
use crate::encodings::{Repeated, Tuple};
use crate::error::Result;
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;

/// A `map`: a repeated message of key and value, fields 1 and 2. A key that occurs again replaces its value.
///
/// A sequence of pairs has the same bytes.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
///
/// let map = BTreeMap::from([(1u32, "one")]);
/// let bytes = mesh_protobuf::encode(&map);
/// assert_eq!(bytes, [0x0a, 7, 0x08, 1, 0x12, 3, b'o', b'n', b'e']);
/// assert_eq!(bytes, mesh_protobuf::encode(vec![(1u32, "one")]));
/// ```
pub type Map<K, V> = Repeated<Entry<K, V>>;

/// An entry of a [`Map`]: a message of key and value, which are zero or empty if absent.
///
/// It has the bytes of a [`Tuple`] of two, and is more forgiving: a key or value of another wire type is an unknown field, as
/// protobuf has it, since a map may be part of a message that changes.
#[derive(Debug)]
pub struct Entry<K, V>(PhantomData<(K, V)>);

impl<K, V> Encoding for Entry<K, V> {
    type Value = Self;
    type Body = Self;
}

impl<K, V> ValueEncoding for Entry<K, V> {}

impl<K, V, T, R> MessageEncode<T, R> for Entry<K, V>
where
    Tuple<(K, V)>: MessageEncode<T, R>,
{
    #[inline]
    fn write_body(value: T, writer: &mut Writer<R>) {
        <Tuple<(K, V)> as MessageEncode<T, R>>::write_body(value, writer);
    }

    #[inline]
    fn body_layout(layout: &mut Layout) {
        layout.part(kind::ENTRY);
        <Tuple<(K, V)> as MessageEncode<T, R>>::body_layout(layout);
    }
}

impl<'de, K, V, A, B, R> MessageDecode<'de, (A, B), R> for Entry<K, V>
where
    K: FieldDecode<'de, A, R>,
    V: FieldDecode<'de, B, R>,
{
    #[inline]
    fn read_body(previous: Option<(A, B)>, reader: &mut Reader<'de, '_, R>) -> Result<(A, B)> {
        let (key, value) = previous.unzip();
        let (mut key, mut value) = (K::start(key), V::start(value));
        while let Some((number, wire_type)) = reader.next_field()? {
            match number {
                1 if K::accepts_field(wire_type) => K::read_field(&mut key, wire_type, reader)?,
                2 if V::accepts_field(wire_type) => V::read_field(&mut value, wire_type, reader)?,
                _ => reader.skip(number, wire_type)?,
            }
        }
        Ok((K::finish(key, reader)?, V::finish(value, reader)?))
    }
}

impl<K, V, T, R> ValueEncode<T, R> for Entry<K, V>
where
    Self: MessageEncode<T, R>,
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
    fn value_layout(layout: &mut Layout) {
        layout.nested(<Self as MessageEncode<T, R>>::body_layout);
    }
}

impl<'de, K, V, T, R> ValueDecode<'de, T, R> for Entry<K, V>
where
    Self: MessageDecode<'de, T, R>,
{
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        previous: Option<T>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<T> {
        read_delimited::<Self, T, R>(previous, wire_type, reader)
    }

    #[inline]
    fn default_value(reader: &mut Reader<'de, '_, R>) -> Result<T> {
        reader.absent(|reader| Self::read_body(None, reader))
    }
}
