//! A stand-in for the facade: the paths that `MeshPayload` expands to, without the crates below them.
//!
//! The real trait is the same bundle of bounds.
#![allow(dead_code, unreachable_pub)]

pub use mesh_protobuf as payload;

use payload::encoding::{
    DefaultEncoding, Encoding, FieldDecode, FieldEncode, MessageDecode, MessageEncode, ValueDecode,
    ValueEncode,
};
use payload::{Context, Reader, Result, Writer};
use resource::Resource;

/// What may travel beside the bytes.
pub mod resource {
    /// A resource that a test can tell apart.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Resource(pub u32);
}

/// A type that can be sent.
pub trait MeshPayload:
    DefaultEncoding<Encoding = Self::PayloadEncoding> + Send + Sized + 'static
{
    /// Its encoding, with all that a payload's can do.
    type PayloadEncoding: FieldEncode<Self, Resource>
        + for<'de> FieldDecode<'de, Self, Resource>
        + Encoding<
            Value: ValueEncode<Self, Resource> + for<'de> ValueDecode<'de, Self, Resource>,
            Body: MessageEncode<Self, Resource> + for<'de> MessageDecode<'de, Self, Resource>,
        >;
}

impl<T> MeshPayload for T
where
    T: DefaultEncoding + Send + Sized + 'static,
    T::Encoding: FieldEncode<T, Resource>
        + for<'de> FieldDecode<'de, T, Resource>
        + Encoding<
            Value: ValueEncode<T, Resource> + for<'de> ValueDecode<'de, T, Resource>,
            Body: MessageEncode<T, Resource> + for<'de> MessageDecode<'de, T, Resource>,
        >,
{
    type PayloadEncoding = T::Encoding;
}

type BodyOf<T> = <<T as DefaultEncoding>::Encoding as Encoding>::Body;

/// The bytes of a message and the resources beside it.
pub fn encode<T: MeshPayload>(value: T) -> (Vec<u8>, Vec<Resource>) {
    let mut writer = Writer::new();
    BodyOf::<T>::write_body(value, &mut writer);
    writer.finish()
}

/// The inverse of [`encode`].
pub fn decode<T: MeshPayload>(bytes: &[u8], resources: Vec<Resource>) -> Result<T> {
    let mut resources: Vec<_> = resources.into_iter().map(Some).collect();
    BodyOf::<T>::read_body(
        None,
        &mut Reader::new(bytes, &Context::for_len(bytes.len(), &mut resources)),
    )
}

/// Decodes on top of a value.
pub fn merge<T: MeshPayload>(previous: T, bytes: &[u8]) -> Result<T> {
    BodyOf::<T>::read_body(
        Some(previous),
        &mut Reader::new(bytes, &Context::for_len(bytes.len(), &mut [])),
    )
}

/// Encodes, decodes, and hands back both the bytes and the value.
pub fn round_trip<T: MeshPayload>(value: T) -> (Vec<u8>, T) {
    let (bytes, resources) = encode(value);
    let back = decode(&bytes, resources).expect("what was encoded decodes");
    (bytes, back)
}
