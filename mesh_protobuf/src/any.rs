//! Messages of a type that only their reader knows: bytes, and the name of what they are.
//!
//! On the wire this is `google.protobuf.Any`, so a message packed in another language is unpacked here, and the other way
//! round. What a type is called comes from `#[mesh(package = "…", rename = "…")]`; nothing is registered anywhere, and a
//! reader asks for the types that it knows. Resources cannot be packed, since the list they are in belongs to the message
//! around.

use crate::encoding::{DefaultEncoding, MessageDecode, MessageEncode, MessageName};
use crate::encoding::{FieldDecode, FieldEncode};
use crate::encodings::{Byte, Message, Repeated, Text};
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::schema::{DescribeValue, ValueType};
use crate::wire::WireType;
use crate::writer::Writer;
use crate::{Decode, Encode, Error};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What type URLs begin with, unless somebody keeps descriptions of the types elsewhere.
const PREFIX: &str = "type.googleapis.com";

/// A message of any type that has a name.
///
/// # Examples
///
/// ```
/// # // The derive is in a crate above this one; by hand it is what follows.
/// # use mesh_protobuf::encoding::{MessageDecode, MessageEncode, MessageName};
/// # use mesh_protobuf::encodings::{Message, Wrapped, Varint};
/// # use mesh_protobuf::{Reader, Writer};
/// # macro_rules! event { ($name:ident) => {
/// # #[derive(Debug, PartialEq)] struct $name(u32);
/// # impl MessageName for $name {
/// #     const PACKAGE: &'static str = "acme.disk.v1";
/// #     const NAME: &'static str = stringify!($name);
/// # }
/// # impl mesh_protobuf::DefaultEncoding for $name { type Encoding = Message; }
/// # impl<R> MessageEncode<$name, R> for Message {
/// #     fn write_body(value: $name, writer: &mut Writer<R>) { Wrapped::<Varint>::write_body(value.0, writer) }
/// # }
/// # impl<'de, R> MessageDecode<'de, $name, R> for Message {
/// #     fn read_body(previous: Option<$name>, reader: &mut Reader<'de, '_, R>) -> mesh_protobuf::Result<$name> {
/// #         Wrapped::<Varint>::read_body(previous.map(|event| event.0), reader).map($name)
/// #     }
/// # }
/// # } }
/// # event!(Started);
/// # event!(Failed);
/// use mesh_protobuf::{Any, UnpackError};
///
/// // #[derive(Protobuf)]
/// // #[mesh(package = "acme.disk.v1")]
/// // struct Started(#[mesh(1)] u32);
///
/// let any = Any::pack(Started(7));
/// assert_eq!(any.type_url, "type.googleapis.com/acme.disk.v1.Started");
///
/// // Across a wire, and to whom it concerns.
/// let any: Any = mesh_protobuf::decode(&mesh_protobuf::encode(&any))?;
/// assert!(any.is::<Started>());
/// assert_eq!(any.unpack::<Started>().unwrap(), Started(7));
/// assert!(matches!(any.unpack::<Failed>(), Err(UnpackError::WrongType { .. })));
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Any {
    /// A URL whose last part is package and name of the message; what comes before it does not matter here.
    pub type_url: String,
    /// The message.
    pub value: Vec<u8>,
}

/// A packed message that is not what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// It is of another type.
    #[error("a message of the type `{found}` where `{expected}` was expected")]
    WrongType {
        /// Package and name of the type asked for.
        expected: String,
        /// The type URL.
        found: String,
    },
    /// Its bytes do not decode.
    #[error("a packed message does not decode")]
    Malformed(#[from] Error),
}

impl Any {
    /// Packs a message. Plain data can be passed by reference.
    pub fn pack<T: MessageName + Encode>(message: T) -> Self {
        Self {
            type_url: format!("{PREFIX}/{}", T::full_name()),
            value: crate::encode(message),
        }
    }

    /// Package and name of the message that it holds; empty if it holds none.
    pub fn type_name(&self) -> &str {
        let url = self.type_url.as_str();
        url.rsplit_once('/').map_or(url, |(_, name)| name)
    }

    /// Whether it holds a `T`, going by the name.
    pub fn is<T: MessageName + ?Sized>(&self) -> bool {
        match (self.type_name().strip_suffix(T::NAME), T::PACKAGE) {
            (Some(""), "") => true,
            (Some(rest), package) if !package.is_empty() => rest.strip_suffix('.') == Some(package),
            _ => false,
        }
    }

    /// The message, if it is a `T`, within the default limits for its length. What it borrows, it borrows from this.
    ///
    /// # Errors
    ///
    /// A message of another type, or bytes that do not decode.
    pub fn unpack<'de, T: MessageName + Decode<'de>>(&'de self) -> Result<T, UnpackError> {
        if !self.is::<T>() {
            return Err(UnpackError::WrongType {
                expected: T::full_name(),
                found: self.type_url.clone(),
            });
        }
        Ok(crate::decode(&self.value)?)
    }
}

