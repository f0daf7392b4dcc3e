//! Strings.

use crate::encoding::{Encoding, ValueDecode, ValueEncode, ValueEncoding, expect_wire_type};
use crate::encodings::Wrapped;
use crate::error::{ErrorKind, Result};
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
#[cfg(feature = "alloc")]
use alloc::borrow::Cow;
#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "alloc")]
use alloc::string::String;
#[cfg(feature = "alloc")]
use alloc::sync::Arc;

/// UTF-8 text.
///
/// Encodes whatever is [`AsRef<str>`](AsRef), decodes what is [`FromText`].
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode("mesh"), [0x0a, 4, b'm', b'e', b's', b'h']);
///
/// // Borrowed text points into the message.
/// let text: &str = mesh_protobuf::decode(&[0x0a, 2, b'h', b'i'])?;
/// assert_eq!(text, "hi");
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Debug)]
pub struct Text;

impl Encoding for Text {
    type Value = Self;
    type Body = Wrapped<Self>;
}

impl ValueEncoding for Text {}

/// A string type that can be made from text that lives for `'de`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `Text`",
    label = "not a string",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait FromText<'de>: Sized {
    /// Whether the text is copied, so that the memory has to be accounted for.
    const OWNED: bool = true;

    /// Makes the string.
    fn from_text(text: &'de str) -> Self;
}

impl<T: AsRef<str>, R> ValueEncode<T, R> for Text {
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        let text = value.as_ref();
        writer.delimited(|writer| writer.bytes(text.as_bytes()));
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        let text = value.as_ref();
        if !text.is_empty() {
            writer.bytes_field(number, text.as_bytes());
        }
    }

    #[inline]
    fn write_tagged(number: u32, value: T, writer: &mut Writer<R>) {
        writer.bytes_field(number, value.as_ref().as_bytes());
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.part(kind::TEXT);
    }
}

impl<'de, T: FromText<'de>, R> ValueDecode<'de, T, R> for Text {
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(_: Option<T>, wire_type: WireType, reader: &mut Reader<'de, '_, R>) -> Result<T> {
        expect_wire_type(wire_type, WireType::Len)?;
        read_text(T::OWNED, reader).map(T::from_text)
    }

    #[inline]
    fn default_value(_: &mut Reader<'de, '_, R>) -> Result<T> {
        Ok(T::from_text(""))
    }
}

#[inline]
pub(crate) fn read_text<'de, R>(owned: bool, reader: &mut Reader<'de, '_, R>) -> Result<&'de str> {
    let bytes = reader.bytes()?;
    if owned {
        reader.charge(bytes.len())?;
    }
    core::str::from_utf8(bytes).map_err(|_| ErrorKind::InvalidUtf8.into())
}

#[cfg(feature = "alloc")]
macro_rules! owned_text {
    ($($type:ty)*) => { $(
        impl FromText<'_> for $type {
            #[inline]
            fn from_text(text: &str) -> Self {
                text.into()
            }
        }
    )* };
}
#[cfg(feature = "alloc")]
owned_text!(String Box<str> Arc<str>);

impl<'de: 'a, 'a> FromText<'de> for &'a str {
    const OWNED: bool = false;

    #[inline]
    fn from_text(text: &'de str) -> Self {
        text
    }
}

/// Owned, so that a `Cow<'static, str>` can be received; [`Borrowed`](crate::encodings::Borrowed) borrows.
#[cfg(feature = "alloc")]
impl FromText<'_> for Cow<'_, str> {
    #[inline]
    fn from_text(text: &str) -> Self {
        Cow::Owned(text.into())
    }
}
