//! The edges of Unix sockets: tables that are full, peers that die, stop or lie, forks, and what is left behind.
//!
//! Many of these change something that belongs to the whole process, or count what belongs to it. Each such test runs in a process
//! of its own, which [`alone`] starts.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what supports tests is part of them")]

mod alone;
mod collector;
mod fork;
mod hostile;
mod leaks;
mod peers;
mod tables;
