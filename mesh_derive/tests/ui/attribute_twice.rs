//! Attributes that contradict themselves.

use mesh_derive::MeshPayload;

#[derive(MeshPayload)]
#[mesh(rename = "A", rename = "B")]
struct Point {
    #[mesh(encoding = "Fixed")]
    #[mesh(encoding = "Varint")]
    x: u32,
}

fn main() {}
