//! Messages: values on their way from one end of a channel to the other.
//!
//! A message keeps its value as it is. Only when it must leave the process is it turned into bytes and resources, and only
//! when the receiver asks for another type than was sent is it turned into bytes within the process. So a message between two
//! ends in one process costs one allocation and no encoding.
//!
//! [`OwnedMessage`] owns what it holds. [`Message`] may borrow bytes from the buffer they were received in, so that a decoder
//! can read them in place.

use crate::error::ChannelError;
use crate::resource::Resource;
use crate::spare;
use mesh_derive::MeshPayload;
use mesh_protobuf::encoding::{
    DefaultEncoding, Encoding, FieldDecode, FieldEncode, MessageDecode, MessageEncode, ValueDecode,
    ValueEncode,
};
use mesh_protobuf::encodings::Via;
use mesh_protobuf::{Context, Error, Reader, Writer};
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Trait for types that can be constructed as a [`Message`]: what may cross a process boundary.
///
/// It is implemented for every type that has an encoding over mesh's resources and is `Send + 'static`: derive it with
/// `#[derive(MeshPayload)]`. Generic code needs no other bound; `T: MeshPayload` implies it for `Option<T>`, `Vec<T>`,
/// `Box<T>`, `Sender<T>` and so on.
///
/// # Examples
///
/// ```
/// use mesh_node::{MeshPayload, OwnedMessage};
///
/// fn round_trip<T: MeshPayload>(value: T) -> Vec<T> {
///     let bytes = OwnedMessage::new(vec![value]).serialize();
///     OwnedMessage::serialized(bytes).parse().unwrap()
/// }
/// assert_eq!(round_trip("hello".to_string()), ["hello"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to another process",
    label = "not a `MeshPayload`",
    note = "add `#[derive(MeshPayload)]` to `{Self}`; all its fields must be payloads, and it must be `Send + 'static`",
    note = "within one process any type can be sent"
)]
pub trait MeshPayload:
    DefaultEncoding<Encoding = Self::PayloadEncoding> + Send + Sized + 'static
{
    /// The type's encoding, with all that it can do.
    type PayloadEncoding: FieldEncode<Self, Resource>
        + for<'de> FieldDecode<'de, Self, Resource>
        + Encoding<
            Value: ValueEncode<Self, Resource> + for<'de> ValueDecode<'de, Self, Resource>,
            Body: MessageEncode<Self, Resource> + for<'de> MessageDecode<'de, Self, Resource>,
        >;
}

#[diagnostic::do_not_recommend]
impl<T> MeshPayload for T
where
    T: DefaultEncoding + Send + 'static,
    T::Encoding: FieldEncode<T, Resource>
        + for<'de> FieldDecode<'de, T, Resource>
        + Encoding<
            Value: ValueEncode<T, Resource> + for<'de> ValueDecode<'de, T, Resource>,
            Body: MessageEncode<T, Resource> + for<'de> MessageDecode<'de, T, Resource>,
        >,
{
    type PayloadEncoding = T::Encoding;
}

/// A message as it crosses a process boundary.
#[derive(Debug, Default, MeshPayload)]
#[mesh(crate = "crate")]
pub struct SerializedMessage {
    /// The encoded value.
    pub data: Vec<u8>,
    /// What `data` refers to by index.
    pub resources: Vec<Resource>,
}

/// A message on a port, owning all it holds.
///
/// # Examples
///
/// ```
/// use mesh_node::OwnedMessage;
///
/// let message = OwnedMessage::new(5u32);
/// assert_eq!(message.try_unwrap::<u32>().unwrap(), 5);
/// ```
pub struct OwnedMessage(Content);

enum Content {
    Value(Box<dyn Value>),
    Serialized(SerializedMessage),
    /// A serialized one with one resource, as many are, for which there is no list.
    One(Vec<u8>, Resource),
}

/// A value of some payload type.
trait Value: Send {
    fn type_name(&self) -> &'static str;
    fn as_any(&self) -> &dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
    fn serialize(self: Box<Self>, memory: Vec<u8>) -> SerializedMessage;
}

