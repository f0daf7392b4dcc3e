//! What the example programs share: a disk controller as a component on mesh channels.
//!
//! The small programs are in `examples/`, one idea each; `src/bin/disk` puts the controller under load. The controller itself
//! knows nothing of where it runs: its parameters, its state and its requests are messages, so the code here is the same
//! whether it is launched on a thread of its own or in a child process.

#![forbid(unsafe_code)]

pub mod disk;
