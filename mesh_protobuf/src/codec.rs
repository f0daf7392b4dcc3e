//! Whole messages: a value to bytes and back.
//!
//! [`Encode`] and [`Decode`] say that a type is a message with resources of type `R`; every type whose default encoding can
//! write and read it is one, and neither can be implemented otherwise. The functions here are for messages that stand alone;
//! whoever owns the buffer or sets limits for a peer calls the traits with a [`Writer`] and a [`Reader`].

use crate::encoding::{DefaultEncoding, Encoding, MessageDecode, MessageEncode};
use crate::error::Result;
use crate::reader::{Context, Limits, Reader};
use crate::writer::{BufferTooSmall, Writer};
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// The resource of messages that have none. It has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoResource {}

/// A value that can be encoded as a message with resources of type `R`.
///
/// Implemented for every type whose [`DefaultEncoding`] can write it: by value, and for plain data by reference.
/// A value that is not a message of its own, a number or a string, is encoded as a message with the value as field 1.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be encoded with resources of type `{R}`",
    label = "not a message with such resources",
    note = "add `#[derive(Protobuf)]` or `#[derive(MeshPayload)]` to the type",
    note = "a type that holds descriptors or endpoints is encoded by value, with `encode_with_resources`"
)]
pub trait Encode<R = NoResource>: Sized {
    /// Writes the fields of the message, last to first.
    fn encode_body(self, writer: &mut Writer<R>);
}

impl<T, R> Encode<R> for T
where
    T: DefaultEncoding<Encoding: Encoding<Body: MessageEncode<T, R>>>,
{
    #[inline]
    fn encode_body(self, writer: &mut Writer<R>) {
        <<T::Encoding as Encoding>::Body as MessageEncode<T, R>>::write_body(self, writer);
    }
}

/// A value that can be decoded from a message with resources of type `R`.
///
/// Implemented for every type whose [`DefaultEncoding`] can read it. Types that borrow from the message implement it for
/// the `'de` that they live for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded from a message with resources of type `{R}`",
    label = "not a message with such resources",
    note = "add `#[derive(Protobuf)]` or `#[derive(MeshPayload)]` to the type",
    note = "a type that holds descriptors or endpoints is decoded with `decode_with_resources`"
)]
pub trait Decode<'de, R = NoResource>: Sized {
    /// Reads fields until the reader is empty, on top of `previous` if there is one.
    ///
    /// # Errors
    ///
    /// Bytes that are not such a message, or a limit reached.
    fn decode_body(previous: Option<Self>, reader: &mut Reader<'de, '_, R>) -> Result<Self>;
}

impl<'de, T, R> Decode<'de, R> for T
where
    T: DefaultEncoding<Encoding: Encoding<Body: MessageDecode<'de, T, R>>>,
{
    #[inline]
    fn decode_body(previous: Option<Self>, reader: &mut Reader<'de, '_, R>) -> Result<Self> {
        <<T::Encoding as Encoding>::Body as MessageDecode<'de, T, R>>::read_body(previous, reader)
    }
}

/// A message without resources that owns what it holds: it can be saved, and read back later.
///
/// Implemented for every type that is [`Encode`] and, from bytes of any life, [`Decode`].
///
/// # Examples
///
/// ```
/// use mesh_protobuf::Protobuf;
///
/// fn copy<T: Protobuf>(value: T) -> T {
///     mesh_protobuf::decode(&mesh_protobuf::encode(value)).expect("what was encoded decodes")
/// }
///
/// assert_eq!(copy(vec![Some(1u32), None]), [Some(1), None]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protobuf message without resources",
    label = "not a message",
    note = "add `#[derive(Protobuf)]` to `{Self}`"
)]
pub trait Protobuf: Encode + for<'de> Decode<'de> {}

impl<T: Encode + for<'de> Decode<'de>> Protobuf for T {}

