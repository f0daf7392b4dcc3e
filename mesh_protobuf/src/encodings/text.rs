//! Strings.

use crate::encoding::{Encoding, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type};
use crate::encodings::Wrapped;
use crate::error::{ErrorKind, Result};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;

/// UTF-8 text.
#[derive(Debug)]
pub struct Text;

impl Encoding for Text {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for Text {}

/// A string type: reads and makes one from text.
impl<T: AsRef<str>, R> ValueEncode<T, R> for Text {
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        let text = value.as_ref();
        writer.delimited(|writer| writer.bytes(text.as_bytes()));
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        if !value.as_ref().is_empty() {
            Self::write_tagged(number, value, writer);
        }
    }
}

impl<'de, T: From<&'de str>, R> ValueDecode<'de, T, R> for Text {
    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Len)?;
        let bytes = reader.bytes()?;
        reader.charge(bytes.len())?;
        match core::str::from_utf8(bytes) {
            Ok(text) => Ok(text.into()),
            Err(_) => Err(ErrorKind::InvalidUtf8.into()),
        }
    }

    #[inline]
    fn default_value() -> Result<T> {
        Ok("".into())
    }
}
