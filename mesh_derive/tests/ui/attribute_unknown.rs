//! Attributes that do not exist.

use mesh_derive::MeshPayload;

#[derive(MeshPayload)]
#[mesh(pakage = "a.b")]
struct Point {
    #[mesh(skip)]
    x: u32,
}

#[derive(MeshPayload)]
enum Shape {
    #[mesh(default)]
    Circle(u32),
}

fn main() {}
