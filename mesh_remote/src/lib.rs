//! Links between the nodes of a mesh.
//!
//! A [`Link`](link::Link) carries frames, which are bytes with descriptors beside them, to one other node, in order, until it
//! ends. What is in the frames is none of its business.
//!
//! - [`link`]: the contract that every link keeps; [`node`]: what links join.
//! - [`unix`]: a socket between two processes of one host; carries descriptors. Linux.
//! - [`stream`]: any byte stream: TCP, vsock, a serial line, TLS.
//! - [`joining`]: the first words to a process that comes by itself.
//! - [`simulated`]: both ends in one thread, with the delays of a seed, for tests.
//!
//! ```
//! # #[cfg(target_os = "linux")] {
//! use mesh_remote::link::{Attachment, Cause, DescriptorsLost, Frame, FrameLimits, Link, Sink};
//! use mesh_remote::unix;
//! use std::os::fd::OwnedFd;
//! use std::sync::mpsc;
//!
//! struct Print(mpsc::Sender<String>);
//!
//! impl Sink for Print {
//!     fn frame(&mut self, bytes: &[u8], _attachments: Vec<Attachment>) {
//!         self.0.send(String::from_utf8_lossy(bytes).into_owned()).ok();
//!     }
//!     fn descriptors_lost(&mut self, _bytes: &[u8], _lost: DescriptorsLost) {}
//!     fn closed(self: Box<Self>, cause: Cause) {
//!         self.0.send(format!("closed: {cause}")).ok();
//!     }
//! }
//!
//! let (received, lines) = mpsc::channel();
//! // One of the two descriptors would go to another process.
//! let (ours, theirs) = unix::pair()?;
//! let ours = unix::start(ours, FrameLimits::default(), Box::new(Print(mpsc::channel().0)))?;
//! let _theirs = unix::start(theirs, FrameLimits::default(), Box::new(Print(received)))?;
//!
//! ours.send(Frame::new(b"hello"))?;
//! ours.close();
//! assert_eq!(lines.recv()?, "hello");
//! assert_eq!(lines.recv()?, "closed: the peer closed the link");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assembly;
mod delivery;
mod frame;
pub mod joining;
mod outbox;
mod packet;
pub mod simulated;
pub mod stream;
#[cfg(target_os = "linux")]
pub mod unix;

pub use mesh_node::{link, node};
