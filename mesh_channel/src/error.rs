//! Remotable errors.
//!
//! A [`RemoteError`] carries any error to wherever a message goes. Within a process it is the error itself, boxed. When it
//! crosses into another process, what travels is the text of the error and of each of its sources, outermost first; there
//! each text is an error again whose source is the next, so that a report printed at the far end reads as it would have at
//! the near one. What does not travel is the type: downcasting works only where the error was made.
//!
//! `RemoteError` implements [`Error`], so that `?` turns it into `anyhow::Error` or `Box<dyn Error>`. The price is that it
//! cannot also be `From` every error: there is [`RemoteError::new`] for that, and
//! [`handle_failable`](crate::rpc::Rpc::handle_failable), which converts whatever its handler fails with.
//!
//! A chain is at most [`MAX_LINKS`] errors long, where it is encoded and where it is decoded: an endless one cannot hang the
//! encoder, and one from a hostile peer cannot overflow the stack when it is dropped.

use mesh_derive::MeshPayload;
use mesh_protobuf::DefaultEncoding;
use mesh_protobuf::encodings::Via;
use std::error::Error;
use std::fmt;

/// The most errors of one chain that cross a process boundary; the innermost ones beyond are left out.
pub const MAX_LINKS: usize = 64;

/// An error that can be sent in a message, with its chain of sources.
///
/// Its text and its [`source`](Error::source) are those of the error it was made from.
///
/// # Across processes
///
/// Text and sources are kept, the types are not: see the [module](self).
///
/// # Examples
///
/// ```
/// use mesh_channel::error::RemoteError;
/// use std::io;
///
/// fn open() -> Result<(), RemoteError> {
///     std::fs::File::open("").map_err(RemoteError::new)?;
///     Ok(())
/// }
///
/// let error = open().unwrap_err();
/// let cause = error.get_ref().downcast_ref::<io::Error>().unwrap();
/// assert_eq!(cause.kind(), io::ErrorKind::NotFound);
/// ```
pub struct RemoteError(Box<dyn Error + Send + Sync>);

impl RemoteError {
    /// Makes any error remotable, or a text; a `RemoteError` stays what it is.
    ///
    /// ```
    /// use mesh_channel::error::RemoteError;
    ///
    /// assert_eq!(RemoteError::new("disk is full").to_string(), "disk is full");
    /// ```
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        match error.into().downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => Self(error),
        }
    }

    /// The error it was made from, or, if it has come from another process, one that has its text and sources.
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// As [`get_ref`](Self::get_ref), by value.
    ///
    /// ```
    /// use mesh_channel::error::RemoteError;
    ///
    /// let number = "x".parse::<u32>().map_err(RemoteError::new);
    /// let cause = number.unwrap_err().into_inner();
    /// assert!(cause.is::<std::num::ParseIntError>());
    /// ```
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Error for RemoteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl DefaultEncoding for RemoteError {
    type Encoding = Via<Chain>;
}

/// A chain of errors on the wire: their texts, outermost first.
#[derive(Debug, MeshPayload)]
#[mesh(crate = "mesh_node")]
pub struct Chain {
    texts: Vec<String>,
}

impl From<RemoteError> for Chain {
    fn from(error: RemoteError) -> Self {
        let first: &(dyn Error + 'static) = &*error.0;
        let links = std::iter::successors(Some(first), |link| (*link).source());
        Self {
            texts: links.take(MAX_LINKS).map(ToString::to_string).collect(),
        }
    }
}

impl From<Chain> for RemoteError {
    fn from(chain: Chain) -> Self {
        let texts = chain.texts.into_iter().take(MAX_LINKS);
        let link = texts.rfold(None, |source, text| Some(Box::new(Link { text, source })));
        Self(link.unwrap_or_default())
    }
}

/// One error of a chain that came from another process.
#[derive(Default)]
struct Link {
    text: String,
    /// At most [`MAX_LINKS`] deep, so it may be dropped recursively.
    source: Option<Box<Link>>,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// With its sources, as an error of any other type shows what is in it.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = std::iter::successors(Some(self), |link| link.source.as_deref());
        f.debug_list()
            .entries(texts.map(|link| &link.text))
            .finish()
    }
}

impl Error for Link {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|link| link as _)
    }
}
