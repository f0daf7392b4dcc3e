//! What a message can carry beside its bytes.
//!
//! A resource is listed in the [`SerializedMessage`](crate::message::SerializedMessage); the bytes refer to it by its place in
//! the list. Within a process it is simply moved. A resource that no field claims is closed.

use crate::local_node::Port;
use mesh_protobuf::{DefaultEncoding, encodings};
#[cfg(unix)]
use std::os::fd::OwnedFd;
#[cfg(windows)]
use std::os::windows::io::{OwnedHandle, OwnedSocket};

/// Something that is transferred, not copied.
#[derive(Debug)]
#[non_exhaustive]
pub enum Resource {
    /// One end of a channel.
    Port(Port),
    /// A file descriptor.
    #[cfg(unix)]
    Fd(OwnedFd),
    /// A kernel handle.
    #[cfg(windows)]
    Handle(OwnedHandle),
    /// A Winsock socket.
    #[cfg(windows)]
    Socket(OwnedSocket),
}

macro_rules! resource {
    ($($(#[$cfg:meta])? $variant:ident($type:ty);)*) => { $(
        $(#[$cfg])?
        impl From<$type> for Resource {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }

        /// Gives the resource back if it is of another kind.
        $(#[$cfg])?
        impl TryFrom<Resource> for $type {
            type Error = Resource;

            fn try_from(resource: Resource) -> Result<Self, Resource> {
                match resource {
                    Resource::$variant(value) => Ok(value),
                    #[allow(unreachable_patterns, reason = "the only variant on some platforms")]
                    other => Err(other),
                }
            }
        }
    )* };
}

resource! {
    Port(Port);
    #[cfg(unix)] Fd(OwnedFd);
    #[cfg(windows)] Handle(OwnedHandle);
    #[cfg(windows)] Socket(OwnedSocket);
}

impl DefaultEncoding for Port {
    type Encoding = encodings::Resource;
}

/// Any resource, of whatever kind.
impl DefaultEncoding for Resource {
    type Encoding = encodings::Resource;
}
