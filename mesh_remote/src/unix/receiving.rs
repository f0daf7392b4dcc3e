//! What becomes of the packets that arrive.
//!
//! What it keeps true: packets are read until nothing is left, also after a reset, before the end is reported; what is malformed
//! ends the link; a link that receives much does not keep others waiting for long.

use super::io_thread::Turn;
use super::side::Side;
use super::socket::{self, Arrival};
use crate::assembly::{Arrived, Assembly, Delivery};
use crate::delivery::Receiver;
use crate::link::{Cause, FrameLimits, Sink};
use crate::packet::{Header, Malformed, PACKET_BYTES, SHORT_HEADER_BYTES};
use std::io::IoSliceMut;
use std::os::fd::OwnedFd;

/// How many packets are read before other links have their turn.
const PACKETS_A_TURN: usize = 32;

/// So many bytes, and whoever drives looks whether it has what it waits for: it takes messages out while they are in the cache, and
/// their memory is there for the next.
const BYTES_A_TURN: usize = 128 << 10;

/// Having found a second packet, so many turns look for one; and otherwise every so many. To look in vain is a system call, and not
/// to look, where there is one, is another.
const TURNS_TO_LOOK: u8 = 8;

/// The receiving half of a side.
#[derive(Debug)]
pub(super) struct Receiving {
    /// Whether turns look for a second packet, and for how many turns that stays so.
    looking: (bool, u8),
    assembly: Assembly<OwnedFd>,
    receiver: Receiver,
}

impl Receiving {
    pub(super) fn new(limits: FrameLimits, sink: Box<dyn Sink>) -> Self {
        Self {
            looking: (true, TURNS_TO_LOOK),
            assembly: Assembly::new(limits),
            receiver: Receiver::new(sink),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.receiver.has_ended()
    }

    /// Whether it ended by farewell, so that what is queued still goes out.
    pub(super) fn ended_in_order(&self) -> bool {
        self.receiver.ended_in_order()
    }

    pub(super) fn abort(&mut self) {
        self.receiver.abort();
    }

    /// Tells the sink that the link has ended. Descriptors of an incomplete frame are closed before.
    pub(super) fn close(self) {
        let Self {
            assembly,
            mut receiver,
            ..
        } = self;
        drop(assembly);
        receiver.close(Cause::Aborted);
    }

    /// Drops the sink without a word: there was no link.
    pub(super) fn abandon(self) {
        self.receiver.abandon();
    }

    /// Hands over what is there.
    pub(super) fn run(&mut self, side: &Side, turn: &mut Turn) {
        let scratch = &mut turn.scratch;
        let mut bytes = 0;
        for count in 0..PACKETS_A_TURN {
            if count > 0 && turn.lets_go && side.io.is_wanted() {
                // It is called again, by whoever wants to.
                return;
            }
            if count == 1 && !self.looks_for_more() {
                return;
            }
            let mut header = [0; SHORT_HEADER_BYTES];
            let arrival = match self.assembly.room() {
                Some(room) => {
                    let mut parts = [&mut header[..], room, scratch].map(IoSliceMut::new);
                    socket::read(&side.socket, &mut parts)
                }
                None => socket::read(&side.socket, &mut [IoSliceMut::new(scratch)]),
            };
            match arrival {
                Arrival::Packet(length, arrived) => {
                    if count > 0 {
                        self.looking = (true, TURNS_TO_LOOK);
                    }
                    self.packet(side, &header, length, arrived, scratch);
                    bytes += length;
                }
                Arrival::Nothing => return,
                Arrival::Reset => side.note_reset(),
                Arrival::EndOfFile => self.receiver.end(side.cause_of_loss()),
                Arrival::Failed(error) => self.receiver.end(error.into()),
            }
            if side.is_aborted() {
                self.receiver.abort();
            }
            if self.has_ended() || bytes >= BYTES_A_TURN {
                return;
            }
        }
    }

    /// Whether this turn looks for a second packet.
    fn looks_for_more(&mut self) -> bool {
        let (looking, turns) = &mut self.looking;
        *turns = turns.saturating_sub(1);
        if *turns > 0 {
            return *looking;
        }
        // A turn that looks, to see; unless it finds one, the next do not.
        self.looking = (false, TURNS_TO_LOOK);
        true
    }

    fn packet(
        &mut self,
        side: &Side,
        header: &[u8; SHORT_HEADER_BYTES],
        length: usize,
        arrived: Arrived<OwnedFd>,
        scratch: &mut Vec<u8>,
    ) {
        if length > PACKET_BYTES {
            return self.receiver.end(Malformed::PacketLength.into());
        }
        let receiver = &mut self.receiver;
        let assembly = &mut self.assembly;
        let deliver = &mut |delivery: Delivery<'_, OwnedFd>| {
            if side.is_aborted() {
                receiver.abort();
            }
            receiver.deliver(delivery, || side.cause_of_farewell())
        };
        let taken = match assembly.room() {
            None => assembly.packet_in(scratch, length, arrived, deliver),
            Some(room) => {
                let piece = Header::read_short(header)
                    .filter(|header| SHORT_HEADER_BYTES + header.length == length)
                    .filter(|header| (1..=room.len()).contains(&header.length));
                match piece {
                    Some(piece) if arrived.list.len() == 0 => assembly.filled(piece, deliver),
                    _ => {
                        // It is something else, and lies in three places.
                        let packet = [&header[..], room, scratch].concat();
                        let packet = packet.get(..length).unwrap_or_default();
                        assembly.packet(packet, arrived, deliver)
                    }
                }
            }
        };
        if let Err(malformed) = taken {
            self.receiver.end(malformed.into());
        }
    }
}
