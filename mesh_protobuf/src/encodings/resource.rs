//! Things that travel beside the bytes.

use crate::encoding::{Encoding, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type};
use crate::encodings::Wrapped;
use crate::error::{ErrorKind, Result};
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;

/// A value that becomes a resource: the list beside the message holds it, the field its index, even if that is zero.
///
/// The resource type `R` of the message decides what can be one: whatever converts into it, and out of it again.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::encoding::DefaultEncoding;
/// use mesh_protobuf::encodings::Resource;
/// use mesh_protobuf::{decode_with_resources, encode_with_resources};
///
/// /// Something that cannot be bytes.
/// struct Token(std::sync::mpsc::Sender<u32>);
///
/// impl DefaultEncoding for Token {
///     type Encoding = Resource;
/// }
///
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let (bytes, tokens) = encode_with_resources::<_, Token>((5u32, Token(sender)));
/// assert_eq!(bytes, [0x08, 5, 0x10, 0]);
///
/// let (number, token): (u32, Token) = decode_with_resources(&bytes, tokens)?;
/// token.0.send(number).unwrap();
/// assert_eq!(receiver.recv(), Ok(5));
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Debug)]
pub struct Resource;

impl Encoding for Resource {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for Resource {}

impl<T, R: From<T>> ValueEncode<T, R> for Resource {
    const WIRE_TYPE: WireType = WireType::Varint;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        writer.resource(value.into());
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.part(kind::RESOURCE);
    }
}

impl<'de, T: TryFrom<R>, R> ValueDecode<'de, T, R> for Resource {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Varint
    }

    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Varint)?;
        reader
            .resource()?
            .try_into()
            .map_err(|_| ErrorKind::WrongResource.into())
    }
}
