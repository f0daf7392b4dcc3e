//! What is unknown has one place, of its own.

use mesh_derive::{MeshPayload, Protobuf};
use mesh_protobuf::UnknownFields;

#[derive(Protobuf)]
struct Numbered {
    #[mesh(1, unknown)]
    rest: UnknownFields,
}

#[derive(Protobuf)]
struct Twice {
    #[mesh(unknown)]
    rest: UnknownFields,
    #[mesh(unknown)]
    more: UnknownFields,
}

#[derive(Protobuf)]
#[mesh(resource = "u8")]
struct WithResources {
    #[mesh(unknown)]
    rest: UnknownFields,
}

#[derive(MeshPayload)]
struct Payload {
    #[mesh(unknown)]
    rest: UnknownFields,
}

#[derive(Protobuf)]
#[mesh(transparent)]
struct Wrapper(#[mesh(unknown)] UnknownFields);

#[derive(Protobuf)]
enum Shape {
    #[mesh(unknown)]
    Other(#[mesh(unknown)] u32),
}

#[derive(Protobuf)]
#[mesh(enumeration)]
enum Status {
    #[mesh(0, unknown)]
    Other(i32),
    #[mesh(unknown)]
    Another(i32),
    #[mesh(unknown)]
    Nothing,
}

fn main() {}
