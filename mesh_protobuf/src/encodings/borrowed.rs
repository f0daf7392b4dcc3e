//! Text and bytes that point into the message they are decoded from.

use crate::encoding::{Encoding, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type};
use crate::encodings::Wrapped;
use crate::encodings::text::read_text;
use crate::error::Result;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use alloc::borrow::Cow;

/// A `Cow` of text or bytes that borrows from the message; `string` or `bytes` on the wire.
///
/// By default a `Cow` is decoded to an owned value, so that it can be sent over a channel. `&str` and `&[u8]` always borrow.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::encoding::MessageDecode;
/// use mesh_protobuf::encodings::{Borrowed, Wrapped};
/// use mesh_protobuf::{Context, NoResource, Reader};
/// use std::borrow::Cow;
///
/// let data = mesh_protobuf::encode("name");
/// let context = Context::<NoResource>::for_len(data.len(), &mut []);
/// let mut reader = Reader::new(&data, &context);
/// let name: Cow<'_, str> = Wrapped::<Borrowed>::read_body(None, &mut reader)?;
/// assert!(matches!(name, Cow::Borrowed("name")));
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Debug)]
pub struct Borrowed;

impl Encoding for Borrowed {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for Borrowed {}

/// Text or bytes, or a reference to them, as bytes.
pub trait AsBytes {
    /// The bytes.
    fn as_bytes(&self) -> &[u8];
}

impl AsBytes for Cow<'_, str> {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        str::as_bytes(self)
    }
}

impl AsBytes for Cow<'_, [u8]> {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self
    }
}

impl<T: AsBytes> AsBytes for &T {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        (**self).as_bytes()
    }
}

impl<T: AsBytes, R> ValueEncode<T, R> for Borrowed {
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        writer.delimited(|writer| writer.bytes(value.as_bytes()));
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        if !value.as_bytes().is_empty() {
            Self::write_tagged(number, value, writer);
        }
    }
}

impl<'de: 'a, 'a, R> ValueDecode<'de, Cow<'a, str>, R> for Borrowed {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        _: Option<Cow<'a, str>>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<Cow<'a, str>> {
        expect_wire_type(wire_type, WireType::Len)?;
        read_text(false, reader).map(Cow::Borrowed)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<Cow<'a, str>> {
        Ok(Cow::Borrowed(""))
    }
}

impl<'de: 'a, 'a, R> ValueDecode<'de, Cow<'a, [u8]>, R> for Borrowed {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        _: Option<Cow<'a, [u8]>>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<Cow<'a, [u8]>> {
        expect_wire_type(wire_type, WireType::Len)?;
        reader.bytes().map(Cow::Borrowed)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<Cow<'a, [u8]>> {
        Ok(Cow::Borrowed(&[]))
    }
}
