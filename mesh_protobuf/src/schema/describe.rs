//! The traits by which layouts describe types.

use super::descriptor::{FieldDescriptor, FieldType, Member, MessageDescriptor, ValueType};
use crate::encoding::{DefaultEncoding, Encoding, ValueEncoding};

/// A type that describes itself, by its default encoding.
///
/// Implemented for every type whose layout is described: derived types, and those of the language and its library.
#[diagnostic::on_unimplemented(
    message = "nothing describes `{Self}` to other languages",
    label = "not described",
    note = "add `#[derive(Protobuf)]` to `{Self}`",
    note = "a type that is laid out by hand implements `DescribeMessage`, or `DescribeValue` for its encoding"
)]
pub trait Describe {
    /// What it is as one wire value.
    const VALUE: ValueType;
}

impl<T> Describe for T
where
    T: DefaultEncoding<Encoding: Encoding<Value: DescribeValue<T>>> + ?Sized,
{
    const VALUE: ValueType = <<T::Encoding as Encoding>::Value as DescribeValue<T>>::TYPE;
}

/// A type that is a message with a name, laid out by [`Message`](crate::encodings::Message).
///
/// The derive macros implement it.
pub trait DescribeMessage {
    /// The message.
    const DESCRIPTOR: &'static MessageDescriptor;
    /// For an enum, the fields of its variants, to stand in line among those of another message.
    const VARIANTS: &'static [FieldDescriptor] = &[];
}

/// A layout that describes `T` as one wire value.
pub trait DescribeValue<T: ?Sized>: Encoding {
    /// One value.
    const TYPE: ValueType;

    /// A sequence of it, as a field.
    const REPEATED: FieldType = FieldType::Many(Self::TYPE);

    /// A sequence of it, as one value.
    const SEQUENCE: ValueType = ValueType::Nested(&[Member::Field(FieldDescriptor {
        name: "items",
        number: 1,
        docs: "",
        ty: Self::REPEATED,
    })]);
}

/// A layout that describes `T` as a field.
pub trait DescribeField<T: ?Sized>: Encoding {
    /// The field.
    const FIELD: FieldType;
}

impl<E, T: ?Sized> DescribeField<T> for E
where
    E: ValueEncoding + DescribeValue<T>,
{
    const FIELD: FieldType = FieldType::One(E::TYPE);
}
