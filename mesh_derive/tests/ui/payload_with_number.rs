//! `MeshPayload` gives the numbers itself.

use mesh_derive::MeshPayload;

#[derive(MeshPayload)]
struct Point {
    #[mesh(3)]
    x: u32,
}

#[derive(MeshPayload)]
enum Shape {
    #[mesh(1)]
    Circle(u32),
}

#[derive(MeshPayload)]
enum Level {
    #[mesh(0)]
    Low,
}

fn main() {}
