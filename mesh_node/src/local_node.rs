//! Ports: the ends of untyped channels within this process.
//!
//! A [`Port`] is one end of a bidirectional, ordered channel of messages. Typed channels put their messages on ports when one
//! of their ends leaves the process; ports can be used by themselves where the type of a channel is only known later.
//!
//! # What is kept true
//!
//! - What is sent on a port arrives at its peer in order, each message once, then the end: closed or failed, with a cause.
//! - The calls of one handler never overlap, and no lock is held while one runs. A thread that sends while another delivers
//!   leaves its message with the other thread and returns.
//! - A port can be detached, moved and attached elsewhere at any time; what has not been delivered waits in it.
//! - Sending never blocks. The queue of a port without a handler is unbounded, in the memory of the receiving side.
//!
//! # Examples
//!
//! ```
//! use mesh_node::local_node::{Delivery, Port, PortHandler};
//! use mesh_node::error::ChannelError;
//! use mesh_node::{Message, OwnedMessage};
//! use std::sync::{Arc, Mutex};
//!
//! #[derive(Default)]
//! struct Log(Mutex<Vec<String>>);
//!
//! impl PortHandler for Log {
//!     fn message(&self, message: Message<'_>) -> Delivery {
//!         match message.parse() {
//!             Ok(text) => {
//!                 self.0.lock().unwrap().push(text);
//!                 Delivery::Taken
//!             }
//!             Err(error) => Delivery::Failed(error.into()),
//!         }
//!     }
//!     fn closed(&self) {
//!         self.0.lock().unwrap().push("closed".into());
//!     }
//!     fn failed(&self, error: ChannelError) {
//!         self.0.lock().unwrap().push(error.to_string());
//!     }
//! }
//!
//! let (left, right) = Port::new_pair();
//! left.send(OwnedMessage::new("hello".to_string()));
//! let log = Arc::new(Log::default());
//! let _right = right.attach(log.clone());
//! drop(left);
//! assert_eq!(*log.0.lock().unwrap(), ["hello", "closed"]);
//! ```

pub use crate::port::{AttachedPort, Delivery, Port, PortHandler, Resume};
