//! Nodes joined by real links, with typed channels between them.
//!
//! Several nodes are in one process here, which is allowed and changes nothing for them; the sockets and streams between them are
//! the ones that join processes. What needs a process for itself, because it changes or counts what belongs to it, runs in one
//! that `alone` starts.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what supports tests is part of them")]

#[path = "../edges/alone.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod alone;
mod channels;
mod descriptors;
mod driving;
mod hostile;
mod large;
mod left_behind;
mod limits;
mod moves;
#[path = "../conformance/pipe.rs"]
mod pipe;
mod pressure;
mod world;
