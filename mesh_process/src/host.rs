//! The child's side: a process that was launched as a host becomes one, and ends as one.
//!
//! | the handler | the parent | the process |
//! |---|---|---|
//! | runs | is there | goes on |
//! | has returned | is there | sees everything it sent delivered, and exits: 0, or 1 after an error |
//! | has panicked | – | exits with status 101, as `main` would |
//! | runs | has shut down | goes on, with closed channels; exits when the parent's process does, unless it is to stay |
//! | runs | is lost | exits with status 1, unless it is to stay |
//!
//! The last two do not depend on the handler: they happen on the thread of the links, whatever the others are at.

use crate::control::{Said, Start, ToInvited, ToInviter, gone};
use crate::credentials::Credentials;
use crate::error::JoinError;
use crate::marker::Marker;
use crate::membership::Mesh;
use mesh::block_on;
use mesh::error::RemoteError;
use mesh::local_node::{Delivery, PortHandler};
use mesh::{ChannelError, MeshPayload, Message};
use mesh_remote::unix::{self, Watch};
use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags};
use std::fmt;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::{Arc, OnceLock};

/// The exit status of a host that has lost its parent.
const ORPHANED: i32 = 1;

/// What a program that panicked exits with.
const PANICKED: i32 = 101;

/// The mesh of this process, if it is a host.
static MESH: OnceLock<Mesh> = OnceLock::new();

/// What the handler of a host may return.
pub trait HostResult {
    /// The status that the process exits with. An error is printed to the standard error.
    fn exit_status(self) -> i32;
}

impl HostResult for () {
    fn exit_status(self) -> i32 {
        0
    }
}

impl<E: fmt::Debug> HostResult for Result<(), E> {
    fn exit_status(self) -> i32 {
        match self {
            Ok(()) => 0,
            Err(error) => {
                // As a `main` that returns it would print it; there is nobody to tell if it fails.
                let _ = writeln!(io::stderr(), "Error: {error:?}");
                1
            }
        }
    }
}

/// Makes this process what it was launched as: in a host of this mesh, runs `main` with the initial message and exits when it has
/// returned. In any other process it does nothing, and returns.
///
/// It belongs at the very top of `main`, in every program that launches hosts and every one that is launched as such. `main` runs
/// on this thread; futures in it may be spawned on any executor. Before the process exits, everything it has sent is
/// delivered. `Err` of the handler is printed, and the process exits with status 1.
///
/// # Errors
///
/// The process is a host but could not join: its parent is gone, or has sent an initial message of another type. The launch fails
/// with what is known. `main` should end with the error.
///
/// # Examples
///
/// See the [crate's documentation](crate).
pub fn try_run_mesh_host<T: MeshPayload, R: HostResult>(
    mesh: &str,
    main: impl AsyncFnOnce(T) -> R,
) -> Result<(), JoinError> {
    let Some(marker) = Marker::of_this_process().filter(|marker| marker.mesh == mesh) else {
        return Ok(());
    };
    if !marker.is_trusted().map_err(JoinError::Link)? {
        return Ok(());
    }
    let Some(end) = marker.take().map_err(JoinError::Link)? else {
        return Ok(());
    };
    let said = Said::new();
    let process = parent_process(&end).map_err(JoinError::Link)?;
    let uplink = Arc::new(Uplink {
        start: said.clone(),
        parent: Mutex::new(Parent::Unknown(process)),
    });
    let mesh = Mesh::invited(mesh, &marker.invitation, end, uplink.clone())?;
    let mesh = MESH.get_or_init(|| mesh);
    let start = block_on(said.wait()).map_err(JoinError::Gone)?;
    let message = take_up(mesh, start)?;
    let status = catch_unwind(AssertUnwindSafe(|| block_on(main(message)).exit_status()));
    let status = match status {
        Ok(status) => status,
        // Without a farewell: who has a channel here is told that this process failed.
        Err(_) => exit(PANICKED),
    };
    block_on(mesh.shutdown());
    exit(status)
}

/// What is done with the first message. The parent is answered.
fn take_up<T: MeshPayload>(mesh: &Mesh, start: Start) -> Result<T, JoinError> {
    if let Some(stderr) = start.stderr {
        rustix::stdio::dup2_stderr(stderr).map_err(|error| JoinError::Link(error.into()))?;
    }
    set_name(&start.name);
    match start.message.parse() {
        Ok(message) => {
            mesh.answer(ToInviter::Joined);
            Ok(message)
        }
        Err(error) => {
            let error = RemoteError::new(error);
            mesh.answer(ToInviter::Refused(RemoteError::new(error.to_string())));
            block_on(mesh.shutdown());
            Err(JoinError::Message(error))
        }
    }
}

