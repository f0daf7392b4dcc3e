//! What each layout of [`encodings`](crate::encodings) says of the types that it lays out.

use super::descriptor::{
    FieldDescriptor, FieldType, Member, OneofDescriptor, ScalarType, ValueType,
};
use super::{DescribeField, DescribeMessage, DescribeNumber, DescribeValue};
use crate::encoding::{DefaultEncoding, Encoding, Sequence};
#[cfg(all(feature = "std", any(unix, windows)))]
use crate::encodings::OsText;
#[cfg(feature = "bytes")]
use crate::encodings::Shared;
use crate::encodings::{
    Address, Byte, Entry, Fixed128, IntoInner, Message, Optional, Outcome, Repeated, Text,
    Transparent, Tuple, Unpacked, Via, Wrapped,
};
#[cfg(feature = "alloc")]
use crate::encodings::{Borrowed, Boxed, Resource};
#[cfg(feature = "alloc")]
use alloc::borrow::Cow;
#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "alloc")]
use alloc::sync::Arc;
use core::ops::Range;

/// A field of a message that has no documentation.
const fn plain(name: &'static str, number: u32, ty: FieldType) -> Member {
    Member::Field(field(name, number, ty))
}

const fn field(name: &'static str, number: u32, ty: FieldType) -> FieldDescriptor {
    FieldDescriptor {
        name,
        number,
        docs: "",
        ty,
    }
}

/// Layouts that are the same whatever the type is.
macro_rules! scalar {
    ($($(#[$attribute:meta])* $encoding:ident: $scalar:ident, $note:literal;)*) => { $(
        $(#[$attribute])*
        impl<T: ?Sized> DescribeValue<T> for $encoding {
            const TYPE: ValueType = ValueType::Plain(ScalarType::$scalar, $note);
        }
    )* };
}

scalar! {
    Text: STRING, "";
    Fixed128: BYTES, "A number of 128 bits: 16 bytes, little-endian.";
    Address: BYTES, "An IP address: 4 or 16 bytes, in network order.";
    #[cfg(feature = "bytes")]
    Shared: BYTES, "";
    #[cfg(feature = "alloc")]
    Resource: UINT32, "The index of a resource that travels beside the message.";
    #[cfg(all(feature = "std", any(unix, windows)))]
    OsText: BYTES, "Text of the operating system, as the sender has it.";
}

impl<T: DescribeNumber> DescribeValue<T> for Byte {
    const TYPE: ValueType = T::VARINT;
    const REPEATED: FieldType = FieldType::One(ValueType::plain(ScalarType::BYTES));
    const SEQUENCE: ValueType = ValueType::plain(ScalarType::BYTES);
}

#[cfg(feature = "alloc")]
impl DescribeValue<Cow<'_, str>> for Borrowed {
    const TYPE: ValueType = ValueType::plain(ScalarType::STRING);
}

#[cfg(feature = "alloc")]
impl DescribeValue<Cow<'_, [u8]>> for Borrowed {
    const TYPE: ValueType = ValueType::plain(ScalarType::BYTES);
}

fn descriptor<T: DescribeMessage + ?Sized>() -> &'static super::MessageDescriptor {
    T::DESCRIPTOR
}

impl<T: DescribeMessage> DescribeValue<T> for Message {
    const TYPE: ValueType = ValueType::Named(descriptor::<T>);
}

impl<E: DescribeField<T>, T> DescribeValue<T> for Wrapped<E> {
    const TYPE: ValueType = ValueType::Nested(&[plain("value", 1, E::FIELD)]);
}

impl<E: DescribeValue<T>, T> DescribeField<Option<T>> for Optional<E> {
    const FIELD: FieldType = FieldType::OneOrNone(E::TYPE);
}

impl<E: DescribeValue<C::Item>, C: Sequence> DescribeField<C> for Repeated<E> {
    const FIELD: FieldType = E::REPEATED;
}

impl<E: DescribeValue<C::Item>, C: Sequence> DescribeValue<C> for Repeated<E> {
    const TYPE: ValueType = E::SEQUENCE;
}

impl<E: DescribeValue<C::Item>, C: Sequence> DescribeField<C> for Unpacked<E> {
    const FIELD: FieldType = FieldType::ManyUnpacked(E::TYPE);
}

