#[derive(MeshPayload)]
struct Unit;

#[derive(Protobuf)]
enum Never {}
