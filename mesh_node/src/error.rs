//! Why a channel failed.
//!
//! Errors are sorted by who can do something about them: the peer sent nonsense, the peer is gone, a limit was reached, or we
//! shut down ourselves. A channel that was closed in order has not failed; it has no error.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The failure of a channel, with its cause.
///
/// Cheap to clone: every endpoint that the same failure reaches gets a copy.
///
/// # Examples
///
/// ```
/// use mesh_node::error::{ChannelError, ChannelErrorKind};
///
/// let error = ChannelError::new(ChannelErrorKind::PeerFailed, "process \"disk\" was killed by signal 9");
/// assert_eq!(error.to_string(), "the peer failed: process \"disk\" was killed by signal 9");
/// ```
#[derive(Clone)]
pub struct ChannelError(Arc<Inner>);

struct Inner {
    kind: ChannelErrorKind,
    source: Box<dyn Error + Send + Sync>,
}

/// The kind of channel failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChannelErrorKind {
    /// A message arrived that is not of the channel's type.
    Decode,
    /// The process or node at the other end failed.
    PeerFailed,
    /// The connection to the other end was lost.
    LinkLost,
    /// The other side did what the protocol forbids.
    ProtocolBreach,
    /// A limit that this side had set was exceeded.
    LimitExceeded,
    /// This side shut down.
    ShutDown,
}

impl ChannelError {
    /// A failure of this kind because of `source`.
    pub fn new(kind: ChannelErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::new(Inner {
            kind,
            source: source.into(),
        }))
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ChannelErrorKind {
        self.0.kind
    }

    /// What was given as its source.
    pub(crate) fn reason(&self) -> &(dyn Error + Send + Sync) {
        &*self.0.source
    }
}

impl From<mesh_protobuf::Error> for ChannelError {
    fn from(error: mesh_protobuf::Error) -> Self {
        Self::new(ChannelErrorKind::Decode, error)
    }
}

impl fmt::Display for ChannelErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Decode => "a message could not be decoded",
            Self::PeerFailed => "the peer failed",
            Self::LinkLost => "the link was lost",
            Self::ProtocolBreach => "the peer broke the protocol",
            Self::LimitExceeded => "limit exceeded",
            Self::ShutDown => "we shut down",
        })
    }
}

impl fmt::Display for ChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, source) = (self.0.kind.to_string(), self.0.source.to_string());
        if source == kind {
            return f.write_str(&kind);
        }
        write!(f, "{kind}: {source}")
    }
}

impl fmt::Debug for ChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelError")
            .field("kind", &self.0.kind)
            .field("source", &self.0.source)
            .finish()
    }
}

impl Error for ChannelError {
    /// The source of the cause; the cause itself is part of the message.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.source()
    }
}

/// Equal if kind and text are; the same failure compares equal wherever it arrives.
impl PartialEq for ChannelError {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind == other.0.kind && self.0.source.to_string() == other.0.source.to_string()
    }
}

impl Eq for ChannelError {}
