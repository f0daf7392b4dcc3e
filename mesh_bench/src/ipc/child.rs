//! The other process: how it is started, and what it does when it is.

use std::env;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitCode, Stdio};

use super::{descriptors, floors};
use crate::harness::cores::{self, Placement};

/// The hidden command by which this program becomes the other process.
pub(crate) const CHILD: &str = "ipc-child";

/// A child of this program; killed when dropped.
#[derive(Debug)]
pub(super) struct OtherProcess(Child);

impl OtherProcess {
    /// Starts it where the placement says, with arguments that [`child`] understands. It finds `stdin` as its standard
    /// input: the socket or the memory that the two share.
    pub(super) fn start(
        placement: Placement,
        arguments: &[&str],
        stdin: Option<OwnedFd>,
    ) -> io::Result<Self> {
        let core = placement.second().to_string();
        Command::new(env::current_exe()?)
            .args([CHILD, &core])
            .args(arguments)
            .stdin(stdin.map_or_else(Stdio::null, Stdio::from))
            .spawn()
            .map(Self)
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        // Fails only if it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the other process does: it serves until it is killed or the link ends.
pub(crate) fn child(arguments: &[String]) -> ExitCode {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [core, kind, rest @ ..] = arguments.as_slice() else {
        return ExitCode::FAILURE;
    };
    if let Ok(core) = core.parse() {
        cores::pin(core);
    }
    let served = match *kind {
        floors::KIND => floors::serve(rest),
        descriptors::KIND => descriptors::serve(),
        #[cfg(feature = "peers")]
        super::peers::ipc_channel::KIND => super::peers::ipc_channel::serve(rest),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mesh_bench: the other process: {error}");
            ExitCode::FAILURE
        }
    }
}
