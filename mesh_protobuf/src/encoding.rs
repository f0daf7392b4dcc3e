//! The traits between values and the wire format.
//!
//! A type says with [`DefaultEncoding`] how it is laid out; the layouts are marker types in [`encodings`](crate::encodings),
//! and the marker, not the type, implements the traits that read and write. So one type can have several layouts
//! (`u32` as a varint or as four fixed bytes), and a layout can be built from others (`Repeated<Fixed>`).
//!
//! There are three levels, each a pair of traits, one to encode and one to decode:
//!
//! | level | traits | what it covers |
//! |---|---|---|
//! | value | [`ValueEncode`], [`ValueDecode`] | exactly one payload of one wire type: `u32`, `String`, a nested message |
//! | field | [`FieldEncode`], [`FieldDecode`] | any number of tagged values: absent if default, optional, repeated, a map |
//! | message | [`MessageEncode`], [`MessageDecode`] | the fields of a body, without tag or length |
//!
//! Values are encoded by value, so that what cannot be copied (a descriptor, an endpoint) can be moved out. A reference is a
//! value, too: plain data can be encoded from `&T` through the same traits. `R` is the type of the resources beside the bytes;
//! encodings that need none are generic over it.
//!
//! Encoding writes back to front (see [`Writer`]): last field first, and inside a field payload, length, tag.
//!
//! An encoding may also describe what it writes, for programs that compare it before they trust it: [`layout`](crate::layout).

use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
#[cfg(feature = "alloc")]
use alloc::format;
#[cfg(feature = "alloc")]
use alloc::string::String;

pub use crate::sequence::{Collect, CollectWith, FromSequence, Items, MapItems, Sequence};

/// A type that has a layout on the wire.
///
/// `#[derive(MeshPayload)]` and `#[derive(Protobuf)]` implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no encoding, so it cannot be sent to another process",
    label = "not a payload type",
    note = "add `#[derive(MeshPayload)]` to `{Self}`, or `#[derive(Protobuf)]` if the message must outlive a version",
    note = "a type that is sent only within one process needs no encoding"
)]
pub trait DefaultEncoding {
    /// The marker that reads and writes this type unless a field says otherwise.
    type Encoding: Encoding;
}

impl<T: DefaultEncoding + ?Sized> DefaultEncoding for &T {
    type Encoding = T::Encoding;
}

/// The protobuf name of a message type, from `#[mesh(package = "…", rename = "…")]`.
///
/// The derive macros implement it.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::encoding::MessageName;
///
/// struct Geometry;
///
/// impl MessageName for Geometry {
///     const PACKAGE: &'static str = "disk.v1";
///     const NAME: &'static str = "Geometry";
/// }
///
/// assert_eq!(Geometry::full_name(), "disk.v1.Geometry");
/// ```
pub trait MessageName {
    /// The package, its parts separated by dots; empty if there is none.
    const PACKAGE: &'static str;
    /// The name within the package.
    const NAME: &'static str;

    /// Package and name, separated by a dot: what a type URL ends in.
    #[cfg(feature = "alloc")]
    fn full_name() -> String {
        match Self::PACKAGE {
            "" => String::from(Self::NAME),
            package => format!("{package}.{}", Self::NAME),
        }
    }
}

impl<T: MessageName + ?Sized> MessageName for &T {
    const PACKAGE: &'static str = T::PACKAGE;
    const NAME: &'static str = T::NAME;
}

/// A marker that stands for a layout.
pub trait Encoding {
    /// The same layout as exactly one wire value: itself, or wrapped in a message if it is not one value by nature.
    type Value: Encoding;
    /// The same layout as a message of its own: itself, or wrapped in one.
    type Body: Encoding;
}

/// A marker whose layout is exactly one wire value.
///
/// As a field such a value is left out when it is the default one, as protobuf does for fields without `optional`.
pub trait ValueEncoding: Encoding {}

/// What an element of a sequence is guessed to take on the wire at least.
const LIKELY_ELEMENT_BYTES: usize = 16;

/// Writes a `T` as one wire value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot encode a `{T}` into a message with resources of type `{R}`",
    note = "a message that carries descriptors or endpoints names their type: `#[mesh(resource = \"…\")]`, or `#[derive(MeshPayload)]`",
    note = "an encoding that does not fit the type is changed with `#[mesh(encoding = \"…\")]` on the field"
)]
pub trait ValueEncode<T, R>: Encoding {
    /// The wire type of the value.
    const WIRE_TYPE: WireType;

