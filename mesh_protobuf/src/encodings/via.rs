//! Values that are sent as a value of another type.

use crate::encoding::{
    Collect, CollectWith, DefaultEncoding, Encoding, FieldDecode, FieldEncode, Items, MapItems,
    MessageDecode, MessageEncode, ValueDecode, ValueEncode,
};
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
#[cfg(feature = "alloc")]
use alloc::string::ToString;
use core::fmt::Display;
use core::marker::PhantomData;

/// A value that is converted to a `P` to be sent, and from a `P` when received.
///
/// It takes `T: Into<P>` to encode and `T: TryFrom<P>` to decode; a conversion that fails is
/// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) with its text (which takes `alloc`). `P` is laid out by `E`, its default encoding unless said
/// otherwise. A field that occurs again replaces the value, since half of a `P` need not be a `T`.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::encoding::DefaultEncoding;
/// use mesh_protobuf::encodings::Via;
///
/// /// A number below ten.
/// struct Digit(u32);
///
/// impl From<Digit> for u32 {
///     fn from(digit: Digit) -> u32 {
///         digit.0
///     }
/// }
///
/// impl TryFrom<u32> for Digit {
///     type Error = String;
///     fn try_from(value: u32) -> Result<Self, String> {
///         if value < 10 { Ok(Self(value)) } else { Err(format!("{value} is no digit")) }
///     }
/// }
///
/// impl DefaultEncoding for Digit {
///     type Encoding = Via<u32>;
/// }
///
/// assert_eq!(mesh_protobuf::encode(Digit(7)), [0x08, 7]);
/// let error = mesh_protobuf::decode::<Digit>(&[0x08, 10]).err().unwrap();
/// assert_eq!(error.to_string(), "10 is no digit");
/// ```
#[derive(Debug)]
pub struct Via<P: DefaultEncoding, E = <P as DefaultEncoding>::Encoding>(PhantomData<(fn(P), E)>);

impl<P: DefaultEncoding, E: Encoding> Encoding for Via<P, E> {
    type Value = Via<P, E::Value>;
    type Body = Via<P, E::Body>;
}

#[inline]
fn convert<P, T: TryFrom<P, Error: Display>>(plain: P) -> Result<T> {
    plain.try_into().map_err(|error: T::Error| {
        #[cfg(feature = "alloc")]
        return Error::invalid(error.to_string());
        #[cfg(not(feature = "alloc"))]
        return {
            let _ = error;
            Error::invalid("the value does not convert to its type")
        };
    })
}

impl<P: DefaultEncoding, E: FieldEncode<P, R>, T: Into<P>, R> FieldEncode<T, R> for Via<P, E> {
    #[inline]
    fn write_field(number: u32, value: T, writer: &mut Writer<R>) {
        E::write_field(number, value.into(), writer);
    }

    #[inline]
    fn field_layout(layout: &mut Layout) {
        E::field_layout(layout);
    }
}

/// What has been read of a field of a converted type.
#[derive(Debug)]
pub struct ViaSlot<T, S> {
    previous: Option<T>,
    read: Option<S>,
}

impl<'de, P, E, T, R> FieldDecode<'de, T, R> for Via<P, E>
where
    P: DefaultEncoding,
    E: FieldDecode<'de, P, R>,
    T: TryFrom<P, Error: Display>,
{
    type Slot = ViaSlot<T, E::Slot>;

    #[inline]
    fn accepts_field(wire_type: WireType) -> bool {
        E::accepts_field(wire_type)
    }

    #[inline]
    fn start(previous: Option<T>) -> Self::Slot {
        ViaSlot {
            previous,
            read: None,
        }
    }

    #[inline]
    fn read_field(
        slot: &mut Self::Slot,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        let read = slot.read.get_or_insert_with(|| E::start(None));
        E::read_field(read, wire_type, reader)
    }

    #[inline]
    fn finish(slot: Self::Slot, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        match (slot.read, slot.previous) {
            (Some(read), _) => convert(E::finish(read, reader)?),
            (None, Some(previous)) => Ok(previous),
            (None, None) => convert(E::finish(E::start(None), reader)?),
        }
    }
}

impl<P: DefaultEncoding, E: ValueEncode<P, R>, T: Into<P>, R> ValueEncode<T, R> for Via<P, E> {
    const WIRE_TYPE: WireType = E::WIRE_TYPE;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        E::write_value(value.into(), writer);
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        E::write_implicit(number, value.into(), writer);
    }

    #[inline]
    fn write_tagged(number: u32, value: T, writer: &mut Writer<R>) {
        E::write_tagged(number, value.into(), writer);
    }

    #[inline]
    fn write_repeated<I: Items<Item = T>>(number: u32, items: I, writer: &mut Writer<R>) {
        E::write_repeated(number, MapItems::new(items, T::into), writer);
    }

    #[inline]
    fn write_sequence<I: Items<Item = T>>(items: I, writer: &mut Writer<R>) {
        E::write_sequence(MapItems::new(items, T::into), writer);
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        E::value_layout(layout);
    }
}

impl<'de, P, E, T, R> ValueDecode<'de, T, R> for Via<P, E>
where
    P: DefaultEncoding,
    E: ValueDecode<'de, P, R>,
    T: TryFrom<P, Error: Display>,
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
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        convert(E::read_value(None, wire_type, reader)?)
    }

    #[inline]
    fn default_value(reader: &mut Reader<'de, '_, R>) -> Result<T> {
        convert(E::default_value(reader)?)
    }

    #[inline]
    fn read_repeated<C: Collect<T>>(
        items: &mut C,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        E::read_repeated(&mut CollectWith::new(items, convert), wire_type, reader)
    }

    #[inline]
    fn read_sequence<C: Collect<T>>(items: &mut C, reader: &mut Reader<'de, '_, R>) -> Result<()> {
        E::read_sequence(&mut CollectWith::new(items, convert), reader)
    }
}

impl<P: DefaultEncoding, E: MessageEncode<P, R>, T: Into<P>, R> MessageEncode<T, R> for Via<P, E> {
    #[inline]
    fn write_body(value: T, writer: &mut Writer<R>) {
        E::write_body(value.into(), writer);
    }

    #[inline]
    fn body_layout(layout: &mut Layout) {
        E::body_layout(layout);
    }
}

/// The body of a `P` on top of a `T`: fields that do not occur cannot keep their value, so a `T` is replaced as a whole.
impl<'de, P, E, T, R> MessageDecode<'de, T, R> for Via<P, E>
where
    P: DefaultEncoding,
    E: MessageDecode<'de, P, R>,
    T: TryFrom<P, Error: Display>,
{
    #[inline]
    fn read_body(previous: Option<T>, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        match previous {
            Some(previous) if reader.is_empty() => Ok(previous),
            _ => convert(E::read_body(None, reader)?),
        }
    }
}
