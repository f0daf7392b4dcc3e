//! Every field has an encoding.

use mesh_derive::Protobuf;

struct Plain;

#[derive(Protobuf)]
struct Outer {
    #[mesh(1)]
    plain: Plain,
}

#[derive(Protobuf)]
enum Either {
    #[mesh(1)]
    Plain(Plain),
}

fn main() {}