impl<T: MeshPayload> Value for T {
    fn type_name(&self) -> &'static str {
        std::any::type_name::<T>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }

    fn serialize(self: Box<Self>, memory: Vec<u8>) -> SerializedMessage {
        serialize(*self, memory)
    }
}

impl OwnedMessage {
    /// A message that holds `value` as it is.
    pub fn new<T: MeshPayload>(value: T) -> Self {
        Self(Content::Value(Box::new(value)))
    }

    /// A message that arrived as bytes and resources.
    pub fn serialized(message: SerializedMessage) -> Self {
        Self(Content::Serialized(message))
    }

    /// The message as bytes and resources. Endpoints in it become ports.
    pub fn serialize(self) -> SerializedMessage {
        self.serialize_into(Vec::new)
    }

    fn serialize_into(self, memory: impl FnOnce() -> Vec<u8>) -> SerializedMessage {
        match self.0 {
            Content::Value(value) => value.serialize(memory()),
            Content::Serialized(message) => message,
            Content::One(data, resource) => SerializedMessage {
                data,
                resources: vec![resource],
            },
        }
    }

    /// As [`serialized`](Self::serialized), of bytes and one resource.
    pub(crate) fn with_resource(data: Vec<u8>, resource: Resource) -> Self {
        Self(Content::One(data, resource))
    }

    /// As [`serialize`](Self::serialize), into memory that is used again. A panic of the encoder is contained; this is what it said.
    pub(crate) fn write_out(self) -> Result<SerializedMessage, String> {
        contained(|| self.serialize_into(spare::take))
    }

    /// Throws the message away as one that was lost on its way: endpoints in it fail with `cause`.
    ///
    /// ```
    /// use mesh_node::OwnedMessage;
    /// use mesh_node::error::{ChannelError, ChannelErrorKind};
    /// use mesh_node::local_node::{Delivery, Port, PortHandler};
    /// # use mesh_node::message::Message;
    /// use std::sync::Arc;
    ///
    /// struct Failing(ChannelError);
    ///
    /// impl PortHandler for Failing {
    ///     fn failed(&self, error: ChannelError) {
    ///         assert_eq!(error, self.0);
    ///     }
    /// #   fn message(&self, _: Message<'_>) -> Delivery { unreachable!() }
    /// #   fn closed(&self) { unreachable!() }
    /// }
    ///
    /// let (inside, outside) = Port::new_pair();
    /// let cause = ChannelError::new(ChannelErrorKind::PeerFailed, "it was killed");
    /// OwnedMessage::new(inside).fail(&cause);
    /// outside.attach(Arc::new(Failing(cause)));
    /// ```
    pub fn fail(self, cause: &ChannelError) {
        // Only encoding finds the endpoints. If that panics, which the panic hook reports, they are closed.
        let Ok(SerializedMessage { data, resources }) = self.write_out() else {
            return;
        };
        spare::give(data);
        for resource in resources {
            if let Resource::Port(port) = resource {
                port.fail(cause.clone());
            }
        }
    }

    /// The message as a `T`: as it was sent if that is its type, otherwise decoded, after encoding it if need be.
    ///
    /// # Errors
    ///
    /// The bytes are not those of a `T`. Resources that were not decoded are closed.
    pub fn parse<T: MeshPayload>(self) -> Result<T, Error> {
        match self.try_unwrap() {
            Ok(value) => Ok(value),
            Err(Self(Content::One(data, resource))) => decode_owned(data, &mut [Some(resource)]),
            Err(message) => {
                let SerializedMessage { data, resources } = message.serialize();
                with_places(resources, |resources| decode_owned(data, resources))
            }
        }
    }

