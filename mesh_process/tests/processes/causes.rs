//! What is said of a process that is gone, to those who had a channel there.

use crate::roles::{Request, Role, new_mesh, server};
use futures_executor::block_on;
use mesh::rpc::{RpcError, RpcSend};
use mesh::{ChannelErrorKind, RecvError};
use mesh_process::ProcessConfig;

pub(crate) fn a_killed_process_is_named_with_its_signal() {
    let mesh = new_mesh();
    let (child, tx) = server(&mesh, ProcessConfig::new("disk"));
    let (_other, other_tx) = server(&mesh, ProcessConfig::new("other"));
    // A request that is in the middle of it, and one that waits behind it.
    let (back, mut asked) = mesh::channel();
    let pending = [
        tx.call(Request::Ask, back.clone()),
        tx.call(Request::Ask, back),
    ];
    let _unanswered = block_on(asked.recv()).unwrap();
    child.kill().unwrap();
    let expected = format!(
        "process \"disk\" (pid {}) was killed by signal 9",
        child.pid()
    );
    for call in pending {
        let Err(RpcError::Channel(RecvError::Error(error))) = block_on(call) else {
            panic!("it was answered, or closed in order");
        };
        assert_eq!(error.kind(), ChannelErrorKind::PeerFailed);
        assert_eq!(error.to_string(), format!("the peer failed: {expected}"));
    }
    assert!(matches!(block_on(asked.recv()), Err(RecvError::Error(_))));
    block_on(tx.closed());
    // Nobody else is touched.
    assert_eq!(block_on(other_tx.call(Request::Add, (1, 2))).unwrap(), 3);
}

pub(crate) fn a_process_that_exits_at_once_is_named_with_its_status() {
    let mesh = new_mesh();
    let (child, tx) = server(&mesh, ProcessConfig::new("quits"));
    tx.send(Request::Exit(3));
    let unanswered = tx.call(Request::Add, (1, 2));
    let Err(RpcError::Channel(RecvError::Error(error))) = block_on(unanswered) else {
        panic!("it was answered, or closed in order");
    };
    let expected = format!(
        "process \"quits\" (pid {}) exited with status 3",
        child.pid()
    );
    assert_eq!(error.to_string(), format!("the peer failed: {expected}"));
}

/// As anywhere, what the handler held is dropped: its channels close.
pub(crate) fn a_handler_that_panics_ends_its_process_as_main_would() {
    let mesh = new_mesh();
    let (tell, told) = mesh::channel();
    let (alive, mut rx) = mesh::channel();
    let role = Role::Panic(told, alive);
    let child = block_on(mesh.launch_host(ProcessConfig::new("panics"), role)).unwrap();
    tell.send(());
    assert!(block_on(rx.recv()).is_err());
    assert_eq!(block_on(child.wait()).unwrap().code(), Some(101));
}
