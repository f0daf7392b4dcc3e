//! An enum that is a number.

#[derive(Protobuf)]
#[mesh(enumeration)]
enum Status {
    #[mesh(0)]
    Unknown,
    #[mesh(-1)]
    Bad,
}
