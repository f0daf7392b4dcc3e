//! What the channels of mesh are built on: messages, the resources that travel in them, and ports.
//!
//! - [`message`]: a [`Message`] is a value on its way, kept as it is until somebody needs bytes.
//! - [`resource`]: what a message can carry beside its bytes: ports, descriptors, handles.
//! - [`local_node`]: a [`Port`](local_node::Port) is one end of an ordered, bidirectional, untyped channel of messages.
//! - [`node`]: a [`Node`](node::Node) is what a process is in the mesh: it carries ports to other processes, over links.
//! - [`link`]: what a node asks of a link.
//! - [`driver`]: what a thread that waits can do for the links of its process.
//! - [`error`]: why a channel failed.
//!
//! Most programs use the `mesh` facade and the typed channels there instead.
//!
//! # Features
//!
//! - `std`, on by default: everything but the core of the routing protocol, which needs only `alloc`.
//! - `bytes`: `bytes::Bytes` is a payload type. One that arrives shares the memory of its message.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "std")]
mod chunk;
#[cfg(feature = "std")]
mod data;
#[cfg(feature = "std")]
pub mod driver;
#[cfg(feature = "std")]
pub mod error;
#[cfg(feature = "std")]
mod id;
#[cfg(feature = "std")]
pub mod link;
#[cfg(feature = "std")]
pub mod local_node;
#[cfg(feature = "std")]
pub mod message;
#[cfg(feature = "std")]
pub mod node;
#[cfg(feature = "std")]
mod port;
#[doc(hidden)]
pub mod protocol;
#[cfg(feature = "std")]
pub mod resource;

#[cfg(feature = "std")]
#[doc(hidden)]
pub mod spare;

#[cfg(feature = "std")]
mod sync;

#[cfg(feature = "std")]
pub use id::{Address, NodeId, PortId, Uuid};
#[cfg(feature = "std")]
pub use mesh_protobuf as payload;
#[cfg(feature = "std")]
pub use message::{MeshPayload, Message, OwnedMessage};
