//! Hot restarts from process to process.

use crate::hosts::Processes;
use crate::ledger::{Ledger, Parameters, Request};
use crate::lives::ledger;
use futures::executor::block_on;
use mesh::rpc::RpcSend;
use mesh_worker::{RegisteredWorkers, RestartError, Worker, worker_host};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) fn requests_in_the_queue_reach_the_next_process_each_once() {
    let processes = Processes::new();
    let (first, first_host) = processes.launch("first");
    let (second, second_host) = processes.launch("second");
    let (mut handle, tx) = ledger(&first_host);
    assert_eq!(
        block_on(tx.call(Request::Enter, 0)).unwrap().pid,
        first.pid()
    );
    // This instance answers nothing more, and requests queue up: here, on the way, and there.
    block_on(tx.call(Request::Pause, ())).unwrap();
    let queued: Vec<_> = (1..500).map(|n| (n, tx.call(Request::Enter, n))).collect();
    block_on(handle.restart(&second_host)).unwrap();
    for (number, answer) in queued {
        let entered = block_on(answer).unwrap();
        assert_eq!((entered.before, entered.pid), (number, second.pid()));
    }
    let listed = block_on(tx.call(Request::List, ())).unwrap();
    assert_eq!(listed, (0..500).collect::<Vec<_>>());
    let entered = block_on(tx.call(Request::Enter, 500)).unwrap();
    assert_eq!((entered.before, entered.pid), (500, second.pid()));
    // The first process can go: nothing goes through it.
    first.kill().unwrap();
    block_on(first.wait()).unwrap();
    assert_eq!(block_on(tx.call(Request::Enter, 501)).unwrap().before, 501);
}

pub(crate) fn a_worker_goes_from_process_to_process_under_load() {
    const CLIENTS: u64 = 4;
    const RESTARTS: usize = 100;
    let processes = Processes::new();
    let (mut child, mut host) = processes.launch("generation 0");
    let (mut handle, tx) = ledger(&host);
    let stop = AtomicBool::new(false);
    let mut entered: u64 = 0;
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (tx, stop) = (tx.clone(), &stop);
                scope.spawn(move || {
                    let mut count = 0;
                    // Relaxed: it only says when to stop.
                    while !stop.load(Ordering::Relaxed) {
                        let number = client + CLIENTS * count;
                        block_on(tx.call(Request::Enter, number)).unwrap();
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        for number in 1..=RESTARTS {
            let (next, next_host) = processes.launch(&format!("generation {number}"));
            block_on(handle.restart(&next_host)).unwrap();
            drop(std::mem::replace(&mut host, next_host));
            let old = std::mem::replace(&mut child, next);
            // Without host and worker it has nothing left to do.
            assert_eq!(block_on(old.wait()).unwrap().code(), Some(0));
        }
        stop.store(true, Ordering::Relaxed);
        entered = clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .sum();
    });
    let listed = block_on(tx.call(Request::List, ())).unwrap();
    assert_eq!(listed.len() as u64, entered, "each was entered once");
    assert_eq!(listed.iter().collect::<HashSet<_>>().len(), listed.len());
    // What each client entered is there in its order.
    for client in 0..CLIENTS {
        let of_client = listed.iter().filter(|number| *number % CLIENTS == client);
        assert!(
            of_client
                .enumerate()
                .all(|(at, number)| *number / CLIENTS == at as u64)
        );
    }
}

pub(crate) fn a_worker_comes_home_and_leaves_again() {
    let processes = Processes::new();
    let (child, away) = processes.launch("away");
    let (home, runner) = worker_host();
    let runner = std::thread::spawn(|| block_on(runner.run(RegisteredWorkers)));
    let (mut handle, tx) = ledger(&home);
    for round in 0..5 {
        let entered = block_on(tx.call(Request::Enter, round)).unwrap();
        assert_eq!(
            (entered.before, entered.pid),
            (round * 2, std::process::id())
        );
        block_on(handle.restart(&away)).unwrap();
        let entered = block_on(tx.call(Request::Enter, round)).unwrap();
        assert_eq!((entered.before, entered.pid), (round * 2 + 1, child.pid()));
        block_on(handle.restart(&home)).unwrap();
    }
    drop((handle, home));
    runner.join().unwrap();
}

pub(crate) fn a_restart_into_a_dead_process_leaves_the_worker_where_it_is() {
    let processes = Processes::new();
    let (first, first_host) = processes.launch("stays");
    let (dead, dead_host) = processes.launch("dead");
    let (mut handle, tx) = ledger(&first_host);
    dead.kill().unwrap();
    let error = block_on(handle.restart(&dead_host)).unwrap_err();
    assert!(matches!(error, RestartError::NotLaunched(_)), "{error}");
    let entered = block_on(tx.call(Request::Enter, 1)).unwrap();
    assert_eq!((entered.before, entered.pid), (0, first.pid()));
    assert_eq!(block_on(handle.inspect("pid")).unwrap(), first.pid());
}

/// The requests that were in the dead process are lost, and their callers told; the program sets up another.
pub(crate) fn a_worker_whose_process_exits_is_launched_again_in_another() {
    let processes = Processes::new();
    let (child, host) = processes.launch("short-lived");
    let (handle, tx) = ledger(&host);
    tx.send(Request::Exit);
    assert!(block_on(handle.join()).is_err());
    assert_eq!(block_on(child.wait()).unwrap().code(), Some(3));
    block_on(tx.call(Request::Enter, 1)).unwrap_err();
    let (child, host) = processes.launch("next");
    let (tx, requests) = mesh::channel();
    let launch = host.launch_worker(Ledger::ID, Parameters::new(requests));
    let _handle = block_on(launch).unwrap();
    assert_eq!(
        block_on(tx.call(Request::Enter, 1)).unwrap().pid,
        child.pid()
    );
}
