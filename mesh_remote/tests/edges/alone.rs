//! Tests with a process of their own.

use std::env;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

/// The name of the test that this process is for.
const VARIABLE: &str = "MESH_REMOTE_TEST_ALONE";

/// Runs a test, given its full name, in a process of its own.
pub(crate) fn alone(name: &str, test: impl FnOnce()) {
    if env::var_os(VARIABLE).is_some() {
        return test();
    }
    let output = again(name).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{}\n{text}\n{errors}",
        output.status
    );
}

/// This program, to run the test of this name.
fn again(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, name);
    command
}

/// Whether this process was started by [`peer`] for the test of this name.
pub(crate) fn is_peer(name: &str) -> bool {
    env::var(VARIABLE).is_ok_and(|value| value == name)
}

/// Starts another process that runs the test of this name, with a descriptor for its standard input.
pub(crate) fn peer(name: &str, end: OwnedFd) -> Child {
    again(name)
        .stdin(Stdio::from(end))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
