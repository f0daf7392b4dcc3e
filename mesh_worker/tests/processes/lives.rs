//! Workers in children, from launch to end.

use crate::hosts::Processes;
use crate::ledger::{Ledger, Parameters, Request};
use futures::executor::block_on;
use mesh::RecvError;
use mesh::rpc::{RpcError, RpcSend};
use mesh_worker::{LaunchError, Worker, WorkerEvent, WorkerHandle, WorkerHost, WorkerId};
use std::error::Error;
use std::io::{Read, Seek};

pub(crate) fn ledger(host: &WorkerHost) -> (WorkerHandle, mesh::Sender<Request>) {
    let (tx, rx) = mesh::channel();
    let handle = block_on(host.launch_worker(Ledger::ID, Parameters::new(rx))).unwrap();
    (handle, tx)
}

pub(crate) fn a_worker_runs_in_the_process_its_host_was_sent_to() {
    let processes = Processes::new();
    let (child, host) = processes.launch("one");
    let (_handle, tx) = ledger(&host);
    let entered = block_on(tx.call(Request::Enter, 5)).unwrap();
    assert_eq!((entered.before, entered.pid), (0, child.pid()));
}

pub(crate) fn parameters_carry_descriptors_and_endpoints_into_the_child() {
    let processes = Processes::new();
    let (_child, host) = processes.launch("writer");
    let mut file = tempfile::tempfile().unwrap();
    let (tx, requests) = mesh::channel();
    // Sent before the worker exists.
    let early = tx.call(Request::Enter, 7);
    let parameters = Parameters {
        requests,
        file: Some(file.try_clone().unwrap().into()),
        fail: false,
    };
    let handle = block_on(host.launch_worker(Ledger::ID, parameters)).unwrap();
    assert_eq!(block_on(early).unwrap().before, 0);
    drop(tx);
    block_on(handle.join()).unwrap();
    let mut written = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut written).unwrap();
    assert_eq!(written, 7u64.to_le_bytes());
}

pub(crate) fn a_worker_in_a_child_is_inspected_and_stopped() {
    let processes = Processes::new();
    let (child, host) = processes.launch("seen");
    let (mut handle, tx) = ledger(&host);
    block_on(tx.call(Request::Enter, 1)).unwrap();
    let shown = block_on(handle.inspect("")).unwrap();
    assert_eq!(shown["pid"], child.pid());
    assert_eq!(block_on(handle.inspect("entries")).unwrap(), 1);
    let error = block_on(handle.inspect("pages")).unwrap_err();
    assert!(error.source().is_some());
    handle.stop();
    assert!(matches!(
        block_on(handle.next_event()),
        Some(WorkerEvent::Stopped)
    ));
    assert!(block_on(handle.next_event()).is_none());
    // Nobody receives any more, and those who wait learn of it.
    block_on(tx.closed());
    // The process is there for the next one.
    let (_handle, tx) = ledger(&host);
    assert_eq!(
        block_on(tx.call(Request::Enter, 1)).unwrap().pid,
        child.pid()
    );
}

pub(crate) fn a_worker_that_cannot_be_made_there_says_why_here() {
    let processes = Processes::new();
    let (_child, host) = processes.launch("dry");
    let mut parameters = Parameters::new(mesh::channel().1);
    parameters.fail = true;
    let error = block_on(host.launch_worker(Ledger::ID, parameters)).unwrap_err();
    let LaunchError::Failed(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.to_string(), "the ink has dried up");
}

pub(crate) fn a_child_knows_the_workers_of_its_program_by_name() {
    const TPM: WorkerId<()> = WorkerId::new("tpm");
    let processes = Processes::new();
    let (_child, host) = processes.launch("one of many");
    let error = block_on(host.launch_worker(TPM, ())).unwrap_err();
    assert_eq!(error.to_string(), "the host knows no worker named \"tpm\"");
    let (_handle, tx) = ledger(&host);
    assert_eq!(block_on(tx.call(Request::Enter, 1)).unwrap().before, 0);
}

pub(crate) fn a_worker_is_lost_with_its_process_and_the_handle_says_how() {
    let processes = Processes::new();
    let (child, host) = processes.launch("victim");
    let (mut handle, tx) = ledger(&host);
    let (gate, wait) = mesh::channel();
    let pending = [
        tx.call(Request::Block, wait),
        tx.call(Request::Block, mesh::channel().1),
    ];
    child.kill().unwrap();
    let died = format!(
        "process \"victim\" (pid {}) was killed by signal 9",
        child.pid()
    );
    for call in pending {
        let Err(RpcError::Channel(RecvError::Error(cause))) = block_on(call) else {
            panic!("it was answered, or closed in order");
        };
        assert_eq!(cause.to_string(), format!("the peer failed: {died}"));
    }
    let Some(WorkerEvent::Failed(error)) = block_on(handle.next_event()) else {
        panic!("nothing happened");
    };
    let mut chain = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        chain.push(error.to_string());
        source = error.source();
    }
    assert!(chain.iter().any(|text| text.contains(&died)), "{chain:?}");
    assert!(block_on(handle.next_event()).is_none());
    // The host is gone with it.
    let error = block_on(host.launch_worker(Ledger::ID, Parameters::new(mesh::channel().1)));
    assert!(matches!(error, Err(LaunchError::HostGone(_))));
    drop(gate);
}

pub(crate) fn a_host_that_nobody_holds_any_more_lets_its_process_exit() {
    let processes = Processes::new();
    let (child, host) = processes.launch("idle");
    let (handle, tx) = ledger(&host);
    drop(host);
    // The worker is there still.
    assert_eq!(block_on(tx.call(Request::Enter, 1)).unwrap().before, 0);
    drop(handle);
    assert_eq!(block_on(child.wait()).unwrap().code(), Some(0));
}
