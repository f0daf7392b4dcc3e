//! The bare mechanisms: a ring in shared memory, a socket of packets, a socket of bytes.

mod link;
mod ring;
mod socket;

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use self::link::Link;
use self::ring::{Patience, Ring, Side};
use self::socket::{Packets, Stream};
use super::child::OtherProcess;
use super::job::{ANSWER, IN_FLIGHT, Job, REQUEST};
use crate::harness::cores::Placement;
use crate::harness::scenario::{Owner, Scenario};

/// The word that makes the other process serve a floor.
pub(super) const KIND: &str = "floor";

/// A mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mechanism {
    RingFutex,
    RingSpinThenFutex,
    RingSpin,
    Packets,
    Stream,
}

impl Mechanism {
    const ALL: [Self; 5] = [
        Self::RingFutex,
        Self::RingSpinThenFutex,
        Self::RingSpin,
        Self::Packets,
        Self::Stream,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::RingFutex => "ring, futex",
            Self::RingSpinThenFutex => "ring, spin then futex",
            Self::RingSpin => "ring, spin",
            Self::Packets => "packet socket",
            Self::Stream => "stream socket",
        }
    }

    fn fits(self, job: Job) -> bool {
        match self {
            Self::RingFutex | Self::Stream => true,
            // Who spins on the core that the other one needs only waits longer.
            Self::RingSpinThenFutex | Self::RingSpin => job.placement() == Placement::TwoCores,
            // A packet must fit into the socket's send buffer, 208 KiB unless the administrator raised it.
            Self::Packets => job != Job::OneWay(1024 * 1024),
        }
    }

    fn patience(self) -> Patience {
        match self {
            Self::RingSpinThenFutex => Patience::SpinThenSleep,
            Self::RingSpin => Patience::Spin,
            _ => Patience::Sleep,
        }
    }

    /// Both ends: the one for here, and what becomes the other process's standard input.
    fn pair(self) -> io::Result<(Box<dyn Link>, OwnedFd)> {
        let sockets = |kind| socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None);
        Ok(match self {
            Self::Packets => {
                let (here, there) = sockets(SocketType::SEQPACKET)?;
                (Box::new(Packets::new(here)), there)
            }
            Self::Stream => {
                let (here, there) = sockets(SocketType::STREAM)?;
                (Box::new(Stream::new(here)), there)
            }
            Self::RingFutex | Self::RingSpinThenFutex | Self::RingSpin => {
                let memory = ring::memory()?;
                let here = Ring::map(memory.as_fd(), Side::First, self.patience())?;
                (Box::new(here), memory)
            }
        })
    }

    /// The other process's end.
    fn other_end(self, stdin: OwnedFd) -> io::Result<Box<dyn Link>> {
        Ok(match self {
            Self::Packets => Box::new(Packets::new(stdin)),
            Self::Stream => Box::new(Stream::new(stdin)),
            Self::RingFutex | Self::RingSpinThenFutex | Self::RingSpin => {
                Box::new(Ring::map(stdin.as_fd(), Side::Second, self.patience())?)
            }
        })
    }
}

/// Adds the mechanisms that fit a job.
pub(super) fn rows(scenario: &mut Scenario, job: Job) {
    for mechanism in Mechanism::ALL {
        if mechanism.fits(job) {
            scenario.timed(mechanism.name(), Owner::Floor, move || {
                start(mechanism, job).expect("two processes and what joins them can be had")
            });
        }
    }
}

fn start(mechanism: Mechanism, job: Job) -> io::Result<impl FnMut(u64) -> Duration> {
    let (mut link, there) = mechanism.pair()?;
    let size = match job {
        Job::Call(_) | Job::Calls => "0".to_owned(),
        Job::OneWay(size) => size.to_string(),
    };
    let arguments = [KIND, mechanism.name(), &size];
    let other = OtherProcess::start(job.placement(), &arguments, Some(there))?;
    Ok(move |operations| {
        let _alive = &other;
        job.placement()
            .while_first(|| perform(&mut *link, job, operations))
    })
}

/// This process's part.
fn perform(link: &mut dyn Link, job: Job, operations: u64) -> Duration {
    let mut answer = [0; ANSWER];
    let start = Instant::now();
    match job {
        Job::Call(_) => {
            for _ in 0..operations {
                link.send(&[1; REQUEST]);
                link.flush();
                link.receive(&mut answer);
            }
        }
        Job::Calls => {
            let mut left = operations;
            while left > 0 {
                let batch = left.min(IN_FLIGHT);
                for _ in 0..batch {
                    link.send(&[1; REQUEST]);
                }
                link.flush();
                for _ in 0..batch {
                    link.receive(&mut answer);
                }
                left -= batch;
            }
        }
        Job::OneWay(size) => {
            let message = vec![1; size];
            link.send(&operations.to_ne_bytes());
            for _ in 0..operations {
                link.send(&message);
            }
            link.flush();
            link.receive(&mut answer);
        }
    }
    start.elapsed()
}

/// The other process's part.
pub(super) fn serve(arguments: &[&str]) -> io::Result<()> {
    let [name, size] = arguments else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mechanism = Mechanism::ALL
        .into_iter()
        .find(|mechanism| mechanism.name() == *name)
        .ok_or(io::ErrorKind::InvalidInput)?;
    let size: usize = size.parse().map_err(|_| io::ErrorKind::InvalidInput)?;
    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let mut link = mechanism.other_end(stdin)?;
    if size == 0 {
        answer_calls(&mut *link);
    } else {
        take_messages(&mut *link, size);
    }
    Ok(())
}

fn answer_calls(link: &mut dyn Link) {
    let mut request = [0; REQUEST];
    while link.receive(&mut request) {
        link.send(&[2; ANSWER]);
        if !link.ready() {
            link.flush();
        }
    }
}

fn take_messages(link: &mut dyn Link, size: usize) {
    let mut count = [0; 8];
    let mut message = vec![0; size];
    while link.receive(&mut count) {
        for _ in 0..u64::from_ne_bytes(count) {
            if !link.receive(&mut message) {
                return;
            }
        }
        link.send(&[2; ANSWER]);
        link.flush();
    }
}
