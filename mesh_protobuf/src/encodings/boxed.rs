//! Values behind a pointer, which the wire does not show.

use crate::encoding::{
    Encoding, FieldDecode, FieldEncode, MessageDecode, MessageEncode, ValueDecode, ValueEncode,
};
use crate::error::Result;
use crate::layout::Layout;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::marker::PhantomData;

/// What `E` lays out, behind a [`Box`] or an [`Arc`].
///
/// An `Arc` that is sent is unwrapped if this is its only owner, and its value cloned otherwise; what arrives is an `Arc`
/// of its own.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode(Box::new(7u32)), mesh_protobuf::encode(7u32));
/// assert_eq!(*mesh_protobuf::decode::<Box<u32>>(&[0x08, 7])?, 7);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Debug)]
pub struct Boxed<E>(PhantomData<E>);

impl<E: Encoding> Encoding for Boxed<E> {
    type Value = Boxed<E::Value>;
    type Body = Boxed<E::Body>;
}

macro_rules! encode_as_pointee {
    ([$($generics:tt)*] $type:ty, $pointee:ty, |$value:ident| $inner:expr) => {
        impl<$($generics)*, R, E: FieldEncode<$pointee, R>> FieldEncode<$type, R> for Boxed<E> {
            #[inline]
            fn write_field(number: u32, $value: $type, writer: &mut Writer<R>) {
                E::write_field(number, $inner, writer);
            }

            #[inline]
            fn field_layout(layout: &mut Layout) {
                E::field_layout(layout);
            }
        }

        impl<$($generics)*, R, E: ValueEncode<$pointee, R>> ValueEncode<$type, R> for Boxed<E> {
            const WIRE_TYPE: WireType = E::WIRE_TYPE;

            #[inline]
            fn write_value($value: $type, writer: &mut Writer<R>) {
                E::write_value($inner, writer);
            }

            #[inline]
            fn write_implicit(number: u32, $value: $type, writer: &mut Writer<R>) {
                E::write_implicit(number, $inner, writer);
            }

            #[inline]
            fn write_tagged(number: u32, $value: $type, writer: &mut Writer<R>) {
                E::write_tagged(number, $inner, writer);
            }

            #[inline]
            fn value_layout(layout: &mut Layout) {
                E::value_layout(layout);
            }
        }

        impl<$($generics)*, R, E: MessageEncode<$pointee, R>> MessageEncode<$type, R> for Boxed<E> {
            #[inline]
            fn write_body($value: $type, writer: &mut Writer<R>) {
                E::write_body($inner, writer);
            }

            #[inline]
            fn body_layout(layout: &mut Layout) {
                E::body_layout(layout);
            }
        }
    };
}

encode_as_pointee!([T] Box<T>, T, |value| *value);
encode_as_pointee!(['a, T] &'a Box<T>, &'a T, |value| &**value);
encode_as_pointee!([T: Clone] Arc<T>, T, |value| Arc::unwrap_or_clone(value));
encode_as_pointee!(['a, T] &'a Arc<T>, &'a T, |value| &**value);

/// The memory that goes with an `Arc` beside its value: two counts.
const COUNTS: usize = 2 * size_of::<usize>();

macro_rules! decode_to_pointer {
    ($pointer:ident, [$($bound:tt)*], |$value:ident| $unwrap:expr, $overhead:expr) => {
        impl<'de, T: $($bound)*, R, E: FieldDecode<'de, T, R>> FieldDecode<'de, $pointer<T>, R>
            for Boxed<E>
        {
            type Slot = E::Slot;

            #[inline]
            fn accepts_field(wire_type: WireType) -> bool {
                E::accepts_field(wire_type)
            }

            #[inline]
            fn start(previous: Option<$pointer<T>>) -> E::Slot {
                E::start(previous.map(|$value| $unwrap))
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
            fn finish(slot: E::Slot, reader: &mut Reader<'de, '_, R>) -> Result<$pointer<T>> {
                reader.charge(size_of::<T>().saturating_add($overhead))?;
                E::finish(slot, reader).map($pointer::new)
            }
        }

        impl<'de, T: $($bound)*, R, E: ValueDecode<'de, T, R>> ValueDecode<'de, $pointer<T>, R>
            for Boxed<E>
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
                previous: Option<$pointer<T>>,
                wire_type: WireType,
                reader: &mut Reader<'de, '_, R>,
            ) -> Result<$pointer<T>> {
                reader.charge(size_of::<T>().saturating_add($overhead))?;
                match previous {
                    None => E::read_value(None, wire_type, reader),
                    Some($value) => E::read_value(Some($unwrap), wire_type, reader),
                }
                .map($pointer::new)
            }

            #[inline]
            fn default_value(reader: &mut Reader<'de, '_, R>) -> Result<$pointer<T>> {
                reader.charge(size_of::<T>().saturating_add($overhead))?;
                E::default_value(reader).map($pointer::new)
            }
        }

        impl<'de, T: $($bound)*, R, E: MessageDecode<'de, T, R>> MessageDecode<'de, $pointer<T>, R>
            for Boxed<E>
        {
            #[inline]
            fn read_body(
                previous: Option<$pointer<T>>,
                reader: &mut Reader<'de, '_, R>,
            ) -> Result<$pointer<T>> {
                reader.charge(size_of::<T>().saturating_add($overhead))?;
                E::read_body(previous.map(|$value| $unwrap), reader).map($pointer::new)
            }
        }
    };
}

decode_to_pointer!(Box, [Sized], |value| *value, 0);
decode_to_pointer!(Arc, [Clone], |value| Arc::unwrap_or_clone(value), COUNTS);
