//! Values that are not what they stand for.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
#[mesh(crate = "not a path")]
struct Crate;

#[derive(Protobuf)]
#[mesh(resource = "Vec<")]
struct Resource;

#[derive(Protobuf)]
#[mesh(bound = "T")]
struct Bound<T> {
    #[mesh(1)]
    value: T,
}

#[derive(Protobuf)]
struct Encoding {
    #[mesh(1, encoding = "Repeated<Fixed")]
    numbers: Vec<u32>,
}

fn main() {}
