//! Sequences.

use crate::encoding::{
    Collect, Encoding, FieldDecode, FieldEncode, Items, ValueDecode, ValueEncode, expect_wire_type,
};
use crate::encodings::Wrapped;
use crate::error::Result;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;

/// Any number of values, each laid out by `E`; numbers in one packed run, bytes as they are.
///
/// As a field an empty sequence is absent. As one value (in an option, a map, another sequence) it is a message of its own,
/// or `bytes`, so that empty and absent stay apart.
#[derive(Debug)]
pub struct Repeated<E>(PhantomData<E>);

impl<E: Encoding> Encoding for Repeated<E> {
    type Value = Self;
    type Body = Wrapped<Self>;
}

/// A type whose elements are encoded as a sequence: a collection, or a reference to one.
pub trait Sequence {
    /// One element: by value, or a reference.
    type Item;
    /// Hands over the elements.
    fn into_items(self) -> impl Items<Item = Self::Item>;
}

/// A type that is decoded from a sequence.
pub trait FromSequence: Sized {
    /// One element.
    type Item;
    /// Gathers the elements as they arrive.
    type Collector: Collect<Self::Item>;
    /// The collector before the first element; `previous` is what is merged into.
    fn start(previous: Option<Self>) -> Self::Collector;
    /// The collection after the last element.
    ///
    /// # Errors
    ///
    /// If the number of elements is not one the type can have.
    fn finish(collector: Self::Collector) -> Result<Self>;
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
}

impl<'de, E, C, R> FieldDecode<'de, C, R> for Repeated<E>
where
    C: FromSequence,
    E: ValueDecode<'de, C::Item, R>,
{
    type Slot = C::Collector;

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
    fn finish(slot: C::Collector) -> Result<C> {
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
}

impl<'de, E, C, R> ValueDecode<'de, C, R> for Repeated<E>
where
    C: FromSequence,
    E: ValueDecode<'de, C::Item, R>,
{
    #[inline]
    fn read_value(_: Option<C>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<C> {
        expect_wire_type(wire_type, WireType::Len)?;
        // A later occurrence of one value replaces an earlier one.
        let mut items = C::start(None);
        E::read_sequence(&mut items, reader)?;
        C::finish(items)
    }

    #[inline]
    fn default_value() -> Result<C> {
        C::finish(C::start(None))
    }
}
