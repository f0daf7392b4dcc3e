//! Nodes of one host, joined by sockets.

use super::{StartError, UnixLink, pair, start};
use crate::link::{Attachment, Capabilities, FrameLimits, Introducer, Link, LinkInput};
use mesh_node::local_node::Port;
use mesh_node::node::{Invitation, Node};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// What links over Unix sockets can carry. A node has its own limits for frames: [`LinkInput::frame_limits`].
pub const CAPABILITIES: Capabilities = Capabilities {
    descriptors: true,
    limits: FrameLimits::DEFAULT,
    same_host: true,
};

/// Adds the link to a node that was invited from here, by its end of a [`pair`], and gives the port whose peer [`join`] gives
/// there.
///
/// Whoever knows more of the other process than that its socket closed, such as how it died, starts the link by
/// [`Node::host`] with a sink of its own around the [`LinkInput`].
///
/// # Errors
/// The link cannot be started, or the node shuts down.
pub fn host(node: &Node, invitation: &Invitation, socket: OwnedFd) -> io::Result<Port> {
    node.host(invitation, CAPABILITIES, |input| begin(socket, input))
}

/// Adds the link to the node that made the invitation; see [`host`].
///
/// # Errors
/// As for [`host`].
pub fn join(node: &Node, invitation: &Invitation, socket: OwnedFd) -> io::Result<Port> {
    node.join(invitation, CAPABILITIES, |input| begin(socket, input))
}

fn begin(socket: OwnedFd, input: LinkInput) -> io::Result<UnixLink> {
    let limits = input.frame_limits();
    Ok(start(socket, limits, Box::new(input))?)
}

/// Makes links over Unix sockets for others: the introducer of a node of a host.
///
/// ```
/// use mesh_node::node::{Node, Settings};
/// use mesh_remote::unix::{self, Sockets};
/// use std::sync::Arc;
///
/// let settings = Settings {
///     introducer: Some(Arc::new(Sockets)),
///     ..Settings::default()
/// };
/// let root = Node::root(settings.clone())?;
/// let invitation = root.invite().unwrap();
/// // One end, and the invitation, would go to another process.
/// let (ours, theirs) = unix::pair()?;
/// let _port = unix::host(&root, &invitation, ours)?;
/// let child = Node::invited(&invitation, settings);
/// let _peer = unix::join(&child, &invitation, theirs)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Sockets;

impl Introducer for Sockets {
    fn pair(&self) -> io::Result<(Attachment, Attachment)> {
        let (left, right) = pair()?;
        Ok((Attachment::Fd(left), Attachment::Fd(right)))
    }

    fn connect(&self, end: Attachment, input: LinkInput) -> io::Result<Arc<dyn Link>> {
        match end.into_descriptor() {
            Some(socket) => Ok(Arc::new(begin(socket, input)?)),
            None => Err(StartError::NotASocket.into()),
        }
    }
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Io(error) => error,
            other => Self::other(other),
        }
    }
}
