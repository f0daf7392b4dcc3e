//! `Result`.

use crate::encoding::{Encoding, MessageDecode, MessageEncode, ValueDecode, ValueEncode};
use crate::encodings::message::{read_delimited, write_delimited};
use crate::error::{ErrorKind, Result};
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;
use core::result::Result as StdResult;

/// A `Result`: a message with a `oneof` of field 1, `Ok` laid out by `T`, and field 2, `Err` laid out by `E`.
///
/// Neither is an error, and so is an absent field.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode(Ok::<u32, String>(5)), [0x08, 5]);
/// assert_eq!(mesh_protobuf::encode(Err::<u32, &str>("no")), [0x12, 2, b'n', b'o']);
/// ```
#[derive(Debug)]
pub struct Outcome<T, E>(PhantomData<(T, E)>);

impl<T: Encoding, E: Encoding> Encoding for Outcome<T, E> {
    type Value = Self;
    type Body = Self;
}

impl<T: Encoding, E: Encoding> crate::encoding::ValueEncoding for Outcome<T, E> {}

impl<T, E, A, B, R> MessageEncode<StdResult<A, B>, R> for Outcome<T, E>
where
    T: ValueEncode<A, R>,
    E: ValueEncode<B, R>,
{
    #[inline]
    fn write_body(value: StdResult<A, B>, writer: &mut Writer<R>) {
        match value {
            Ok(value) => T::write_tagged(1, value, writer),
            Err(error) => E::write_tagged(2, error, writer),
        }
    }

    #[inline]
    fn body_layout(layout: &mut Layout) {
        layout.part(kind::OUTCOME);
        T::value_layout(layout);
        E::value_layout(layout);
    }
}

impl<'a, T, E, A, B, R> MessageEncode<&'a StdResult<A, B>, R> for Outcome<T, E>
where
    T: ValueEncode<&'a A, R>,
    E: ValueEncode<&'a B, R>,
{
    #[inline]
    fn write_body(value: &'a StdResult<A, B>, writer: &mut Writer<R>) {
        <Self as MessageEncode<StdResult<&'a A, &'a B>, R>>::write_body(value.as_ref(), writer);
    }

    #[inline]
    fn body_layout(layout: &mut Layout) {
        <Self as MessageEncode<StdResult<&'a A, &'a B>, R>>::body_layout(layout);
    }
}

impl<'de, T, E, A, B, R> MessageDecode<'de, StdResult<A, B>, R> for Outcome<T, E>
where
    T: ValueDecode<'de, A, R>,
    E: ValueDecode<'de, B, R>,
{
    #[inline]
    fn read_body(
        mut value: Option<StdResult<A, B>>,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<StdResult<A, B>> {
        while let Some((number, wire_type)) = reader.next_field()? {
            value = match number {
                1 => {
                    let previous = value.and_then(StdResult::ok);
                    Some(Ok(T::read_value(previous, wire_type, reader)?))
                }
                2 => {
                    let previous = value.and_then(StdResult::err);
                    Some(Err(E::read_value(previous, wire_type, reader)?))
                }
                _ => {
                    reader.skip(number, wire_type)?;
                    value
                }
            };
        }
        value.ok_or_else(|| ErrorKind::UnknownVariant.into())
    }
}

impl<T, E, V, R> ValueEncode<V, R> for Outcome<T, E>
where
    T: Encoding,
    E: Encoding,
    Self: MessageEncode<V, R>,
{
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: V, writer: &mut Writer<R>) {
        write_delimited::<Self, V, R>(value, writer);
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.nested(<Self as MessageEncode<V, R>>::body_layout);
    }
}

impl<'de, T, E, V, R> ValueDecode<'de, V, R> for Outcome<T, E>
where
    T: Encoding,
    E: Encoding,
    Self: MessageDecode<'de, V, R>,
{
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        previous: Option<V>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<V> {
        read_delimited::<Self, V, R>(previous, wire_type, reader)
    }
}
