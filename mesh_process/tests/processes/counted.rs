//! What is left behind: one thread and its descriptor, which the first link starts.

use crate::held::{Held, held};
use crate::roles::{Request, Role, new_mesh, server};
use futures_executor::block_on;
use mesh::rpc::RpcSend;
use mesh_process::ProcessConfig;

/// A mesh with children that end in several ways, an endpoint that goes from one to another, and launches that fail.
fn live(number: u32) {
    let mesh = new_mesh();
    let (first, first_tx) = server(&mesh, ProcessConfig::new("first"));
    let (second, second_tx) = server(&mesh, ProcessConfig::new("second"));
    let (tx, rx) = mesh::channel();
    let (verdict, passed) = mesh::oneshot();
    first_tx.send(Request::Send(tx, 100));
    second_tx.send(Request::Check(rx, 100, verdict));
    assert_eq!(block_on(passed), Ok(true));
    assert_eq!(
        block_on(second_tx.call(Request::Add, (1, number))).unwrap(),
        number + 1
    );
    let none = ProcessConfig::new("none").executable("/no/such/program");
    block_on(mesh.launch_host(none, Role::Fail)).unwrap_err();
    match number % 3 {
        0 => first.kill().unwrap(),
        1 => first_tx.send(Request::Exit(1)),
        _ => drop(first_tx),
    }
    block_on(first.wait()).unwrap();
    drop(second_tx);
    block_on(mesh.shutdown());
    assert!(second.exit_status().is_some());
}

pub(crate) fn nothing_is_left_behind() {
    live(0);
    let before: Held = held();
    assert_eq!(before.children, 0);
    for number in 0..12 {
        live(number);
    }
    assert_eq!(held(), before, "{:?}", crate::held::names());
}
