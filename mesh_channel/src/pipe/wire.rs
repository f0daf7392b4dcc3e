//! The halves of a pipe as they travel, and what their ports are told.
//!
//! A half travels as a port and the counters of the stream. The other half stays behind the port's peer; if there is no other
//! half any more, that peer has been dropped, or failed with the cause, and the port tells so where the half arrives. So
//! there is one form for a half in any condition.

use super::state::{Effect, End, Place, Shared, State};
use super::{MAX_CAPACITY, ReadPipe, WritePipe};
use mesh_node::error::ChannelError;
use mesh_node::local_node::{AttachedPort, Delivery, Port, PortHandler};
use mesh_node::{MeshPayload, Message, OwnedMessage};
use mesh_protobuf::DefaultEncoding;
use mesh_protobuf::encodings::Via;
use std::mem;
use std::sync::Arc;

/// A reader on its way.
#[derive(Debug, mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
pub struct ReadPipeWire {
    port: Port,
    capacity: u64,
    /// How many bytes of the stream had been read.
    read: u64,
    /// How many bytes of the stream the writer may write.
    limit: u64,
    /// What had arrived and not been read.
    buffered: Vec<u8>,
}

/// A writer on its way.
#[derive(Debug, mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
pub struct WritePipeWire {
    port: Port,
    capacity: u64,
    /// How many bytes of the stream had been written.
    written: u64,
    /// How many bytes of the stream may be written.
    limit: u64,
}

/// Counters that no half of a pipe has.
#[derive(Debug, thiserror::Error)]
#[error(
    "the counters of a pipe contradict each other, or its capacity is not one that a pipe can have"
)]
pub struct BadCounters;

impl DefaultEncoding for ReadPipe {
    type Encoding = Via<ReadPipeWire>;
}

impl DefaultEncoding for WritePipe {
    type Encoding = Via<WritePipeWire>;
}

impl From<ReadPipe> for ReadPipeWire {
    fn from(mut pipe: ReadPipe) -> Self {
        pipe.departed = true;
        // One end stays with a writer that is here, the other leaves; not needed if the writer is elsewhere.
        let (stays, leaves) = Port::new_pair();
        let stays = stays.attach(Arc::new(FromReader(pipe.shared.clone())));
        let mut state = pipe.shared.state.lock();
        let mut own_port = pipe.port.take();
        let mut unused = None;
        let mut writer = None;
        match state.place {
            Place::Together if state.writer_end.is_none() => {
                state.place = Place::ReaderAway;
                state.limit = state.read().saturating_add(state.capacity as u64);
                state.port = Some(stays);
                // It may have room that it was not woken for yet, and grants come from afar now.
                writer = state.writer_waker.take();
            }
            _ => {
                state.place = Place::Left;
                own_port = own_port.or_else(|| state.port.take());
                state.limit = state.limit.max(state.written);
                unused = Some(stays);
            }
        }
        let own_waker = state.reader_waker.take();
        let (capacity, read, limit) = (state.capacity as u64, state.read(), state.limit);
        let buffered = mem::take(&mut state.buffer);
        drop(state);
        drop((own_waker, unused));
        if let Some(writer) = writer {
            writer.wake();
        }
        Self {
            port: own_port.map_or(leaves, AttachedPort::detach),
            capacity,
            read,
            limit,
            buffered: buffered.into(),
        }
    }
}

impl TryFrom<ReadPipeWire> for ReadPipe {
    type Error = BadCounters;

    fn try_from(wire: ReadPipeWire) -> Result<Self, BadCounters> {
        let buffered = wire.buffered.len() as u64;
        let written = wire.read.checked_add(buffered).ok_or(BadCounters)?;
        let capacity = checked_capacity(wire.capacity)?;
        let outstanding = wire.limit.checked_sub(wire.read).ok_or(BadCounters)?;
        if written > wire.limit || outstanding > wire.capacity {
            return Err(BadCounters);
        }
        let buffer = wire.buffered.into();
        let shared = Shared::new(Place::WriterAway, capacity, written, wire.limit, buffer);
        let shared = Arc::new(shared);
        let port = wire.port.attach(Arc::new(FromWriter(shared.clone())));
        Ok(Self::new(shared, Some(port)))
    }
}

