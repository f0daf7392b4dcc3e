//! Bytes that share the message they are decoded from.

use crate::encoding::{Encoding, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type};
use crate::encodings::{Byte, Repeated, Wrapped};
use crate::error::Result;
use crate::kept;
use crate::layout::Layout;
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use ::bytes::Bytes;

/// [`Bytes`], which own their memory together with others; `bytes` on the wire.
///
/// Decoded from a message that is itself held in [`Bytes`], see [`decode_bytes`](crate::decode_bytes), a field is a part of it and
/// copies nothing; it keeps the whole message in memory, for which it is not charged. From other messages it is a copy.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
///
/// let message = Bytes::from(mesh_protobuf::encode((1u32, Bytes::from_static(b"data"))));
/// let (_, data): (u32, Bytes) = mesh_protobuf::decode_bytes(&message)?;
/// assert_eq!(data, "data");
/// assert_eq!(data.as_ptr(), message[4..].as_ptr());
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Debug)]
pub struct Shared;

impl Encoding for Shared {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for Shared {}

macro_rules! encode {
    ($($type:ty, |$value:ident| $shared:expr;)*) => { $(
        impl<R> ValueEncode<$type, R> for Shared {
            const WIRE_TYPE: WireType = WireType::Len;

            #[inline]
            fn write_value($value: $type, writer: &mut Writer<R>) {
                if $value.len() >= kept::LEAST && writer.keeps() {
                    writer.keep($shared.into(), None);
                } else {
                    writer.delimited(|writer| writer.bytes(&$value));
                }
            }

            #[inline]
            fn write_implicit(number: u32, value: $type, writer: &mut Writer<R>) {
                if !value.is_empty() {
                    Self::write_tagged(number, value, writer);
                }
            }

            #[inline]
            fn write_tagged(number: u32, $value: $type, writer: &mut Writer<R>) {
                if $value.len() >= kept::LEAST && writer.keeps() {
                    writer.keep($shared.into(), Some(number));
                } else {
                    writer.expect_field(number, $value.len());
                    writer.bytes_field(number, &$value);
                }
            }

            /// That of the same bytes in a vector.
            #[inline]
            fn value_layout(layout: &mut Layout) {
                <Repeated<Byte> as ValueEncode<&[u8], R>>::value_layout(layout);
            }
        }
    )* };
}
encode! {
    Bytes, |value| value;
    &Bytes, |value| value.clone();
}

impl<'de, R> ValueDecode<'de, Bytes, R> for Shared {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        _: Option<Bytes>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<Bytes> {
        expect_wire_type(wire_type, WireType::Len)?;
        reader.shared_bytes()
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<Bytes> {
        Ok(Bytes::new())
    }
}
