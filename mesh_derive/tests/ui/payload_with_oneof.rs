//! `MeshPayload` has no oneofs in line.

use mesh_derive::MeshPayload;

#[derive(MeshPayload)]
struct Drawing {
    #[mesh(oneof)]
    shape: Option<u32>,
}

fn main() {}