/// The name of the first thread is what listings show as the program's. The kernel keeps 15 bytes of it.
fn set_name(name: &str) {
    if let Ok(name) = std::ffi::CString::new(name) {
        let _ = rustix::thread::set_name(&name);
    }
}

/// The mesh of this process, if it is a host that has joined; to launch hosts of its own.
pub(crate) fn mesh() -> Option<Mesh> {
    MESH.get().cloned()
}

/// The child's handler of the first channel.
pub(crate) struct Uplink {
    pub(crate) start: Said<Start>,
    parent: Mutex<Parent>,
}

/// What the child knows of its parent.
#[derive(Debug)]
enum Parent {
    /// It has not said what to do without it.
    Unknown(Option<Arc<OwnedFd>>),
    /// It is there. Its process is known unless it is in another PID namespace.
    There {
        stay: bool,
        process: Option<Arc<OwnedFd>>,
    },
    /// It has shut down; its process may be watched.
    ShutDown(#[expect(dead_code, reason = "held for its drop")] Option<Watch>),
}

impl Uplink {
    fn started(&self, start: Start) {
        {
            let mut parent = self.parent.lock();
            if let Parent::Unknown(process) = &mut *parent {
                *parent = Parent::There {
                    stay: start.stay,
                    process: process.take(),
                };
            }
        }
        self.start.say(Ok(start));
    }

    /// The end that is to come is an orderly one; only the end of the parent's process is left to watch for.
    fn shutting_down(&self) {
        let before = std::mem::replace(&mut *self.parent.lock(), Parent::ShutDown(None));
        let Parent::There {
            stay: false,
            process: Some(process),
        } = before
        else {
            return;
        };
        let exits = |_: BorrowedFd<'_>| ControlFlow::Break(|| exit(ORPHANED));
        // Without a watch the process ends when its handler returns.
        let watch = unix::watch(process, exits).ok();
        let before = std::mem::replace(&mut *self.parent.lock(), Parent::ShutDown(watch));
        drop(before);
    }

    /// This process is about to end its links itself. Should the parent be lost meanwhile, there is nothing left to wait for.
    pub(crate) fn leave(&self) {
        let before = std::mem::replace(&mut *self.parent.lock(), Parent::ShutDown(None));
        drop(before);
    }

    fn over(&self, cause: ChannelError) {
        if matches!(*self.parent.lock(), Parent::There { stay: false, .. }) {
            exit(ORPHANED);
        }
        self.start.say(Err(cause));
    }
}

/// The process at the other end of the link, if it can be seen from here.
fn parent_process(link: &OwnedFd) -> io::Result<Option<Arc<OwnedFd>>> {
    let pid = Credentials::of_peer(link)?.pid;
    let pid = pid.and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    let Some(pid) = pid else { return Ok(None) };
    let process = rustix::process::pidfd_open(pid, PidfdFlags::empty());
    // Its end of the link is open still, so the number was its own when it was looked up: no other process has that end.
    let mut ends = [PollFd::new(link, PollFlags::empty())];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    if rustix::event::poll(&mut ends, Some(&now))? > 0 {
        let gone = io::Error::new(io::ErrorKind::BrokenPipe, "the parent is gone");
        return Err(gone);
    }
    Ok(Some(Arc::new(process?)))
}

impl PortHandler for Uplink {
    fn message(&self, message: Message<'_>) -> Delivery {
        match message.parse() {
            Ok(ToInvited::Start(start)) => self.started(start),
            Ok(ToInvited::ShutDown) => self.shutting_down(),
            Err(error) => return Delivery::Failed(error.into()),
        }
        Delivery::Taken
    }

    fn closed(&self) {
        self.over(gone());
    }

    fn failed(&self, error: ChannelError) {
        self.over(error);
    }
}

/// What an invited process that is nobody's child needs to know of its inviter.
pub(crate) fn bystander() -> (Arc<Uplink>, Said<Start>) {
    let start = Said::new();
    let uplink = Uplink {
        start: start.clone(),
        // Never `There`: it does not exit for anyone.
        parent: Mutex::new(Parent::ShutDown(None)),
    };
    (Arc::new(uplink), start)
}
