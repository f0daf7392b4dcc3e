//! Launching a host: from the configuration to a process that has joined.
//!
//! | step | if it fails, or the future is dropped |
//! |---|---|
//! | is this process one that may launch? | nothing has happened |
//! | a pair of sockets, a pipe for what the process says, the process | what was opened is closed |
//! | the process is watched | it is killed and reaped |
//! | the link, with the first message | likewise, by the watch |
//! | the answer | likewise |

use crate::captured::Captured;
use crate::child::Child;
use crate::config::{OnParentExit, ProcessConfig};
use crate::control::{Answer, Said, Start, ToInvited, ToInviter};
use crate::error::LaunchError;
use crate::handle::ProcessHandle;
use crate::marker::Marker;
use crate::membership::{Member, Mesh};
use crate::transport::Invitation;
use crate::{spawn, transport};
use mesh::{MeshPayload, OwnedMessage};
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::Poll;

impl Mesh {
    /// Launches a process that joins the mesh, and gives its [`try_run_mesh_host`](crate::try_run_mesh_host) this message.
    ///
    /// Resolves when the process has joined and taken the message. A program that never does, and does not end either, is waited for
    /// as long as the future is kept; `CancelContext::until_cancelled` makes a time limit of it.
    ///
    /// # Errors
    /// The process could not be started, ended before it had joined, or did not take the message: see [`LaunchError`].
    ///
    /// # Cancel safety
    /// Nothing is done before the first poll. Dropping the future later kills the process.
    ///
    /// # Examples
    /// See the [crate's documentation](crate).
    pub async fn launch_host<T: MeshPayload>(
        &self,
        config: ProcessConfig,
        initial_message: T,
    ) -> Result<ProcessHandle, LaunchError> {
        let launched = self.start(config, OwnedMessage::new(initial_message))?;
        launched.joined().await
    }

    /// Everything up to the first message.
    fn start(
        &self,
        mut config: ProcessConfig,
        message: OwnedMessage,
    ) -> Result<Launched, LaunchError> {
        if let Some(marker) = Marker::of_this_process() {
            return Err(LaunchError::NotJoined { mesh: marker.mesh });
        }
        spawn::check_supported().map_err(unsupported)?;
        let invitation = self.0.node.invite().ok_or(LaunchError::TooDeep)?;
        let (captured, stderr) = redirect(&mut config).map_err(LaunchError::Link)?;
        let own_stderr = captured.is_some().then(own_stderr).transpose();
        let start = Start {
            name: config.name.clone(),
            stay: config.on_parent_exit == OnParentExit::Stay,
            stderr: own_stderr.map_err(LaunchError::Link)?,
            message,
        };
        let (near, process) = self.spawn(&mut config, &invitation, stderr)?;
        let child = Child::watch(config.name.clone(), process)
            .map_err(|error| LaunchError::Link(error.into()))?;
        let launched = Launched {
            child,
            captured,
            answer: Said::new(),
            joined: false,
        };
        self.admit(&launched, &config, &invitation, near, start)
            .map_err(LaunchError::Link)?;
        Ok(launched)
    }

    /// A process with one end of a pair, and the other end.
    fn spawn(
        &self,
        config: &mut ProcessConfig,
        invitation: &Invitation,
        stderr: Option<Stdio>,
    ) -> Result<(OwnedFd, std::process::Child), LaunchError> {
        let prepare = || {
            let (near, far) = mesh_remote::unix::pair()?;
            let far = spawn::beyond_standard(far)?;
            let marker = Marker::new(&far, invitation.clone(), self.name())?;
            Ok((near, far, marker))
        };
        let (near, far, marker) = prepare().map_err(LaunchError::Link)?;
        let process = spawn::spawn(config, &marker, far, stderr);
        let process = process.map_err(|source| LaunchError::Start {
            executable: config.executable.clone(),
            source,
        })?;
        Ok((near, process))
    }

    /// Makes the link, enters the process in the table and says the first words.
    fn admit(
        &self,
        launched: &Launched,
        config: &ProcessConfig,
        invitation: &Invitation,
        socket: OwnedFd,
        start: Start,
    ) -> io::Result<()> {
        let child = &launched.child;
        let port = transport::host(&self.0.node, invitation, socket, child.clone())?;
        port.send(OwnedMessage::new(ToInvited::Start(start)));
        let control = port.attach(Arc::new(Answer(launched.answer.clone())));
        let number = self.0.add(Member {
            name: config.name.clone(),
            pid: Some(child.pid),
            child: Some(child.clone()),
            on_parent_exit: config.on_parent_exit,
            control: Arc::new(control),
        });
        let mesh = Arc::downgrade(&self.0);
        child.on_exit(move |_| {
            if let Some(mesh) = mesh.upgrade() {
                mesh.remove(number);
            }
        });
        Ok(())
    }
}

/// The system says so if it lacks a call, or forbids it; anything else passes.
fn unsupported(error: io::Error) -> LaunchError {
    match error.raw_os_error() {
        Some(libc::ENOSYS | libc::EINVAL | libc::EPERM) => LaunchError::Unsupported(error),
        _ => LaunchError::Link(error),
    }
}

/// Where the process's standard error goes, and who reads it.
fn redirect(config: &mut ProcessConfig) -> io::Result<(Option<Captured>, Option<Stdio>)> {
    if let Some(stderr) = config.stderr.take() {
        return Ok((None, Some(stderr)));
    }
    let (captured, write) = Captured::new()?;
    Ok((Some(captured), Some(write.into())))
}

/// This process's standard error, to be sent.
fn own_stderr() -> io::Result<OwnedFd> {
    match rustix::stdio::stderr().as_fd().try_clone_to_owned() {
        Ok(stderr) => Ok(stderr),
        // There is none.
        Err(_) => Ok(std::fs::File::options()
            .write(true)
            .open("/dev/null")?
            .into()),
    }
}

/// A process that was started and has not answered yet. Dropping it kills the process.
struct Launched {
    child: Arc<Child>,
    captured: Option<Captured>,
    answer: Said<ToInviter>,
    joined: bool,
}

impl Launched {
    async fn joined(mut self) -> Result<ProcessHandle, LaunchError> {
        let (name, pid) = (self.child.name.clone(), self.child.pid);
        match self.answer_or_exit().await {
            Some(ToInviter::Joined) => {
                self.joined = true;
                self.captured.take().map(Captured::finish);
                Ok(ProcessHandle(self.child.clone()))
            }
            Some(ToInviter::Refused(source)) => {
                let _ = self.child.kill();
                let _ = self.child.wait().await;
                Err(LaunchError::Refused { name, pid, source })
            }
            None => {
                // If its link has ended it is ending, or should be.
                let _ = self.child.kill();
                let status = self.child.wait().await.ok();
                let stderr = self
                    .captured
                    .take()
                    .map(Captured::finish)
                    .unwrap_or_default();
                Err(LaunchError::Exited {
                    name,
                    pid,
                    status,
                    stderr,
                })
            }
        }
    }

    /// None if the link or the process has ended.
    async fn answer_or_exit(&self) -> Option<ToInviter> {
        let mut answer = pin!(self.answer.wait());
        let mut exit = pin!(self.child.wait());
        poll_fn(|cx| {
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(answer.ok());
            }
            exit.as_mut().poll(cx).map(|_| None)
        })
        .await
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        if !self.joined {
            let _ = self.child.kill();
        }
    }
}
