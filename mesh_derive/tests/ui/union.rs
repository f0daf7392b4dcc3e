//! A union has no layout.

use mesh_derive::MeshPayload;

#[derive(MeshPayload)]
union Bits {
    float: f32,
    int: u32,
}

fn main() {}
