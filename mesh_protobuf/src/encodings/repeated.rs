//! Sequences.

use crate::encoding::{
    Encoding, FieldDecode, FieldEncode, FromSequence, Sequence, ValueDecode, ValueEncode,
    expect_wire_type,
};
use crate::encodings::Wrapped;
use crate::error::Result;
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;

/// Any number of values, each laid out by `E`; numbers in one packed run, bytes as they are.
///
/// As a field an empty sequence is absent. As one value (in an option, a map, another sequence) it is a message of its own,
/// or `bytes`, so that empty and absent stay apart.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode(vec![3u32, 4]), [0x0a, 2, 3, 4]);
/// assert_eq!(mesh_protobuf::encode(vec!["a", "b"]), [0x0a, 1, b'a', 0x0a, 1, b'b']);
/// assert_eq!(mesh_protobuf::encode(Some(Vec::<u32>::new())), [0x0a, 0]);
/// ```
#[derive(Debug)]
pub struct Repeated<E>(PhantomData<E>);

impl<E: Encoding> Encoding for Repeated<E> {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl<E, C, R> FieldEncode<C, R> for Repeated<E>
where
    C: Sequence,
    E: ValueEncode<C::Item, R>,
{
    #[inline]
    fn write_field(number: u32, value: C, writer: &mut Writer<R>) {
        E::write_repeated(number, value.into_items(), writer);
    }

    #[inline]
    fn field_layout(layout: &mut Layout) {
        layout.part(kind::REPEATED);
        E::value_layout(layout);
    }
}

impl<'de, E, C, R> FieldDecode<'de, C, R> for Repeated<E>
where
    C: FromSequence,
    E: ValueDecode<'de, C::Item, R>,
{
    type Slot = C::Collector;

    #[inline]
    fn accepts_field(wire_type: WireType) -> bool {
        E::accepts_repeated(wire_type)
    }

    #[inline]
    fn start(previous: Option<C>) -> C::Collector {
        C::start(previous)
    }

    #[inline]
    fn read_field(
        slot: &mut C::Collector,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        E::read_repeated(slot, wire_type, reader)
    }

    #[inline]
    fn finish(slot: C::Collector, _: &mut Reader<'de, '_, R>) -> Result<C> {
        C::finish(slot)
    }
}

impl<E, C, R> ValueEncode<C, R> for Repeated<E>
where
    C: Sequence,
    E: ValueEncode<C::Item, R>,
{
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: C, writer: &mut Writer<R>) {
        E::write_sequence(value.into_items(), writer);
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.part(kind::REPEATED);
        E::value_layout(layout);
    }
}

impl<'de, E, C, R> ValueDecode<'de, C, R> for Repeated<E>
where
    C: FromSequence,
    E: ValueDecode<'de, C::Item, R>,
{
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(_: Option<C>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<C> {
        expect_wire_type(wire_type, WireType::Len)?;
        // A later occurrence of one value replaces an earlier one.
        let mut items = C::start(None);
        E::read_sequence(&mut items, reader)?;
        C::finish(items)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<C> {
        C::finish(C::start(None))
    }
}
