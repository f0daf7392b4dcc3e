//! Coming to a mesh by the path of its socket.

use crate::control::ToInviter;
use crate::credentials::Credentials;
use crate::error::JoinError;
use crate::host;
use crate::listen::socket;
use crate::membership::Mesh;
use crate::transport;
use mesh::MeshPayload;
use mesh::error::RemoteError;
use rustix::net::{self, SocketAddrUnix};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

impl Mesh {
    /// Joins the mesh of a process that listens at this path; gives it, and the first message that the process has for who comes.
    ///
    /// The process must be one of this process's user; [`connect_if`](Self::connect_if) can be told otherwise.
    ///
    /// # Errors
    /// Nobody listens, or a stranger; this process was not let in; or the message is of another type. See [`JoinError`].
    ///
    /// # Cancel safety
    /// Dropping the future goes away again.
    ///
    /// # Examples
    /// See the [crate's documentation](crate).
    pub async fn connect<T: MeshPayload>(path: impl AsRef<Path>) -> Result<(Self, T), JoinError> {
        Self::connect_if(path, Credentials::is_same_user).await
    }

    /// As [`connect`](Self::connect), to a process that the function finds trustworthy.
    ///
    /// # Errors
    /// As for [`connect`](Self::connect).
    pub async fn connect_if<T: MeshPayload>(
        path: impl AsRef<Path>,
        trusted: impl FnOnce(&Credentials) -> bool,
    ) -> Result<(Self, T), JoinError> {
        let socket = call(path.as_ref()).map_err(JoinError::Link)?;
        let listener = Credentials::of_peer(&socket).map_err(JoinError::Link)?;
        if !trusted(&listener) {
            let stranger = io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("a process of user {} listens there", listener.uid),
            );
            return Err(JoinError::Link(stranger));
        }
        let (uplink, said) = host::bystander();
        let (node, port) = transport::arrive(socket).await.map_err(JoinError::Link)?;
        let port = port.attach(uplink.clone());
        let start = said.wait().await.map_err(JoinError::Gone)?;
        let mesh = Self::with(start.name, node, Some((port, uplink)));
        match start.message.parse() {
            Ok(message) => {
                mesh.answer(ToInviter::Joined);
                Ok((mesh, message))
            }
            Err(error) => {
                let error = RemoteError::new(error);
                mesh.answer(ToInviter::Refused(RemoteError::new(error.to_string())));
                mesh.shutdown().await;
                Err(JoinError::Message(error))
            }
        }
    }
}

/// A connection to the path. One that would have to wait, since the listener's queue is full, is refused.
fn call(path: &Path) -> io::Result<OwnedFd> {
    let address = SocketAddrUnix::new(path)?;
    let socket = socket()?;
    net::connect(&socket, &address)?;
    Ok(socket)
}