    /// Writes the payload: the bytes after the tag, for [`WireType::Len`] with the length.
    fn write_value(value: T, writer: &mut Writer<R>);

    /// Writes the value as field `number` unless it is the one that an absent field stands for.
    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        Self::write_tagged(number, value, writer);
    }

    /// Writes the value as field `number`, even if it is the default one.
    #[inline]
    fn write_tagged(number: u32, value: T, writer: &mut Writer<R>) {
        Self::write_value(value, writer);
        writer.tag(number, Self::WIRE_TYPE);
    }

    /// Writes a sequence as field `number`; nothing if it is empty.
    #[inline]
    fn write_repeated<I: Items<Item = T>>(number: u32, items: I, writer: &mut Writer<R>) {
        // A guess: the size in memory is near that on the wire for plain data, and a reference hides it.
        writer.expect(
            items
                .count()
                .saturating_mul(size_of::<T>().max(LIKELY_ELEMENT_BYTES)),
        );
        items.for_each_back(|item| Self::write_tagged(number, item, writer));
    }

    /// Writes a whole sequence as the payload of one [`WireType::Len`] value.
    #[inline]
    fn write_sequence<I: Items<Item = T>>(items: I, writer: &mut Writer<R>) {
        writer.delimited(|writer| Self::write_repeated(1, items, writer));
    }

    /// Describes the value to a [`Layout`]; unknown unless said.
    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.unknown();
    }
}

/// Reads a `T` from one wire value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot decode a `{T}` from a message with resources of type `{R}`",
    note = "a message that carries descriptors or endpoints names their type: `#[mesh(resource = \"…\")]`, or `#[derive(MeshPayload)]`",
    note = "an encoding that does not fit the type is changed with `#[mesh(encoding = \"…\")]` on the field"
)]
pub trait ValueDecode<'de, T, R>: Encoding {
    /// Whether the value can have this wire type. In a message that is open to other versions, a field with any other
    /// is an unknown field.
    fn accepts_value(wire_type: WireType) -> bool;

    /// Likewise for an occurrence in a sequence, which may be one element or a packed run.
    #[inline]
    fn accepts_repeated(wire_type: WireType) -> bool {
        Self::accepts_value(wire_type)
    }

    /// Reads the payload. `previous` is what the same field held before, for messages, which merge.
    ///
    /// # Errors
    ///
    /// A wire type that this encoding does not have, or a payload that is not a `T`.
    fn read_value(
        previous: Option<T>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<T>;

    /// What an absent field stands for, where that takes nothing to make and cannot fail: a field of it starts with this and
    /// need not remember whether it has occurred.
    #[inline(always)]
    fn initial_value() -> Option<T> {
        None
    }

    /// What an absent field stands for. The reader is there to be charged for it, not to be read from.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingField`] if it stands for nothing; a limit reached.
    #[inline]
    fn default_value(reader: &mut Reader<'de, '_, R>) -> Result<T> {
        let _ = reader;
        Err(ErrorKind::MissingField.into())
    }

    /// Reads one occurrence of a repeated field: one element, or a packed run of them.
    ///
    /// # Errors
    ///
    /// As [`read_value`](Self::read_value), or a collection beyond its limit.
    #[inline]
    fn read_repeated<C: Collect<T>>(
        items: &mut C,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()> {
        reader.charge(items.cost(1))?;
        items.push(Self::read_value(None, wire_type, reader)?)
    }

    /// Reads a whole sequence from the payload of one [`WireType::Len`] value.
    ///
    /// # Errors
    ///
    /// As [`read_repeated`](Self::read_repeated).
    #[inline]
    fn read_sequence<C: Collect<T>>(items: &mut C, reader: &mut Reader<'de, '_, R>) -> Result<()> {
        reader.delimited(|reader| {
            while let Some((number, wire_type)) = reader.next_field()? {
                match number {
                    1 => Self::read_repeated(items, wire_type, reader)?,
                    _ => reader.skip(number, wire_type)?,
                }
            }
            Ok(())
        })
    }
}

/// Writes a `T` as a field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot encode a `{T}` into a message with resources of type `{R}`",
    note = "a message that carries descriptors or endpoints names their type: `#[mesh(resource = \"…\")]`, or `#[derive(MeshPayload)]`",
    note = "an encoding that does not fit the type is changed with `#[mesh(encoding = \"…\")]` on the field"
)]
pub trait FieldEncode<T, R>: Encoding {
    /// Writes all of field `number`, tags included; nothing if that is what says `value`.
    fn write_field(number: u32, value: T, writer: &mut Writer<R>);

