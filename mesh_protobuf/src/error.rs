//! Why bytes could not be decoded.
//!
//! One small error for every decoder: the kind says what is wrong with the bytes, the path says in which field, outermost
//! first. The error owns one allocation, made only on the failing path, so that `Result<T, Error>` stays small. Without
//! `alloc` it lies in the result itself, and so its path has but the innermost fields.

#[cfg(feature = "alloc")]
use alloc::borrow::Cow;
#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "alloc")]
use alloc::string::String;
use core::fmt;
use path::Path;

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
pub struct Error(Place<Inner>);

#[cfg(feature = "alloc")]
type Place<T> = Box<T>;

#[cfg(not(feature = "alloc"))]
type Place<T> = T;

struct Inner {
    kind: ErrorKind,
    path: Path,
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
    Invalid(Reason),
    /// A collection or text of a fixed capacity has no room for all that arrived.
    #[error("more than the {capacity} that there is room for")]
    Full {
        /// How many elements there is room for; of text, bytes.
        capacity: usize,
    },
}

/// Why a type does not allow a value: text, which only with `alloc` may be other than a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(Text);

#[cfg(feature = "alloc")]
type Text = Cow<'static, str>;

#[cfg(not(feature = "alloc"))]
type Text = &'static str;

impl Reason {
    /// The text.
    pub fn as_str(&self) -> &str {
        AsRef::<str>::as_ref(&self.0)
    }
}

impl From<&'static str> for Reason {
    #[allow(clippy::useless_conversion, reason = "not with `alloc`")]
    fn from(reason: &'static str) -> Self {
        Self(reason.into())
    }
}

#[cfg(feature = "alloc")]
impl From<String> for Reason {
    fn from(reason: String) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The result of decoding.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// An error of this kind, with no field named yet.
    #[cold]
    pub fn new(kind: ErrorKind) -> Self {
        let inner = Inner {
            kind,
            path: Path::default(),
        };
        #[cfg(feature = "alloc")]
        return Self(Box::new(inner));
        #[cfg(not(feature = "alloc"))]
        return Self(inner);
    }

    /// A well-formed value that its type does not allow.
    #[cold]
    pub fn invalid(reason: impl Into<Reason>) -> Self {
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
    ///
    /// Without the feature `alloc` it has at most the three innermost ones.
    pub fn path(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.path.names().iter().rev().copied()
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
        if self.0.path.is_cut() {
            f.write_str("….")?;
        }
        for (depth, name) in self.path().enumerate() {
            let dot = if depth == 0 { "" } else { "." };
            write!(f, "{dot}{name}")?;
        }
        if !self.0.path.names().is_empty() {
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

#[cfg(feature = "alloc")]
mod path {
    //! All names there are, innermost first.

    use alloc::vec::Vec;

    #[derive(Default)]
    pub(super) struct Path(Vec<&'static str>);

    impl Path {
        pub(super) fn push(&mut self, name: &'static str) {
            self.0.push(name);
        }

        pub(super) fn names(&self) -> &[&'static str] {
            &self.0
        }

        /// Whether there were more names than there is room for.
        pub(super) fn is_cut(&self) -> bool {
            false
        }
    }
}

#[cfg(not(feature = "alloc"))]
mod path {
    //! The innermost names, first the innermost of all, and how many there were.

    #[derive(Default)]
    pub(super) struct Path {
        names: [&'static str; 3],
        len: usize,
    }

    impl Path {
        pub(super) fn push(&mut self, name: &'static str) {
            if let Some(place) = self.names.get_mut(self.len) {
                *place = name;
            }
            self.len = self.len.saturating_add(1);
        }

        pub(super) fn names(&self) -> &[&'static str] {
            self.names.get(..self.len).unwrap_or(&self.names)
        }

        /// Whether there were more names than there is room for.
        pub(super) fn is_cut(&self) -> bool {
            self.len > self.names.len()
        }
    }
}

#[cfg(all(test, not(feature = "alloc")))]
mod tests {
    use super::{Error, ErrorKind};
    use core::fmt::Write;

    struct Text {
        bytes: [u8; 64],
        len: usize,
    }

    impl Write for Text {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            let end = self.len + text.len();
            self.bytes[self.len..end].copy_from_slice(text.as_bytes());
            self.len = end;
            Ok(())
        }
    }

    #[test]
    fn without_a_heap_an_error_has_its_innermost_names() {
        let mut error = Error::new(ErrorKind::InvalidUtf8);
        for (name, shown) in [
            ("d", "d: text is not UTF-8"),
            ("c", "c.d: text is not UTF-8"),
            ("b", "b.c.d: text is not UTF-8"),
            ("a", "….b.c.d: text is not UTF-8"),
        ] {
            error = error.in_field(name);
            let mut text = Text {
                bytes: [0; 64],
                len: 0,
            };
            write!(text, "{error}").unwrap();
            assert_eq!(&text.bytes[..text.len], shown.as_bytes());
        }
        assert!(error.path().eq(["b", "c", "d"]));
    }
}
