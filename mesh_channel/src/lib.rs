//! The typed channels of mesh.
//!
//! - [`channel`]: many senders, one receiver, unbounded.
//! - [`oneshot`](oneshot()): one value, once.
//! - [`cell`](cell()): a value that one updates and many watch.
//! - [`pipe`](pipe()): a stream of bytes with backpressure.
//! - [`rpc`]: requests and their answers.
//! - [`CancelContext`]: asking for work to stop, wherever it runs.
//! - [`error`]: errors that can be sent.
//! - [`block_on`]: waiting on a plain thread; most things that can be awaited also have a `blocking_` call.
//!
//! In one process a channel takes any `T`: nothing is serialized, and no port is made. An endpoint whose `T` is a
//! [`MeshPayload`](mesh_node::message::MeshPayload) can itself be sent in a message; when it leaves, what lies
//! between the two ends becomes a port, and both ends go on as before.
//!
//! The order of locks is simple: no code of this crate holds two at a time (but for cells, which queue a message for a port
//! under their own lock), and none calls anything of the user's — a waker, a `Drop`, an encoder — or of the node's while it
//! holds one.

mod block_on;
mod cancel;
mod cell;
mod deadline;
pub mod error;
mod fields;
mod lazy;
mod mpsc;
mod oneshot;
pub mod pipe;
mod recv_error;
pub mod rpc;
mod spin;
mod sync;
mod timer;
mod try_send_error;
mod wakers;

pub use block_on::block_on;
pub use cancel::{Cancel, CancelContext, CancelReason, Cancelled};
pub use cell::{Cell, CellChanged, CellSet, CellUpdater, cell};
pub use deadline::Deadline;
pub use mpsc::{
    BlockingIter, Closed, Receiver, Recv, RecvMany, Sender, TryIter, WeakSender, channel,
    mpsc_channel,
};
pub use oneshot::{OneshotClosed, OneshotReceiver, OneshotSender, oneshot};
pub use pipe::pipe;
pub use recv_error::{RecvError, TryRecvError};
pub use try_send_error::TrySendError;
