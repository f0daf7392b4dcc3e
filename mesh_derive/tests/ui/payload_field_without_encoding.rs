//! Every field of a payload has an encoding.

#[path = "../facade/mod.rs"]
mod mesh;

use mesh_derive::MeshPayload;

struct Plain;

#[derive(MeshPayload)]
#[mesh(crate = "mesh")]
struct Outer {
    plain: Plain,
}

fn main() {}