    /// The value, if the message holds a `T` that was never turned into bytes.
    ///
    /// # Errors
    ///
    /// The message itself, unchanged.
    pub fn try_unwrap<T: 'static>(self) -> Result<T, Self> {
        let Content::Value(value) = self.0 else {
            return Err(self);
        };
        if !value.as_any().is::<T>() {
            return Err(Self(Content::Value(value)));
        }
        match value.into_any().downcast() {
            Ok(value) => Ok(*value),
            Err(_) => unreachable!("the type was compared above"),
        }
    }
}

/// Writes a value out, as a message of it would be, without making one.
pub(crate) fn write_value<T: MeshPayload>(value: T) -> Result<SerializedMessage, String> {
    contained(|| serialize(value, spare::take()))
}

fn serialize<T: MeshPayload>(value: T, memory: Vec<u8>) -> SerializedMessage {
    let mut writer = Writer::with_buffer(memory);
    <T::PayloadEncoding as Encoding>::Body::write_body(value, &mut writer);
    let (data, resources) = writer.finish();
    SerializedMessage { data, resources }
}

/// Contains a panic of an encoder; what it said is the error.
fn contained(write: impl FnOnce() -> SerializedMessage) -> Result<SerializedMessage, String> {
    catch_unwind(AssertUnwindSafe(write)).map_err(|panic| {
        let text = (panic.downcast_ref::<&str>().copied())
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("no message");
        format!("the encoder of a message panicked: {text}")
    })
}

/// A message in a message: its bytes and resources travel inside those of the other.
impl DefaultEncoding for OwnedMessage {
    type Encoding = Via<SerializedMessage>;
}

impl From<OwnedMessage> for SerializedMessage {
    fn from(message: OwnedMessage) -> Self {
        message.serialize()
    }
}

impl From<SerializedMessage> for OwnedMessage {
    fn from(message: SerializedMessage) -> Self {
        Self::serialized(message)
    }
}

impl fmt::Debug for OwnedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Value(value) => write!(f, "OwnedMessage({})", (**value).type_name()),
            Content::Serialized(message) => f.debug_tuple("OwnedMessage").field(message).finish(),
            Content::One(data, resource) => {
                let mut tuple = f.debug_tuple("OwnedMessage");
                tuple.field(data).field(resource).finish()
            }
        }
    }
}

/// A message on a port, whose bytes may still lie in the buffer they were received in.
#[derive(Debug)]
pub struct Message<'a>(Source<'a>);

#[derive(Debug)]
enum Source<'a> {
    Owned(OwnedMessage),
    Borrowed(&'a [u8], Vec<Resource>),
}

impl<'a> Message<'a> {
    /// A message that holds `value` as it is.
    pub fn new<T: MeshPayload>(value: T) -> Self {
        OwnedMessage::new(value).into()
    }

    /// A message over bytes that stay where they are, and the resources that came with them.
    pub fn borrowed(data: &'a [u8], resources: Vec<Resource>) -> Self {
        Self(Source::Borrowed(data, resources))
    }

    /// The message as a `T`; see [`OwnedMessage::parse`].
    ///
    /// # Errors
    ///
    /// The bytes are not those of a `T`. Resources that were not decoded are closed.
    pub fn parse<T: MeshPayload>(self) -> Result<T, Error> {
        match self.0 {
            Source::Owned(message) => message.parse(),
            Source::Borrowed(data, resources) => {
                with_places(resources, |resources| decode(data, resources))
            }
        }
    }

    /// The same message without a borrow; copies the bytes if they were borrowed.
    pub fn into_owned(self) -> OwnedMessage {
        match self.0 {
            Source::Owned(message) => message,
            Source::Borrowed(data, resources) => OwnedMessage::serialized(SerializedMessage {
                data: data.into(),
                resources,
            }),
        }
    }
}

impl From<OwnedMessage> for Message<'_> {
    fn from(message: OwnedMessage) -> Self {
        Self(Source::Owned(message))
    }
}

/// Decodes with the resources in places that they are taken out of.
fn with_places<T>(
    resources: Vec<Resource>,
    decode: impl FnOnce(&mut [Option<Resource>]) -> T,
) -> T {
    if resources.is_empty() {
        return decode(&mut []);
    }
    let mut places: Vec<Option<Resource>> = resources.into_iter().map(Some).collect();
    decode(&mut places)
}

