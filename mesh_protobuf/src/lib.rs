//! A protobuf codec for Rust values that may carry resources beside their bytes.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod encoding;
pub mod encodings;
mod error;
mod reader;
mod types;
pub mod wire;
mod writer;

pub use encoding::DefaultEncoding;
pub use error::{Error, ErrorKind, Result};
pub use reader::{Limits, Reader};
pub use writer::Writer;

use encoding::{Encoding, MessageDecode, MessageEncode};

/// Encodes
pub fn encode<T>(value: T) -> alloc::vec::Vec<u8>
where
    T: DefaultEncoding,
    <T::Encoding as Encoding>::Body: MessageEncode<T, core::convert::Infallible>,
{
    let mut writer = Writer::new();
    <T::Encoding as Encoding>::Body::write_body(value, &mut writer);
    writer.finish().0
}

/// Decodes
///
/// # Errors
/// x
pub fn decode<'de, T>(data: &'de [u8]) -> Result<T>
where
    T: DefaultEncoding,
    <T::Encoding as Encoding>::Body: MessageDecode<'de, T, core::convert::Infallible>,
{
    <T::Encoding as Encoding>::Body::read_body(None, &mut Reader::new(data, &mut []))
}
