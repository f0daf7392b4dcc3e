//! What the halves of a pipe share, or what one half has to itself once the other has left the process.
//!
//! | place | here are | the buffer holds | `limit` |
//! |---|---|---|---|
//! | `Together` | both | what was written and not read | not used: the buffer's own length bounds it |
//! | `WriterAway` | the reader | what arrived and was not read | what was granted to the writer |
//! | `ReaderAway` | the writer | nothing | what the reader granted |
//! | `Left` | neither | nothing | – |
//!
//! A half leaves `Together` by being sent, which puts the other half behind a port; the other half can then be sent as well,
//! which ends this state's life: from there on the port's messages are refused, so that they follow the half.
//!
//! The functions of [`State`] run under the lock and only compute; what has to be done outside comes back as an [`Effect`]
//! or is taken out by the caller.

use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::AttachedPort;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::task::{Context, Poll, Waker};

/// A chunk of at least this many bytes becomes the empty buffer; a smaller one is copied into the memory there is.
const ADOPT_FROM: usize = 4 << 10;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) place: Place,
    pub(super) capacity: usize,
    pub(super) buffer: VecDeque<u8>,
    /// How many bytes of the stream have been written, as far as this state knows: for a reader, how many arrived.
    pub(super) written: u64,
    /// How many bytes of the stream may be written.
    pub(super) limit: u64,
    /// How the writer ended, for the reader, once the buffer is empty.
    pub(super) writer_end: Option<End>,
    /// How the reader ended, for the writer.
    pub(super) reader_end: Option<End>,
    /// The remaining half's port, until that half fetches it.
    pub(super) port: Option<AttachedPort>,
    pub(super) reader_waker: Option<Waker>,
    pub(super) writer_waker: Option<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Together,
    WriterAway,
    ReaderAway,
    Left,
}

/// How the other half ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    Closed,
    Lost(ChannelError),
}

/// What is to be done after unlocking.
#[derive(Debug)]
pub(super) enum Effect {
    Nothing,
    Wake(Waker),
    /// Tell the writer that it may write so many bytes of the stream.
    Grant(u64),
    /// Send the first so many bytes of what was to be written.
    Send(usize),
}

impl Shared {
    pub(super) fn together(capacity: usize) -> Self {
        Self::new(Place::Together, capacity, 0, 0, VecDeque::new())
    }

    pub(super) fn new(
        place: Place,
        capacity: usize,
        written: u64,
        limit: u64,
        buffer: VecDeque<u8>,
    ) -> Self {
        Self {
            state: Mutex::new(State {
                place,
                capacity,
                buffer,
                written,
                limit,
                writer_end: None,
                reader_end: None,
                port: None,
                reader_waker: None,
                writer_waker: None,
            }),
        }
    }

    /// Runs `attempt` until it has a result; registers the task in the slot that `waker` names if it has none.
    ///
    /// The waker is cloned, and the one it replaces dropped, without the lock; so the attempt is repeated in between.
    pub(super) fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        slot: fn(&mut State) -> &mut Option<Waker>,
        mut attempt: impl FnMut(&mut State) -> Option<R>,
    ) -> Poll<R> {
        let mut waker = None;
        loop {
            let mut state = self.state.lock();
            if let Some(result) = attempt(&mut state) {
                return Poll::Ready(result);
            }
            let registered = slot(&mut state);
            if registered
                .as_ref()
                .is_some_and(|registered| registered.will_wake(cx.waker()))
            {
                return Poll::Pending;
            }
            if waker.is_some() {
                let stale = std::mem::replace(registered, waker);
                drop(state);
                drop(stale);
                return Poll::Pending;
            }
            drop(state);
            waker = Some(cx.waker().clone());
        }
    }
}

impl State {
    /// How many bytes of the stream have been read; only for a state that the reader is in.
    pub(super) fn read(&self) -> u64 {
        self.written - self.buffer.len() as u64
    }

