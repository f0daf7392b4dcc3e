//! What protobuf's conformance suite talks to: a program that reads messages, and writes what it read.
//!
//! The suite's runner starts it, writes one request after the other to its standard input, each a length of four bytes,
//! little-endian, and a message, and reads as many answers from its standard output. The test messages are types with
//! `#[derive(Protobuf)]`, so it is the codec and its derive that are tested. Only the binary format is implemented; cases
//! that need JSON or text are answered with "skipped". `cargo xtask conformance` builds and runs it all.

#![forbid(unsafe_code)]

mod proto2;
mod proto3;
mod request;
#[cfg(test)]
mod tests;
mod well_known;

use mesh_protobuf::{Decode, Encode, NoResource, decode, encode};
use request::{Payload, Request, Response, WireFormat};
use std::io::{self, Read, Write};
use std::thread;

/// The test messages are large and nest a hundred deep, and without optimisation a reader holds several copies of each.
const STACK: usize = 256 << 20;

fn main() -> io::Result<()> {
    thread::Builder::new()
        .stack_size(STACK)
        .spawn(|| serve(&mut io::stdin().lock(), &mut io::stdout().lock()))?
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("answering a request panicked")))
}

/// Answers requests until there are no more.
fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    while let Some(request) = read_frame(input)? {
        let response = encode(answer(&request));
        let len = u32::try_from(response.len()).map_err(io::Error::other)?;
        output.write_all(&len.to_le_bytes())?;
        output.write_all(&response)?;
        output.flush()?;
    }
    Ok(())
}

/// The next request, or `None` at the end of the input.
fn read_frame(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 4];
    match input.read_exact(&mut len) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let len = u32::from_le_bytes(len).into();
    let mut frame = Vec::new();
    if input.take(len).read_to_end(&mut frame)? as u64 != len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(frame))
}

fn answer(request: &[u8]) -> Response {
    let request: Request<'_> = match decode(request) {
        Ok(request) => request,
        Err(error) => return Response::RuntimeError(format!("the request: {error}")),
    };
    let message = match request.payload {
        Some(Payload::Protobuf(message)) => message,
        Some(_) => return Response::Skipped("only the binary format is read".to_owned()),
        None => return Response::RuntimeError("the request has no payload".to_owned()),
    };
    if request.requested_output_format != WireFormat::Protobuf {
        return Response::Skipped("only the binary format is written".to_owned());
    }
    match request.message_type {
        "protobuf_test_messages.proto3.TestAllTypesProto3" => {
            echo::<proto3::TestAllTypesProto3>(message)
        }
        "protobuf_test_messages.proto2.TestAllTypesProto2" => {
            echo::<proto2::TestAllTypesProto2>(message)
        }
        // The runner asks which failures to expect: none, since those are its user's business.
        "conformance.FailureSet" => Response::Protobuf(Vec::new()),
        other => Response::RuntimeError(format!("no such message: {other}")),
    }
}

/// Reads a message and writes what it read.
fn echo<T: for<'de> Decode<'de> + Encode<NoResource>>(message: &[u8]) -> Response {
    match decode::<T>(message) {
        Ok(value) => Response::Protobuf(encode(value)),
        Err(error) => Response::ParseError(error.to_string()),
    }
}
