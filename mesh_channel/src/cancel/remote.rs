//! Cancellation across processes.
//!
//! A context that leaves in a message takes one end of a port along; the other end stays on the list of the context's node. **The
//! port's end is the cancellation**, however it ends: the node was cancelled and dropped its end, or its process is gone. No
//! message says so, and none can get lost. The other way a port is closed when the last context that came with it is dropped,
//! and then leaves the list.
//!
//! A context that came from elsewhere and leaves again does not become a relay: it makes a new port and sends one end of it
//! upstream, where it joins the list, and the other end along. So a process that only passed a context on may exit, and those
//! behind it are cancelled when the origin is. (It stays in between if it made a child with
//! [`with_cancel`](super::CancelContext::with_cancel) and sent that.)
//!
//! A [`Cancel`] that leaves takes a port, too. A message on it, an empty one, is the cancellation, and so is its failure, as whoever was to
//! decide about the context is gone; its orderly close means that nobody will cancel any more.
//!
//! | port of | says by | means |
//! |---|---|---|
//! | a context, from the origin | ending in any way | cancelled |
//! | a context, to the origin | a message with a port | that port is another context's |
//! | a context, to the origin | ending in any way | no longer of interest |
//! | a notifier, to the origin | a message, or failing | cancel |
//! | a notifier, to the origin | closing | the notifier was dropped |
//!
//! What a peer can make us hold is one entry for each port it sends, which the budget of its link bounds.

use super::node::{ListenerId, Node};
use super::{Cancel, CancelContext, Notify};
use crate::deadline::Deadline;
use mesh_derive::MeshPayload;
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{Delivery, Port, PortHandler};
use mesh_node::{Message, OwnedMessage};
use mesh_protobuf::DefaultEncoding;
use mesh_protobuf::encodings::Via;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A context on the wire. That of one which never ends is empty.
#[derive(Debug, MeshPayload)]
#[mesh(crate = "mesh_node")]
pub struct ContextWire {
    /// How long it is until the deadline.
    left: Option<Duration>,
    cancelled: bool,
    /// The port whose end is the cancellation.
    port: Option<Port>,
}

impl DefaultEncoding for CancelContext {
    type Encoding = Via<ContextWire>;
}

impl DefaultEncoding for Cancel {
    type Encoding = Via<Port>;
}

impl From<CancelContext> for ContextWire {
    fn from(context: CancelContext) -> Self {
        let cancelled = context
            .node
            .as_ref()
            .is_some_and(|node| node.is_cancelled());
        Self {
            left: context.deadline.map(Duration::from),
            cancelled,
            port: context.node.as_ref().filter(|_| !cancelled).map(link),
        }
    }
}

impl From<ContextWire> for CancelContext {
    fn from(wire: ContextWire) -> Self {
        let node = if wire.cancelled {
            Some(Node::cancelled())
        } else {
            wire.port.map(linked_node)
        };
        Self {
            node,
            deadline: wire.left.map(Deadline::from),
        }
    }
}

impl From<Cancel> for Port {
    fn from(cancel: Cancel) -> Self {
        match cancel.0 {
            Notify::Remote(port) => port,
            Notify::Local(node) => {
                let (here, there) = Self::new_pair();
                if let Some(id) = node.reserve_port() {
                    let notifier = Notifier {
                        node: Arc::downgrade(&node),
                        id,
                    };
                    node.set_port(id, here.attach(Arc::new(notifier)));
                }
                there
            }
        }
    }
}

impl From<Port> for Cancel {
    fn from(port: Port) -> Self {
        Self(Notify::Remote(port))
    }
}

/// A port for a context that leaves.
fn link(node: &Arc<Node>) -> Port {
    let (here, there) = Port::new_pair();
    match node.upstream() {
        Some(upstream) => upstream.send(OwnedMessage::new(here)),
        None => listen(node, here),
    }
    there
}

/// Puts a port on the list of a node.
fn listen(node: &Arc<Node>, port: Port) {
    if let Some(id) = node.reserve_port() {
        let context = RemoteContext {
            node: node.clone(),
            id,
        };
        node.set_port(id, port.attach(Arc::new(context)));
    }
}

/// A node that stands for the one at the other end of a port.
fn linked_node(port: Port) -> Arc<Node> {
    let node = Node::new();
    node.set_upstream(port.attach(Arc::new(Upstream(Arc::downgrade(&node)))));
    node
}

/// Handles a port whose other end is a context that left.
struct RemoteContext {
    /// Held, as long as the context is, for what cancels the node's parents. The node holds the port and so this handler: both
    /// the node's cancellation and the port's end undo that.
    node: Arc<Node>,
    id: ListenerId,
}

impl PortHandler for RemoteContext {
    fn message(&self, message: Message<'_>) -> Delivery {
        match message.parse() {
            Ok(port) => {
                listen(&self.node, port);
                Delivery::Taken
            }
            Err(error) => Delivery::Failed(error.into()),
        }
    }

    fn closed(&self) {
        self.node.remove(self.id);
    }

    fn failed(&self, _error: ChannelError) {
        self.node.remove(self.id);
    }
}

/// Handles a port whose other end is the list of the node that ours stands for.
struct Upstream(Weak<Node>);

impl Upstream {
    fn cancel(&self) {
        if let Some(node) = self.0.upgrade() {
            node.cancel();
        }
    }
}

impl PortHandler for Upstream {
    fn message(&self, _message: Message<'_>) -> Delivery {
        let reason = "a message came where only a cancellation can";
        Delivery::Failed(ChannelError::new(ChannelErrorKind::ProtocolBreach, reason))
    }

    fn closed(&self) {
        self.cancel();
    }

    fn failed(&self, _error: ChannelError) {
        self.cancel();
    }
}

/// Handles a port whose other end is a notifier that left.
struct Notifier {
    /// Not held: when nobody has a context any more, nothing is left to cancel, and the port goes with the node.
    node: Weak<Node>,
    id: ListenerId,
}

impl Notifier {
    fn cancel(&self) {
        if let Some(node) = self.node.upgrade() {
            node.cancel();
        }
    }
}

impl PortHandler for Notifier {
    /// Any message does; it has nothing to say yet.
    fn message(&self, _message: Message<'_>) -> Delivery {
        self.cancel();
        Delivery::Taken
    }

    fn closed(&self) {
        if let Some(node) = self.node.upgrade() {
            node.remove(self.id);
        }
    }

    fn failed(&self, _error: ChannelError) {
        self.cancel();
    }
}
