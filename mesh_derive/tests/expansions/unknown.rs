//! What is unknown, and kept.

#[derive(Protobuf)]
struct Drawing {
    #[mesh(1)]
    name: String,
    #[mesh(unknown)]
    rest: UnknownFields,
}

#[derive(Protobuf)]
#[mesh(enumeration)]
enum Status {
    #[mesh(0)]
    Draft,
    #[mesh(unknown)]
    Other(i32),
}
