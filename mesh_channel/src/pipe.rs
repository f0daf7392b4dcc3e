//! Implementation of a unidirectional byte stream pipe over mesh.
//!
//! [`pipe()`] makes a [`ReadPipe`] and a [`WritePipe`]: `AsyncRead` and `AsyncWrite` of the `futures` crate, with a bounded
//! buffer between them, for console output and other streams of bytes. Either half can be sent in a message, at any time
//! and any number of times.
//!
//! # What is kept true
//!
//! - The reader gets the bytes that were written, in order, none lost and none repeated, wherever the halves are and
//!   however often they moved meanwhile.
//! - No more than the pipe's capacity is written and not yet read: in the buffer, on the way, or both. A writer that found
//!   no room is woken when at least half of it is free again, so that it does not run for every byte.
//! - A writer that was closed or dropped is the end of the stream, after all data. A writer that was lost is an error, after
//!   the data that did arrive: never a quiet end.
//!
//! # How it works
//!
//! While both halves are in one process they share a ring buffer: no allocation for a write, no message. When one of them
//! leaves, a port takes the place of the ring: the reader takes what lies in the buffer along, the writer sends each write
//! as one chunk, and the reader grants room in absolute byte counts of the stream, which are the same whoever moves.
//!
//! | message | direction | content |
//! |---|---|---|
//! | chunk | writer to reader | `bytes`, field 1; an empty one is ignored |
//! | credit | reader to writer | `uint64`, field 1: how many bytes of the stream may be written in all |
//!
//! A chunk beyond what was granted, and a credit that shrinks or exceeds the capacity, fail the pipe at both ends.
//!
//! # Locks
//!
//! One, around the state that the halves share. Bytes are copied under it; wakers and ports are only used outside of it.
//!
//! # Examples
//!
//! ```
//! use futures::{AsyncReadExt, AsyncWriteExt};
//!
//! # futures_executor::block_on(async {
//! let (mut reader, mut writer) = mesh_channel::pipe();
//! writer.write_all(b"hello, console\n").await?;
//! drop(writer);
//! let mut text = String::new();
//! reader.read_to_string(&mut text).await?;
//! assert_eq!(text, "hello, console\n");
//! # std::io::Result::Ok(()) }).unwrap();
//! ```

mod read;
mod state;
mod wire;
mod write;

pub use read::ReadPipe;
pub use write::WritePipe;

use state::Shared;
use std::sync::Arc;

/// The capacity in bytes of a pipe that was not given one.
pub const DEFAULT_CAPACITY: usize = 64 << 10;

/// The largest capacity in bytes that a pipe can have: what a peer can make the reader's process hold.
pub const MAX_CAPACITY: usize = 16 << 20;

/// Creates a pipe of [`DEFAULT_CAPACITY`].
///
/// # Examples
///
/// ```
/// use futures::{AsyncReadExt, AsyncWriteExt};
///
/// # futures_executor::block_on(async {
/// let (mut reader, mut writer) = mesh_channel::pipe();
/// writer.write_all(b"ping").await?;
/// let mut bytes = [0; 4];
/// reader.read_exact(&mut bytes).await?;
/// assert_eq!(&bytes, b"ping");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn pipe() -> (ReadPipe, WritePipe) {
    pipe_with_capacity(DEFAULT_CAPACITY)
}

/// Creates a pipe that holds up to `capacity` bytes: at least 1, at most [`MAX_CAPACITY`].
///
/// The memory is taken as it is needed.
///
/// # Examples
///
/// ```
/// use futures::{AsyncWriteExt, FutureExt};
///
/// let (reader, mut writer) = mesh_channel::pipe::pipe_with_capacity(4);
/// // Four bytes fit; the fifth waits for the reader.
/// assert_eq!(writer.write(b"hello").now_or_never().unwrap().unwrap(), 4);
/// assert!(writer.write(b"o").now_or_never().is_none());
/// # drop(reader);
/// ```
pub fn pipe_with_capacity(capacity: usize) -> (ReadPipe, WritePipe) {
    let shared = Arc::new(Shared::together(capacity.clamp(1, MAX_CAPACITY)));
    (
        ReadPipe::new(shared.clone(), None),
        WritePipe::new(shared, None),
    )
}
