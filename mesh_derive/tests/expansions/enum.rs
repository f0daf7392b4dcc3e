//! An enum with variants of every kind.

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
enum Request<T> {
    Read(T),
    Write { offset: u64, data: Vec<u8> },
    Flush,
}
