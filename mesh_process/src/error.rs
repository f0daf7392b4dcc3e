//! What can go wrong on the way into a mesh.

use crate::cause::{Ended, Named};
use mesh::ChannelError;
use mesh::error::RemoteError;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// A process that was not launched, or did not join.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// This process was itself launched as a host, and launches hosts instead of becoming one.
    ///
    /// Were it let, the copy of a program that forgot to ask would launch another, and so on without end.
    #[error(
        "this process was launched as a host of mesh {mesh:?} and has not joined it: \
         its main has to begin with try_run_mesh_host({mesh:?}, ..)"
    )]
    NotJoined {
        /// The name of the mesh it was launched for.
        mesh: String,
    },
    /// The system lacks what it takes: pidfds (Linux 5.4) and `close_range` with a flag (Linux 5.11), unless they are forbidden.
    #[error(
        "this system cannot watch child processes, or restrict what they inherit: it takes Linux 5.11"
    )]
    Unsupported(#[source] io::Error),
    /// The program was not executed.
    #[error("cannot start {}", executable.display())]
    Start {
        /// The program.
        executable: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The process ended before it had joined.
    #[error("{}", explain(.name, *.pid, *.status, .stderr))]
    Exited {
        /// The process's name.
        name: String,
        /// Its number, which may be another's by now.
        pid: u32,
        /// How it ended; none if another part of this program waited for it and took its status.
        status: Option<ExitStatus>,
        /// The end of what it wrote to its standard error, unless that was sent elsewhere.
        stderr: String,
    },
    /// The process did not take its initial message, usually since that is of another type there. It was killed.
    #[error("{} refused to join", Named(.name, *.pid))]
    Refused {
        /// The process's name.
        name: String,
        /// Its number, which may be another's by now.
        pid: u32,
        /// What it said.
        source: RemoteError,
    },
    /// The process is too far from the root of the mesh to have children.
    #[error("too many generations: a mesh is at most 16 deep")]
    TooDeep,
    /// The link to the process was not made: no descriptor was left, or the mesh shuts down. The process, if there was one, was
    /// killed.
    #[error("there is no link to the process")]
    Link(#[source] io::Error),
}

fn explain(name: &str, pid: u32, status: Option<ExitStatus>, stderr: &str) -> String {
    let mut text = format!("{} {} before it joined", Named(name, pid), Ended(status));
    if status.is_some_and(|status| status.success()) {
        text.push_str("; its main has to begin with try_run_mesh_host");
    }
    if !stderr.is_empty() {
        let _ = write!(text, "; the last it wrote:\n{stderr}");
    }
    text
}

/// A process that could not become part of the mesh it was invited to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The link could not be made.
    #[error("there is no link to the mesh")]
    Link(#[source] io::Error),
    /// Who invited it went before it had joined, or let nobody in.
    #[error("the mesh went away")]
    Gone(#[source] ChannelError),
    /// The initial message is not of the type that is expected here.
    #[error("the initial message is not what this process expects")]
    Message(#[source] RemoteError),
}

/// A process that was let in and did not join.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdmitError {
    /// The link could not be made.
    #[error("there is no link to the process")]
    Link(#[source] io::Error),
    /// The process went before it had joined.
    #[error("the process went before it had joined")]
    Gone(#[source] ChannelError),
    /// The process did not take its initial message, usually since that is of another type there.
    #[error("the process refused to join")]
    Refused(#[source] RemoteError),
    /// This process is too far from the root of the mesh to let others in.
    #[error("too many generations: a mesh is at most 16 deep")]
    TooDeep,
}

/// The exit status of a process is not known: something else in the program waits for all of its children.
#[derive(Debug, thiserror::Error)]
#[error("another part of this program has waited for the process and taken its exit status")]
pub(crate) struct StatusTaken;
