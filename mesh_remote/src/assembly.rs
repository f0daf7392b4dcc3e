//! Frames from their pieces.
//!
//! What it keeps true: of a frame that is not complete it holds no more than the link's limits allow, and reserves no more
//! than what has arrived justifies, of which large frames keep at least half; descriptors are handed out with their frame or dropped; a frame whose descriptors are
//! incomplete is handed out as such. It does no input, and is generic over what a descriptor is, so that it can be fed anything.

use crate::link::{Chunk, DescriptorsLost, FrameLimits};
use crate::packet::{self, Header, Malformed, PACKET_BYTES, PIECE_BYTES, Part, Read, Total};
use mesh_node::spare;
use std::ops::ControlFlow;

/// The most that is reserved for a frame on the word of its first piece: a MiB, and what stands around it in a message. Beyond it, as
/// much again as has arrived.
const RESERVE_BYTES: usize = (1 << 20) + (4 << 10);

/// Up to this length a frame that came in one packet is copied by who keeps it; a longer one may keep the memory of the packet.
const COPIED_BYTES: usize = PACKET_BYTES / 2;

/// What comes out.
#[derive(Debug)]
pub(crate) enum Delivery<'a, D> {
    /// A frame.
    Frame(&'a [u8], Vec<D>),
    /// A frame in memory of its own.
    Large(Chunk, Vec<D>),
    /// A frame without its descriptors.
    Lost(&'a [u8], DescriptorsLost),
    /// The farewell: nothing follows.
    End,
}

/// Puts the frames of one direction of a link together.
#[derive(Debug)]
pub(crate) struct Assembly<D> {
    limits: FrameLimits,
    partial: Option<Partial<D>>,
    ended: bool,
}

/// A frame of which a piece is missing.
#[derive(Debug)]
struct Partial<D> {
    total: Total,
    /// The bytes that have arrived, and room for more of them.
    memory: Vec<u8>,
    filled: usize,
    descriptors: Descriptors<D>,
}

/// The descriptors of a frame so far.
#[derive(Debug)]
struct Descriptors<D> {
    list: Vec<D>,
    announced: usize,
    arrived: usize,
}

impl<D> Descriptors<D> {
    const NONE: Self = Self {
        list: Vec::new(),
        announced: 0,
        arrived: 0,
    };

    /// Takes those of a piece. A list that is incomplete is dropped at once, for the table is full.
    fn take(&mut self, count: u8, from: &mut Arrived<D>) -> Result<(), Malformed> {
        let count = usize::from(count);
        if count == 0 {
            return Ok(());
        }
        let before = self.list.len();
        self.list.extend(from.list.by_ref().take(count));
        let arrived = self.list.len() - before;
        if arrived < count && !from.cut_off {
            return Err(Malformed::DescriptorsMissing);
        }
        self.announced += count;
        self.arrived += arrived;
        if self.arrived < self.announced {
            self.list.clear();
        }
        Ok(())
    }

    fn lost(&self) -> Option<DescriptorsLost> {
        (self.arrived < self.announced).then_some(DescriptorsLost {
            announced: self.announced,
            arrived: self.arrived,
        })
    }

    fn deliver(self, bytes: &[u8]) -> Delivery<'_, D> {
        match self.lost() {
            None => Delivery::Frame(bytes, self.list),
            Some(lost) => Delivery::Lost(bytes, lost),
        }
    }
}

/// The descriptors that came with a packet.
#[derive(Debug)]
pub(crate) struct Arrived<D> {
    /// In order.
    pub(crate) list: std::vec::IntoIter<D>,
    /// Whether the kernel says that it had no room for more.
    pub(crate) cut_off: bool,
}

impl<D> Arrived<D> {
    /// None, as on a link that carries none.
    pub(crate) fn none() -> Self {
        Self {
            list: Vec::new().into_iter(),
            cut_off: false,
        }
    }
}

impl<D> Assembly<D> {
    pub(crate) fn new(limits: FrameLimits) -> Self {
        Self {
            limits,
            partial: None,
            ended: false,
        }
    }

