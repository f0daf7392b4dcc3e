//! Launches that do not come to a host.

use crate::held::{Gone, children};
use crate::roles::{MESH, Request, Role, new_mesh, server};
use futures::FutureExt;
use futures_executor::block_on;
use mesh::rpc::RpcSend;
use mesh_process::{LaunchError, Mesh, ProcessConfig};
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

/// Has this program forget what it was launched as.
const FORGET: &str = "MESH_TEST_FORGET";

/// The `main` of a program that forgot.
pub(crate) fn play_the_forgetful() -> Option<ExitCode> {
    let what = std::env::var(FORGET).ok()?;
    if what == "talks" {
        // More than a pipe holds.
        for line in 0..20_000 {
            eprintln!("line {line}");
        }
        return Some(ExitCode::from(7));
    }
    let mesh = Mesh::new(what).unwrap();
    let config = ProcessConfig::new("again").env_remove(FORGET);
    match block_on(mesh.launch_host(config, Role::Fail)) {
        Ok(_) => Some(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("{error}");
            Some(ExitCode::from(3))
        }
    }
}

fn launch(config: ProcessConfig) -> LaunchError {
    let mesh = new_mesh();
    let error = block_on(mesh.launch_host(config, Role::Fail)).unwrap_err();
    assert_eq!(children(), [], "nobody is left");
    error
}

/// A mesh of another name is one that this program does not ask about.
fn launch_forgetful(what: &str) -> LaunchError {
    let mesh = Mesh::new("forgotten").unwrap();
    let config = ProcessConfig::new("forgetful")
        .env(FORGET, what)
        .stdout(std::process::Stdio::null());
    block_on(mesh.launch_host(config, Role::Fail)).unwrap_err()
}

pub(crate) fn a_program_that_forgets_to_ask_is_an_error_and_no_fork_bomb() {
    let error = launch_forgetful("forgotten").to_string();
    assert!(error.starts_with("process \"forgetful\" (pid "), "{error}");
    let expected = "exited with status 3 before it joined; the last it wrote:\n\
        this process was launched as a host of mesh \"forgotten\" and has not joined it: \
        its main has to begin with try_run_mesh_host(\"forgotten\", ..)";
    assert!(error.ends_with(expected), "{error}");
}

pub(crate) fn a_program_that_cannot_be_executed_is_an_error_with_its_name() {
    let error = launch(ProcessConfig::new("none").executable("/no/such/program"));
    assert_eq!(error.to_string(), "cannot start /no/such/program");
    let source = error.source().unwrap().downcast_ref::<std::io::Error>();
    assert_eq!(source.unwrap().kind(), std::io::ErrorKind::NotFound);
}

pub(crate) fn a_program_that_exits_before_joining_is_quoted_with_its_status() {
    let shell = |script: &str| {
        ProcessConfig::new("sh")
            .executable("sh")
            .args(["-c", script])
    };
    let LaunchError::Exited { status, stderr, .. } = launch(shell("echo why >&2; exit 5")) else {
        panic!("it did not run");
    };
    assert_eq!(status.unwrap().code(), Some(5));
    assert_eq!(stderr, "why");
    let error = launch(shell("kill -9 $$")).to_string();
    assert!(
        error.ends_with("was killed by signal 9 before it joined"),
        "{error}"
    );
    // One that was no host at all.
    let error = launch(shell("exit 0")).to_string();
    assert!(
        error.ends_with("its main has to begin with try_run_mesh_host"),
        "{error}"
    );
    // What is said elsewhere is not quoted.
    let elsewhere = shell("echo why >&2; exit 5").stderr(std::process::Stdio::null());
    let error = launch(elsewhere).to_string();
    assert!(
        error.ends_with("exited with status 5 before it joined"),
        "{error}"
    );
}

pub(crate) fn a_message_of_another_type_is_refused_with_the_reason() {
    let mesh = new_mesh();
    let config = ProcessConfig::new("confused");
    let error = block_on(mesh.launch_host(config, u64::MAX)).unwrap_err();
    let LaunchError::Refused { name, source, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(name, "confused");
    assert!(!source.to_string().is_empty());
}

pub(crate) fn a_launch_that_is_dropped_leaves_no_process() {
    let mesh = new_mesh();
    // A program that would wait for ever: for somebody to open the other end of this.
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    let mode = rustix::fs::Mode::RWXU;
    let device = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, device, mode, 0).unwrap();
    let (gone, held) = Gone::new();
    let config = ProcessConfig::new("sleeper")
        .executable("cat")
        .arg(&fifo)
        .stdin(held);
    let mut launch = Box::pin(mesh.launch_host(config, Role::Fail));
    assert!((&mut launch).now_or_never().is_none());
    let pids = children();
    assert_eq!(pids.len(), 1);
    drop(launch);
    gone.wait();
}

pub(crate) fn a_host_of_another_mesh_is_not_taken_for_one() {
    let error = launch_forgetful("another").to_string();
    assert!(error.contains("host of mesh \"forgotten\""), "{error}");
    assert_ne!(MESH, "forgotten");
}

pub(crate) fn what_a_child_says_before_it_joins_does_not_stop_it() {
    const QUIETLY: &str = "MESH_TEST_QUIETLY";
    if std::env::var_os(QUIETLY).is_none() {
        // Its words are passed on to the standard error of whoever launched it: another process, which nobody listens to.
        let status = std::process::Command::new("/proc/self/exe")
            .env(QUIETLY, "")
            .arg("what_a_child_says_before_it_joins_does_not_stop_it")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status();
        return assert!(status.unwrap().success());
    }
    let LaunchError::Exited { status, stderr, .. } = launch_forgetful("talks") else {
        panic!("it joined");
    };
    assert_eq!(status.unwrap().code(), Some(7));
    assert!(
        stderr.starts_with("line ") && stderr.ends_with("\nline 19999"),
        "{stderr}"
    );
    assert!(stderr.len() <= 8 << 10);
    // Nor does it matter that a child that has joined goes on.
    let mesh = new_mesh();
    let (child, tx) = server(&mesh, ProcessConfig::new("quiet"));
    assert_eq!(block_on(tx.call(Request::Add, (1, 1))).unwrap(), 2);
    std::io::stderr().flush().unwrap();
    drop(tx);
    assert!(block_on(child.wait()).unwrap().success());
}