impl From<WritePipe> for WritePipeWire {
    fn from(mut pipe: WritePipe) -> Self {
        // One end stays with a reader that is here, the other leaves; not needed if the reader is elsewhere.
        let (stays, leaves) = Port::new_pair();
        let stays = stays.attach(Arc::new(FromWriter(pipe.shared.clone())));
        let mut state = pipe.shared.state.lock();
        let mut own_port = None;
        let mut unused = None;
        match state.place {
            _ if pipe.closed => unused = Some(stays),
            Place::Together if state.reader_end.is_none() => {
                state.place = Place::WriterAway;
                state.limit = state.read().saturating_add(state.capacity as u64);
                state.port = Some(stays);
            }
            _ => {
                state.place = Place::Left;
                own_port = pipe.port.take().or_else(|| state.port.take());
                unused = Some(stays);
            }
        }
        let own_waker = state.writer_waker.take();
        let (capacity, written) = (state.capacity as u64, state.written);
        let limit = state.limit.max(written);
        drop(state);
        drop((own_waker, unused));
        pipe.closed = true;
        Self {
            port: own_port.map_or(leaves, AttachedPort::detach),
            capacity,
            written,
            limit,
        }
    }
}

impl TryFrom<WritePipeWire> for WritePipe {
    type Error = BadCounters;

    fn try_from(wire: WritePipeWire) -> Result<Self, BadCounters> {
        let capacity = checked_capacity(wire.capacity)?;
        let room = wire.limit.checked_sub(wire.written).ok_or(BadCounters)?;
        if room > wire.capacity {
            return Err(BadCounters);
        }
        let (written, limit) = (wire.written, wire.limit);
        let shared = Shared::new(Place::ReaderAway, capacity, written, limit, [].into());
        let shared = Arc::new(shared);
        let port = wire.port.attach(Arc::new(FromReader(shared.clone())));
        Ok(Self::new(shared, Some(port)))
    }
}

fn checked_capacity(capacity: u64) -> Result<usize, BadCounters> {
    usize::try_from(capacity)
        .ok()
        .filter(|capacity| (1..=MAX_CAPACITY).contains(capacity))
        .ok_or(BadCounters)
}

/// What a reader's port is told.
struct FromWriter(Arc<Shared>);

impl PortHandler for FromWriter {
    fn message(&self, message: Message<'_>) -> Delivery {
        match message.parse() {
            Ok(chunk) => deliver(&self.0, Place::WriterAway, chunk, State::arrived),
            Err(error) => Delivery::Failed(error.into()),
        }
    }

    fn closed(&self) {
        self.0.writer_ended(End::Closed);
    }

    fn failed(&self, error: ChannelError) {
        self.0.writer_ended(End::Lost(error));
    }
}

/// What a writer's port is told.
struct FromReader(Arc<Shared>);

impl PortHandler for FromReader {
    fn message(&self, message: Message<'_>) -> Delivery {
        match message.parse() {
            Ok(limit) => deliver(&self.0, Place::ReaderAway, limit, State::granted),
            Err(error) => Delivery::Failed(error.into()),
        }
    }

    fn closed(&self) {
        self.0.reader_ended(End::Closed);
    }

    fn failed(&self, error: ChannelError) {
        self.0.reader_ended(End::Lost(error));
    }
}

/// Hands a message to the half that is at `place`, or back to the port if that half has left.
fn deliver<M: MeshPayload>(
    shared: &Shared,
    place: Place,
    message: M,
    apply: fn(&mut State, M) -> Result<Effect, ChannelError>,
) -> Delivery {
    let result = {
        let mut state = shared.state.lock();
        if state.place != place {
            drop(state);
            return Delivery::Refused(OwnedMessage::new(message));
        }
        apply(&mut state, message)
    };
    match result {
        Ok(effect) => {
            if let Effect::Wake(waker) = effect {
                waker.wake();
            }
            Delivery::Taken
        }
        Err(error) => Delivery::Failed(error),
    }
}

impl Shared {
    fn writer_ended(&self, end: End) {
        let reader = {
            let mut state = self.state.lock();
            if state.place != Place::WriterAway || state.writer_end.is_some() {
                return;
            }
            state.writer_end = Some(end);
            state.reader_waker.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn reader_ended(&self, end: End) {
        let writer = {
            let mut state = self.state.lock();
            if state.place != Place::ReaderAway || state.reader_end.is_some() {
                return;
            }
            state.reader_end = Some(end);
            state.writer_waker.take()
        };
        if let Some(writer) = writer {
            writer.wake();
        }
    }
}
