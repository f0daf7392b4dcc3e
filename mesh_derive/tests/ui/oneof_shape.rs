//! A oneof has no number and no encoding.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Drawing {
    #[mesh(1, oneof)]
    numbered: Option<Shape>,
    #[mesh(oneof, encoding = "Fixed")]
    encoded: Option<Shape>,
}

#[derive(Protobuf)]
enum Shape {
    #[mesh(1)]
    Nested(#[mesh(oneof)] u32),
}

fn main() {}
