//! The system calls on the socket of a link, and what their outcomes mean.
//!
//! What it keeps true: no call blocks or raises `SIGPIPE`; descriptors that arrive are closed on `exec`, and are owned before
//! anything else can go wrong.

use super::kill_points;
use crate::assembly::Arrived;
use crate::outbox::{PARTS, Packet};
use crate::packet::PACKET_DESCRIPTORS;
use rustix::io::{Errno, IoSlice, IoSliceMut};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, Shutdown, SocketType, getpeername,
    recvmsg, sendmsg, shutdown, sockopt,
};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// What became of a packet.
#[derive(Debug)]
pub(super) enum Written {
    /// The kernel has it.
    All,
    /// The socket is full; it says when it is not.
    Full,
    /// The kernel will not take it now, and does not say when: memory, or too many descriptors under way.
    Later,
    /// The peer reads no more.
    Gone {
        /// It had not read everything.
        reset: bool,
    },
    /// Something else.
    Failed(io::Error),
}

/// What came out of the socket.
#[derive(Debug)]
pub(super) enum Arrival {
    /// A packet, of so many bytes.
    Packet(usize, Arrived<OwnedFd>),
    /// Nothing at present.
    Nothing,
    /// The peer is gone, and had not read everything. What it sent before can still be read.
    Reset,
    /// Nothing will come any more.
    EndOfFile,
    /// Something else.
    Failed(io::Error),
}

/// Whether a descriptor can be the socket of a link; it may come from a peer and be anything.
pub(super) fn is_suitable(socket: impl AsFd) -> io::Result<bool> {
    let kind = match sockopt::socket_type(socket.as_fd()) {
        Err(Errno::NOTSOCK) => return Ok(false),
        kind => kind?,
    };
    let is_unix = sockopt::socket_domain(socket.as_fd())? == AddressFamily::UNIX;
    if kind != SocketType::SEQPACKET || !is_unix {
        return Ok(false);
    }
    match getpeername(socket.as_fd()) {
        // It has never been connected, or listens. A peer that is gone already is another matter.
        Err(Errno::NOTCONN) => Ok(false),
        name => Ok(name.map(|_| true)?),
    }
}

/// The longest packet that the socket takes at all.
pub(super) fn packet_room(socket: impl AsFd) -> io::Result<usize> {
    /// What the kernel reckons for itself in a packet, amply.
    const OVERHEAD: usize = 1024;
    Ok(sockopt::socket_send_buffer_size(socket)?.saturating_sub(OVERHEAD))
}

/// Writes one packet.
pub(super) fn write(socket: impl AsFd, packet: &Packet<'_>) -> Written {
    let mut slots = [IoSlice::new(&[]); PARTS];
    let parts = slots.iter_mut().zip(packet.parts());
    let count = parts.map(|(slot, part)| *slot = IoSlice::new(part)).count();
    let parts = slots.get(..count).unwrap_or_default();
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    kill_points::pass();
    let result = if packet.descriptors.is_empty() {
        sendmsg(socket, parts, &mut SendAncillaryBuffer::default(), flags)
    } else {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(PACKET_DESCRIPTORS))];
        let borrowed: Vec<BorrowedFd<'_>> = packet.descriptors.iter().map(AsFd::as_fd).collect();
        let mut control = SendAncillaryBuffer::new(&mut space);
        if control.push(SendAncillaryMessage::ScmRights(&borrowed)) {
            sendmsg(socket, parts, &mut control, flags)
        } else {
            Err(Errno::INVAL)
        }
    };
    kill_points::pass();
    match result {
        Ok(_) => Written::All,
        Err(Errno::AGAIN) => Written::Full,
        Err(Errno::INTR | Errno::TOOMANYREFS | Errno::NOBUFS | Errno::NOMEM) => Written::Later,
        Err(Errno::PIPE) => Written::Gone { reset: false },
        Err(Errno::CONNRESET) => Written::Gone { reset: true },
        Err(error) => Written::Failed(error.into()),
    }
}

/// Reads one packet into some places, one after another. A packet longer than them comes back as long as they are.
pub(super) fn read(socket: impl AsFd, parts: &mut [IoSliceMut<'_>]) -> Arrival {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(PACKET_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    kill_points::pass();
    match recvmsg(socket, parts, &mut control, flags) {
        Ok(message) => {
            kill_points::pass();
            let mut list = Vec::new();
            for message in control.drain() {
                if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                    list.extend(descriptors);
                }
            }
            if message.bytes == 0 && list.is_empty() {
                return Arrival::EndOfFile;
            }
            let arrived = Arrived {
                list: list.into_iter(),
                cut_off: message.flags.contains(ReturnFlags::CTRUNC),
            };
            Arrival::Packet(message.bytes, arrived)
        }
        Err(Errno::AGAIN | Errno::INTR) => Arrival::Nothing,
        Err(Errno::CONNRESET) => Arrival::Reset,
        Err(error) => Arrival::Failed(error.into()),
    }
}

/// Ends the connection both ways, whoever else has the descriptor. What the peer had sent can still be read.
pub(super) fn disconnect(socket: impl AsFd) {
    // It fails where there is no connection to end.
    let _ = shutdown(socket, Shutdown::Both);
}
