//! Letting processes in that are nobody's children: a socket with a name in the file system.
//!
//! The socket's file is removed with the listener. One that a killed process has left is replaced, if it is a socket and nobody
//! listens there; of two processes that find it at once, one gets it, for they hold a lock on its folder meanwhile.

use crate::config::OnParentExit;
use crate::control::{Answer, Said, Start, ToInvited, ToInviter};
use crate::credentials::Credentials;
use crate::error::AdmitError;
use crate::membership::{Inner, Member, Mesh};
use crate::transport;
use mesh::{ChannelError, MeshPayload, OwnedMessage};
use mesh_remote::unix;
use parking_lot::Mutex;
use rustix::fs::{FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SocketAddrUnix, SocketFlags, SocketType};
use std::fmt;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many connections wait in the kernel to be accepted; one more is refused.
const BACKLOG: i32 = 128;

type Allow = Box<dyn Fn(&Credentials) -> bool + Send + Sync>;

/// Lets processes into a mesh that come by the path of a socket; see [`Mesh::listen`].
pub struct Listener {
    mesh: Mesh,
    socket: Arc<OwnedFd>,
    path: PathBuf,
    /// The file's identity, so that no other's is removed.
    file: (u64, u64),
    allow: Allow,
}

/// A process that has connected, and waits to be let in. Dropping it sends the process away.
#[derive(Debug)]
#[must_use = "the process is sent away when this is dropped"]
pub struct Incoming {
    mesh: Mesh,
    socket: OwnedFd,
    credentials: Credentials,
}

impl Mesh {
    /// Listens for processes that come with [`connect`](Self::connect).
    ///
    /// Only processes of this process's own user are let in, unless [`Listener::allow`] says otherwise. The listener keeps the mesh:
    /// it is a clone of this.
    ///
    /// # Errors
    /// Something else is at the path, or somebody listens there; the path is too long for a socket (108 bytes); or as the operating
    /// system says.
    ///
    /// # Examples
    /// See the [crate's documentation](crate).
    pub fn listen(&self, path: impl AsRef<Path>) -> io::Result<Listener> {
        let path = path.as_ref().to_owned();
        let socket = bind(&path)?;
        let file = identity(&rustix::fs::lstat(&path)?);
        Ok(Listener {
            mesh: self.clone(),
            socket: Arc::new(socket),
            path,
            file,
            allow: Box::new(Credentials::is_same_user),
        })
    }
}

