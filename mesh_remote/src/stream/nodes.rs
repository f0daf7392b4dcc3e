//! Nodes joined by streams.

use super::{Driver, start};
use crate::link::{Capabilities, FrameLimits, LinkInput};
use futures::io::{AsyncRead, AsyncWrite};
use mesh_node::local_node::Port;
use mesh_node::node::{Invitation, Node};
use std::io;

/// What links over streams can carry. A node has its own limits for frames: [`LinkInput::frame_limits`].
pub const CAPABILITIES: Capabilities = Capabilities {
    descriptors: false,
    limits: FrameLimits::DEFAULT,
    same_host: false,
};

/// Adds the link to a node that was invited from here, over a stream, and gives the port whose peer [`join`] gives there.
///
/// The driver is for an executor; nothing is sent or received while nobody polls it, and the link is lost when it is dropped.
///
/// # Errors
/// The node shuts down.
pub fn host<S>(node: &Node, invitation: &Invitation, stream: S) -> io::Result<(Port, Driver<S>)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    begin(stream, |start| node.host(invitation, CAPABILITIES, start))
}

/// Adds the link to the node that made the invitation; see [`host`].
///
/// # Errors
/// As for [`host`].
pub fn join<S>(node: &Node, invitation: &Invitation, stream: S) -> io::Result<(Port, Driver<S>)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    begin(stream, |start| node.join(invitation, CAPABILITIES, start))
}

type Start<'a> = Box<dyn FnOnce(LinkInput) -> io::Result<super::StreamLink> + 'a>;

fn begin<S>(
    stream: S,
    add: impl FnOnce(Start<'_>) -> io::Result<Port>,
) -> io::Result<(Port, Driver<S>)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut driver = None;
    let port = add(Box::new(|input| {
        let limits = input.frame_limits();
        let (link, drives) = start(stream, limits, Box::new(input));
        driver = Some(drives);
        Ok(link)
    }))?;
    match driver {
        Some(driver) => Ok((port, driver)),
        // A node gives a port only for a link that it has started.
        None => Err(io::Error::other("the link was not started")),
    }
}
