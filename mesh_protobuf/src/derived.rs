//! What derived code has in common: called by the macros of mesh_derive, and by nobody else.
//!
//! It is here so that it is compiled once and not with every type. Nothing of it is part of the crate's interface.

use crate::encoding::{OneofDecode, expect_wire_type};
use crate::encodings::Message;
use crate::error::{Error, ErrorKind, Result};
use crate::reader::Reader;
#[cfg(feature = "alloc")]
use crate::unknown::UnknownFields;
use crate::wire::{Tag, WireType};
use crate::writer::Writer;

pub use crate::schema::probe::{Own, Probe, Undescribed};

/// The field numbers that an enum takes in the message around it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum that can stand in line as a oneof",
    label = "not an enum with `#[derive(Protobuf)]`",
    note = "`#[mesh(oneof)]` is for a field that is such an enum, or an `Option` of one"
)]
pub trait OneofNumbers {
    /// One for each variant.
    const NUMBERS: &'static [u32];
}

/// Fails to compile if a oneof takes a number of the message that it stands in line in.
pub const fn assert_disjoint(fields: &[u32], oneof: &[u32]) {
    let mut i = 0;
    while i < fields.len() {
        let mut j = 0;
        while j < oneof.len() {
            assert!(
                fields[i] != oneof[j],
                "a variant of the `oneof` has the number of another field of the message around it; give one of them another number"
            );
            j += 1;
        }
        i += 1;
    }
}

/// The names of a message's fields, by their numbers.
pub type Names = [(u32, &'static str)];

fn name_of(number: u64, names: &Names) -> Option<&'static str> {
    names
        .iter()
        .find(|(named, _)| u64::from(*named) == number)
        .map(|(_, name)| *name)
}

/// Adds the name of field `number` to the error's path, if `names` has it.
#[cold]
#[inline(never)]
pub fn in_field(error: Error, number: u64, names: &Names) -> Error {
    match name_of(number, names) {
        Some(name) => error.in_field(name),
        None => error,
    }
}

/// Writes field `number` as a message without fields: a variant that holds nothing.
#[inline]
pub fn write_empty<R>(number: u32, writer: &mut Writer<R>) {
    writer.bytes_field(number, &[]);
}

/// Writes field `number` as a message: a variant that holds fields.
#[inline]
pub fn write_message<R>(number: u32, writer: &mut Writer<R>, body: impl FnOnce(&mut Writer<R>)) {
    writer.delimited_field(number, body);
}

/// Reads a message of which nothing is wanted.
pub fn read_empty<R>(wire_type: WireType, reader: &mut Reader<'_, '_, R>) -> Result<()> {
    read_message(wire_type, reader, skip_fields)
}

/// Reads a message: a variant that holds fields.
#[inline]
pub fn read_message<'de, T, R>(
    wire_type: WireType,
    reader: &mut Reader<'de, '_, R>,
    body: impl FnOnce(&mut Reader<'de, '_, R>) -> Result<T>,
) -> Result<T> {
    expect_wire_type(wire_type, WireType::Len)?;
    reader.delimited(body)
}

/// Skips a field that the type does not have, or that has another wire type than the type's.
#[inline(always)]
pub fn skip_unknown<R>(tag: Tag, reader: &mut Reader<'_, '_, R>) -> Result<()> {
    reader.skip_tag(tag)
}

/// Says that a type which is not open to other versions met a field that it does not have, or not with this wire type.
#[cold]
#[inline(never)]
pub fn unknown_field(tag: Tag, names: &Names) -> Result<()> {
    let (number, wire_type) = tag.split()?;
    Err(Error::new(match name_of(number.into(), names) {
        Some(_) => ErrorKind::WrongWireType(wire_type),
        None => ErrorKind::UnknownField(number),
    }))
}

/// Reads a message without fields that is not open to other versions.
pub fn expect_no_fields<R>(reader: &mut Reader<'_, '_, R>) -> Result<()> {
    match reader.next_field()? {
        None => Ok(()),
        Some((number, _)) => Err(Error::new(ErrorKind::UnknownField(number))),
    }
}

/// Whether a variant that is a message can have this wire type.
#[inline]
pub fn accepts_message(wire_type: WireType) -> bool {
    wire_type == WireType::Len
}

/// The number of an enumeration in a varint, of which protobuf reads the low 32 bits.
#[inline]
pub fn enum_number(bits: u64) -> i32 {
    bits as i32
}

/// What a variant for unknown numbers holds.
#[diagnostic::on_unimplemented(
    message = "a variant for unknown numbers cannot hold a `{Self}`",
    label = "not an `i32`",
    note = "the numbers of a protobuf enum are those of an `i32`"
)]
pub trait UnknownNumber {
    /// The varint: a negative number is extended to 64 bits.
    fn bits(&self) -> u64;
    /// From the number.
    fn from_number(number: i32) -> Self;
}

impl UnknownNumber for i32 {
    #[inline]
    fn bits(&self) -> u64 {
        i64::from(*self) as u64
    }

    #[inline]
    fn from_number(number: i32) -> Self {
        number
    }
}

/// What a field for unknown fields is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold unknown fields",
    label = "not `UnknownFields`",
    note = "`#[mesh(unknown)]` is for a field of the type `mesh_protobuf::UnknownFields`"
)]
pub trait KeepsUnknown: Default {
    /// The fields, with their tags.
    fn fields(&self) -> &[u8];
    /// Adds one.
    fn keep<R>(&mut self, tag: Tag, reader: &mut Reader<'_, '_, R>) -> Result<()>;
}

#[cfg(feature = "alloc")]
impl KeepsUnknown for UnknownFields {
    #[inline]
    fn fields(&self) -> &[u8] {
        self.as_bytes()
    }

    #[inline]
    fn keep<R>(&mut self, tag: Tag, reader: &mut Reader<'_, '_, R>) -> Result<()> {
        let (number, wire_type) = tag.split()?;
        let mut part = reader.part();
        let kept = part.keep(number, wire_type, self);
        let rest = part.rest();
        reader.resume(rest);
        kept
    }
}

/// Skips all fields of a message.
pub fn skip_fields<R>(reader: &mut Reader<'_, '_, R>) -> Result<()> {
    while let Some((number, wire_type)) = reader.next_field()? {
        reader.skip(number, wire_type)?;
    }
    Ok(())
}

/// Reads the body of a message that has a oneof and nothing else.
pub fn read_oneof_body<'de, T, R>(mut slot: Option<T>, reader: &mut Reader<'de, '_, R>) -> Result<T>
where
    Message: OneofDecode<'de, T, R>,
{
    while let Some((number, wire_type)) = reader.next_field()? {
        if !<Message as OneofDecode<'de, T, R>>::read_oneof(&mut slot, number, wire_type, reader)? {
            reader.skip(number, wire_type)?;
        }
    }
    some_variant(slot)
}

/// As [`read_oneof_body`], for a type that is not open to other versions.
pub fn read_closed_oneof_body<'de, T, R>(
    mut slot: Option<T>,
    reader: &mut Reader<'de, '_, R>,
) -> Result<T>
where
    Message: OneofDecode<'de, T, R>,
{
    while let Some((number, wire_type)) = reader.next_field()? {
        if !<Message as OneofDecode<'de, T, R>>::read_oneof(&mut slot, number, wire_type, reader)? {
            return Err(Error::new(ErrorKind::UnknownVariant));
        }
    }
    some_variant(slot)
}

/// The variant that was read, if one was.
#[inline]
pub fn some_variant<T>(slot: Option<T>) -> Result<T> {
    slot.ok_or_else(|| Error::new(ErrorKind::UnknownVariant))
}
