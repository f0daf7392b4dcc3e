//! Nothing, and what cannot be.

#[derive(MeshPayload)]
struct Unit;

#[derive(Protobuf)]
enum Never {}
