//! What a child gets from its parent, and what it does not.

use crate::roles::{Facts, Request, new_mesh, server};
use futures_executor::block_on;
use mesh::rpc::RpcSend;
use mesh_process::{Mesh, ProcessConfig};
use rustix::io::FdFlags;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

static INHERITED: OnceLock<Vec<String>> = OnceLock::new();

/// To be called before anything is opened.
pub(crate) fn note_what_was_inherited() {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd").unwrap() {
        let path = entry.unwrap().path();
        // The one that lists the folder is gone by the time it is looked at.
        let target = std::fs::read_link(&path).unwrap();
        let number = path.file_name().unwrap().to_string_lossy().parse::<u32>();
        if number.unwrap() > 2 && !target.to_string_lossy().ends_with("/fd") {
            found.push(target.to_string_lossy().into_owned());
        }
    }
    INHERITED.set(found).unwrap();
}

pub(crate) fn inherited() -> Vec<String> {
    INHERITED.get().unwrap().clone()
}

fn facts(mesh: &Mesh, config: ProcessConfig) -> Facts {
    let (child, tx) = server(mesh, config);
    let facts = block_on(tx.call(Request::Facts, ())).unwrap();
    drop(tx);
    assert!(block_on(child.wait()).unwrap().success());
    facts
}

pub(crate) fn a_child_has_nothing_but_its_standard_streams_and_its_link() {
    let mesh = new_mesh();
    // Not even what this process gives to everyone it executes, below and above the link's number.
    let files: Vec<_> = (0..40).map(|_| tempfile::tempfile().unwrap()).collect();
    for file in &files {
        rustix::io::fcntl_setfd(file, FdFlags::empty()).unwrap();
    }
    let (_busy, _tx) = server(&mesh, ProcessConfig::new("busy"));
    let inherited = facts(&mesh, ProcessConfig::new("alone")).inherited;
    assert_eq!(inherited.len(), 1, "{inherited:?}");
    assert!(inherited[0].starts_with("socket:"), "{inherited:?}");
}

pub(crate) fn a_child_is_listed_under_its_name() {
    let facts = facts(&new_mesh(), ProcessConfig::new("disk 0"));
    assert_eq!(facts.comm, "disk 0\n");
    assert_eq!(facts.args, ["disk 0"]);
}

pub(crate) fn arguments_environment_and_streams_are_as_configured() {
    let mesh = new_mesh();
    let kept = facts(&mesh, ProcessConfig::new("kept").arg("-v").args(["a", "b"]));
    assert_eq!(kept.args, ["kept", "-v", "a", "b"]);
    assert_eq!(kept.path, std::env::var("PATH").ok());
    assert_eq!(kept.variable, None);

    let set = facts(
        &mesh,
        ProcessConfig::new("set")
            .env("MESH_TEST", "1")
            .env_remove("PATH"),
    );
    assert_eq!((set.path, set.variable.as_deref()), (None, Some("1")));
    let config = ProcessConfig::new("cleared").env("PATH", "x").env_clear();
    let cleared = facts(&mesh, config.env("MESH_TEST", "2"));
    assert_eq!(
        (cleared.path, cleared.variable.as_deref()),
        (None, Some("2"))
    );

    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    let config = ProcessConfig::new("quiet")
        .stdout(write)
        .stdin(Stdio::null());
    drop(facts(&mesh, config.stderr(Stdio::null())));
    let mut said = String::new();
    std::fs::File::from(read).read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

/// It runs on as an ordinary program: with a filter that no test matches, this one says that nothing failed.
pub(crate) fn a_process_with_the_variable_and_without_the_descriptor_is_no_host() {
    for descriptor in [3, 0, 1000] {
        let variable = format!("1 {descriptor} 1 {} 7/1 tests", std::process::id());
        let output = Command::new("/proc/self/exe")
            .env("MESH_HOST", variable)
            .arg("no such test")
            .output()
            .unwrap();
        assert!(output.status.success());
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.ends_with("0 passed, 0 failed\n"), "{said}");
    }
}

pub(crate) fn the_running_program_is_launched_though_its_file_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    std::fs::copy("/proc/self/exe", &copy).unwrap();
    let output = Command::new(&copy)
        .env("MESH_TEST_REMOVE", &copy)
        .arg("requests_are_answered_both_ways")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.ends_with("1 passed, 0 failed\n"), "{said}");
    assert!(!copy.exists());
}
