//! Unknown fields are kept in the type that is made for them, unknown numbers in an `i32`.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
struct Drawing {
    #[mesh(unknown)]
    rest: Vec<u8>,
}

#[derive(Protobuf)]
#[mesh(enumeration)]
enum Status {
    #[mesh(unknown)]
    Other(u32),
}

fn main() {}
