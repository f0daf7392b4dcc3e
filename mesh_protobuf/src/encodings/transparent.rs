//! Types that are laid out like the one value they wrap.
//!
//! `Transparent<E>` passes everything on to `E`, so a wrapped number is packed in a sequence like the number itself, and an
//! option of it is an option of the number.

use crate::encoding::{
    Collect, CollectWith, Encoding, FieldDecode, FieldEncode, Items, MapItems, MessageDecode,
    MessageEncode, ValueDecode, ValueEncode,
};
use crate::error::Result;
use crate::layout::Layout;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;

/// A wrapper around a value that is laid out by `E`: nothing of the wrapper is on the wire.
///
/// `#[mesh(transparent)]` gives a type this layout.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::DefaultEncoding;
/// use mesh_protobuf::encodings::{Fixed, FromInner, IntoInner, Transparent};
///
/// #[derive(Debug, PartialEq)]
/// struct Meters(f64);
///
/// impl DefaultEncoding for Meters {
///     type Encoding = Transparent<Fixed>;
/// }
///
/// impl IntoInner for Meters {
///     type Inner = f64;
///     fn into_inner(self) -> f64 {
///         self.0
///     }
/// }
///
/// impl FromInner for Meters {
///     fn from_inner(inner: f64) -> Self {
///         Self(inner)
///     }
/// }
///
/// let bytes = mesh_protobuf::encode(vec![Meters(1.5)]);
/// assert_eq!(bytes, mesh_protobuf::encode(vec![1.5]));
/// assert_eq!(mesh_protobuf::decode::<Vec<Meters>>(&bytes)?, [Meters(1.5)]);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Debug)]
pub struct Transparent<E>(PhantomData<E>);

/// A wrapper, or a reference to one, as seen by an encoder.
pub trait IntoInner {
    /// The wrapped value; a reference to it if this is one to the wrapper.
    type Inner;

    /// Unwraps it.
    fn into_inner(self) -> Self::Inner;
}

/// A wrapper as seen by a decoder.
pub trait FromInner: IntoInner + Sized {
    /// Wraps a value.
    fn from_inner(inner: Self::Inner) -> Self;
}

impl<E: Encoding> Encoding for Transparent<E> {
    type Value = Transparent<E::Value>;
    type Body = Transparent<E::Body>;
}

impl<E, T, R> FieldEncode<T, R> for Transparent<E>
where
    T: IntoInner,
    E: FieldEncode<T::Inner, R>,
{
    #[inline]
    fn write_field(number: u32, value: T, writer: &mut Writer<R>) {
        E::write_field(number, value.into_inner(), writer);
    }

    #[inline]
    fn field_layout(layout: &mut Layout) {
        E::field_layout(layout);
    }
}

impl<'de, E, T, R> FieldDecode<'de, T, R> for Transparent<E>
where
    T: FromInner,
    E: FieldDecode<'de, T::Inner, R>,
{
    type Slot = E::Slot;

    #[inline]
    fn accepts_field(wire_type: WireType) -> bool {
        E::accepts_field(wire_type)
    }

    #[inline]
    fn start(previous: Option<T>) -> E::Slot {
        E::start(previous.map(T::into_inner))
    }

    #[inline]
    fn read_field(
        slot: &mut E::Slot,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        E::read_field(slot, wire_type, reader)
    }

    #[inline]
    fn finish(slot: E::Slot, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        E::finish(slot, reader).map(T::from_inner)
    }
}

impl<E, T, R> MessageEncode<T, R> for Transparent<E>
where
    T: IntoInner,
    E: MessageEncode<T::Inner, R>,
{
    #[inline]
    fn write_body(value: T, writer: &mut Writer<R>) {
        E::write_body(value.into_inner(), writer);
    }

    #[inline]
    fn body_layout(layout: &mut Layout) {
        E::body_layout(layout);
    }
}

impl<'de, E, T, R> MessageDecode<'de, T, R> for Transparent<E>
where
    T: FromInner,
    E: MessageDecode<'de, T::Inner, R>,
{
    #[inline]
    fn read_body(previous: Option<T>, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        E::read_body(previous.map(T::into_inner), reader).map(T::from_inner)
    }
}

impl<E, T, R> ValueEncode<T, R> for Transparent<E>
where
    T: IntoInner,
    E: ValueEncode<T::Inner, R>,
{
    const WIRE_TYPE: WireType = E::WIRE_TYPE;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        E::write_value(value.into_inner(), writer);
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        E::write_implicit(number, value.into_inner(), writer);
    }

    #[inline]
    fn write_tagged(number: u32, value: T, writer: &mut Writer<R>) {
        E::write_tagged(number, value.into_inner(), writer);
    }

    #[inline]
    fn write_repeated<I: Items<Item = T>>(number: u32, items: I, writer: &mut Writer<R>) {
        E::write_repeated(number, MapItems::new(items, T::into_inner), writer);
    }

    #[inline]
    fn write_sequence<I: Items<Item = T>>(items: I, writer: &mut Writer<R>) {
        E::write_sequence(MapItems::new(items, T::into_inner), writer);
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        E::value_layout(layout);
    }
}

impl<'de, E, T, R> ValueDecode<'de, T, R> for Transparent<E>
where
    T: FromInner,
    E: ValueDecode<'de, T::Inner, R>,
{
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        E::accepts_value(wire_type)
    }

    #[inline]
    fn accepts_repeated(wire_type: WireType) -> bool {
        E::accepts_repeated(wire_type)
    }

    #[inline]
    fn read_value(
        previous: Option<T>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<T> {
        E::read_value(previous.map(T::into_inner), wire_type, reader).map(T::from_inner)
    }

    #[inline]
    fn default_value(reader: &mut Reader<'de, '_, R>) -> Result<T> {
        E::default_value(reader).map(T::from_inner)
    }

    #[inline]
    fn read_repeated<C: Collect<T>>(
        items: &mut C,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        E::read_repeated(
            &mut CollectWith::new(items, |inner| Ok(T::from_inner(inner))),
            wire_type,
            reader,
        )
    }

    #[inline]
    fn read_sequence<C: Collect<T>>(items: &mut C, reader: &mut Reader<'de, '_, R>) -> Result<()> {
        E::read_sequence(
            &mut CollectWith::new(items, |inner| Ok(T::from_inner(inner))),
            reader,
        )
    }
}
