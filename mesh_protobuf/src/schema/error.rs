//! Why types cannot be written down as `.proto` files.

use alloc::string::String;

/// A set of types that no `.proto` files can describe, or files that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A type was added that is neither a message nor an enum with a name: a number, a tuple.
    #[error("`{0}` is neither a message nor an enum that has a name")]
    Unnamed(&'static str),
    /// A field is laid out by hand, and nothing describes it.
    #[error("nothing describes the type of the field `{field}`")]
    Undescribed {
        /// The names of message and field.
        field: String,
    },
    /// Something has a name that protobuf does not allow.
    #[error("`{name}` is not a protobuf name; `rename` gives it another")]
    InvalidName {
        /// The name, with those of what it is in.
        name: String,
    },
    /// Two things have the same name: two types, two instances of a generic one, a field and a type in it, two fields that
    /// have one name in JSON.
    #[error("`{name}` is the name of two things; `rename` gives one another")]
    Collision {
        /// The name.
        name: String,
    },
    /// The file of a package would have to import itself, by way of others.
    #[error("the packages `{from}` and `{to}` refer to each other")]
    Cycle {
        /// One package.
        from: String,
        /// Another one.
        to: String,
    },
    /// A field is of a type from a file that is not known.
    #[error("no file is known for `{name}`; `Files::import` names one")]
    NoFile {
        /// The type.
        name: String,
    },
    /// No type of this package was added.
    #[error("no type is in the package `{0}`")]
    NoPackage(String),
    /// A file cannot be read or written.
    #[cfg(feature = "std")]
    #[error("cannot access {}", path.display())]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what the types would make it.
    #[cfg(feature = "std")]
    #[error("{} is not what the types say; write it anew", path.display())]
    Stale {
        /// The file.
        path: std::path::PathBuf,
    },
}
