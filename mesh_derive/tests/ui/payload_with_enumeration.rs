//! `MeshPayload` makes enumerations by itself.

use mesh_derive::MeshPayload;

#[derive(MeshPayload)]
#[mesh(enumeration)]
enum Level {
    Low,
    High,
}

fn main() {}
