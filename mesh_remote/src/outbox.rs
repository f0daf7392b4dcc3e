//! Frames that wait to go out.
//!
//! Small frames are packed behind one another into packets as they come, so that what queued up goes out in few system calls;
//! a large one keeps its buffer and is cut into pieces as it is written. The queue has no bound of its own; its size is known.
//!
//! One writer at a time takes the first item out, writes it without holding the lock that guards the queue, and puts it back if
//! the transport took only a part. What it keeps true: order, and that each piece fits a packet.

use crate::frame::Frame;
use crate::packet::{
    END_BYTES, HEADER_BYTES, Header, HeaderBytes, PACKET_BYTES, PACKET_DESCRIPTORS, Part, Total,
};
use mesh_node::spare;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::os::fd::OwnedFd;

/// Up to here a frame is copied into a packet with others; beyond, copying costs more than a system call.
const SMALL_BYTES: usize = 16 << 10;

/// What waits.
#[derive(Debug)]
pub(crate) struct Outbox {
    items: VecDeque<Outgoing<'static>>,
    bytes: usize,
    packet_bytes: usize,
    /// The buffer of the last packet written, to be used again.
    spare: Vec<u8>,
}

/// What a writer writes: some packets.
#[derive(Debug)]
pub(crate) enum Outgoing<'a> {
    /// One packet of whole frames.
    Packed(Packed),
    /// A frame with a packet, or several, to itself.
    Split(Split<'a>),
}

/// Several frames in one packet, with their headers.
#[derive(Debug)]
pub(crate) struct Packed {
    bytes: Vec<u8>,
    descriptors: Vec<OwnedFd>,
    written: bool,
}

/// A frame that is cut into pieces.
#[derive(Debug)]
pub(crate) struct Split<'a> {
    frame: Frame<'a>,
    packet_bytes: usize,
    bytes_done: usize,
    descriptors_done: usize,
    finished: bool,
}

/// A packet to write: the concatenation of its parts, with the descriptors.
#[derive(Debug)]
pub(crate) struct Packet<'a> {
    header: Option<HeaderBytes>,
    bytes: [&'a [u8]; 2],
    pub(crate) descriptors: &'a [OwnedFd],
}

impl Packet<'_> {
    /// Its parts, of which any may be empty.
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        let [head, tail] = self.bytes;
        let header = self.header.as_ref().map_or(&[][..], |h| h.as_slice());
        [header, head, tail]
    }

    /// How long it is.
    pub(crate) fn length(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }
}

impl Outbox {
    /// A queue for packets of at most this many bytes.
    pub(crate) fn new(packet_bytes: usize) -> Self {
        Self {
            items: VecDeque::new(),
            bytes: 0,
            packet_bytes: packet_bytes.clamp(2 * HEADER_BYTES, PACKET_BYTES),
            spare: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Bytes that wait, headers of small frames included, and of an item that a writer has out all that it had.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a frame would be packed with others. If not, its bytes had better be owned, for otherwise they are copied.
    pub(crate) fn packs(&self, frame: &Frame<'_>) -> bool {
        frame.byte_count().saturating_add(HEADER_BYTES) <= self.packet_bytes.min(SMALL_BYTES)
            && frame.descriptors.len() <= PACKET_DESCRIPTORS
    }

    /// Puts a frame behind the others.
    pub(crate) fn push(&mut self, frame: Frame<'_>) {
        if !self.packs(&frame) {
            let split = Split::new(frame.into_owned(), self.packet_bytes);
            self.bytes += split.frame.byte_count();
            self.items.push_back(Outgoing::Split(split));
            return;
        }
        let packet_bytes = self.packet_bytes;
        let (length, count) = (frame.byte_count(), frame.descriptors.len());
        let packed = match self.items.back_mut() {
            Some(Outgoing::Packed(packed)) if packed.has_room(length, count, packet_bytes) => {
                packed
            }
            _ => self.begin_packet(),
        };
        let before = packed.bytes.len();
        packed.add(frame);
        self.bytes += packed.bytes.len() - before;
    }

    /// Puts the farewell behind everything.
    pub(crate) fn push_end(&mut self) {
        let packet_bytes = self.packet_bytes;
        let packed = match self.items.back_mut() {
            Some(Outgoing::Packed(packed)) if packed.has_room(0, 0, packet_bytes) => packed,
            _ => self.begin_packet(),
        };
        packed.bytes.extend_from_slice(&END_BYTES);
        self.bytes += END_BYTES.len();
    }

    fn begin_packet(&mut self) -> &mut Packed {
        let fresh = Outgoing::Packed(Packed {
            bytes: std::mem::take(&mut self.spare),
            descriptors: Vec::new(),
            written: false,
        });
        self.items.push_back(fresh);
        match self.items.back_mut() {
            Some(Outgoing::Packed(packed)) => packed,
            _ => unreachable!("it was just pushed"),
        }
    }

    /// Takes the first item out, to write it.
    pub(crate) fn take(&mut self) -> Option<Outgoing<'static>> {
        self.items.pop_front()
    }

    /// Puts an item that was taken out, and not wholly written, back to the front.
    pub(crate) fn put_back(&mut self, item: Outgoing<'static>) {
        self.items.push_front(item);
    }

    /// Puts a frame, which was tried without queueing it, before the others.
    pub(crate) fn put_first(&mut self, split: Split<'static>) {
        self.bytes += split.frame.byte_count();
        self.items.push_front(Outgoing::Split(split));
    }

    /// Accounts for an item that was taken out and written, and keeps its buffer if it is of use. What is left of it is to be
    /// dropped without the lock, for that closes descriptors.
    pub(crate) fn written(&mut self, item: &mut Outgoing<'static>) {
        self.bytes = self.bytes.saturating_sub(item.bytes());
        if let Outgoing::Packed(packed) = item {
            if self.spare.capacity() == 0 {
                self.spare = std::mem::take(&mut packed.bytes);
                self.spare.clear();
            }
        }
    }

    /// Takes everything out, to be dropped; nothing will be written any more.
    pub(crate) fn clear(&mut self) -> VecDeque<Outgoing<'static>> {
        self.bytes = 0;
        std::mem::take(&mut self.items)
    }

