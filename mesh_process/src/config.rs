//! What a child process is started with.
//!
//! A child inherits three descriptors, its standard streams, and beside them only the end of the link to its parent. Whatever
//! else it is to have comes in messages.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What a child process is started with; see [`Mesh::launch_host`](crate::Mesh::launch_host).
///
/// Without further words it is this program again, without arguments, with this process's environment, with nothing to read and
/// with this process's output, and it ends when this process does.
///
/// ```
/// use mesh_process::{OnParentExit, ProcessConfig};
///
/// let config = ProcessConfig::new("disk")
///     .arg("--verbose")
///     .env("RUST_BACKTRACE", "1")
///     .on_parent_exit(OnParentExit::Stay);
/// assert_eq!(config.name(), "disk");
/// ```
#[derive(Debug)]
pub struct ProcessConfig {
    pub(crate) name: String,
    pub(crate) executable: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) environment: Vec<EnvironmentChange>,
    pub(crate) stdin: Option<Stdio>,
    pub(crate) stdout: Option<Stdio>,
    pub(crate) stderr: Option<Stdio>,
    pub(crate) on_parent_exit: OnParentExit,
}

/// One step from this process's environment to that of the child.
#[derive(Debug)]
pub(crate) enum EnvironmentChange {
    Set(OsString, OsString),
    Remove(OsString),
    Clear,
}

/// What a child does when it has lost its parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnParentExit {
    /// It exits with status 1, whatever it is doing.
    ///
    /// After a [`shutdown`](crate::Mesh::shutdown) of the parent it may finish its work, as long as the parent's process is
    /// there.
    #[default]
    Exit,
    /// It goes on, with channels that have failed.
    Stay,
}

/// The running program, also where its file has been replaced or removed since it was started.
const THIS_PROGRAM: &str = "/proc/self/exe";

impl ProcessConfig {
    /// A process of this name, which shows in errors and in listings of processes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            executable: THIS_PROGRAM.into(),
            args: Vec::new(),
            environment: Vec::new(),
            stdin: None,
            stdout: None,
            stderr: None,
            on_parent_exit: OnParentExit::default(),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs another program, whose `main` begins with [`try_run_mesh_host`](crate::try_run_mesh_host) too. A name without a slash
    /// is looked for in `PATH`.
    ///
    /// A program may stand between, as a wrapper, if it leaves the environment and the descriptors as they are; one that does not,
    /// such as `sudo`, takes away what makes the process a host.
    #[must_use]
    pub fn executable(mut self, path: impl AsRef<Path>) -> Self {
        self.executable = path.as_ref().to_owned();
        self
    }

    /// Adds an argument. What stands before the first one, `argv[0]`, is the process's name.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        self.args.extend(args);
        self
    }

    /// Sets a variable of the child's environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let change = EnvironmentChange::Set(name.as_ref().into(), value.as_ref().into());
        self.environment.push(change);
        self
    }

    /// Leaves a variable out of the child's environment.
    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        let change = EnvironmentChange::Remove(name.as_ref().into());
        self.environment.push(change);
        self
    }

    /// Leaves everything out of the child's environment but what is set after this.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.environment.push(EnvironmentChange::Clear);
        self
    }

    /// What the child reads from. By default there is nothing to read.
    #[must_use]
    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.stdin = Some(stdin.into());
        self
    }

    /// Where the child's output goes. By default, where that of this process goes.
    #[must_use]
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.stdout = Some(stdout.into());
        self
    }

    /// Where the child's messages go. By default, where those of this process go; until the child has joined they pass
    /// through this process, which quotes the last of them in the error if the child does not join.
    ///
    /// The child itself gets them out of this process's way when it joins. If the executable is a program that runs the host as
    /// a child of its own, such as a shell script, that program's standard error ends then, unless it is set here.
    #[must_use]
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.stderr = Some(stderr.into());
        self
    }

    /// What the child does when it has lost its parent.
    #[must_use]
    pub fn on_parent_exit(mut self, then: OnParentExit) -> Self {
        self.on_parent_exit = then;
        self
    }
}
