//! Frames from their pieces.
//!
//! What it keeps true: of a frame that is not complete it holds no more than the link's limits allow, and reserves no more
//! than what has arrived justifies; descriptors are handed out with their frame or dropped; a frame whose descriptors are
//! incomplete is handed out as such. It does no input, and is generic over what a descriptor is, so that it can be fed anything.

use crate::link::{DescriptorsLost, FrameLimits};
use crate::packet::{self, Header, Malformed, Part, Read, Total};
use std::ops::ControlFlow;

/// The most that is reserved for a frame on the word of its first piece; beyond it, as much again as has arrived.
const RESERVE_BYTES: usize = 1 << 20;

/// The largest memory of a frame that is kept for the next one.
const SPARE_BYTES: usize = 2 << 20;

/// What comes out.
#[derive(Debug)]
pub(crate) enum Delivery<'a, D> {
    /// A frame.
    Frame(&'a [u8], Vec<D>),
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
    bytes: Vec<u8>,
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

    fn deliver<'a>(self, bytes: &'a [u8]) -> Delivery<'a, D> {
        if self.arrived == self.announced {
            Delivery::Frame(bytes, self.list)
        } else {
            Delivery::Lost(
                bytes,
                DescriptorsLost {
                    announced: self.announced,
                    arrived: self.arrived,
                },
            )
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

    /// Takes a packet, and hands out each frame that it completes, until `deliver` breaks. `spare` is memory for frames in pieces, kept
    /// from one to the next: fresh memory costs more than what is copied into it.
    ///
    /// What stands before a malformed piece has been handed out when the error returns.
    pub(crate) fn packet(
        &mut self,
        mut bytes: &[u8],
        mut arrived: Arrived<D>,
        spare: &mut Vec<u8>,
        deliver: &mut dyn FnMut(Delivery<'_, D>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Malformed> {
        while !bytes.is_empty() {
            if self.ended {
                return Err(Malformed::AfterEnd);
            }
            match packet::read(bytes)? {
                Read::Piece(header, piece, rest) => {
                    bytes = rest;
                    let flow = self.piece(header, piece, &mut arrived, spare, deliver)?;
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
        spare: &mut Vec<u8>,
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
                let mut bytes = std::mem::take(spare);
                bytes.reserve_exact((total.bytes as usize).min(RESERVE_BYTES));
                self.partial = Some(Partial {
                    total,
                    bytes,
                    descriptors: Descriptors::NONE,
                });
            }
            Part::Middle | Part::Last => {}
        }
        let Some(partial) = &mut self.partial else {
            return Err(Malformed::Order);
        };
        partial.add(header, piece, arrived)?;
        if !header.part.completes() {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(partial) = self.partial.take() else {
            return Err(Malformed::Order);
        };
        if !partial.is_complete() {
            return Err(Malformed::FrameLength);
        }
        let Partial {
            mut bytes,
            descriptors,
            ..
        } = partial;
        let flow = deliver(descriptors.deliver(&bytes));
        if bytes.capacity() <= SPARE_BYTES {
            bytes.clear();
            *spare = bytes;
        }
        Ok(flow)
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
        if self.bytes.len() + piece.len() > self.total.bytes as usize
            || announced > usize::from(self.total.descriptors)
        {
            return Err(Malformed::FrameLength);
        }
        self.descriptors.take(header.descriptors, arrived)?;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.bytes.len() == self.total.bytes as usize
            && self.descriptors.announced == usize::from(self.total.descriptors)
    }
}

#[cfg(test)]
mod tests;