    /// Moves bytes from the buffer to `bufs`. `None` if there is nothing yet.
    pub(super) fn take(
        &mut self,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Option<(Result<usize, End>, Effect)> {
        if self.buffer.is_empty() {
            let end = match self.writer_end.clone()? {
                End::Closed => Ok(0),
                lost => Err(lost),
            };
            return Some((end, Effect::Nothing));
        }
        let mut taken = 0;
        for buf in bufs {
            let n = copy_out(&mut self.buffer, buf);
            taken += n;
            if self.buffer.is_empty() {
                break;
            }
        }
        Some((Ok(taken), self.make_room()))
    }

    /// After bytes were read: tells the writer, if so much is free that it is worth it.
    fn make_room(&mut self) -> Effect {
        let half = self.capacity.div_ceil(2);
        match self.place {
            Place::Together if self.capacity - self.buffer.len() >= half => self
                .writer_waker
                .take()
                .map_or(Effect::Nothing, Effect::Wake),
            Place::WriterAway if self.writer_end.is_none() => {
                let limit = self.read().saturating_add(self.capacity as u64);
                if limit.saturating_sub(self.limit) < half as u64 {
                    return Effect::Nothing;
                }
                self.limit = limit;
                Effect::Grant(limit)
            }
            _ => Effect::Nothing,
        }
    }

    /// Takes bytes from `bufs`: into the buffer, or by asking for them to be sent. `None` if there is no room yet.
    pub(super) fn put(&mut self, bufs: &[IoSlice<'_>]) -> Option<(Result<usize, End>, Effect)> {
        if let Some(end) = &self.reader_end {
            return Some((Err(end.clone()), Effect::Nothing));
        }
        let total = bufs
            .iter()
            .map(|buf| buf.len())
            .fold(0, usize::saturating_add);
        if self.place == Place::ReaderAway {
            let room =
                usize::try_from(self.limit.saturating_sub(self.written)).unwrap_or(usize::MAX);
            let n = room.min(total);
            self.written += n as u64;
            return (n > 0).then_some((Ok(n), Effect::Send(n)));
        }
        let n = (self.capacity - self.buffer.len()).min(total);
        if n == 0 {
            return None;
        }
        self.reserve(n);
        let mut left = n;
        for buf in bufs {
            let part = &buf[..buf.len().min(left)];
            self.buffer.extend(part);
            left -= part.len();
        }
        self.written += n as u64;
        let effect = self
            .reader_waker
            .take()
            .map_or(Effect::Nothing, Effect::Wake);
        Some((Ok(n), effect))
    }

    /// Stores a chunk that arrived from a writer elsewhere.
    pub(super) fn arrived(&mut self, chunk: Vec<u8>) -> Result<Effect, ChannelError> {
        let room = self.limit.saturating_sub(self.written);
        let len = chunk.len() as u64;
        if len > room {
            let reason =
                format!("the writer of a pipe sent {len} bytes where it had been granted {room}");
            return Err(ChannelError::new(ChannelErrorKind::ProtocolBreach, reason));
        }
        if chunk.is_empty() {
            return Ok(Effect::Nothing);
        }
        self.written += len;
        if self.buffer.is_empty() && chunk.len() >= ADOPT_FROM {
            self.buffer = chunk.into();
        } else {
            self.reserve(chunk.len());
            self.buffer.extend(&chunk);
        }
        Ok(self
            .reader_waker
            .take()
            .map_or(Effect::Nothing, Effect::Wake))
    }

    /// Notes a grant that arrived from a reader elsewhere.
    pub(super) fn granted(&mut self, limit: u64) -> Result<Effect, ChannelError> {
        let most = self.written.saturating_add(self.capacity as u64);
        if limit < self.limit || limit > most {
            let reason = format!(
                "the reader of a pipe granted {limit} bytes, where {} to {most} are possible",
                self.limit
            );
            return Err(ChannelError::new(ChannelErrorKind::ProtocolBreach, reason));
        }
        self.limit = limit;
        Ok(self
            .writer_waker
            .take()
            .map_or(Effect::Nothing, Effect::Wake))
    }

    /// Grows the buffer by doubling, but never beyond the capacity.
    fn reserve(&mut self, additional: usize) {
        let needed = self.buffer.len() + additional;
        let present = self.buffer.capacity();
        if needed > present {
            let target = present.saturating_mul(2).min(self.capacity).max(needed);
            self.buffer.reserve_exact(target - self.buffer.len());
        }
    }
}

/// Moves as many bytes as fit; returns how many.
fn copy_out(buffer: &mut VecDeque<u8>, out: &mut [u8]) -> usize {
    let (front, back) = buffer.as_slices();
    let from_front = front.len().min(out.len());
    let (out_front, out_back) = out.split_at_mut(from_front);
    out_front.copy_from_slice(&front[..from_front]);
    let from_back = back.len().min(out_back.len());
    out_back[..from_back].copy_from_slice(&back[..from_back]);
    buffer.drain(..from_front + from_back);
    from_front + from_back
}

impl From<End> for io::Error {
    /// A half that was dropped is a broken pipe to the writer; to the reader it is no error.
    fn from(end: End) -> Self {
        match end {
            End::Closed => Self::new(io::ErrorKind::BrokenPipe, "the reader of the pipe is gone"),
            End::Lost(cause) => {
                let kind = match cause.kind() {
                    ChannelErrorKind::LinkLost => io::ErrorKind::ConnectionReset,
                    ChannelErrorKind::PeerFailed | ChannelErrorKind::ShutDown => {
                        io::ErrorKind::ConnectionAborted
                    }
                    ChannelErrorKind::Decode
                    | ChannelErrorKind::ProtocolBreach
                    | ChannelErrorKind::LimitExceeded => io::ErrorKind::InvalidData,
                    _ => io::ErrorKind::Other,
                };
                Self::new(kind, cause)
            }
        }
    }
}