/// Encodes a message into a buffer of its own.
///
/// Plain data can be passed by reference.
///
/// # Examples
///
/// ```
/// let message = (7u32, "name");
/// assert_eq!(mesh_protobuf::encode(&message), mesh_protobuf::encode(message));
/// ```
#[cfg(feature = "alloc")]
pub fn encode<T: Encode>(value: T) -> Vec<u8> {
    let mut writer = Writer::<NoResource>::new();
    value.encode_body(&mut writer);
    writer.into_bytes()
}

/// Encodes a message into `buffer`, replacing what it held and reusing its memory.
///
/// If the encoding of `T` panics, the buffer is left empty.
///
/// # Examples
///
/// ```
/// let mut buffer = Vec::new();
/// for frame in 0..3u32 {
///     mesh_protobuf::encode_into(frame, &mut buffer);
/// }
/// assert_eq!(buffer, mesh_protobuf::encode(2u32));
/// ```
#[cfg(feature = "alloc")]
pub fn encode_into<T: Encode>(value: T, buffer: &mut Vec<u8>) {
    let mut writer = Writer::<NoResource>::with_buffer(core::mem::take(buffer));
    value.encode_body(&mut writer);
    *buffer = writer.into_bytes();
}

/// Encodes a message into a slice, and returns the part of it that holds the message: its start.
///
/// No memory is allocated.
///
/// # Errors
///
/// The slice is too short; the error says how long it would have to be. What it holds then is not specified.
///
/// # Examples
///
/// ```
/// let mut memory = [0; 16];
/// let bytes = mesh_protobuf::encode_to_slice((7u32, "name"), &mut memory)?;
/// assert_eq!(bytes, [0x08, 7, 0x12, 4, b'n', b'a', b'm', b'e']);
///
/// let error = mesh_protobuf::encode_to_slice((7u32, "name"), &mut memory[..5]).unwrap_err();
/// assert_eq!(error.needed, 8);
/// # Ok::<(), mesh_protobuf::BufferTooSmall>(())
/// ```
pub fn encode_to_slice<T: Encode>(
    value: T,
    slice: &mut [u8],
) -> core::result::Result<&mut [u8], BufferTooSmall> {
    let mut writer = Writer::<NoResource>::over_slice(slice);
    value.encode_body(&mut writer);
    writer.finish_slice()
}

/// How many bytes a message takes.
///
/// The message is encoded for it and the bytes dropped, which costs about what [`encode_to_slice`] does: where there is a
/// buffer, try that instead.
///
/// # Examples
///
/// ```
/// let message = (7u32, "name");
/// assert_eq!(mesh_protobuf::encoded_len(&message), mesh_protobuf::encode(&message).len());
/// ```
pub fn encoded_len<T: Encode>(value: T) -> usize {
    let mut writer = Writer::<NoResource>::over_slice(&mut []);
    value.encode_body(&mut writer);
    writer.len()
}

/// Encodes a message and hands out the resources that must travel beside its bytes, in the order in which it refers to them.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use mesh_protobuf::{decode_with_resources, encode_with_resources};
/// use std::os::fd::OwnedFd;
///
/// let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
/// let (bytes, fds) = encode_with_resources::<_, OwnedFd>((1u32, reader, writer));
/// assert_eq!(fds.len(), 2);
///
/// type Message = (u32, std::os::unix::net::UnixStream, OwnedFd);
/// let (number, _reader, _writer): Message = decode_with_resources(&bytes, fds).unwrap();
/// assert_eq!(number, 1);
/// # }
/// ```
#[cfg(feature = "alloc")]
pub fn encode_with_resources<T: Encode<R>, R>(value: T) -> (Vec<u8>, Vec<R>) {
    let mut writer = Writer::new();
    value.encode_body(&mut writer);
    writer.finish()
}

/// Decodes a message, with the default limits for its length.
///
/// Borrowed fields point into `data`.
///
/// # Errors
///
/// Bytes that are not such a message.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::{ErrorKind, decode, encode};
///
/// let bytes = encode((1u32, "text"));
/// assert_eq!(decode::<(u32, &str)>(&bytes)?, (1, "text"));
///
/// let error = decode::<(u32, &str)>(&bytes[..4]).unwrap_err();
/// assert_eq!(*error.kind(), ErrorKind::UnexpectedEnd);
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
pub fn decode<'de, T: Decode<'de>>(data: &'de [u8]) -> Result<T> {
    decode_with_limits(data, Limits::for_len(data.len()))
}

