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

#[derive(Protobuf)]
struct Numbers {
    #[mesh(1, encoding = "Varint")]
    float: f32,
    #[mesh(2, encoding = "ZigZag")]
    unsigned: u32,
}

#[derive(Protobuf)]
struct Shapes {
    #[mesh(1, encoding = "Text")]
    number: u32,
    #[mesh(2, encoding = "Repeated<Varint>")]
    one: u32,
}

fn main() {}