impl Listener {
    /// Who may come in; others are sent away without a word. By default, processes of this process's user.
    #[must_use]
    pub fn allow(mut self, allow: impl Fn(&Credentials) -> bool + Send + Sync + 'static) -> Self {
        self.allow = Box::new(allow);
        self
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for a process that may come in.
    ///
    /// # Errors
    /// As the operating system says; that this process has no descriptor left is one that passes.
    ///
    /// # Cancel safety
    /// Dropping the future loses no connection.
    pub async fn accept(&self) -> io::Result<Incoming> {
        loop {
            let socket = self.accept_any().await?;
            if !is_waiting(&socket) {
                continue;
            }
            let credentials = Credentials::of_peer(&socket)?;
            if (self.allow)(&credentials) {
                return Ok(Incoming {
                    mesh: self.mesh.clone(),
                    socket,
                    credentials,
                });
            }
        }
    }

    async fn accept_any(&self) -> io::Result<OwnedFd> {
        loop {
            match net::accept_with(&self.socket, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
                Ok(socket) => return Ok(socket),
                Err(Errno::AGAIN) => readable(&self.socket).await?,
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Whether a process that has connected is there still, and silent, as it should be. One that looks whether anybody listens goes
/// away at once.
fn is_waiting(socket: &OwnedFd) -> bool {
    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    net::recv(socket, &mut [0; 1], flags).err() == Some(Errno::AGAIN)
}

impl Drop for Listener {
    fn drop(&mut self) {
        let ours = rustix::fs::lstat(&self.path).is_ok_and(|found| identity(&found) == self.file);
        if ours {
            let _ = rustix::fs::unlink(&self.path);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Incoming {
    /// Who it is.
    pub fn credentials(&self) -> Credentials {
        self.credentials
    }

    /// Lets it in, with a first message, and waits until it has taken that.
    ///
    /// # Errors
    /// See [`AdmitError`].
    ///
    /// # Cancel safety
    /// Nothing is done before the first poll; a future dropped later leaves the process in the mesh if it has come that far.
    pub async fn admit<T: MeshPayload>(self, initial_message: T) -> Result<(), AdmitError> {
        let answer = self.start(OwnedMessage::new(initial_message))?;
        match answer.wait().await {
            Ok(ToInviter::Joined) => Ok(()),
            Ok(ToInviter::Refused(error)) => Err(AdmitError::Refused(error)),
            Err(cause) => Err(AdmitError::Gone(cause)),
        }
    }

    fn start(self, message: OwnedMessage) -> Result<Said<ToInviter>, AdmitError> {
        let inner = &self.mesh.0;
        let invitation = inner.node.invite().ok_or(AdmitError::TooDeep)?;
        let name = match self.credentials.pid {
            Some(pid) => format!("guest {pid}"),
            None => "guest".to_owned(),
        };
        let start = ToInvited::Start(Start {
            name: inner.name.clone(),
            stay: true,
            stderr: None,
            message,
        });
        let port = transport::admit(&inner.node, &invitation, self.socket, &name)
            .map_err(AdmitError::Link)?;
        port.send(OwnedMessage::new(start));
        let answer = Said::new();
        let leaving = Arc::new(Leaving::default());
        let control = port.attach(Arc::new(GuestAnswer {
            answer: Answer(answer.clone()),
            leaving: leaving.clone(),
        }));
        let number = inner.add(Member {
            name,
            pid: self.credentials.pid,
            child: None,
            on_parent_exit: OnParentExit::Stay,
            control: Arc::new(control),
        });
        leaving.arrived(inner, number);
        Ok(answer)
    }
}

/// The handler of a guest's channel: as a child's, and takes the guest out of the table at the end, since it has no process to
/// watch.
struct GuestAnswer {
    answer: Answer,
    leaving: Arc<Leaving>,
}

/// A guest's place in the table, which it may leave before it is known.
#[derive(Default)]
struct Leaving(Mutex<Presence>);

#[derive(Default)]
enum Presence {
    #[default]
    Unknown,
    There(std::sync::Weak<Inner>, u64),
    Left,
}

impl Leaving {
    fn arrived(&self, mesh: &Arc<Inner>, number: u64) {
        let left = {
            let mut presence = self.0.lock();
            let left = matches!(*presence, Presence::Left);
            if !left {
                *presence = Presence::There(Arc::downgrade(mesh), number);
            }
            left
        };
        if left {
            mesh.remove(number);
        }
    }

    fn leave(&self) {
        let before = std::mem::replace(&mut *self.0.lock(), Presence::Left);
        if let Presence::There(mesh, number) = before {
            if let Some(mesh) = mesh.upgrade() {
                mesh.remove(number);
            }
        }
    }
}

impl mesh::local_node::PortHandler for GuestAnswer {
    fn message(&self, message: mesh::Message<'_>) -> mesh::local_node::Delivery {
        self.answer.message(message)
    }

    fn closed(&self) {
        self.answer.closed();
        self.leaving.leave();
    }

    fn failed(&self, error: ChannelError) {
        self.answer.failed(error);
        self.leaving.leave();
    }
}

/// A listening socket at the path.
fn bind(path: &Path) -> io::Result<OwnedFd> {
    let address = SocketAddrUnix::new(path)?;
    let socket = socket()?;
    // Without the right to read the folder there is no lock, and two that replace a file at the same time may both believe they
    // have.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let _lock = lock(folder.unwrap_or(Path::new("."))).ok();
    match net::bind(&socket, &address) {
        Err(Errno::ADDRINUSE) if is_left_over(path, &address)? => {
            rustix::fs::unlink(path)?;
            net::bind(&socket, &address)?;
        }
        bound => bound?,
    }
    net::listen(&socket, BACKLOG)?;
    Ok(socket)
}

pub(crate) fn socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(net::socket_with(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        flags,
        None,
    )?)
}

fn lock(folder: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(folder, flags, Mode::empty())?;
    rustix::fs::flock(&folder, FlockOperation::LockExclusive)?;
    Ok(folder)
}

/// Whether a socket is at the path at which nobody listens.
fn is_left_over(path: &Path, address: &SocketAddrUnix) -> io::Result<bool> {
    let found = rustix::fs::lstat(path)?;
    if FileType::from_raw_mode(found.st_mode) != FileType::Socket {
        return Ok(false);
    }
    Ok(net::connect(&socket()?, address) == Err(Errno::CONNREFUSED))
}

fn identity(file: &Stat) -> (u64, u64) {
    (file.st_dev, file.st_ino)
}

/// Waits until something can be read, or the other side is gone.
pub(crate) fn readable(descriptor: &Arc<OwnedFd>) -> impl Future<Output = io::Result<()>> + use<> {
    let ready: Said<()> = Said::new();
    let waiting = ready.wait();
    let watch = unix::watch(descriptor.clone(), move |_| {
        let ready = ready.clone();
        ControlFlow::Break(move || ready.say(Ok(())))
    });
    async move {
        let watch = watch?;
        // It is said by the watch, which does not fail.
        let _ = waiting.await;
        drop(watch);
        Ok(())
    }
}
