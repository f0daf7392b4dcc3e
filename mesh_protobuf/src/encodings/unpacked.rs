//! Sequences of numbers that are not packed.

use crate::encoding::{
    Collect, Encoding, FieldDecode, FieldEncode, FromSequence, Items, Sequence, ValueDecode,
    ValueEncode,
};
use crate::encodings::Wrapped;
use crate::error::Result;
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;

/// Any number of values, each laid out by `E` with a tag of its own, even if they could be packed.
///
/// This is `[packed = false]`, the default of proto2. Packed runs are read as well.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::encoding::FieldEncode;
/// use mesh_protobuf::encodings::{Repeated, Unpacked, Varint};
/// use mesh_protobuf::{NoResource, Writer};
///
/// let mut writer = Writer::<NoResource>::new();
/// Unpacked::<Varint>::write_field(1, vec![3u32, 4], &mut writer);
/// assert_eq!(writer.finish().0, [0x08, 3, 0x08, 4]);
///
/// let mut writer = Writer::<NoResource>::new();
/// Repeated::<Varint>::write_field(1, vec![3u32, 4], &mut writer);
/// assert_eq!(writer.finish().0, [0x0a, 2, 3, 4]);
/// ```
#[derive(Debug)]
pub struct Unpacked<E>(PhantomData<E>);

impl<E: Encoding> Encoding for Unpacked<E> {
    type Value = Wrapped<Self>;
    type Body = Wrapped<Self>;
}

impl<E, C, R> FieldEncode<C, R> for Unpacked<E>
where
    C: Sequence,
    E: ValueEncode<C::Item, R>,
{
    #[inline]
    fn write_field(number: u32, value: C, writer: &mut Writer<R>) {
        value
            .into_items()
            .for_each_back(|item| E::write_tagged(number, item, writer));
    }

    #[inline]
    fn field_layout(layout: &mut Layout) {
        layout.part(kind::UNPACKED);
        E::value_layout(layout);
    }
}

impl<'de, E, C, R> FieldDecode<'de, C, R> for Unpacked<E>
where
    C: FromSequence,
    E: ValueDecode<'de, C::Item, R>,
{
    type Slot = C::Collector;

    #[inline]
    fn accepts_field(wire_type: WireType) -> bool {
        E::accepts_value(wire_type) || E::accepts_repeated(wire_type)
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
        // Not for `read_repeated` to decide: to it a sequence of bytes is one value, and never single ones.
        if E::accepts_value(wire_type) {
            reader.charge(slot.cost(1))?;
            return slot.push(E::read_value(None, wire_type, reader)?);
        }
        E::read_repeated(slot, wire_type, reader)
    }

    #[inline]
    fn finish(slot: C::Collector, _: &mut Reader<'de, '_, R>) -> Result<C> {
        C::finish(slot)
    }
}
