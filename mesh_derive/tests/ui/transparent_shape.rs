//! What is transparent has one field and nothing of its own.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
#[mesh(transparent)]
struct None;

#[derive(Protobuf)]
#[mesh(transparent)]
struct Two(u32, u32);

#[derive(Protobuf)]
#[mesh(transparent)]
enum Enum {
    A(u32),
}

#[derive(Protobuf)]
#[mesh(transparent)]
struct Numbered(#[mesh(1)] u32);

#[derive(Protobuf)]
#[mesh(transparent)]
struct Oneof(#[mesh(oneof)] u32);

#[derive(Protobuf)]
#[mesh(transparent, resource = "u32", rename = "Name", package = "a.b")]
struct Named(u32);

fn main() {}
