//! A message that carries descriptors names the type of its resources.

use mesh_derive::Protobuf;
use std::fs::File;

#[derive(Protobuf)]
struct Open {
    #[mesh(1)]
    file: File,
}

fn main() {}
