//! A protobuf codec for Rust values that may carry resources beside their bytes.
//!
//! A message is bytes in the protobuf wire format, so any protobuf implementation can read and write it, plus a list of
//! *resources*: what cannot be bytes, such as descriptors and channel endpoints. A field that holds a resource has its index
//! in that list on the wire. Messages without resources are plain protobuf and can be saved, too.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! let message = (BTreeMap::from([(String::from("size"), 512u64)]), Some(true));
//! let bytes = mesh_protobuf::encode(&message);
//! assert_eq!(mesh_protobuf::decode::<(BTreeMap<String, u64>, Option<bool>)>(&bytes)?, message);
//! # Ok::<(), mesh_protobuf::Error>(())
//! ```
//!
//! - [`encode`], [`encode_into`], [`encode_to_slice`], [`decode`] and [`merge`] are for messages that stand alone, [`encode_with_resources`]
//!   and [`decode_with_resources`] for those that have company; [`Encode`], [`Decode`] and [`Protobuf`] are the bounds they take.
//! - Structs and enums get their layout from `#[derive(Protobuf)]` or `#[derive(MeshPayload)]`; the types of the language
//!   and its library have theirs here. [`encodings`] lists the layouts, [`encoding`] explains how to write one.
//! - Values are encoded by value, since a resource must be moved out; plain data by reference as well.
//! - Encoding runs backwards and therefore needs no pass to compute lengths: [`Writer`].
//! - Fields that a type does not have are skipped, or kept and written back: [`UnknownFields`].
//! - Messages of types that only their reader knows are packed into [`Any`], by name.
//! - Types describe themselves to other languages, as `.proto` files: [`schema`].
//! - What two programs mean by a message is compared by a fingerprint: [`layout`].
//! - Bytes from anywhere decode to a value or a typed [`Error`], within [`Limits`] of nesting and memory: [`Reader`].
//!
//! # What an absent field stands for
//!
//! Zero, `false`, empty text, an empty sequence or map, `None`, a message whose fields are all absent. A field without
//! such a value is required: enums (but for those that are numbers and have a zero), `Result`, `NonZero`, arrays, addresses, resources; without it decoding fails with
//! [`ErrorKind::MissingField`] or, if it is an enum, [`ErrorKind::UnknownVariant`]. Values that are the default are not
//! written, except inside `Option`, sequences and enums, where they differ from nothing: every value comes back as it was.
//!
//! # Features
//!
//! - `std` (default): the types of the standard library that are not in `alloc`: hash maps, `SystemTime`, paths,
//!   descriptors, files, sockets. Without it the crate is `no_std`.
//! - `alloc` (implied by `std`): what owns memory: `String`, `Vec` and the other collections, `Box`, `Cow`, buffers that grow, resources,
//!   [`UnknownFields`], [`Any`], [`schema::Files`]. Without it the crate needs only `core`: [`encode_to_slice`] writes into a slice, text and bytes are
//!   borrowed, numbers, enums, messages, options, tuples and arrays are as ever. The path of an error then has its three innermost fields,
//!   and a conversion by [`Via`](encodings::Via) that fails does not say why.
//! - `heapless`: the containers of `heapless` 0.8, `Vec`, `String`, `Deque`, `LinearMap` and `IndexMap`, with or without `alloc`. What does not
//!   fit is [`ErrorKind::Full`].
//! - `bytes`: `bytes::Bytes`, as a part of the message that it is decoded from (`decode_bytes`).
//! - `prost`: messages of the crate `prost` as fields and payloads: `Prost`, `encodings::Prost`.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[doc(hidden)]
#[path = "derived.rs"]
pub mod __private;
#[cfg(feature = "alloc")]
mod any;
mod buffer;
mod codec;
pub mod encoding;
pub mod encodings;
mod error;
mod inline;
#[cfg(feature = "alloc")]
mod kept;
pub mod layout;
#[cfg(feature = "prost")]
mod prost;
mod reader;
pub mod schema;
mod sequence;
mod storage;
mod types;
#[cfg(feature = "alloc")]
mod unknown;
pub mod wire;
mod writer;

#[cfg(feature = "alloc")]
pub use any::{Any, UnpackError};
#[cfg(feature = "bytes")]
pub use codec::decode_bytes;
pub use codec::{
    Decode, Encode, NoResource, Protobuf, decode, decode_with_limits, encode_to_slice, encoded_len,
    merge,
};
#[cfg(feature = "alloc")]
pub use codec::{decode_with_resources, encode, encode_into, encode_with_resources};
pub use encoding::DefaultEncoding;
pub use error::{Error, ErrorKind, Reason, Result};
#[cfg(feature = "alloc")]
pub use kept::{Kept, Payload};
#[cfg(feature = "prost")]
pub use prost::Prost;
pub use reader::{Context, Limits, Reader};
#[cfg(feature = "alloc")]
pub use unknown::UnknownFields;
pub use writer::{BufferTooSmall, Writer};
