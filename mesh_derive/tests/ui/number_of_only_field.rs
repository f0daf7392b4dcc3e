//! The only field of a variant is the variant.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
enum Shape {
    #[mesh(1)]
    Circle(#[mesh(1)] u32),
    #[mesh(2)]
    Square(#[mesh(rename = "side")] u32),
}

fn main() {}
