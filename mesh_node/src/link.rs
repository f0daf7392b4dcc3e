//! The contract of a link, and what a node asks of one.
//!
//! A link joins two nodes. It carries [`Frame`]s, which are some bytes with what travels beside them, both ways. One side is a
//! [`Link`], to send on, and a [`Sink`], which is told what arrives. A node is a sink by its [`LinkInput`]; what is in frames is
//! none of a link's business.
//!
//! # What every link keeps
//! - **Order.** Frames arrive in the order of the calls to [`send`](Link::send), each once, whole, and with what it was sent with.
//!   There is one order for the whole link, so a large frame is never overtaken: who wants small messages to pass a large one
//!   sends the large one as several frames.
//! - **Sending never blocks**, from any thread. What the transport does not take waits here, in order. There is no bound to it
//!   but the sender's: [`queued_bytes`](Link::queued_bytes) says how much waits, and the windows that nodes grant keep it small.
//! - **One call at a time.** Calls of a sink never overlap, and none is made from within a call of its link, unless the link is
//!   one within a process and says so. So a sink may send, close and abort, and a caller may hold locks that the sink takes.
//! - **Complete until it ends; fails only by ending.** No frame is skipped. The one thing that can be missing is a frame's
//!   descriptors, where this process had no room for them; that frame is handed over as such
//!   ([`descriptors_lost`](Sink::descriptors_lost)), never with a shorter list.
//! - **One end.** [`closed`](Sink::closed) is called once, with a cause, after everything that was received before, and nothing is
//!   called after it. It consumes the sink. From then on, and possibly shortly before, sending is refused.
//! - **Nothing leaks.** A descriptor is handed to the sink, or closed; those in a frame that was not sent are closed too. What
//!   the link itself holds is closed when it has ended and its handle is dropped.
//!
//! # How a link ends
//! | by | what is still carried | cause here | cause there |
//! |---|---|---|---|
//! | [`close`](Link::close), or the handle dropped | everything queued, on both sides | `WeClosed` | `PeerClosed` |
//! | [`abort`](Link::abort), or the process ends | what the transport had taken | `Aborted` | `PeerLost`, `Reset` |
//! | a peer that breaks the format | nothing of what follows | `Malformed` | `PeerLost`, `Reset` |
//! | a sink that panics | nothing of what follows | `SinkPanicked` | `PeerLost`, `Reset` |
//!
//! Closing is a farewell, answered by one: the side that closes goes on receiving until the other has sent what it had queued.
//! It waits for that as long as it takes; whoever does not want to wait for a peer that has stopped aborts.
//!
//! # What it leaves out
//! Meaning: hello, versions, budgets, and who is on the other side belong to the node. Flow control: a link takes what the
//! transport takes, and a sink that is slow slows its peer.

pub use crate::chunk::Chunk;
use crate::data::Data;
use crate::error::{ChannelError, ChannelErrorKind};
use crate::node::Shared;
use crate::protocol::LinkId;
use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::sync::Arc;
use thiserror::Error;

/// The sending half of one side of a link. The [module](self) has the contract.
///
/// Dropping it is [`close`](Self::close).
pub trait Link: Send + Sync + fmt::Debug + 'static {
    /// What this link can carry.
    fn capabilities(&self) -> Capabilities;

    /// Sends a frame, after all that were sent before.
    ///
    /// Never blocks; it may do a system call. `Ok` means that the frame is on its way, not that it has arrived.
    ///
    /// # Errors
    /// Gives the frame back if the link has ended or was closed, or cannot carry such a frame.
    fn send<'a>(&self, frame: Frame<'a>) -> Result<(), SendError<'a>>;

    /// The bytes of frames that wait in this process because the transport has no room.
    fn queued_bytes(&self) -> usize;

    /// Ends the link in order: what is queued goes out first, and what the peer has sent is still received.
    ///
    /// Returns at once; [`Sink::closed`] tells when it is done.
    fn close(&self);

    /// Ends the link now. What is queued is dropped, and no further frame is handed to the sink.
    ///
    /// Returns at once; [`Sink::closed`] tells when it is done.
    fn abort(&self);
}

