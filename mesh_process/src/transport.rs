//! The links between this process and those it brings in, and what is said when one ends.
//!
//! A link knows no more of its end than that the socket closed. Here it is told who was on the other side, and of a child also
//! how it died: the news waits for the exit status, which the kernel has by then or will have in a moment.

use crate::cause::Named;
use crate::child::Child;
use crate::loss;
use mesh::local_node::Port;
use mesh::{ChannelError, ChannelErrorKind};
use mesh_remote::joining;
use mesh_remote::link::{Attachment, Cause, Chunk, DescriptorsLost, LinkInput, Sink};
pub use mesh_remote::node::{Inspection, LinkView, PortState, PortView, RouteView};
pub(crate) use mesh_remote::node::{Invitation, Node, Settings};
use mesh_remote::unix::{self, CAPABILITIES, Sockets, UnixLink};
use rustix::net::{RecvFlags, SendFlags};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// What a node of a process is made with.
pub(crate) fn settings() -> Settings {
    Settings {
        introducer: Some(Arc::new(Sockets)),
        ..Settings::default()
    }
}

/// Adds the link to whoever invited this process.
pub(crate) fn join(node: &Node, invitation: &Invitation, socket: OwnedFd) -> io::Result<Port> {
    unix::join(node, invitation, socket)
}

/// Adds the link to a child.
pub(crate) fn host(
    node: &Node,
    invitation: &Invitation,
    socket: OwnedFd,
    child: Arc<Child>,
) -> io::Result<Port> {
    node.host(invitation, CAPABILITIES, |input| {
        begin(socket, input, move |cause, input| {
            if matches!(cause, Cause::WeClosed | Cause::PeerClosed | Cause::Aborted) {
                let text = format!("{}: {cause}", Named(&child.name, child.pid));
                return input.ended(&ChannelError::new(ChannelErrorKind::LinkLost, text));
            }
            loss::explain(&child, cause, move |text| {
                input.ended(&ChannelError::new(ChannelErrorKind::PeerFailed, text));
            });
        })
    })
}

/// Invites whoever is on the other side of an accepted connection, and adds the link to it.
pub(crate) fn admit(
    node: &Node,
    invitation: &Invitation,
    socket: OwnedFd,
    name: &str,
) -> io::Result<Port> {
    let record = joining::record(invitation);
    rustix::net::send(&socket, &record, SendFlags::NOSIGNAL)?;
    let name = name.to_owned();
    node.host(invitation, CAPABILITIES, |input| {
        begin(socket, input, move |cause, input| {
            let text = format!("{name}: {cause}");
            input.ended(&ChannelError::new(ChannelErrorKind::LinkLost, text));
        })
    })
}

/// Receives the invitation on a connection, and joins by it.
pub(crate) async fn arrive(socket: OwnedFd) -> io::Result<(Node, Port)> {
    let socket = Arc::new(socket);
    // Longer than any record, so that a longer one shows.
    let mut record = [0; joining::MAX_TEXT + 64];
    let length = loop {
        match rustix::net::recv(&*socket, &mut record, RecvFlags::empty()) {
            Ok((0, _)) => return Err(io::ErrorKind::ConnectionRefused.into()),
            Ok((length, _)) => break length,
            Err(rustix::io::Errno::AGAIN) => crate::listen::readable(&socket).await?,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    };
    let record = record.get(..length).unwrap_or_default();
    let invitation = joining::read(record).map_err(io::Error::other)?;
    let node = Node::invited(&invitation, settings());
    let port = join(&node, &invitation, socket.try_clone()?)?;
    Ok((node, port))
}

/// A node's sink, with something to say about the end of its link.
struct Told<F> {
    input: LinkInput,
    at_end: F,
}

impl<F: FnOnce(Cause, LinkInput) + Send + 'static> Sink for Told<F> {
    fn frame(&mut self, bytes: &[u8], attachments: Vec<Attachment>) {
        self.input.frame(bytes, attachments);
    }

    fn large_frame(&mut self, bytes: Chunk, attachments: Vec<Attachment>) {
        self.input.large_frame(bytes, attachments);
    }

    fn descriptors_lost(&mut self, bytes: &[u8], lost: DescriptorsLost) {
        self.input.descriptors_lost(bytes, lost);
    }

    fn closed(self: Box<Self>, cause: Cause) {
        let Self { input, at_end } = *self;
        at_end(cause, input);
    }
}

fn begin(
    socket: OwnedFd,
    input: LinkInput,
    at_end: impl FnOnce(Cause, LinkInput) + Send + 'static,
) -> io::Result<UnixLink> {
    let limits = input.frame_limits();
    let sink = Box::new(Told { input, at_end });
    Ok(unix::start(socket, limits, sink)?)
}
