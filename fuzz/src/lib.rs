//! What the fuzz targets do, as functions of bytes, so that a test on a stable compiler can replay what fuzzers found.
//!
//! `cargo xtask fuzz TARGET --seconds N` looks for bytes that break a promise; `cargo xtask fuzz-replay` runs the committed ones,
//! as CI does. A target panics if a promise is broken, and does nothing otherwise.
//!
//! | module | what |
//! |---|---|
//! | [`targets`] | the targets |
//! | [`memory`] | how much memory something takes |

pub mod memory;
pub mod targets;
