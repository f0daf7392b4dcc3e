//! Channels: many senders, one receiver, unbounded.
//!
//! # The parts
//!
//! - `list`: the queue, on `block`, its memory. These two hold all `unsafe` there is. Senders exclude each other for the time of one
//!   move of a value; the receiver takes no lock to receive.
//! - `control`: what a channel has beside its queue, made when it is needed, behind a lock that sending and receiving do not take.
//! - `routing`: what a sender does when the receiver has gone elsewhere, and joining one channel to another.
//! - `remote`: ports that bring messages and ports that take them, and both ends as parts of messages. This is the only
//!   place where `T` has a bound; it leaves function pointers behind for the others.
//! - `sender`, `receiver`, `weak`: the handles; `closed`, `recv`: their futures.
//!
//! # What is kept true
//!
//! - What one sender handle sends arrives in order, each message once, wherever the receiver is and however often it moves:
//!   a queue is sealed before it moves, and what is sent meanwhile waits until it has arrived.
//! - Every value is dropped exactly once, and never under a lock; nor is a waker cloned, woken or dropped under one.
//! - Receiving fails only when no sender is left, or the receiver itself has closed the channel.
//! - The queue is first in, first out for all senders together: none is overtaken by what others send later. A port that brings
//!   messages pauses after a batch, so that several take turns.
//! - `send` never blocks on the receiver. The queue is unbounded.

mod block;
mod closed;
mod control;
mod list;
mod receiver;
mod recv;
mod remote;
mod routing;
mod sender;
mod weak;

pub use closed::Closed;
pub use receiver::Receiver;
pub use recv::{BlockingIter, Recv, RecvMany, TryIter};
pub use sender::Sender;
pub use weak::WeakSender;

/// Creates a new channel for sending messages of type `T`, returning the sender and receiver ends.
///
/// Any type can be sent within one process. If the channel's ends, or what is sent on it, are to travel to other processes,
/// `T` must be a [`MeshPayload`](mesh_node::message::MeshPayload).
///
/// The sender can be cloned. The queue is unbounded: use replies, a pipe or the like to slow down a producer.
///
/// ```
/// let (tx, mut rx) = mesh_channel::channel();
/// tx.send("hello".to_string());
/// drop(tx);
/// futures_executor::block_on(async {
///     assert_eq!(rx.recv().await.unwrap(), "hello");
///     assert!(matches!(rx.recv().await, Err(mesh_channel::RecvError::Closed)));
/// });
/// ```
#[inline]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (producer, consumer) = list::queue(control::Control::new());
    (Sender::new(producer), Receiver::new(consumer))
}

/// [`channel`] under its explicit name: many senders, one receiver.
///
/// ```
/// let (tx, mut rx) = mesh_channel::mpsc_channel();
/// tx.clone().send(1);
/// assert_eq!(rx.try_recv().unwrap(), 1);
/// ```
#[inline]
pub fn mpsc_channel<T>() -> (Sender<T>, Receiver<T>) {
    channel()
}