    /// Takes a packet, and hands out each frame that it completes, until `deliver` breaks.
    ///
    /// What stands before a malformed piece has been handed out when the error returns.
    pub(crate) fn packet(
        &mut self,
        mut bytes: &[u8],
        mut arrived: Arrived<D>,
        deliver: &mut dyn FnMut(Delivery<'_, D>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Malformed> {
        while !bytes.is_empty() {
            if self.ended {
                return Err(Malformed::AfterEnd);
            }
            match packet::read(bytes)? {
                Read::Piece(header, piece, rest) => {
                    bytes = rest;
                    let flow = self.piece(header, piece, &mut arrived, deliver)?;
                    if flow.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Read::End(rest) => {
                    bytes = rest;
                    if self.partial.is_some() {
                        return Err(Malformed::Order);
                    }
                    self.ended = true;
                }
                Read::Partial => return Err(Malformed::Truncated),
            }
        }
        if arrived.list.next().is_some() {
            return Err(Malformed::DescriptorsUnannounced);
        }
        if self.ended {
            return Ok(deliver(Delivery::End));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn piece(
        &mut self,
        header: Header,
        piece: &[u8],
        arrived: &mut Arrived<D>,
        deliver: &mut dyn FnMut(Delivery<'_, D>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Malformed> {
        if header.part.begins() != self.partial.is_none() {
            return Err(Malformed::Order);
        }
        match header.part {
            Part::Whole => {
                self.admit(piece.len(), usize::from(header.descriptors))?;
                let mut descriptors = Descriptors::NONE;
                descriptors.take(header.descriptors, arrived)?;
                return Ok(deliver(descriptors.deliver(piece)));
            }
            Part::First(total) => {
                self.admit(total.bytes as usize, usize::from(total.descriptors))?;
                self.partial = Some(Partial {
                    total,
                    memory: spare::take_filled((total.bytes as usize).min(RESERVE_BYTES)),
                    filled: 0,
                    descriptors: Descriptors::NONE,
                });
            }
            Part::Middle | Part::Last => {}
        }
        let Some(partial) = &mut self.partial else {
            return Err(Malformed::Order);
        };
        partial.add(header, piece, arrived)?;
        self.go_on(header.part, deliver)
    }

    /// After a piece of a frame that is in several.
    fn go_on(
        &mut self,
        part: Part,
        deliver: &mut dyn FnMut(Delivery<'_, D>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Malformed> {
        if !part.completes() {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(partial) = self.partial.take() else {
            return Err(Malformed::Order);
        };
        if !partial.is_complete() {
            return Err(Malformed::FrameLength);
        }
        let Partial {
            mut memory,
            filled,
            descriptors,
            ..
        } = partial;
        memory.truncate(filled);
        if let Some(lost) = descriptors.lost() {
            return Ok(deliver(Delivery::Lost(&memory, lost)));
        }
        let frame = Delivery::Large(memory.into(), descriptors.list);
        Ok(deliver(frame))
    }

    /// As [`packet`](Self::packet), in memory that a large frame may keep, in place of which there is other memory then.
    pub(crate) fn packet_in(
        &mut self,
        memory: &mut Vec<u8>,
        length: usize,
        mut arrived: Arrived<D>,
        deliver: &mut dyn FnMut(Delivery<'_, D>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Malformed> {
        let packet = memory.get(..length).unwrap_or_default();
        let (header, start) = match packet::read(packet)? {
            Read::Piece(header, piece, [])
                if header.part == Part::Whole && piece.len() > COPIED_BYTES =>
            {
                (header, length - piece.len())
            }
            _ => return self.packet(packet, arrived, deliver),
        };
        if self.ended {
            return Err(Malformed::AfterEnd);
        }
        if self.partial.is_some() {
            return Err(Malformed::Order);
        }
        self.admit(header.length, usize::from(header.descriptors))?;
        let mut descriptors = Descriptors::NONE;
        descriptors.take(header.descriptors, &mut arrived)?;
        let flow = match descriptors.lost() {
            Some(lost) => deliver(Delivery::Lost(
                packet.get(start..).unwrap_or_default(),
                lost,
            )),
            None => {
                let fresh = spare::take_filled(memory.len());
                let mut kept = std::mem::replace(memory, fresh);
                kept.truncate(length);
                let frame = Delivery::Large(Chunk::behind(kept, start), descriptors.list);
                deliver(frame)
            }
        };
        if flow.is_continue() && arrived.list.next().is_some() {
            return Err(Malformed::DescriptorsUnannounced);
        }
        Ok(flow)
    }

    /// Where the next piece of a frame of which one is missing goes, without its header.
    pub(crate) fn room(&mut self) -> Option<&mut [u8]> {
        let Partial {
            total,
            memory,
            filled,
            ..
        } = self.partial.as_mut()?;
        let total = total.bytes as usize;
        if *filled == memory.len() {
            memory.resize(total.min(filled.saturating_mul(2)), 0);
        }
        let end = memory.len().min(*filled + PIECE_BYTES);
        memory.get_mut(*filled..end).filter(|room| !room.is_empty())
    }

    /// The [room](Self::room) was filled by all of a piece, whose header was this.
    pub(crate) fn filled(
        &mut self,
        header: Header,
        deliver: &mut dyn FnMut(Delivery<'_, D>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Malformed> {
        let Some(partial) = &mut self.partial else {
            return Err(Malformed::Order);
        };
        partial.filled += header.length;
        self.go_on(header.part, deliver)
    }

    fn admit(&self, bytes: usize, descriptors: usize) -> Result<(), Malformed> {
        let within = bytes <= self.limits.bytes as usize
            && descriptors <= usize::from(self.limits.descriptors);
        if within {
            Ok(())
        } else {
            Err(Malformed::Limit)
        }
    }
}

impl<D> Partial<D> {
    fn add(
        &mut self,
        header: Header,
        piece: &[u8],
        arrived: &mut Arrived<D>,
    ) -> Result<(), Malformed> {
        if piece.is_empty() && header.descriptors == 0 {
            return Err(Malformed::FrameLength);
        }
        let announced = self.descriptors.announced + usize::from(header.descriptors);
        let end = self.filled + piece.len();
        if end > self.total.bytes as usize || announced > usize::from(self.total.descriptors) {
            return Err(Malformed::FrameLength);
        }
        self.descriptors.take(header.descriptors, arrived)?;
        if end > self.memory.len() {
            let twice = self.filled.saturating_mul(2);
            let length = twice.clamp(end, self.total.bytes as usize);
            self.memory.resize(length, 0);
        }
        if let Some(room) = self.memory.get_mut(self.filled..end) {
            room.copy_from_slice(piece);
        }
        self.filled = end;
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.filled == self.total.bytes as usize
            && self.descriptors.announced == usize::from(self.total.descriptors)
    }
}

#[cfg(test)]
mod tests;
