//! A struct: a message.

#[derive(MeshPayload)]
struct DiskRead {
    offset: u64,
    result: OneshotSender<Vec<u8>>,
}
