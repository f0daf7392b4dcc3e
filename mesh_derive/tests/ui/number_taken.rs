//! A number belongs to one field.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Point {
    #[mesh(1)]
    x: u32,
    #[mesh(1)]
    y: u32,
}

#[derive(Protobuf)]
enum Shape {
    #[mesh(5)]
    Circle(u32),
    #[mesh(5)]
    Square(u32),
}

#[derive(Protobuf)]
#[mesh(enumeration)]
enum Level {
    #[mesh(-1)]
    Low,
    #[mesh(-1)]
    High,
}

fn main() {}
