//! The launcher's hold on a process.

use crate::child::{Child, Wait};
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

/// A process that was launched and has joined. Clones are for the same process; dropping them does not end it.
#[derive(Clone)]
pub struct ProcessHandle(pub(crate) Arc<Child>);

impl ProcessHandle {
    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its number. Once the process has ended the number may be another's.
    pub fn pid(&self) -> u32 {
        self.0.pid
    }

    /// Waits until it has ended. Any number of futures can wait, before its end and after.
    ///
    /// # Errors
    ///
    /// Another part of this program has waited for all of its children, and so taken the status.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub fn wait(&self) -> Wait {
        self.0.wait()
    }

    /// How it ended, if it has and that is known.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.0.outcome().flatten()
    }

    /// Kills it, with SIGKILL. Of a process that has ended already, this is no error.
    ///
    /// # Errors
    ///
    /// The process runs as another user by now.
    pub fn kill(&self) -> io::Result<()> {
        self.0.kill()
    }
}

impl fmt::Debug for ProcessHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessHandle")
            .field("name", &self.name())
            .field("pid", &self.pid())
            .field("exit_status", &self.exit_status())
            .finish()
    }
}
