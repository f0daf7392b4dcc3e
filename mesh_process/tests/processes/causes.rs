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

pub(crate) fn a_hundred_kills_fail_every_pending_call_and_nobody_else() {
    let mesh = new_mesh();
    let (_other, other_tx) = server(&mesh, ProcessConfig::new("other"));
    for number in 0..100 {
        let (child, tx) = server(&mesh, ProcessConfig::new("victim"));
        // Nobody answers what it asks back, so that everything else waits behind that.
        let (back, _asked) = mesh::channel();
        let mut pending = vec![tx.call(Request::Ask, back)];
        pending.extend((0..20).map(|_| tx.call(Request::Ask, mesh::channel().0)));
        child.kill().unwrap();
        let expected = format!(
            "process \"victim\" (pid {}) was killed by signal 9",
            child.pid()
        );
        for call in pending {
            let Err(RpcError::Channel(RecvError::Error(error))) = block_on(call) else {
                panic!("it was answered, or closed in order");
            };
            assert_eq!(error.to_string(), format!("the peer failed: {expected}"));
        }
        let answer = block_on(other_tx.call(Request::Add, (1, number)));
        assert_eq!(answer.unwrap(), number + 1);
    }
    assert_eq!(mesh.inspect().processes.len(), 1);
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

pub(crate) fn a_process_that_loses_its_link_and_lives_on_is_named_all_the_same() {
    let mesh = new_mesh();
    let (child, tx) = server(&mesh, ProcessConfig::new("becomes a cat"));
    let (input, end) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    tx.send(Request::Become(input));
    let Err(RpcError::Channel(RecvError::Error(error))) = block_on(tx.call(Request::Add, (1, 1)))
    else {
        panic!("it was answered, or closed in order");
    };
    let expected = format!(
        "the peer failed: process \"becomes a cat\" (pid {}): the peer is gone",
        child.pid()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert_eq!(child.exit_status(), None);
    drop(end);
    assert!(block_on(child.wait()).unwrap().success());
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
