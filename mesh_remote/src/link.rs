//! The contract of a link.
//!
//! A link joins two nodes. It carries *frames*, each of which is some bytes with descriptors beside them, both ways. One
//! side is a [`Link`], to send on, and a [`Sink`], which is told what arrives.
//!
//! # What every link keeps
//! - **Order.** Frames arrive in the order of the calls to [`send`](Link::send), each once, whole, and with the descriptors it was
//!   sent with. There is one order for the whole link, so a large frame is never overtaken: who wants small messages to pass a
//!   large one sends the large one as several frames.
//! - **Sending never blocks**, from any thread. What the transport does not take waits here, in order. There is no bound to it
//!   but the sender's: [`queued_bytes`](Link::queued_bytes) says how much waits, and the node's windows keep it small.
//! - **One call at a time.** Calls of a sink never overlap, and none is made from within a call of its link, so a sink may send,
//!   close and abort, and a caller may hold locks that the sink takes.
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

use crate::packet::Malformed;
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use thiserror::Error;

/// The sending half of one side of a link. The [module](self) has the contract.
///
/// Dropping it is [`close`](Self::close).
pub trait Link: Send + Sync + fmt::Debug {
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
    fn frame(&mut self, bytes: &[u8], descriptors: Vec<OwnedFd>);

    /// A frame has arrived, without its descriptors. Those of them that had arrived are closed.
    ///
    /// Later frames are complete again, if there is room for their descriptors.
    fn descriptors_lost(&mut self, bytes: &[u8], lost: DescriptorsLost);

    /// The link has ended.
    fn closed(self: Box<Self>, cause: Cause);
}

/// Bytes with descriptors beside them.
///
/// Borrowed bytes are copied if they have to wait; owned ones, if they are many, are kept as they are.
#[derive(Debug, Default)]
pub struct Frame<'a> {
    /// The bytes. There may be none.
    pub bytes: Cow<'a, [u8]>,
    /// What travels beside them.
    pub descriptors: Vec<OwnedFd>,
}

impl<'a> Frame<'a> {
    /// A frame without descriptors.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::with_descriptors(bytes, Vec::new())
    }

    /// A frame with descriptors.
    pub fn with_descriptors(bytes: impl Into<Cow<'a, [u8]>>, descriptors: Vec<OwnedFd>) -> Self {
        Self {
            bytes: bytes.into(),
            descriptors,
        }
    }

    /// The same, with bytes of its own; borrowed ones are copied.
    pub fn into_owned(self) -> Frame<'static> {
        Frame {
            bytes: Cow::Owned(self.bytes.into_owned()),
            descriptors: self.descriptors,
        }
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Frame<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::new(bytes.as_slice())
    }
}

/// The largest frame that one side takes, and gives.
///
/// It bounds what a peer can make this process hold for a frame that is not yet complete. Both sides must use the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a frame.
    pub frame_bytes: u32,
    /// Descriptors of a frame.
    pub frame_descriptors: u16,
}

impl Default for Limits {
    /// 65 MiB and 1024 descriptors.
    fn default() -> Self {
        Self {
            frame_bytes: 65 << 20,
            frame_descriptors: 1024,
        }
    }
}

/// What a link can carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// Whether descriptors can go with a frame.
    pub descriptors: bool,
    /// The largest frame.
    pub limits: Limits,
    /// Whether the peer is a process of this host, so that memory can be shared with it.
    pub same_host: bool,
}

impl Capabilities {
    /// Why a frame cannot be carried, if it cannot.
    pub(crate) fn refuse(&self, frame: &Frame<'_>) -> Option<Refusal> {
        let (bytes, count) = (frame.bytes.len(), frame.descriptors.len());
        if bytes > self.limits.frame_bytes as usize {
            Some(Refusal::TooLarge)
        } else if count > 0 && !self.descriptors {
            Some(Refusal::NoDescriptors)
        } else if count > usize::from(self.limits.frame_descriptors) {
            Some(Refusal::TooManyDescriptors)
        } else {
            None
        }
    }
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
    /// This kind of link carries no descriptors.
    #[error("the link carries no descriptors")]
    NoDescriptors,
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
    Malformed(#[source] Malformed),
    /// The sink panicked.
    #[error("the receiver of the link panicked")]
    SinkPanicked,
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Io(#[source] Arc<io::Error>),
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}