/// The receiving half of one side of a link. The [module](self) has the contract.
///
/// It is called from the thread or task that drives the link, so it should be brief. If it panics the link ends.
pub trait Sink: Send + 'static {
    /// A frame has arrived.
    fn frame(&mut self, bytes: &[u8], attachments: Vec<Attachment>);

    /// A large frame has arrived, in memory that may be kept with what is in it. It is a frame like others.
    fn large_frame(&mut self, bytes: Chunk, attachments: Vec<Attachment>) {
        self.frame(&bytes, attachments);
        bytes.recycle();
    }

    /// A frame has arrived, without its descriptors. Those of them that had arrived are closed.
    ///
    /// Later frames are complete again, if there is room for their descriptors.
    fn descriptors_lost(&mut self, bytes: &[u8], lost: DescriptorsLost);

    /// The link has ended.
    fn closed(self: Box<Self>, cause: Cause);
}

/// Bytes with what travels beside them.
///
/// Borrowed bytes are copied if they have to wait; owned ones, if they are many, are kept as they are. Many bytes may follow few that
/// are known later, without being copied behind them: they are the tail. Where a frame arrives there is no trace of that.
#[derive(Debug, Default)]
pub struct Frame<'a> {
    /// The bytes. There may be none.
    pub bytes: Cow<'a, [u8]>,
    /// More bytes, behind those, in order.
    pub tail: Vec<Chunk>,
    /// What travels beside them, in order.
    pub attachments: Vec<Attachment>,
}

/// What travels beside the bytes of a frame.
#[derive(Debug)]
#[non_exhaustive]
pub enum Attachment {
    /// A descriptor.
    #[cfg(unix)]
    Fd(OwnedFd),
    /// Something that stays in this process: only links within a process carry it.
    Local(Box<dyn Any + Send>),
}

impl Attachment {
    /// The descriptor, if it is one.
    #[cfg(unix)]
    pub fn into_descriptor(self) -> Option<OwnedFd> {
        match self {
            Self::Fd(descriptor) => Some(descriptor),
            Self::Local(_) => None,
        }
    }
}

impl<'a> Frame<'a> {
    /// A frame of bytes alone.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::with_attachments(bytes, Vec::new())
    }

    /// A frame with descriptors.
    #[cfg(unix)]
    pub fn with_descriptors(bytes: impl Into<Cow<'a, [u8]>>, descriptors: Vec<OwnedFd>) -> Self {
        let attachments = descriptors.into_iter().map(Attachment::Fd).collect();
        Self::with_attachments(bytes, attachments)
    }

    /// A frame with something beside it.
    pub fn with_attachments(bytes: impl Into<Cow<'a, [u8]>>, attachments: Vec<Attachment>) -> Self {
        Self {
            bytes: bytes.into(),
            tail: Vec::new(),
            attachments,
        }
    }

    /// What follows its bytes; it had nothing so far. A short beginning is copied behind the others, which saves a place to write from.
    pub(crate) fn set_tail(&mut self, tail: Data) {
        /// Up to here a beginning is short.
        const SHORT_BYTES: usize = 4 << 10;

        let (first, more) = tail.into_chunks();
        self.tail = more;
        if first.len() <= SHORT_BYTES {
            self.bytes.to_mut().extend_from_slice(&first);
            first.recycle();
        } else {
            self.tail.insert(0, first);
        }
    }

    /// How many bytes it has, in all parts.
    pub fn byte_count(&self) -> usize {
        let tail = self.tail.iter().map(|chunk| chunk.len());
        tail.fold(self.bytes.len(), usize::saturating_add)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Frame<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::new(bytes.as_slice())
    }
}

/// The largest frame that one side takes, and gives.
///
/// It bounds what a peer can make this process hold for a frame that is not yet complete. Both sides must use the same; nodes
/// ask for no more than they grant, by [`LinkInput::frame_limits`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameLimits {
    /// Bytes of a frame.
    pub bytes: u32,
    /// Descriptors of a frame.
    pub descriptors: u16,
}

impl FrameLimits {
    /// 65 MiB and 1024 descriptors: what holds a message of the default [limits](crate::node::Limits) of a node, and more.
    pub const DEFAULT: Self = Self {
        bytes: 65 << 20,
        descriptors: 1024,
    };
}

impl Default for FrameLimits {
    /// [`DEFAULT`](Self::DEFAULT).
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a link can carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// Whether descriptors can go with a frame.
    pub descriptors: bool,
    /// The largest frame.
    pub limits: FrameLimits,
    /// Whether the peer is a process of this host, so that the two can be given a link to others of it.
    pub same_host: bool,
}

