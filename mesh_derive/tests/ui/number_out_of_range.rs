//! Numbers that protobuf does not have.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Point {
    #[mesh(0)]
    zero: u32,
    #[mesh(-1)]
    negative: u32,
    #[mesh(536870912)]
    large: u32,
    #[mesh(536870911)]
    largest: u32,
    #[mesh(99999999999999999999)]
    larger_than_any: u32,
    #[mesh(19000)]
    reserved: u32,
    #[mesh(19999)]
    reserved_too: u32,
}

#[derive(Protobuf)]
enum Shape {
    #[mesh(0)]
    Circle(u32),
}

#[derive(Protobuf)]
#[mesh(enumeration)]
enum Level {
    #[mesh(2147483648)]
    High,
}

fn main() {}
