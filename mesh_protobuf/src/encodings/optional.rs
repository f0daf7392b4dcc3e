//! Values that may be absent.

use crate::encoding::{Encoding, FieldDecode, FieldEncode, ValueDecode, ValueEncode};
use crate::encodings::Wrapped;
use crate::error::Result;
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;

/// An `Option` whose value is laid out by `E`: present even if it is the default value, absent if `None`.
///
/// An option in an option, or in a sequence, is a message of its own, so nothing is lost.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode(None::<u32>), []);
/// assert_eq!(mesh_protobuf::encode(Some(0u32)), [0x08, 0]);
/// assert_eq!(mesh_protobuf::encode(Some(None::<u32>)), [0x0a, 0]);
/// ```
#[derive(Debug)]
pub struct Optional<E>(PhantomData<E>);

impl<E: Encoding> Encoding for Optional<E> {
    type Value = Wrapped<Self>;
    type Body = Wrapped<Self>;
}

impl<E: ValueEncode<T, R>, T, R> FieldEncode<Option<T>, R> for Optional<E> {
    #[inline]
    fn write_field(number: u32, value: Option<T>, writer: &mut Writer<R>) {
        if let Some(value) = value {
            E::write_tagged(number, value, writer);
        }
    }

    #[inline]
    fn field_layout(layout: &mut Layout) {
        layout.part(kind::OPTIONAL);
        E::value_layout(layout);
    }
}

impl<'a, E: ValueEncode<&'a T, R>, T, R> FieldEncode<&'a Option<T>, R> for Optional<E> {
    #[inline]
    fn write_field(number: u32, value: &'a Option<T>, writer: &mut Writer<R>) {
        if let Some(value) = value {
            E::write_tagged(number, value, writer);
        }
    }

    #[inline]
    fn field_layout(layout: &mut Layout) {
        layout.part(kind::OPTIONAL);
        E::value_layout(layout);
    }
}

impl<'de, E: ValueDecode<'de, T, R>, T, R> FieldDecode<'de, Option<T>, R> for Optional<E> {
    type Slot = Option<T>;

    #[inline]
    fn accepts_field(wire_type: WireType) -> bool {
        E::accepts_value(wire_type)
    }

    #[inline]
    fn start(previous: Option<Option<T>>) -> Option<T> {
        previous.flatten()
    }

    #[inline]
    fn read_field(
        slot: &mut Option<T>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        *slot = Some(E::read_value(slot.take(), wire_type, reader)?);
        Ok(())
    }

    #[inline]
    fn finish(slot: Option<T>, _: &mut Reader<'de, '_, R>) -> Result<Option<T>> {
        Ok(slot)
    }
}
