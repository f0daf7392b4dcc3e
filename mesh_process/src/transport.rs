//! The links between this process and those it brings in, and what is said when one ends.

use crate::cause::{Ended, Named};
use crate::child::Child;
use crate::error::into_io;
use mesh::local_node::Port;
use mesh::{ChannelError, ChannelErrorKind};
use mesh_node::link::{Attachment, Capabilities, Cause, DescriptorsLost, LinkInput, Sink};
pub use mesh_node::node::{Inspection, LinkView, PortState, PortView, RouteView};
pub(crate) use mesh_node::node::{Invitation, Node, Settings};
use mesh_remote::unix::{self, UnixLink};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

type Refine = Box<dyn FnOnce(Cause, Box<dyn FnOnce(ChannelError) + Send>) + Send>;
struct In(LinkInput, Refine);
impl Sink for In {
    fn frame(&mut self, bytes: &[u8], attachments: Vec<Attachment>) {
        self.0.frame(bytes, attachments);
    }
    fn descriptors_lost(&mut self, bytes: &[u8], lost: DescriptorsLost) {
        self.0.descriptors_lost(bytes, lost);
    }
    fn closed(self: Box<Self>, cause: Cause) {
        let In(input, refine) = *self;
        refine(cause, Box::new(move |e| input.ended(&e)));
    }
}
fn begin(fd: OwnedFd, input: LinkInput, refine: Refine) -> io::Result<UnixLink> {
    unix::start(fd, unix::CAPABILITIES.limits, Box::new(In(input, refine))).map_err(into_io)
}
const CAPS: Capabilities = unix::CAPABILITIES;
pub(crate) fn settings() -> Settings {
    Settings {
        introducer: Some(Arc::new(unix::Sockets)),
        ..Settings::default()
    }
}
pub(crate) fn join(node: &Node, invitation: &Invitation, fd: OwnedFd) -> io::Result<Port> {
    unix::join(node, invitation, fd)
}
pub(crate) fn admit(
    node: &Node,
    invitation: &Invitation,
    fd: OwnedFd,
    name: &str,
) -> io::Result<Port> {
    let text = invitation.to_string();
    rustix::net::send(&fd, text.as_bytes(), rustix::net::SendFlags::NOSIGNAL)?;
    let name = name.to_owned();
    node.host(invitation, CAPS, |input| {
        begin(
            fd,
            input,
            Box::new(move |cause, done| {
                done(ChannelError::new(
                    ChannelErrorKind::LinkLost,
                    format!("{name}: {cause}"),
                ))
            }),
        )
    })
}
pub(crate) async fn arrive(fd: OwnedFd) -> io::Result<(Node, Port)> {
    let fd = Arc::new(fd);
    let text = loop {
        let mut buf = [0u8; 512];
        match rustix::net::recv(&*fd, &mut buf, rustix::net::RecvFlags::empty()) {
            Ok((0, _)) => return Err(io::ErrorKind::ConnectionRefused.into()),
            Ok((n, _)) => break String::from_utf8_lossy(&buf[..n]).into_owned(),
            Err(rustix::io::Errno::AGAIN) => crate::listen::readable(&fd).await?,
            Err(e) => return Err(e.into()),
        }
    };
    let invitation: Invitation = text.parse().map_err(io::Error::other)?;
    let node = Node::invited(&invitation, settings());
    let fd = Arc::try_unwrap(fd).map_err(|_| io::Error::other("busy"))?;
    let port = join(&node, &invitation, fd)?;
    Ok((node, port))
}
pub(crate) fn host(
    node: &Node,
    invitation: &Invitation,
    fd: OwnedFd,
    child: Arc<Child>,
) -> io::Result<Port> {
    node.host(invitation, CAPS, |input| {
        begin(
            fd,
            input,
            Box::new(move |cause, done| {
                let c = child.clone();
                child.on_exit(move |outcome| {
                    done(ChannelError::new(
                        ChannelErrorKind::PeerFailed,
                        format!("{} {} ({cause})", Named(&c.name, c.pid), Ended(outcome)),
                    ))
                });
            }),
        )
    })
}
