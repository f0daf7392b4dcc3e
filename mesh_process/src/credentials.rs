//! Who is at the other end of a Unix socket, as the kernel noted it when the connection was made.
//!
//! # Safety
//! 1. A `ucred` is three integers, for which all bit patterns are valid.
//! 2. `getsockopt` writes at most as many bytes as it is told there is room for, and into nothing else.

#![allow(
    unsafe_code,
    reason = "rustix has no value for the process of another PID namespace; see the module's numbered safety rules"
)]

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Whom a process was running as when it made its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// Its process; `None` if this process cannot see that, since it is in another PID namespace.
    ///
    /// It tells who connected. By now the number may belong to another process.
    pub pid: Option<u32>,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

impl Credentials {
    /// Those of the process that made the other end.
    pub(crate) fn of_peer(socket: impl AsFd) -> io::Result<Self> {
        let mut found = libc::ucred {
            pid: 0,
            uid: u32::MAX,
            gid: u32::MAX,
        };
        let mut len = size_of::<libc::ucred>() as libc::socklen_t;
        let fd = socket.as_fd().as_raw_fd();
        let into: *mut libc::ucred = &mut found;
        // SAFETY: rules 1 and 2; `len` is the size of what `into` points to, and both outlive the call.
        let result = unsafe {
            libc::getsockopt(
                fd,
                libc::SOL_SOCKET,
                libc::SO_PEERCRED,
                into.cast(),
                &mut len,
            )
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            pid: u32::try_from(found.pid).ok().filter(|pid| *pid != 0),
            uid: found.uid,
            gid: found.gid,
        })
    }

    /// Whether it is the user this process runs as.
    pub fn is_same_user(&self) -> bool {
        self.uid == rustix::process::geteuid().as_raw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maker_of_a_pair_is_seen_from_either_end() {
        let (near, far) = mesh_remote::unix::pair().unwrap();
        for end in [near, far] {
            let maker = Credentials::of_peer(&end).unwrap();
            assert_eq!(maker.pid, Some(std::process::id()));
            assert!(maker.is_same_user());
        }
    }
}
