//! Oneshot channels: one sender, one receiver, one value.
//!
//! # The parts
//!
//! - `slot`: the place of the value, with its state in one atomic word. It holds all `unsafe` there is.
//! - `link`: what stands beside it when one of the ends has left the process, behind a lock that is otherwise never taken.
//! - `remote`: both ends as parts of messages; the only place where `T` has a bound.
//! - `sender`, `receiver`: the handles.
//!
//! # What is kept true
//!
//! - The value is received once or dropped once, never under a lock, however often the ends move and whoever goes first.
//! - Nobody who waits is left waiting: either end hears when the other one goes.

mod link;
mod receiver;
mod remote;
mod sender;
mod slot;

pub use receiver::OneshotReceiver;
pub use sender::{OneshotClosed, OneshotSender};

/// Creates a unidirectional channel for sending a single value of type `T`.
///
/// It is lighter than a [`channel`](crate::channel()): one allocation, no queue, no lock. Any type can be sent within one
/// process; if the ends are to travel to other processes, `T` must be a
/// [`MeshPayload`](mesh_node::message::MeshPayload).
///
/// ```
/// # futures_executor::block_on(async {
/// let (tx, rx) = mesh_channel::oneshot();
/// tx.send(5);
/// assert_eq!(rx.await.unwrap(), 5);
/// # });
/// ```
#[inline]
pub fn oneshot<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    let (tx, rx) = slot::slot(link::Links::new());
    (OneshotSender::new(tx), OneshotReceiver::new(rx))
}
