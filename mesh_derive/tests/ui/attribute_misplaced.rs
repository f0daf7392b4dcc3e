//! Attributes that belong elsewhere.

use mesh_derive::MeshPayload;

#[derive(MeshPayload)]
#[mesh(oneof)]
struct Point {
    #[mesh(transparent)]
    x: u32,
}

#[derive(MeshPayload)]
enum Shape {
    #[mesh(encoding = "Fixed")]
    Circle(u32),
    #[mesh(crate = "mesh")]
    Square(u32),
}

fn main() {}
