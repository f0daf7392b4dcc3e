//! A generic payload is one if its arguments are.

#[path = "../facade/mod.rs"]
mod mesh;

use mesh_derive::MeshPayload;

#[derive(Debug)]
struct Plain;

#[derive(MeshPayload)]
#[mesh(crate = "mesh")]
struct Outer<T> {
    value: T,
}

fn needs_payload<T: mesh::MeshPayload>(_: T) {}

fn main() {
    needs_payload(Outer { value: Plain });
}
