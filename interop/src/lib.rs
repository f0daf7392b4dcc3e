//! The codec beside other implementations of protobuf.
//!
//! [`zoo`] has types of every kind that the codec lays out. Their `.proto` files, in `proto`, are written by the codec
//! ([`files`]) and compiled by protox; [`generated`] is what prost makes of them, and Python's protobuf reads the same
//! descriptors. The tests exchange values with prost; `cargo xtask interop` exchanges [`cases`] with Python.
//!
//! The `.proto` files are committed, and a test holds them to the types: `MESH_BLESS=1 cargo test -p interop --test current` writes
//! them anew. Another type that is added here needs a case in `python/exchange.py` as well, which refuses to miss one.

#![forbid(unsafe_code)]

pub mod cases;
pub mod zoo;

use mesh_protobuf::schema::Files;

/// What protox makes of the `.proto` files: a `FileDescriptorSet` with everything that they import.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// What prost makes of the `.proto` files.
pub mod generated {
    #![allow(
        missing_docs,
        unreachable_pub,
        unused_qualifications,
        clippy::all,
        rustdoc::all,
        reason = "nobody wrote it"
    )]

    /// The package `zoo`.
    pub mod zoo {
        /// The package `zoo.common`.
        pub mod common {
            /// The package `zoo.common.v1`.
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/zoo.common.v1.rs"));
            }
        }
        /// The package `zoo.v1`.
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/zoo.v1.rs"));
        }
    }
}

/// The types of the zoo, as `.proto` files.
pub fn files() -> Files {
    Files::new()
        .add::<zoo::Scalars>()
        .add::<zoo::Optionals>()
        .add::<zoo::Lists>()
        .add::<zoo::Maps>()
        .add::<zoo::Tree>()
        .add::<zoo::Drawing>()
        .add::<zoo::Times>()
        .add::<zoo::Odds>()
        .add::<zoo::Older>()
        .add::<zoo::Newer>()
        .add::<zoo::Envelope>()
        .import(
            "google.protobuf.Timestamp",
            "google/protobuf/timestamp.proto",
        )
}
