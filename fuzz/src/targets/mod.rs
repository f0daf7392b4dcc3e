//! The targets: each takes any bytes and must come back.
//!
//! | target | the bytes are |
//! |---|---|
//! | [`frame`] | a frame of the node protocol |
//! | [`link`] | frames on a link of a real node |
//! | [`world`] | choices in a simulated world, with or without a malicious node |
//! | [`codec`] | a message of a type that has every layout |
//! | [`fixpoint`] | a message of a type of containers without a heap, encoded in every way |
//! | [`differential`] | a message of a type that prost reads, too |

pub mod codec;
pub mod differential;
pub mod fixpoint;
pub mod frame;
pub mod link;
pub mod world;

/// A target by name: a corpus has its name, and so has the program that the fuzzer runs.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: &[Target] = &[
    ("codec", codec::run),
    ("differential", differential::run),
    ("fixpoint", fixpoint::run),
    ("frame", frame::run),
    ("link", link::run),
    ("world", world::run),
];
