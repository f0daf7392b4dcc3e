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
    let exit = tx.call(Request::Ask, mesh::channel().0);
    tx.send(Request::Exit(3));
    let error = block_on(exit).unwrap_err().to_string();
    // The first request cannot be answered: nobody receives what it asks back.
    let expected = format!(
        "process \"quits\" (pid {}) exited with status ",
        child.pid()
    );
    assert!(error.contains(&expected), "{error}");
}

pub(crate) fn a_handler_that_panics_is_a_failure_of_its_process() {
    let mesh = new_mesh();
    let (tell, told) = mesh::channel();
    let (alive, mut rx) = mesh::channel();
    let role = Role::Panic(told, alive);
    let child = block_on(mesh.launch_host(ProcessConfig::new("panics"), role)).unwrap();
    tell.send(());
    let Err(RecvError::Error(error)) = block_on(rx.recv()) else {
        panic!("closed in order");
    };
    let expected = format!(
        "process \"panics\" (pid {}) exited with status 101",
        child.pid()
    );
    assert_eq!(error.to_string(), format!("the peer failed: {expected}"));
    assert_eq!(block_on(child.wait()).unwrap().code(), Some(101));
}
