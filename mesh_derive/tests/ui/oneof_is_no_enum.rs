//! A oneof is an enum.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Drawing {
    #[mesh(oneof)]
    shape: Option<Shape>,
}

#[derive(Protobuf)]
struct Shape {
    #[mesh(1)]
    radius: u32,
}

fn main() {}