impl<K: DescribeField<A>, V: DescribeField<B>, A, B> DescribeValue<(A, B)> for Entry<K, V> {
    const TYPE: ValueType =
        ValueType::Nested(&[plain("key", 1, K::FIELD), plain("value", 2, V::FIELD)]);
    const REPEATED: FieldType = FieldType::Mapping(&K::FIELD, &V::FIELD);
}

impl<T: DescribeValue<A>, E: DescribeValue<B>, A, B> DescribeValue<Result<A, B>> for Outcome<T, E> {
    const TYPE: ValueType = ValueType::Nested(&[Member::Oneof(OneofDescriptor {
        name: "result",
        docs: "One of them is always there.",
        fields: &[
            field("ok", 1, FieldType::One(T::TYPE)),
            field("err", 2, FieldType::One(E::TYPE)),
        ],
    })]);
}

/// Layouts that leave the description to the one they are made of.
macro_rules! forward {
    ($($(#[$attribute:meta])* [$($generics:tt)*] $encoding:ty, $type:ty => $inner:ident, $target:ty;)*) => { $(
        $(#[$attribute])*
        impl<$($generics)*> DescribeField<$type> for $encoding
        where
            $inner: DescribeField<$target>,
        {
            const FIELD: FieldType = <$inner as DescribeField<$target>>::FIELD;
        }

        $(#[$attribute])*
        impl<$($generics)*> DescribeValue<$type> for $encoding
        where
            $inner: DescribeValue<$target>,
        {
            const TYPE: ValueType = <$inner as DescribeValue<$target>>::TYPE;
            const REPEATED: FieldType = <$inner as DescribeValue<$target>>::REPEATED;
            const SEQUENCE: ValueType = <$inner as DescribeValue<$target>>::SEQUENCE;
        }
    )* };
}

forward! {
    #[cfg(feature = "alloc")]
    [E: Encoding, T] Boxed<E>, Box<T> => E, T;
    #[cfg(feature = "alloc")]
    [E: Encoding, T] Boxed<E>, Arc<T> => E, T;
    [E: Encoding, T: IntoInner] Transparent<E>, T => E, T::Inner;
    [E: Encoding, P: DefaultEncoding, T] Via<P, E>, T => E, P;
}

/// A type with one value.
impl<T> DescribeValue<T> for Tuple<()> {
    const TYPE: ValueType = ValueType::EMPTY;
}

impl<A, B, T> DescribeValue<Range<T>> for Tuple<(A, B)>
where
    A: DescribeField<T>,
    B: DescribeField<T>,
{
    const TYPE: ValueType =
        ValueType::Nested(&[plain("start", 1, A::FIELD), plain("end", 2, B::FIELD)]);
}

macro_rules! tuples {
    ($($encoding:ident $type:ident $number:literal $name:literal),*) => {
        impl<$($encoding: DescribeField<$type>, $type),*> DescribeValue<($($type,)*)> for Tuple<($($encoding,)*)> {
            const TYPE: ValueType = ValueType::Nested(&[$(plain($name, $number, $encoding::FIELD)),*]);
        }
    };
}

tuples!(EA A 1 "field_1");
tuples!(EA A 1 "field_1", EB B 2 "field_2");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4", EE E 5 "field_5");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4", EE E 5 "field_5", EF F 6 "field_6");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4", EE E 5 "field_5", EF F 6 "field_6", EG G 7 "field_7");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4", EE E 5 "field_5", EF F 6 "field_6", EG G 7 "field_7", EH H 8 "field_8");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4", EE E 5 "field_5", EF F 6 "field_6", EG G 7 "field_7", EH H 8 "field_8", EI I 9 "field_9");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4", EE E 5 "field_5", EF F 6 "field_6", EG G 7 "field_7", EH H 8 "field_8", EI I 9 "field_9", EJ J 10 "field_10");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4", EE E 5 "field_5", EF F 6 "field_6", EG G 7 "field_7", EH H 8 "field_8", EI I 9 "field_9", EJ J 10 "field_10", EK K 11 "field_11");
tuples!(EA A 1 "field_1", EB B 2 "field_2", EC C 3 "field_3", ED D 4 "field_4", EE E 5 "field_5", EF F 6 "field_6", EG G 7 "field_7", EH H 8 "field_8", EI I 9 "field_9", EJ J 10 "field_10", EK K 11 "field_11", EL L 12 "field_12");
