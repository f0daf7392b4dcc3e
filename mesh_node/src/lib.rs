//! What the channels of mesh are built on: messages, the resources that travel in them, and ports.
//!
//! - [`message`]: a [`Message`] is a value on its way, kept as it is until somebody needs bytes.
//! - [`resource`]: what a message can carry beside its bytes: ports, descriptors, handles.
//! - [`local_node`]: a [`Port`](local_node::Port) is one end of an ordered, bidirectional, untyped channel of messages.
//! - [`error`]: why a channel failed.
//!
//! Most programs use the `mesh` facade and the typed channels there instead.

#![forbid(unsafe_code)]

extern crate alloc;

pub mod error;
mod id;
pub mod link;
pub mod local_node;
pub mod message;
pub mod node;
mod port;
#[doc(hidden)]
pub mod protocol;
pub mod resource;

pub use id::{Address, NodeId, PortId, Uuid};
pub use mesh_protobuf as payload;
pub use message::{MeshPayload, Message, OwnedMessage};
