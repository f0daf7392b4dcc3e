//! Why bytes could not be decoded.
//!
//! One small error for every decoder: the kind says what is wrong with the bytes, the path says in which field, outermost
//! first. The error owns one allocation, made only on the failing path, so that `Result<T, Error>` stays small.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Bytes that do not decode, with the path of the field in which decoding stopped.
///
/// # Examples
///
/// ```
/// use mesh_protobuf::{ErrorKind, decode};
///
/// let error = decode::<u32>(&[0x08]).unwrap_err();
/// assert_eq!(*error.kind(), ErrorKind::UnexpectedEnd);
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    /// Innermost first; joined in reverse when shown.
    path: Vec<&'static str>,
}

/// What is wrong with the bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input ends inside a value.
    #[error("the input ends inside a value")]
    UnexpectedEnd,
    /// A varint is longer than ten bytes or holds more than 64 bits.
    #[error("a varint holds more than 64 bits")]
    VarintTooLong,
    /// A tag names field zero, a field above 2^29 - 1, or an unknown wire type.
    #[error("invalid tag {0}")]
    InvalidTag(u64),
    /// A field arrived with a wire type that its encoding does not have.
    #[error("wire type {0:?} where another was expected")]
    WrongWireType(crate::wire::WireType),
    /// A field that the type does not have, where the type is not open to other versions.
    #[error("field {0} is not one of the type")]
    UnknownField(u32),
    /// A group ended that was not open, or the wrong one did.
    #[error("a group ends that is not open")]
    UnmatchedGroup,
    /// Messages nest deeper than [`Limits::depth`](crate::Limits::depth).
    #[error("messages nest too deeply")]
    TooDeep,
    /// The decoded value would take more memory than [`Limits::memory`](crate::Limits::memory).
    #[error("the value would take more memory than the limit allows")]
    TooLarge,
    /// A number does not fit the field's type.
    #[error("a number does not fit its type")]
    OutOfRange,
    /// Text is not UTF-8.
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// A field that has no default is absent.
    #[error("a required field is missing")]
    MissingField,
    /// No variant, or an unknown one, was given for an enum.
    #[error("unknown or missing variant")]
    UnknownVariant,
    /// A fixed-length sequence has another length.
    #[error("a sequence of {expected} elements has {found}")]
    WrongLength {
        /// The length the type has.
        expected: usize,
        /// The number of elements that arrived.
        found: usize,
    },
    /// A field refers to a resource that was not sent, or that another field has taken.
    #[error("a resource is missing or already taken")]
    MissingResource,
    /// A resource is of another kind than the field.
    #[error("a resource is of another kind than its field")]
    WrongResource,
    /// A value is well-formed but not allowed by its type; the text says why.
    #[error("{0}")]
    Invalid(String),
}

/// The result of decoding.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// An error of this kind, with no field named yet.
    #[cold]
    pub fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            path: Vec::new(),
        }))
    }

    /// A well-formed value that its type does not allow.
    #[cold]
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid(reason.into()))
    }

    /// The same error, one field further out. Derived decoders call this on the way up.
    #[cold]
    #[must_use]
    pub fn in_field(mut self, name: &'static str) -> Self {
        self.0.path.push(name);
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The names of the fields on the way to the fault, outermost first.
    pub fn path(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.path.iter().rev().copied()
    }
}

impl From<ErrorKind> for Error {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, name) in self.path().enumerate() {
            let dot = if depth == 0 { "" } else { "." };
            write!(f, "{dot}{name}")?;
        }
        if !self.0.path.is_empty() {
            f.write_str(": ")?;
        }
        fmt::Display::fmt(&self.0.kind, f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl core::error::Error for Error {}