/// Decodes a message whose bytes can be shared, with the default limits for its length.
///
/// Fields of type [`Bytes`](bytes::Bytes) are parts of `data` and keep it in memory; other fields are as from [`decode`].
///
/// # Errors
///
/// As [`decode`].
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
///
/// let message = Bytes::from(mesh_protobuf::encode(vec![vec![7u8; 1000]; 2]));
/// let parts: Vec<Bytes> = mesh_protobuf::decode_bytes(&message)?;
/// assert_eq!(parts[0].as_ptr(), message[3..].as_ptr());
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
#[cfg(feature = "bytes")]
pub fn decode_bytes<'de, T: Decode<'de>>(data: &'de bytes::Bytes) -> Result<T> {
    let limits = Limits::for_len(data.len());
    let mut resources = [];
    let context = Context::new(&mut resources, limits).sharing(data);
    T::decode_body(None, &mut Reader::new(data, &context))
}

/// Decodes a message that may nest and take memory as `limits` says.
///
/// # Errors
///
/// Bytes that are not such a message, or that reach a limit.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::{ErrorKind, Limits, decode_with_limits, encode};
///
/// let bytes = encode(vec!["text"; 1000]);
/// let limits = Limits { memory: 1000, ..Limits::for_len(bytes.len()) };
/// let error = decode_with_limits::<Vec<String>>(&bytes, limits).unwrap_err();
/// assert_eq!(*error.kind(), ErrorKind::TooLarge);
/// ```
pub fn decode_with_limits<'de, T: Decode<'de>>(data: &'de [u8], limits: Limits) -> Result<T> {
    T::decode_body(None, &mut Reader::new(data, &Context::new(&mut [], limits)))
}

/// Decodes a message together with the resources that came beside it, with the default limits.
///
/// Resources that the message does not refer to are dropped, on failure all of them, after decoding; descriptors are
/// closed by that.
///
/// # Errors
///
/// As [`decode`]; [`ErrorKind::MissingResource`](crate::ErrorKind::MissingResource) or
/// [`ErrorKind::WrongResource`](crate::ErrorKind::WrongResource) if a resource is not the one that a field expects.
///
/// # Examples
///
/// See [`encode_with_resources`].
#[cfg(feature = "alloc")]
pub fn decode_with_resources<'de, T: Decode<'de, R>, R>(
    data: &'de [u8],
    resources: Vec<R>,
) -> Result<T> {
    let mut resources: Vec<Option<R>> = resources.into_iter().map(Some).collect();
    T::decode_body(
        None,
        &mut Reader::new(data, &Context::for_len(data.len(), &mut resources)),
    )
}

/// Decodes a message on top of `value`, as if the two encodings were one after the other.
///
/// Numbers, strings and bytes that occur are replaced, messages are merged, sequences appended to, and what does not
/// occur is kept. Two sequences are replaced instead: arrays, which are full, and `Arc<[T]>`, which cannot be taken apart.
/// The value goes in and out by value, so that nobody sees a half-merged one when decoding fails.
///
/// # Errors
///
/// As [`decode`].
///
/// # Examples
///
/// ```
/// use mesh_protobuf::{encode, merge};
///
/// let update = encode((0u32, Some("new"), vec![3u32]));
/// let merged = merge((1u32, Some(String::from("old")), vec![1u32, 2]), &update)?;
/// assert_eq!(merged, (1, Some("new".into()), vec![1, 2, 3]));
/// # Ok::<(), mesh_protobuf::Error>(())
/// ```
pub fn merge<'de, T: Decode<'de>>(value: T, data: &'de [u8]) -> Result<T> {
    T::decode_body(
        Some(value),
        &mut Reader::new(data, &Context::for_len(data.len(), &mut [])),
    )
}