impl DefaultEncoding for Any {
    type Encoding = Message;
}

impl MessageName for Any {
    const PACKAGE: &'static str = "google.protobuf";
    const NAME: &'static str = "Any";
}

impl DescribeValue<Any> for Message {
    const TYPE: ValueType = ValueType::Foreign {
        package: "google.protobuf",
        name: "Any",
        file: "google/protobuf/any.proto",
    };
}

impl<R> MessageEncode<Any, R> for Message {
    fn write_body(value: Any, writer: &mut Writer<R>) {
        <Self as MessageEncode<&Any, R>>::write_body(&value, writer);
    }

    fn body_layout(layout: &mut Layout) {
        layout.part(kind::ANY);
    }
}

impl<R> MessageEncode<&Any, R> for Message {
    fn write_body(value: &Any, writer: &mut Writer<R>) {
        <Repeated<Byte> as FieldEncode<&[u8], R>>::write_field(2, &value.value, writer);
        <Text as FieldEncode<&str, R>>::write_field(1, &value.type_url, writer);
    }

    fn body_layout(layout: &mut Layout) {
        layout.part(kind::ANY);
    }
}

impl<'de, R> MessageDecode<'de, Any, R> for Message {
    fn read_body(previous: Option<Any>, reader: &mut Reader<'de, '_, R>) -> crate::Result<Any> {
        type Value = Repeated<Byte>;
        let (type_url, value) = previous.map(|any| (any.type_url, any.value)).unzip();
        let mut type_url = <Text as FieldDecode<'de, String, R>>::start(type_url);
        let mut value = <Value as FieldDecode<'de, Vec<u8>, R>>::start(value);
        while let Some((number, wire_type)) = reader.next_field()? {
            let read = match number {
                1 if wire_type == WireType::Len => {
                    Text::read_field(&mut type_url, wire_type, reader)
                        .map_err(|error| error.in_field("type_url"))
                }
                2 if wire_type == WireType::Len => {
                    <Value as FieldDecode<'de, Vec<u8>, R>>::read_field(
                        &mut value, wire_type, reader,
                    )
                    .map_err(|error| error.in_field("value"))
                }
                _ => reader.skip(number, wire_type),
            };
            read?;
        }
        Ok(Any {
            type_url: Text::finish(type_url, reader)?,
            value: <Value as FieldDecode<'de, Vec<u8>, R>>::finish(value, reader)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Name;

    impl MessageName for Name {
        const PACKAGE: &'static str = "a.b";
        const NAME: &'static str = "Name";
    }

    struct Bare;

    impl MessageName for Bare {
        const PACKAGE: &'static str = "";
        const NAME: &'static str = "Name";
    }

    fn any(type_url: &str) -> Any {
        Any {
            type_url: type_url.into(),
            value: Vec::new(),
        }
    }

    #[test]
    fn the_last_part_of_the_url_is_the_type() {
        for url in [
            "type.googleapis.com/a.b.Name",
            "/a.b.Name",
            "x.test/y/a.b.Name",
            "a.b.Name",
        ] {
            assert!(any(url).is::<Name>(), "{url}");
            assert!(!any(url).is::<Bare>(), "{url}");
        }
        assert!(any("type.googleapis.com/Name").is::<Bare>());
        for url in [
            "",
            "/",
            "t/Name",
            "t/b.Name",
            "t/xa.b.Name",
            "t/a.bName",
            "t/a.b.Names",
            "a.b.Name/",
            "t/.Name",
        ] {
            assert!(!any(url).is::<Name>(), "{url}");
        }
        assert!(!any("t/.Name").is::<Bare>());
    }

    #[test]
    fn bytes_are_those_of_the_well_known_type() {
        let any = Any {
            type_url: "t/N".into(),
            value: [1, 2].into(),
        };
        let bytes = crate::encode(&any);
        assert_eq!(bytes, [0x0a, 3, b't', b'/', b'N', 0x12, 2, 1, 2]);
        assert_eq!(crate::decode::<Any>(&bytes).unwrap(), any);
        // What another version may have, is skipped.
        let more = [&bytes[..], &[0x18, 1, 0x08, 5]].concat();
        assert_eq!(crate::decode::<Any>(&more).unwrap(), any);
        assert_eq!(crate::decode::<Any>(&[]).unwrap(), Any::default());
    }

    #[test]
    fn a_url_that_is_no_text_is_an_error() {
        let error = crate::decode::<Any>(&[0x0a, 1, 0xff]).unwrap_err();
        assert_eq!(format!("{error}"), "type_url: text is not UTF-8");
    }
}
