//! A oneof shares its message's numbers.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Drawing {
    #[mesh(2)]
    name: String,
    #[mesh(oneof)]
    shape: Option<Shape>,
}

#[derive(Protobuf)]
enum Shape {
    #[mesh(1)]
    Circle(u32),
    #[mesh(2)]
    Square(u32),
}

fn main() {}
