//! How processes end, and who learns of it.

use crate::held::{Gone, children};
use crate::roles::{Request, Role, new_mesh, server};
use futures_executor::block_on;
use mesh::RecvError;
use mesh::rpc::RpcSend;
use mesh_process::{OnParentExit, ProcessConfig};
use std::process::Command;

pub(crate) fn the_exit_status_is_told_to_all_who_wait() {
    let mesh = new_mesh();
    let (child, tx) = server(&mesh, ProcessConfig::new("exits"));
    assert_eq!(child.exit_status(), None);
    let waiting = [child.wait(), child.wait(), child.clone().wait()];
    let dropped = child.wait();
    let elsewhere = std::thread::spawn({
        let child = child.clone();
        move || block_on(child.wait()).unwrap()
    });
    drop(dropped);
    tx.send(Request::Exit(7));
    let statuses = block_on(futures::future::join_all(waiting));
    assert!(
        statuses
            .iter()
            .all(|status| status.as_ref().unwrap().code() == Some(7))
    );
    assert_eq!(elsewhere.join().unwrap().code(), Some(7));
    assert_eq!(block_on(child.wait()).unwrap().code(), Some(7));
    assert_eq!(child.exit_status().unwrap().code(), Some(7));
    child.kill().unwrap();
    assert_eq!(children(), []);
}

pub(crate) fn a_host_that_returns_has_delivered_everything_it_sent() {
    let mesh = new_mesh();
    let (tx, mut rx) = mesh::channel();
    let role = Role::Count(tx, 50_000);
    let child = block_on(mesh.launch_host(ProcessConfig::new("counter"), role)).unwrap();
    for expected in 0..50_000 {
        assert_eq!(block_on(rx.recv()), Ok(expected));
    }
    assert_eq!(block_on(rx.recv()), Err(RecvError::Closed));
    assert_eq!(block_on(child.wait()).unwrap().code(), Some(0));

    let quiet = ProcessConfig::new("fails").stderr(std::process::Stdio::null());
    let child = block_on(mesh.launch_host(quiet, Role::Fail)).unwrap();
    assert_eq!(block_on(child.wait()).unwrap().code(), Some(1));
}

pub(crate) fn a_dropped_handle_does_not_end_its_process() {
    let mesh = new_mesh();
    let (child, tx) = server(&mesh, ProcessConfig::new("serves on"));
    let pid = child.pid();
    drop(child);
    assert_eq!(block_on(tx.call(Request::Add, (2, 2))).unwrap(), 4);
    assert_eq!(children(), [pid]);
    let processes = mesh.inspect().processes;
    assert_eq!(
        (&*processes[0].name, processes[0].pid),
        ("serves on", Some(pid))
    );
    drop(tx);
    block_on(mesh.shutdown());
    assert_eq!(children(), []);
    assert_eq!(mesh.inspect().processes, []);
}

pub(crate) fn processes_of_one_executable_are_of_one_build() {
    let mesh = new_mesh();
    let (_child, tx) = server(&mesh, ProcessConfig::new("alike"));
    assert_eq!(block_on(tx.call(Request::Add, (2, 2))).unwrap(), 4);
    let links = mesh.inspect().node.links;
    assert!(!links.is_empty() && links.iter().all(|link| link.same_build));
}

/// A child with a child of its own, which holds a descriptor for ever.
fn two_generations(stay: bool) -> (mesh_process::Mesh, mesh_process::ProcessHandle, Gone, u32) {
    let mesh = new_mesh();
    let (parent, tx) = server(&mesh, ProcessConfig::new("parent"));
    let (gone, held) = Gone::new();
    let pid = block_on(tx.call_failable(Request::Grandchild, (held, stay))).unwrap();
    parent.kill().unwrap();
    block_on(parent.wait()).unwrap();
    (mesh, parent, gone, pid)
}

pub(crate) fn a_child_ends_with_its_parent_and_its_children_with_it() {
    let (_mesh, _parent, gone, _) = two_generations(false);
    gone.wait();
    // Likewise if the parent drops its mesh and lives on.
    let mesh = new_mesh();
    let (gone, held) = Gone::new();
    let child = block_on(mesh.launch_host(ProcessConfig::new("held"), Role::Hold(held))).unwrap();
    assert!(gone.is_held());
    drop(mesh);
    gone.wait();
    assert_eq!(block_on(child.wait()).unwrap().code(), Some(1));
}

pub(crate) fn a_child_that_is_to_stay_outlives_its_parent() {
    let (_mesh, _parent, gone, pid) = two_generations(true);
    assert!(gone.is_held());
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // By then it has seen its link end, or will: neither ends it.
    rustix::process::test_kill_process(pid).unwrap();
    assert!(gone.is_held());
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    gone.wait();

    let mesh = new_mesh();
    let (gone, held) = Gone::new();
    let config = ProcessConfig::new("stays").on_parent_exit(OnParentExit::Stay);
    let child = block_on(mesh.launch_host(config, Role::Hold(held))).unwrap();
    // It is not waited for.
    block_on(mesh.shutdown());
    drop(mesh);
    assert!(gone.is_held() && child.exit_status().is_none());
    child.kill().unwrap();
    block_on(child.wait()).unwrap();
    gone.wait();
}

pub(crate) fn a_shutdown_lets_children_finish() {
    let mesh = new_mesh();
    // Two of them have a channel to each other, which is none of the parent's business.
    let (tx, rx) = mesh::channel();
    let (done, mut results) = mesh::channel();
    let role = Role::Finish(rx, done);
    let child = block_on(mesh.launch_host(ProcessConfig::new("finishes"), role)).unwrap();
    for number in 0..1000 {
        tx.send(number);
    }
    drop(tx);
    let shutdown = std::thread::spawn(move || block_on(mesh.shutdown()));
    let mut count = 0;
    while let Ok(number) = block_on(results.recv()) {
        assert_eq!(number, count);
        count += 1;
    }
    shutdown.join().unwrap();
    assert_eq!(child.exit_status().unwrap().code(), Some(0));
}

pub(crate) fn who_does_not_finish_after_a_shutdown_ends_with_the_process_of_its_parent() {
    let mesh = new_mesh();
    let (parent, tx) = server(&mesh, ProcessConfig::new("parent"));
    let (gone, held) = Gone::new();
    block_on(tx.call(Request::ShutDownWith, held)).unwrap();
    assert!(gone.is_held());
    tx.send(Request::Exit(0));
    block_on(parent.wait()).unwrap();
    gone.wait();
}

pub(crate) fn children_that_are_not_of_the_mesh_are_left_alone() {
    let mesh = new_mesh();
    let mut own = Command::new("sh").args(["-c", "exit 9"]).spawn().unwrap();
    let (child, tx) = server(&mesh, ProcessConfig::new("ours"));
    tx.send(Request::Exit(0));
    block_on(child.wait()).unwrap();
    assert_eq!(own.wait().unwrap().code(), Some(9));
}
