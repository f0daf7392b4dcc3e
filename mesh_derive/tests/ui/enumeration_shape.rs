//! An enumeration is an enum without fields.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
#[mesh(enumeration)]
struct Struct;

#[derive(Protobuf)]
#[mesh(enumeration, resource = "u32")]
enum Fields {
    #[mesh(0)]
    None,
    #[mesh(1)]
    Some(u32),
}

fn main() {}
