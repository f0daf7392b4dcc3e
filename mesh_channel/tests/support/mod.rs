//! A process boundary within one process: everything that passes it becomes bytes and resources, and ports that pass it are
//! connected through it.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(unreachable_pub)]
#![allow(clippy::unwrap_used, reason = "this is a test's, though not in one")]

use mesh_node::error::ChannelError;
use mesh_node::local_node::{AttachedPort, Delivery, Port, PortHandler};
use mesh_node::message::{MeshPayload, Message, OwnedMessage, SerializedMessage};
use mesh_node::resource::Resource;
use std::sync::{Arc, Mutex};

/// Sends a value to "another process".
pub fn cross<T: MeshPayload>(value: T) -> T {
    let message = boundary(OwnedMessage::new(value));
    message.parse().expect("what was encoded decodes")
}

/// Moves a value as a message between two processes that share their ports: bytes, but no tunnels.
pub fn reencode<T: MeshPayload>(value: T) -> T {
    let message = OwnedMessage::serialized(OwnedMessage::new(value).serialize());
    message.parse().expect("what was encoded decodes")
}

/// What a message is on the other side of the boundary.
fn boundary(message: OwnedMessage) -> OwnedMessage {
    let SerializedMessage { data, resources } = message.serialize();
    let resources = resources
        .into_iter()
        .map(|resource| match resource {
            Resource::Port(port) => Resource::Port(tunnel(port)),
            other => other,
        })
        .collect();
    OwnedMessage::serialized(SerializedMessage { data, resources })
}

/// The other side's end of a tunnel that begins with `port`.
pub fn tunnel(port: Port) -> Port {
    let (inner, outer) = Port::new_pair();
    let out = Arc::new(Relay::default());
    let back = Arc::new(Relay::default());
    // Nothing can arrive from the other side before `outer` is there.
    out.to(inner.attach(back.clone()));
    back.to(port.attach(out));
    outer
}

/// Hands on what arrives at one port to another.
#[derive(Default)]
struct Relay(Mutex<Option<AttachedPort>>);

impl Relay {
    fn to(&self, port: AttachedPort) {
        *self.0.lock().unwrap() = Some(port);
    }

    fn take(&self) -> Option<AttachedPort> {
        self.0.lock().unwrap().take()
    }
}

impl PortHandler for Relay {
    fn message(&self, message: Message<'_>) -> Delivery {
        // Calls do not overlap, so nobody misses the port meanwhile.
        if let Some(port) = self.take() {
            port.send(boundary(message.into_owned()));
            self.to(port);
        }
        Delivery::Taken
    }

    fn closed(&self) {
        drop(self.take());
    }

    fn failed(&self, error: ChannelError) {
        if let Some(port) = self.take() {
            port.fail(error);
        }
    }
}
