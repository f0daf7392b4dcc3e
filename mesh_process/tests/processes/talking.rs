//! The first words between processes.

use crate::roles::{Request, new_mesh, server};
use futures_executor::block_on;
use mesh::rpc::{Rpc, RpcSend};
use mesh_process::ProcessConfig;
use std::io::Write;

pub(crate) fn requests_are_answered_both_ways() {
    let mesh = new_mesh();
    let (child, tx) = server(&mesh, ProcessConfig::new("adder"));
    assert_ne!(child.pid(), std::process::id());
    assert_eq!(block_on(tx.call(Request::Add, (2, 3))).unwrap(), 5);
    // The child asks while it is asked.
    let (back, mut asked) = mesh::channel::<Rpc<u32, u32>>();
    let answer = tx.call(Request::Ask, back);
    block_on(asked.recv()).unwrap().handle_sync(|n| n + 1);
    assert_eq!(block_on(answer).unwrap(), 22);
    drop(tx);
    assert!(block_on(child.wait()).unwrap().success());
}

pub(crate) fn descriptors_and_large_messages_travel() {
    let mesh = new_mesh();
    let (child, tx) = server(&mesh, ProcessConfig::new("reader"));
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&[1; 12345]).unwrap();
    for size in [0, 100, 5 << 20] {
        let request = (file.try_clone().unwrap().into(), vec![7; size]);
        let lengths = block_on(tx.call(Request::Length, request));
        assert_eq!(lengths.unwrap(), (12345, size));
    }
    drop(tx);
    assert!(block_on(child.wait()).unwrap().success());
}