    /// Describes the field to a [`Layout`]; unknown unless said.
    #[inline]
    fn field_layout(layout: &mut Layout) {
        layout.unknown();
    }
}

/// Reads a `T` from a field, which may occur any number of times.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot decode a `{T}` from a message with resources of type `{R}`",
    note = "a message that carries descriptors or endpoints names their type: `#[mesh(resource = \"…\")]`, or `#[derive(MeshPayload)]`",
    note = "an encoding that does not fit the type is changed with `#[mesh(encoding = \"…\")]` on the field"
)]
pub trait FieldDecode<'de, T, R>: Encoding {
    /// What has been read so far.
    type Slot;

    /// Whether an occurrence of the field can have this wire type.
    fn accepts_field(wire_type: WireType) -> bool;

    /// The slot of a field before its first occurrence; `previous` is the value that is merged into.
    fn start(previous: Option<T>) -> Self::Slot;

    /// Reads one occurrence.
    ///
    /// # Errors
    ///
    /// A wire type that this encoding does not have, or a payload that is not part of a `T`.
    fn read_field(
        slot: &mut Self::Slot,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<()>;

    /// The value after the last occurrence. The reader is there to be charged for a default value, not to be read from.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingField`] if the field did not occur and has no default.
    fn finish(slot: Self::Slot, reader: &mut Reader<'de, '_, R>) -> Result<T>;
}

/// Writes a `T` as the body of a message.
pub trait MessageEncode<T, R>: Encoding {
    /// Writes all fields, last to first.
    fn write_body(value: T, writer: &mut Writer<R>);

    /// Describes the fields to a [`Layout`]; unknown unless said.
    #[inline]
    fn body_layout(layout: &mut Layout) {
        layout.unknown();
    }
}

/// Reads a `T` from the body of a message.
pub trait MessageDecode<'de, T, R>: Encoding {
    /// Reads fields until the reader is empty, on top of `previous` if there is one.
    ///
    /// # Errors
    ///
    /// What its fields return.
    fn read_body(previous: Option<T>, reader: &mut Reader<'de, '_, R>) -> Result<T>;
}

/// Writes a `T` as one of several fields of the message around it.
#[diagnostic::on_unimplemented(
    message = "`{T}` is not an enum that can stand in line as a oneof",
    label = "not an enum with `#[derive(Protobuf)]`",
    note = "`#[mesh(oneof)]` is for a field that is such an enum, or an `Option` of one"
)]
pub trait OneofEncode<T, R>: Encoding {
    /// Writes the field of the value's variant.
    fn write_oneof(value: T, writer: &mut Writer<R>);
}

/// Reads a `T` from one of several fields of the message around it.
#[diagnostic::on_unimplemented(
    message = "`{T}` is not an enum that can stand in line as a oneof",
    label = "not an enum with `#[derive(Protobuf)]`",
    note = "`#[mesh(oneof)]` is for a field that is such an enum, or an `Option` of one"
)]
pub trait OneofDecode<'de, T, R>: Encoding {
    /// Reads field `number` if it is one of a variant; returns whether it was. The last variant on the wire counts.
    ///
    /// # Errors
    ///
    /// As [`ValueDecode::read_value`].
    fn read_oneof(
        slot: &mut Option<T>,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<bool>;
}

/// Fails unless a field has the wire type that its encoding has.
///
/// # Errors
///
/// [`ErrorKind::WrongWireType`].
#[inline]
pub fn expect_wire_type(found: WireType, expected: WireType) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(wrong_wire_type(found))
    }
}

#[cold]
#[inline(never)]
fn wrong_wire_type(found: WireType) -> Error {
    Error::new(ErrorKind::WrongWireType(found))
}
