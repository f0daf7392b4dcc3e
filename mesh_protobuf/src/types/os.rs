//! What the operating system hands out: paths, which are bytes, and descriptors, which travel beside them.
//!
//! A descriptor is a resource of its own kind ([`OwnedFd`] on Unix, `OwnedHandle` and `OwnedSocket` on Windows); files and
//! sockets are sent as one and made from one again. Nothing asks the system whether a descriptor received for a
//! `TcpStream` is one: the first operation on it will tell.

use crate::encoding::DefaultEncoding;
use crate::encodings::{OsText, Resource, Via};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

macro_rules! default_encoding {
    ($encoding:ty: $($type:ty)*) => { $(
        impl DefaultEncoding for $type {
            type Encoding = $encoding;
        }
    )* };
}

default_encoding!(OsText: OsString OsStr PathBuf Path);

#[cfg(unix)]
mod unix {
    //! File descriptors.

    use super::{DefaultEncoding, Resource, Via};
    use std::fs::File;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    default_encoding!(Resource: OwnedFd);
    default_encoding!(Via<OwnedFd>: File TcpListener TcpStream UdpSocket);
    default_encoding!(Via<OwnedFd>: UnixDatagram UnixListener UnixStream);
}

#[cfg(windows)]
mod windows {
    //! Handles, and sockets, which are not handles.

    use super::{DefaultEncoding, Resource, Via};
    use std::fs::File;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::windows::io::{OwnedHandle, OwnedSocket};

    default_encoding!(Resource: OwnedHandle OwnedSocket);
    default_encoding!(Via<OwnedHandle>: File);
    default_encoding!(Via<OwnedSocket>: TcpListener TcpStream UdpSocket);
}
