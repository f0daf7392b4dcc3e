//! How a child knows that it is one: a descriptor it has inherited, and a variable that says which.
//!
//! The variable names the descriptor, the cookie of its socket (a number the kernel never gives twice), the launcher, the invitation
//! and the mesh. It is no secret and no authority: what makes a process a host is to *hold* the very socket. A process that has
//! inherited the variable without the descriptor has another file at that number, or none, and is no host.
//!
//! | the variable | the descriptor | the process is |
//! |---|---|---|
//! | absent or malformed | – | no host |
//! | present | not that socket | no host |
//! | present | that socket, made by another process or user than it should be | no host, and may not launch hosts either |
//! | present | that socket | a host, until the descriptor is taken |
//! | present | taken | what it was made |
//!
//! # Safety
//! 1. A number is used as a descriptor only after the kernel has said that it is open. Nothing closes it meanwhile: it was
//!    inherited, so no object of this process owns it.
//! 2. It is taken at most once, so that it gets one owner.

#![allow(
    unsafe_code,
    reason = "an inherited descriptor is a number; see the module's numbered safety rules"
)]

use crate::credentials::Credentials;
use crate::transport::Invitation;
use rustix::io::FdFlags;
use rustix::net::{AddressFamily, SocketType, sockopt};
use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// The variable's name.
pub(crate) const VARIABLE: &str = "MESH_HOST";

/// What the variable says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    descriptor: RawFd,
    cookie: u64,
    launcher: u32,
    pub(crate) invitation: Invitation,
    pub(crate) mesh: String,
}

/// Set when the descriptor has got its owner.
static TAKEN: AtomicBool = AtomicBool::new(false);

impl Marker {
    /// The marker for a child that will inherit this end of a pair.
    pub(crate) fn new(end: &OwnedFd, invitation: Invitation, mesh: &str) -> io::Result<Self> {
        Ok(Self {
            descriptor: end.as_raw_fd(),
            cookie: sockopt::socket_cookie(end)?,
            launcher: std::process::id(),
            invitation,
            mesh: mesh.to_owned(),
        })
    }

    /// The marker of this process, if it was launched as a host, by whomever, and has not joined yet.
    pub(crate) fn of_this_process() -> Option<Self> {
        // Acquire: pairs with the swap in `take`.
        if TAKEN.load(Ordering::Acquire) {
            return None;
        }
        let marker: Self = std::env::var(VARIABLE).ok()?.parse().ok()?;
        let descriptor = marker.borrow()?;
        marker.is_held(descriptor).ok()?.then_some(marker)
    }

    /// Whether who launched this process may tell it what to do.
    pub(crate) fn is_trusted(&self) -> io::Result<bool> {
        let Some(descriptor) = self.borrow() else {
            return Ok(false);
        };
        let maker = Credentials::of_peer(descriptor)?;
        // A program that runs with more rights than its launcher must not be made to do what the launcher says.
        let no_less = maker.uid == 0 || maker.is_same_user();
        // In a PID namespace of its own a process does not see who is outside.
        let by_launcher = maker.pid.is_none_or(|pid| pid == self.launcher);
        Ok(by_launcher && no_less)
    }

    /// The end of the link to the parent; no child of this process inherits it. None for whoever comes second.
    pub(crate) fn take(&self) -> io::Result<Option<OwnedFd>> {
        let Some(descriptor) = self.borrow() else {
            return Ok(None);
        };
        rustix::io::fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
        // AcqRel: of two that come at once, one finds what the other has set.
        if TAKEN.swap(true, Ordering::AcqRel) {
            return Ok(None);
        }
        // SAFETY: rules 1 and 2; the swap has let nobody else here.
        Ok(Some(unsafe { OwnedFd::from_raw_fd(self.descriptor) }))
    }

    fn borrow(&self) -> Option<BorrowedFd<'static>> {
        if self.descriptor < 3 {
            return None;
        }
        // SAFETY: it asks about a number, whatever that stands for.
        let open = unsafe { libc::fcntl(self.descriptor, libc::F_GETFD) } != -1;
        // SAFETY: rule 1.
        open.then(|| unsafe { BorrowedFd::borrow_raw(self.descriptor) })
    }

    fn is_held(&self, descriptor: BorrowedFd<'_>) -> io::Result<bool> {
        Ok(sockopt::socket_type(descriptor)? == SocketType::SEQPACKET
            && sockopt::socket_domain(descriptor)? == AddressFamily::UNIX
            && sockopt::socket_cookie(descriptor)? == self.cookie)
    }
}

/// `version descriptor cookie launcher invitation mesh`
impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            descriptor,
            cookie,
            launcher,
            invitation,
            mesh,
        } = self;
        write!(f, "1 {descriptor} {cookie} {launcher} {invitation} {mesh}")
    }
}

impl FromStr for Marker {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parse = || {
            let mut parts = text.splitn(6, ' ');
            if parts.next()? != "1" {
                return None;
            }
            Some(Self {
                descriptor: parts.next()?.parse().ok()?,
                cookie: parts.next()?.parse().ok()?,
                launcher: parts.next()?.parse().ok()?,
                invitation: parts.next()?.parse().ok()?,
                mesh: parts.next()?.to_owned(),
            })
        };
        parse().ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(end: &OwnedFd) -> Marker {
        Marker::new(end, "7/1".parse().unwrap(), "a mesh with spaces").unwrap()
    }

    fn holds(marker: &Marker) -> bool {
        let held = |descriptor| marker.is_held(descriptor).unwrap_or(false);
        marker.borrow().is_some_and(held)
    }

    #[test]
    fn a_marker_survives_its_text() {
        let (_near, far) = mesh_remote::unix::pair().unwrap();
        let marker = marker(&far);
        assert_eq!(marker.to_string().parse(), Ok(marker));
    }

    #[test]
    fn texts_that_are_no_marker_are_refused() {
        for text in [
            "",
            "1",
            "2 3 4 5 7/1 m",
            "1 x 4 5 7/1 m",
            "1 3 4 5 7 m",
            "1 3 4 5 7/1",
        ] {
            assert_eq!(text.parse::<Marker>(), Err(()), "{text}");
        }
    }

    #[test]
    fn only_the_very_socket_makes_a_host() {
        let (near, far) = mesh_remote::unix::pair().unwrap();
        let marker = marker(&far);
        assert!(holds(&marker) && marker.is_trusted().unwrap());
        // Its other end is at another number, and so is nothing that the marker names.
        let other = Marker {
            descriptor: near.as_raw_fd(),
            ..marker.clone()
        };
        assert!(!holds(&other));
        let standard = Marker {
            descriptor: 0,
            ..marker.clone()
        };
        assert!(!holds(&standard));
        let closed = Marker {
            descriptor: i32::MAX,
            ..marker.clone()
        };
        assert!(!holds(&closed));
        let elsewhere = Marker {
            launcher: 1,
            ..marker.clone()
        };
        assert!(!elsewhere.is_trusted().unwrap());
    }
}
