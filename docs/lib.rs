//! The chapters of the guide, as documentation of empty modules, so that the tests compile and run their code blocks.
//!
//! A chapter is listed here and in `SUMMARY.md`; `cargo xtask tidy` sees to it. What the examples in them use is a development
//! dependency of this crate.

/// The page that a visitor of the repository sees first.
#[doc = include_str!("../README.md")]
pub mod readme {}

/// The introduction.
#[doc = include_str!("introduction.md")]
pub mod introduction {}

/// The guide for users.
#[doc = include_str!("using-mesh.md")]
pub mod using_mesh {}

/// The way of a message.
#[doc = include_str!("how-it-works.md")]
pub mod how_it_works {}

/// What is promised, with the tests that hold it.
#[doc = include_str!("guarantees.md")]
pub mod guarantees {}

/// How mesh is measured beside its peers, and a result.
#[doc = include_str!("benchmarks.md")]
pub mod benchmarks {}

/// The codec's wire format.
#[doc = include_str!("wire-format.md")]
pub mod wire_format {}

/// What becomes of a message when its type changes.
#[doc = include_str!("evolution.md")]
pub mod evolution {}

/// `.proto` files, and messages of other implementations.
#[doc = include_str!("interop.md")]
pub mod interop {}

/// What nodes say to each other on a link.
#[doc = include_str!("wire.md")]
pub mod wire {}

/// The reason for each dependency.
#[doc = include_str!("dependencies.md")]
pub mod dependencies {}

/// The words.
#[doc = include_str!("glossary.md")]
pub mod glossary {}
