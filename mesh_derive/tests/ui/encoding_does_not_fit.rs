//! An encoding fits the field's type.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Name {
    #[mesh(1, encoding = "Fixed")]
    text: String,
}

#[derive(Protobuf)]
struct Many {
    #[mesh(1, encoding = "Unknown")]
    numbers: Vec<u32>,
}

fn main() {}