/// A frame that was not sent, and why.
#[derive(Debug, Error)]
#[error("{reason}")]
pub struct SendError<'a> {
    /// Why.
    pub reason: Refusal,
    /// The frame.
    pub frame: Frame<'a>,
}

/// Why a frame was not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The link was closed or aborted, or has ended; [`Sink::closed`] tells why, or is about to.
    #[error("the link has ended")]
    Ended,
    /// More bytes than the link's limit.
    #[error("the frame is larger than the link carries")]
    TooLarge,
    /// More descriptors than the link's limit.
    #[error("the frame has more descriptors than the link carries")]
    TooManyDescriptors,
    /// This kind of link carries no descriptors, or not what is beside the bytes of the frame.
    #[error("the link carries no such thing beside a frame's bytes")]
    Unsupported,
    /// This process was forked from the one that has the link.
    #[error("the link belongs to the process this one was forked from")]
    Forked,
}

/// The descriptors of one frame did not all find room in this process's table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("{} of {announced} descriptors were lost: the descriptor table is full", announced - arrived)]
pub struct DescriptorsLost {
    /// How many were sent with the frame.
    pub announced: usize,
    /// How many arrived, and were closed.
    pub arrived: usize,
}

/// Why a link ended.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum Cause {
    /// This side closed it, and everything was carried both ways.
    #[error("we closed the link")]
    WeClosed,
    /// The peer closed it, after everything it had sent.
    #[error("the peer closed the link")]
    PeerClosed,
    /// This side aborted it, or dropped what drives it.
    #[error("we aborted the link")]
    Aborted,
    /// The peer is gone without a farewell: its process ended, or it aborted.
    #[error("the peer is gone")]
    PeerLost,
    /// As [`PeerLost`](Self::PeerLost), and it had not read all that was sent to it.
    #[error("the peer is gone, with frames it had not read")]
    Reset,
    /// The peer sent what is not in the format.
    #[error("the peer sent malformed data: {0}")]
    Malformed(#[source] Arc<dyn Error + Send + Sync>),
    /// The sink panicked.
    #[error("the receiver of the link panicked")]
    SinkPanicked,
    /// Whoever drives the link knows more than the link: who the peer was, and what became of it.
    #[error("{0}")]
    Known(ChannelError),
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Io(#[source] Arc<io::Error>),
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

impl From<Cause> for ChannelError {
    fn from(cause: Cause) -> Self {
        let kind = match &cause {
            Cause::Known(error) => return error.clone(),
            Cause::Malformed(_) => ChannelErrorKind::ProtocolBreach,
            _ => ChannelErrorKind::LinkLost,
        };
        let text = match &cause {
            Cause::Malformed(what) => what.to_string(),
            other => other.to_string(),
        };
        Self::new(kind, text)
    }
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

/// The sink of a node: where a transport hands in what arrives on a link. Dropping it ends the link.
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

    /// What a frame for this node may hold at most, and one from it: the largest message that the node takes, with what stands
    /// around it.
    ///
    /// ```
    /// # use mesh_node::link::LinkInput;
    /// # fn start(input: LinkInput) {
    /// let limits = input.frame_limits();
    /// // Start the transport with them, and `input` as its sink.
    /// # }
    /// ```
    pub fn frame_limits(&self) -> FrameLimits {
        self.node.frame_limits()
    }

    /// The link has ended, with a cause that says more than the transport knows: who the peer was, and how it died.
    pub fn ended(mut self, cause: &ChannelError) {
        self.over = true;
        self.node.link_closed(self.link, cause);
    }
}

impl Sink for LinkInput {
    /// Bytes that are no frame of the protocol end the link.
    fn frame(&mut self, bytes: &[u8], attachments: Vec<Attachment>) {
        self.node.frame(self.link, bytes, Ok(attachments));
    }

    /// A message's payload stays where it arrived.
    fn large_frame(&mut self, bytes: Chunk, attachments: Vec<Attachment>) {
        self.node.large_frame(self.link, bytes, attachments);
    }

    /// The port of the message in it fails; the link goes on.
    fn descriptors_lost(&mut self, bytes: &[u8], lost: DescriptorsLost) {
        self.node.frame(self.link, bytes, Err(lost));
    }

    fn closed(self: Box<Self>, cause: Cause) {
        self.ended(&cause.into());
    }
}

impl Drop for LinkInput {
    fn drop(&mut self) {
        if !self.over {
            let kind = ChannelErrorKind::LinkLost;
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
