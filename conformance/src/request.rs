//! What the runner asks and what it is answered: `conformance.proto`, as derived types.

use mesh_derive::Protobuf;

/// One case: a message to be read, and the format to write it in.
#[derive(Debug, Protobuf)]
#[mesh(package = "conformance", rename = "ConformanceRequest")]
pub(crate) struct Request<'a> {
    #[mesh(oneof)]
    pub(crate) payload: Option<Payload<'a>>,
    #[mesh(3)]
    pub(crate) requested_output_format: WireFormat,
    #[mesh(4)]
    pub(crate) message_type: &'a str,
}

/// The message of a case, in one of four formats.
#[derive(Debug, Protobuf)]
pub(crate) enum Payload<'a> {
    #[mesh(1)]
    Protobuf(&'a [u8]),
    #[mesh(2)]
    Json(&'a str),
    #[mesh(7)]
    Jspb(&'a str),
    #[mesh(8)]
    Text(&'a str),
}

/// A format.
#[derive(Debug, PartialEq, Protobuf)]
#[mesh(enumeration)]
pub(crate) enum WireFormat {
    #[mesh(0)]
    Unspecified,
    #[mesh(1)]
    Protobuf,
    #[mesh(2)]
    Json,
    #[mesh(3)]
    Jspb,
    #[mesh(4)]
    Text,
}

/// The answer to a case.
#[derive(Debug, PartialEq, Protobuf)]
#[mesh(package = "conformance", rename = "ConformanceResponse")]
pub(crate) enum Response {
    /// The message does not decode, and why.
    #[mesh(1)]
    ParseError(String),
    /// Something else went wrong.
    #[mesh(2)]
    RuntimeError(String),
    /// The message, written anew.
    #[mesh(3)]
    Protobuf(Vec<u8>),
    /// The case is about something that is not implemented.
    #[mesh(5)]
    Skipped(String),
}