fn decode<T: MeshPayload>(data: &[u8], resources: &mut [Option<Resource>]) -> Result<T, Error> {
    let context = Context::for_len(data.len(), resources);
    read(Reader::new(data, &context))
}

/// As [`decode`], of bytes that the value may keep parts of.
fn decode_owned<T: MeshPayload>(
    data: Vec<u8>,
    resources: &mut [Option<Resource>],
) -> Result<T, Error> {
    #[cfg(feature = "bytes")]
    {
        let limits = mesh_protobuf::Limits::for_len(data.len());
        let data = bytes::Bytes::from(data);
        let context = Context::new(resources, limits).sharing(&data);
        let value = read(Reader::new(&data, &context));
        if data.is_unique() {
            spare::give(data.into());
        }
        value
    }
    #[cfg(not(feature = "bytes"))]
    {
        let value = decode(&data, resources);
        spare::give(data);
        value
    }
}

fn read<T: MeshPayload>(mut reader: Reader<'_, '_, Resource>) -> Result<T, Error> {
    <T::PayloadEncoding as Encoding>::Body::read_body(None, &mut reader)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_node::Port;

    #[test]
    fn a_value_is_handed_over_without_encoding_it() {
        let text = "hello".to_string();
        let at = text.as_ptr();
        let back: String = OwnedMessage::new(text).parse().unwrap();
        assert_eq!(back.as_ptr(), at);
    }

    #[test]
    fn another_type_with_the_same_layout_can_be_asked_for() {
        assert_eq!(OwnedMessage::new(5u32).parse::<u64>().unwrap(), 5);
        let error = OwnedMessage::new(u64::MAX).parse::<u16>().unwrap_err();
        assert_eq!(error.to_string(), "a number does not fit its type");
    }

    #[test]
    fn unwrapping_as_another_type_gives_the_message_back() {
        let message = OwnedMessage::new(5u32).try_unwrap::<u64>().unwrap_err();
        assert_eq!(message.try_unwrap::<u32>().unwrap(), 5);
    }

    #[test]
    fn a_message_in_a_message_keeps_its_resources() {
        let (a, _b) = Port::new_pair();
        let (c, _d) = Port::new_pair();
        let (first, second) = (a.id(), c.id());
        let inner = OwnedMessage::new(a);
        let outer = OwnedMessage::new((c, inner)).serialize();
        assert_eq!(outer.resources.len(), 2);
        let (c, inner): (Port, OwnedMessage) = OwnedMessage::serialized(outer).parse().unwrap();
        let a: Port = inner.parse().unwrap();
        assert_eq!((a.id(), c.id()), (first, second));
    }

    #[test]
    fn a_borrowed_message_is_read_in_place_or_copied() {
        let data = OwnedMessage::new("hello".to_string()).serialize().data;
        let text: String = Message::borrowed(&data, Vec::new()).parse().unwrap();
        assert_eq!(text, "hello");
        let owned = Message::borrowed(&data, Vec::new()).into_owned();
        assert_eq!(owned.parse::<String>().unwrap(), "hello");
    }

    #[cfg(feature = "bytes")]
    #[test]
    fn bytes_that_arrive_are_parts_of_the_message() {
        use bytes::Bytes;

        let message = OwnedMessage::new((1u8, vec![Bytes::from(vec![7; 1000])])).serialize();
        let sent = message.data.as_ptr_range();
        let (_, parts): (u8, Vec<Bytes>) = OwnedMessage::serialized(message).parse().unwrap();
        assert_eq!(parts, [vec![7; 1000]]);
        assert!(sent.contains(&parts[0].as_ptr()), "not copied");

        let message = OwnedMessage::new(Bytes::from_static(b"lent")).serialize();
        let lent: Bytes = Message::borrowed(&message.data, Vec::new())
            .parse()
            .unwrap();
        assert_eq!(lent, "lent");
    }
}
