//! What a node asks of a link, and what it lets a link tell it.
//!
//! A link carries [`Frame`]s both ways between two nodes. A transport implements [`Link`], the half that is sent on, and calls the
//! [`LinkInput`] it was started with for what arrives. Between the two nodes it must keep this:
//!
//! - **Order.** Frames arrive in the order in which they were sent, each once, whole, with what travels beside it.
//! - **Complete until it ends, and fails only by ending.** [`LinkInput::closed`] is said once, with the cause, after every frame
//!   that was received. The one thing that may go missing is a frame's descriptors, where the receiving process had no room for
//!   them ([`LinkInput::frame_without_attachments`]).
//! - **Sending never blocks.** What the transport does not take at once waits in the link; how much that can be is bounded by the
//!   windows the peer has granted.
//! - **No call of the input while a lock is held** that [`Link::send`] or [`Link::close`] takes: the input may send.
//!
//! A node never waits for a link, and holds no lock while it calls one.

use crate::error::ChannelError;
use crate::node::Shared;
use crate::protocol::LinkId;
use std::any::Any;
use std::fmt;
use std::io;
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::sync::Arc;

pub use crate::protocol::Capabilities;

/// The sending half of one side of a link.
pub trait Link: Send + Sync + 'static {
    /// Sends a frame after those sent before. Never blocks; on a link that has ended the frame is dropped.
    fn send(&self, frame: Frame);

    /// Ends the link in order, after what was sent. Returns at once; [`LinkInput::closed`] tells when it is done.
    fn close(&self);
}

/// Bytes with what travels beside them.
#[derive(Debug, Default)]
pub struct Frame {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What travels beside them, in order.
    pub attachments: Vec<Attachment>,
}

/// What travels beside the bytes of a frame.
#[derive(Debug)]
#[non_exhaustive]
pub enum Attachment {
    /// A descriptor: a resource of a message, or the end of a link that the receiver is to drive.
    #[cfg(unix)]
    Fd(OwnedFd),
    /// The end of a link within this process.
    End(Box<dyn Any + Send>),
    /// It was sent, and got lost on the way.
    Missing,
}

/// Makes links between others: for a node that brings two together, and for the two.
pub trait Introducer: Send + Sync + 'static {
    /// A fresh link, as the two ends that travel to those it is to join.
    ///
    /// # Errors
    /// The system has no link to give.
    fn pair(&self) -> io::Result<(Attachment, Attachment)>;

    /// Drives the link whose end came from an introducer.
    ///
    /// # Errors
    /// It is not the end of a link, or cannot be driven.
    fn connect(&self, end: Attachment, input: LinkInput) -> io::Result<Arc<dyn Link>>;
}

/// Where a transport hands in what arrives on a link. Dropping it ends the link.
///
/// Everything it is called for may run handlers of ports, wakers, and calls of links, on the calling thread.
pub struct LinkInput {
    node: Arc<Shared>,
    link: LinkId,
    over: bool,
}

impl LinkInput {
    pub(crate) fn new(node: Arc<Shared>, link: LinkId) -> Self {
        Self {
            node,
            link,
            over: false,
        }
    }

    /// A frame has arrived. Bytes that are no frame end the link.
    pub fn frame(&mut self, bytes: &[u8], attachments: Vec<Attachment>) {
        self.node.frame(self.link, bytes, attachments);
    }

    /// A frame has arrived, and none of what was sent beside it: there were to be `announced` descriptors, for which this
    /// process had no room. The port of the message in it fails; the link goes on.
    pub fn frame_without_attachments(&mut self, bytes: &[u8], announced: usize) {
        // A peer cannot make us count to more than a frame may have.
        let announced = announced.min(bytes.len().saturating_mul(8));
        let missing = (0..announced).map(|_| Attachment::Missing).collect();
        self.node.frame(self.link, bytes, missing);
    }

    /// The link has ended; nothing follows.
    pub fn closed(mut self, cause: ChannelError) {
        self.over = true;
        self.node.link_closed(self.link, &cause);
    }
}

impl Drop for LinkInput {
    fn drop(&mut self) {
        if !self.over {
            let kind = crate::error::ChannelErrorKind::LinkLost;
            let cause = ChannelError::new(kind, "the transport of the link is gone");
            self.node.link_closed(self.link, &cause);
        }
    }
}

impl fmt::Debug for LinkInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LinkInput").field(&self.link).finish()
    }
}
