//! A link over a Unix socket that keeps messages apart (`SOCK_SEQPACKET`). It carries descriptors.
//!
//! | module | concept |
//! |---|---|
//! | `socket` | the system calls, and what their outcomes mean |
//! | `side` | one side of a link, shared by the threads that send and the I/O thread |
//! | `sending` | who writes, and when |
//! | `receiving` | what becomes of packets |
//! | `io_thread` | the one thread of a process that waits for all its links |
//! | `driving` | the threads of a program that do so in its place |
//! | `batch` | frames that go out together |
//! | `process` | forks and signals |
//! | `nodes` | nodes joined by sockets |
//! | `kill_points` | where the kill sweep ends a process |
//! | `watch` | other descriptors that the thread waits for |
//!
//! # Who writes
//! A thread that sends while nothing waits writes to the socket itself. Frames that are sent meanwhile, by others or by a sink, are
//! packed and go out together when it has finished. When the socket is full the I/O thread goes on, as soon as there is
//! room. A thread that is about to wait, such as in `block_on`, puts off what it sends in quick succession until then.
//!
//! # What was tried
//! - `sendmmsg`: no faster than a call for each packet. A packet of many frames is what helps: 64 frames of 64 bytes cost 0.02 µs
//!   each, written and read, against 1 µs in packets of their own.
//! - To leave the writing to the I/O thread also where a thread sends much without a pause: it halves the system calls of such a
//!   sender, and costs more processor time in waking the thread than it saves. When a reader falls behind, the socket fills
//!   anyway.
//! - A larger send buffer than the system's: no faster, but for messages of many packets, which now are by trying a full socket again
//!   while looking for events. The system says that there is room only when three quarters are free.
//! - Smaller packets, so that it says so earlier: slower by a sixth with half the size, and by a quarter with a quarter of it.
//!
//! # What can go wrong, and what becomes of it
//! | | |
//! |---|---|
//! | this process's descriptor table is full | the frame arrives as [`descriptors_lost`](crate::link::Sink::descriptors_lost); later ones are not affected |
//! | more than 253 descriptors in a frame | it travels as several packets |
//! | too many descriptors under way (`ETOOMANYREFS`), no memory | frames wait, and are tried again with growing pauses |
//! | the peer dies | everything it sent before is delivered first, whether or not it had read what was sent to it |
//! | this process forks and does not execute | the child can neither send nor start links, and its exit does not disturb the parent |
//! | a descriptor that is not such a socket | refused by [`start`] |

mod batch;
mod driving;
mod io_thread;
mod kill_points;
mod nodes;
mod process;
mod receiving;
mod sending;
mod side;
mod socket;
mod watch;

pub use batch::batch;
pub use nodes::{CAPABILITIES, Sockets, host, join};
pub use watch::{Watch, watch};

use crate::link::{Capabilities, Frame, FrameLimits, Link, SendError, Sink};
use io_thread::Unavailable;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use side::Side;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use thiserror::Error;

/// The two ends of a link to be. Each is for [`start`], one of them in another process.
///
/// # Errors
/// As the operating system gives them, such as a full descriptor table.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC;
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        flags,
        None,
    )?)
}

/// Starts one side of a link. The [crate] has an example.
///
/// The descriptor may come from a peer. The sink may be called before this returns.
///
/// # Errors
/// Says why the link cannot be; the sink is dropped, and its `closed` is not called.
pub fn start(
    socket: OwnedFd,
    limits: FrameLimits,
    sink: Box<dyn Sink>,
) -> Result<UnixLink, StartError> {
    let io = io_thread::io_thread()?;
    if !socket::is_suitable(&socket)? {
        return Err(StartError::NotASocket);
    }
    let side = Side::start(io, socket, limits, sink)?;
    Ok(UnixLink { side })
}

/// Why a link was not started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The descriptor is not one of a connected pair of `SOCK_SEQPACKET` Unix sockets.
    #[error("the descriptor is not an end of a link")]
    NotASocket,
    /// This process was forked from one that has links, and did not execute a program.
    #[error("this process was forked from one that has links")]
    Forked,
    /// The operating system refused something, such as a thread.
    #[error("the link cannot be started")]
    Io(#[from] io::Error),
}

impl From<Unavailable> for StartError {
    fn from(error: Unavailable) -> Self {
        match error {
            Unavailable::Forked => Self::Forked,
            Unavailable::Io(error) => Self::Io(error),
        }
    }
}

/// One side of a link over a Unix socket. Dropping it closes the link in order.
#[derive(Debug)]
pub struct UnixLink {
    side: Arc<Side>,
}

impl Link for UnixLink {
    fn capabilities(&self) -> Capabilities {
        self.side.capabilities()
    }

    fn send<'a>(&self, frame: Frame<'a>) -> Result<(), SendError<'a>> {
        self.side.send(frame)
    }

    fn queued_bytes(&self) -> usize {
        self.side.queued_bytes()
    }

    fn close(&self) {
        self.side.close();
    }

    fn abort(&self) {
        self.side.abort();
    }
}

impl Drop for UnixLink {
    fn drop(&mut self) {
        self.side.close();
    }
}

#[cfg(test)]
mod tests;
