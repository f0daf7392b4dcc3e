//! Starting a process that inherits one descriptor.
//!
//! Between the fork and the execution of the program the child marks every descriptor from 3 on to be closed by that execution,
//! whoever in this process opened it and however, but for its end of the link. The end keeps the number it has here, at which
//! nothing of the library's own can stand.
//!
//! # Safety
//! 1. What runs between fork and execution may do only what a signal handler may: [`keep_one`] makes system calls on numbers, and
//!    neither allocates nor locks.
//! 2. `close_range` with `CLOSE_RANGE_CLOEXEC` closes nothing by itself; it marks. Called in the child it concerns the child's own
//!    table of descriptors, in which the program about to be executed is all that is left.

#![allow(
    unsafe_code,
    reason = "the child's descriptors can be seen to only between fork and execution; see the module's numbered safety rules"
)]

use crate::config::{EnvironmentChange, ProcessConfig};
use crate::marker::{self, Marker};
use rustix::io::FdFlags;
use rustix::process::PidfdFlags;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// The first number that is not a standard stream's.
const FIRST: u32 = 3;

/// A copy of the end with a number that is no standard stream's, as a child's end has to have.
pub(crate) fn beyond_standard(end: OwnedFd) -> io::Result<OwnedFd> {
    if end.as_raw_fd() >= FIRST as i32 {
        return Ok(end);
    }
    Ok(rustix::io::fcntl_dupfd_cloexec(&end, FIRST as i32)?)
}

/// Starts the process. The end, which `marker` was made for, is closed here when this returns.
pub(crate) fn spawn(
    config: &mut ProcessConfig,
    marker: &Marker,
    end: OwnedFd,
    stderr: Option<Stdio>,
) -> io::Result<Child> {
    let mut command = Command::new(&config.executable);
    command.arg0(&config.name).args(&config.args);
    for change in &config.environment {
        match change {
            EnvironmentChange::Set(name, value) => command.env(name, value),
            EnvironmentChange::Remove(name) => command.env_remove(name),
            EnvironmentChange::Clear => command.env_clear(),
        };
    }
    command.env(marker::VARIABLE, marker.to_string());
    command.stdin(config.stdin.take().unwrap_or_else(Stdio::null));
    command.stdout(config.stdout.take().unwrap_or_else(Stdio::inherit));
    command.stderr(stderr.unwrap_or_else(Stdio::inherit));
    // SAFETY: rule 1.
    unsafe { command.pre_exec(move || keep_one(&end)) };
    command.spawn()
}

/// Whether the system can do what is needed; asked before there is a child, so that the answer is clear.
pub(crate) fn check_supported() -> io::Result<()> {
    // No descriptor has this number: nothing is marked.
    mark(u32::MAX, u32::MAX)?;
    let this = rustix::process::getpid();
    rustix::process::pidfd_open(this, PidfdFlags::empty())?;
    Ok(())
}

/// In the child: nothing but the standard streams and this one will be there for the program.
fn keep_one(end: &OwnedFd) -> io::Result<()> {
    let number = u32::try_from(end.as_raw_fd()).unwrap_or(u32::MAX);
    if number > FIRST {
        mark(FIRST, number - 1)?;
    }
    mark(number.saturating_add(1), u32::MAX)?;
    Ok(rustix::io::fcntl_setfd(end.as_fd(), FdFlags::empty())?)
}

fn mark(first: u32, last: u32) -> io::Result<()> {
    let flags = libc::CLOSE_RANGE_CLOEXEC;
    // SAFETY: rule 2; in the parent it is only called for a range in which no descriptor can be.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
