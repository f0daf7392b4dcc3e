//! A message between processes cannot borrow.

use mesh_derive::MeshPayload;

#[derive(MeshPayload)]
struct Greeting<'a> {
    name: &'a str,
}

fn main() {}