    /// The packet size that pieces are cut to.
    pub(crate) fn packet_bytes(&self) -> usize {
        self.packet_bytes
    }
}

impl Packed {
    fn has_room(&self, bytes: usize, descriptors: usize, packet_bytes: usize) -> bool {
        self.bytes.len() + HEADER_BYTES + bytes <= packet_bytes
            && self.descriptors.len() + descriptors <= PACKET_DESCRIPTORS
    }

    fn add(&mut self, frame: Frame<'_>) {
        let header = Header {
            length: frame.byte_count(),
            descriptors: frame.descriptors.len() as u8,
            part: Part::Whole,
        };
        self.bytes.extend_from_slice(header.write().as_slice());
        self.bytes.extend_from_slice(&frame.bytes);
        self.bytes.extend_from_slice(&frame.tail);
        self.descriptors.extend(frame.descriptors);
        if let Cow::Owned(bytes) = frame.bytes {
            spare::give(bytes);
        }
    }
}

impl<'a> Split<'a> {
    /// It has been written: its memory may serve another message. To be called without a lock, for it closes descriptors.
    pub(crate) fn recycle(self) {
        spare::give(self.frame.tail);
        if let Cow::Owned(bytes) = self.frame.bytes {
            spare::give(bytes);
        }
    }

    /// A frame to be written in packets of at most this many bytes.
    pub(crate) fn new(frame: Frame<'a>, packet_bytes: usize) -> Self {
        Self {
            frame,
            packet_bytes,
            bytes_done: 0,
            descriptors_done: 0,
            finished: false,
        }
    }

    /// The same, to be kept.
    pub(crate) fn into_owned(self) -> Split<'static> {
        Split {
            frame: self.frame.into_owned(),
            packet_bytes: self.packet_bytes,
            bytes_done: self.bytes_done,
            descriptors_done: self.descriptors_done,
            finished: self.finished,
        }
    }

    /// The bytes and descriptors of the next piece.
    fn next(&self) -> (Range<usize>, Range<usize>) {
        let piece = self.packet_bytes - HEADER_BYTES;
        let bytes_end = self.frame.byte_count().min(self.bytes_done + piece);
        let descriptors_end =
            (self.frame.descriptors.len()).min(self.descriptors_done + PACKET_DESCRIPTORS);
        (
            self.bytes_done..bytes_end,
            self.descriptors_done..descriptors_end,
        )
    }

    fn is_last(&self, bytes: &Range<usize>, descriptors: &Range<usize>) -> bool {
        bytes.end == self.frame.byte_count() && descriptors.end == self.frame.descriptors.len()
    }

    fn part(&self, bytes: &Range<usize>, descriptors: &Range<usize>) -> Part {
        let first = bytes.start == 0 && descriptors.start == 0;
        match (first, self.is_last(bytes, descriptors)) {
            (true, true) => Part::Whole,
            (true, false) => Part::First(Total {
                bytes: self.frame.byte_count() as u32,
                descriptors: self.frame.descriptors.len() as u16,
            }),
            (false, false) => Part::Middle,
            (false, true) => Part::Last,
        }
    }

    /// The next packet, or `None` if all are written.
    pub(crate) fn packet(&self) -> Option<Packet<'_>> {
        if self.finished {
            return None;
        }
        let length = self.frame.byte_count();
        if self.fits_one_packet() {
            let header = Header {
                length,
                descriptors: 0,
                part: Part::Whole,
            };
            return Some(Packet {
                header: Some(header.write()),
                bytes: [&self.frame.bytes, &self.frame.tail],
                descriptors: &[],
            });
        }
        let (bytes, descriptors) = self.next();
        let header = Header {
            length: bytes.len(),
            descriptors: descriptors.len() as u8,
            part: self.part(&bytes, &descriptors),
        };
        Some(Packet {
            header: Some(header.write()),
            bytes: self.frame.slices(bytes),
            descriptors: &self.frame.descriptors[descriptors],
        })
    }

    /// Whether it is one piece without descriptors, as most are.
    fn fits_one_packet(&self) -> bool {
        self.bytes_done == 0
            && self.frame.descriptors.is_empty()
            && self.frame.byte_count() <= self.packet_bytes - HEADER_BYTES
    }

    /// The packet was written.
    pub(crate) fn advance(&mut self) {
        if self.fits_one_packet() {
            self.finished = true;
            return;
        }
        let (bytes, descriptors) = self.next();
        self.finished = self.is_last(&bytes, &descriptors);
        self.bytes_done = bytes.end;
        self.descriptors_done = descriptors.end;
    }
}

impl Outgoing<'_> {
    /// The next packet, or `None` if all are written.
    pub(crate) fn packet(&self) -> Option<Packet<'_>> {
        match self {
            Self::Split(split) => split.packet(),
            Self::Packed(packed) if packed.written => None,
            Self::Packed(packed) => Some(Packet {
                header: None,
                bytes: [&packed.bytes, &[]],
                descriptors: &packed.descriptors,
            }),
        }
    }

    /// The packet was written.
    pub(crate) fn advance(&mut self) {
        match self {
            Self::Split(split) => split.advance(),
            Self::Packed(packed) => packed.written = true,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Split(split) => split.frame.byte_count(),
            Self::Packed(packed) => packed.bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests;
