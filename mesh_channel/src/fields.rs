//! The fields of messages that endpoints become.
//!
//! These messages are written by hand, where the derive macro would do for plain data: taking an endpoint apart is something that
//! happens, once, when it is written.

use mesh_node::message::MeshPayload;
use mesh_node::resource::Resource;
use mesh_protobuf::encoding::{FieldDecode, FieldEncode};
use mesh_protobuf::layout::Layout;
use mesh_protobuf::{Reader, Writer};

/// Writes one field.
pub(crate) fn write_field<T: MeshPayload>(number: u32, value: T, writer: &mut Writer<Resource>) {
    <T::PayloadEncoding as FieldEncode<T, Resource>>::write_field(number, value, writer);
}

/// Describes the layout of a message of two fields, numbered 1 and 2.
pub(crate) fn two_layouts<A: MeshPayload, B: MeshPayload>(what: u64, layout: &mut Layout) {
    layout.part(what);
    <A::PayloadEncoding as FieldEncode<A, Resource>>::field_layout(layout);
    <B::PayloadEncoding as FieldEncode<B, Resource>>::field_layout(layout);
}

/// Reads a message of two fields, numbered 1 and 2; others are skipped.
pub(crate) fn read_two<'de, A: MeshPayload, B: MeshPayload>(
    reader: &mut Reader<'de, '_, Resource>,
) -> mesh_protobuf::Result<(A, B)> {
    let mut first = <A::PayloadEncoding as FieldDecode<'de, A, Resource>>::start(None);
    let mut second = <B::PayloadEncoding as FieldDecode<'de, B, Resource>>::start(None);
    while let Some((number, wire_type)) = reader.next_field()? {
        match number {
            1 => <A::PayloadEncoding as FieldDecode<'de, A, Resource>>::read_field(
                &mut first, wire_type, reader,
            )?,
            2 => <B::PayloadEncoding as FieldDecode<'de, B, Resource>>::read_field(
                &mut second,
                wire_type,
                reader,
            )?,
            _ => reader.skip(number, wire_type)?,
        }
    }
    let first = <A::PayloadEncoding as FieldDecode<'de, A, Resource>>::finish(first, reader)?;
    let second = <B::PayloadEncoding as FieldDecode<'de, B, Resource>>::finish(second, reader)?;
    Ok((first, second))
}
