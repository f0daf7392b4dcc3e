//! Sockets as floors: a system call for each packet, or as many bytes to a system call as are there.

use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::link::Link;

/// A `SOCK_SEQPACKET`: every message is a packet, sent and received by itself.
#[derive(Debug)]
pub(crate) struct Packets(OwnedFd);

impl Packets {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self(socket)
    }
}

impl Link for Packets {
    fn send(&mut self, message: &[u8]) {
        let sent = send(&self.0, message, SendFlags::NOSIGNAL).expect("the other side is there");
        assert_eq!(sent, message.len());
    }

    fn flush(&mut self) {}

    fn receive(&mut self, message: &mut [u8]) -> bool {
        let length = message.len();
        match recv(&self.0, message, RecvFlags::empty()) {
            Ok((_, 0)) | Err(Errno::CONNRESET) => false,
            Ok((_, received)) => {
                assert_eq!(received, length);
                true
            }
            Err(error) => panic!("receiving a packet: {error}"),
        }
    }

    fn ready(&self) -> bool {
        false
    }
}

/// Bytes gathered before they are handed to the kernel, and asked of it at once.
const BUFFER: usize = 64 * 1024;

/// A `SOCK_STREAM` with a buffer on each side, as a coalescing transport would have.
#[derive(Debug)]
pub(crate) struct Stream {
    socket: OwnedFd,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
    /// Where in `incoming` the unread bytes begin, and where they end.
    unread: std::ops::Range<usize>,
}

impl Stream {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self {
            socket,
            outgoing: Vec::with_capacity(BUFFER),
            incoming: vec![0; BUFFER],
            unread: 0..0,
        }
    }

    fn write(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let sent =
                send(&self.socket, bytes, SendFlags::NOSIGNAL).expect("the other side is there");
            bytes = &bytes[sent..];
        }
    }
}

impl Link for Stream {
    fn send(&mut self, message: &[u8]) {
        if self.outgoing.len() + message.len() > BUFFER {
            self.flush();
        }
        if message.len() >= BUFFER {
            self.write(message);
        } else {
            self.outgoing.extend_from_slice(message);
        }
    }

    fn flush(&mut self) {
        self.write(&self.outgoing);
        self.outgoing.clear();
    }

    fn receive(&mut self, message: &mut [u8]) -> bool {
        let mut filled = 0;
        while filled < message.len() {
            if self.unread.is_empty() {
                // What would fill the buffer anyway goes where it belongs at once.
                let direct = message.len() - filled >= BUFFER;
                let into = if direct {
                    &mut message[filled..]
                } else {
                    &mut self.incoming[..]
                };
                let received = match recv(&self.socket, into, RecvFlags::empty()) {
                    Ok((_, 0)) | Err(Errno::CONNRESET) => return false,
                    Ok((_, received)) => received,
                    Err(error) => panic!("receiving bytes: {error}"),
                };
                if direct {
                    filled += received;
                } else {
                    self.unread = 0..received;
                }
                continue;
            }
            let take = self.unread.len().min(message.len() - filled);
            let from = self.unread.start;
            message[filled..filled + take].copy_from_slice(&self.incoming[from..from + take]);
            self.unread.start += take;
            filled += take;
        }
        true
    }

    fn ready(&self) -> bool {
        !self.unread.is_empty()
    }
}
