//! An enum in line.

#[derive(Protobuf)]
struct Drawing {
    #[mesh(1)]
    name: String,
    #[mesh(oneof)]
    shape: Shape,
    #[mesh(oneof)]
    frame: Option<Frame>,
}
