//! Numbers that are not written as such.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Point {
    #[mesh("1")]
    text: u32,
    #[mesh(1.5)]
    point: u32,
    #[mesh(1u32)]
    suffix: u32,
    #[mesh(1, 2)]
    twice: u32,
    #[mesh = 1]
    assigned: u32,
    #[mesh]
    bare: u32,
}

#[derive(Protobuf)]
#[mesh(1)]
struct Numbered;

fn main() {}
