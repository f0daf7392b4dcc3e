//! Typed channels for programs that split themselves into processes.
//!
//! A [`Sender<T>`] and a [`Receiver<T>`] work the same whether their two ends sit in one thread, in two processes or on two
//! hosts. Components that talk through them can be moved to another process without changing their code. Endpoints, file
//! descriptors and handles travel inside messages.
//!
//! This crate is the facade over the crates below it; most code needs no other. `mesh_worker` builds on it.
//!
//! # Channels
//!
//! | to | use |
//! |---|---|
//! | send messages, from many places to one | [`channel`]: [`Sender`], [`Receiver`] |
//! | transfer a single value | [`oneshot`]: [`OneshotSender`], [`OneshotReceiver`] |
//! | ask and be answered | [`rpc::Rpc`], [`rpc::FailableRpc`], with [`rpc::RpcSend::call`] |
//! | push configuration to subscribers | [`cell()`](cell()): [`CellUpdater`], [`Cell`] |
//! | stream bytes with backpressure | [`pipe()`](pipe::pipe): [`pipe::ReadPipe`], [`pipe::WritePipe`] |
//! | cancel, with deadlines | [`CancelContext`], [`Cancel`] |
//!
//! No async runtime is required, and none is preferred: futures here can be polled by any executor. A
//! plain thread waits with [`block_on`], or with the calls that begin with `blocking_`.
//!
//! # Message types
//!
//! Any type can be sent within a process. To cross to another one, derive [`MeshPayload`](derive@MeshPayload):
//!
//! ```
//! use futures::executor::block_on;
//! use mesh::MeshPayload;
//! use mesh::rpc::{Rpc, RpcSend};
//!
//! #[derive(MeshPayload)]
//! enum Request {
//!     Add(Rpc<(u32, u32), u32>),
//!     Stop(Rpc<(), ()>),
//! }
//!
//! let (tx, mut rx) = mesh::channel::<Request>();
//! let server = std::thread::spawn(move || block_on(async {
//!     while let Ok(request) = rx.recv().await {
//!         match request {
//!             Request::Add(rpc) => rpc.handle_sync(|(a, b)| a + b),
//!             Request::Stop(rpc) => {
//!                 rpc.complete(());
//!                 break;
//!             }
//!         }
//!     }
//! }));
//! block_on(async {
//!     assert_eq!(tx.call(Request::Add, (2, 3)).await?, 5);
//!     tx.call(Request::Stop, ()).await
//! })?;
//! server.join().unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! - `prost`: messages of the crate `prost` as payloads, in the wrapper `payload::Prost`, and as fields.
//!
//! # Layers
//!
//! [`payload`] is the codec, [`message`] and [`resource`] are what travels, [`local_node`] holds the untyped ports that channels
//! become when they leave the process.
//!
//! # Features
//!
//! `bytes`: `bytes::Bytes` can be part of a message. It is not copied when it arrives, but shares the memory of the message.

#![forbid(unsafe_code)]

pub use mesh_channel::{
    Cancel, CancelContext, CancelReason, Cancelled, Cell, CellUpdater, Deadline, OneshotReceiver,
    OneshotSender, Receiver, RecvError, Sender, TryRecvError, TrySendError, WeakSender, block_on,
    cell, channel, error, mpsc_channel, oneshot, pipe, rpc,
};
pub use mesh_derive::MeshPayload;
pub use mesh_node::error::{ChannelError, ChannelErrorKind};
pub use mesh_node::{
    Address, MeshPayload, Message, NodeId, OwnedMessage, PortId, Uuid, local_node, message,
    payload, resource,
};
