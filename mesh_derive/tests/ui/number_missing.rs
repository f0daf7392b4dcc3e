//! `Protobuf` wants a number on every field and variant.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Point {
    #[mesh(1)]
    x: u32,
    y: u32,
}

#[derive(Protobuf)]
struct Pair(u32, #[mesh(2)] u32);

#[derive(Protobuf)]
enum Shape {
    Circle(u32),
    #[mesh(2)]
    Rectangle { width: u32 },
    #[mesh(3)]
    Segment(u32, u32),
}

#[derive(Protobuf)]
#[mesh(enumeration)]
enum Level {
    Low = 0,
}

fn main() {}
