//! Threads that wait drive the links meanwhile, in turns, and put off what they send until they wait.

use crate::world::{Over, Two, settings, two};
use mesh_channel::rpc::{Rpc, RpcSend};
use mesh_channel::{Receiver, Sender, block_on, channel};
use std::sync::mpsc;
use std::thread;

/// Who answers each call with its successor, in a thread of its own.
fn successor(mut calls: Receiver<Rpc<u64, u64>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while let Ok(call) = calls.blocking_recv() {
            call.handle_sync(|number| number + 1);
        }
    })
}

#[test]
fn threads_that_block_drive_in_turns_and_each_gets_its_answers() {
    let Two { tx, rx, .. } = &mut two::<Receiver<Rpc<u64, u64>>>(Over::Sockets, settings());
    let (calls, receiver) = channel();
    tx.send(receiver);
    let server = successor(rx.blocking_recv().unwrap());
    thread::scope(|scope| {
        for thread in 0..6 {
            let calls: Sender<_> = calls.clone();
            scope.spawn(move || {
                for number in 0..500 {
                    let number = 1000 * thread + number;
                    // Every other one as a future, of an executor that does not drive.
                    let answer = match thread % 2 {
                        0 => calls.blocking_call(|rpc| rpc, number),
                        _ => futures::executor::block_on(calls.call(|rpc| rpc, number)),
                    };
                    assert_eq!(answer.unwrap(), number + 1);
                }
            });
        }
    });
    drop(calls);
    server.join().unwrap();
}

#[test]
fn a_thread_that_drives_is_woken_by_what_comes_from_its_own_process() {
    let world = two::<u32>(Over::Sockets, settings());
    let (tx, mut rx) = channel();
    let (back, mut echo) = channel();
    let waiting = thread::spawn(move || {
        while let Ok(number) = rx.blocking_recv() {
            back.send(number);
        }
    });
    for number in 0..1000_u32 {
        tx.send(number);
        assert_eq!(echo.blocking_recv().unwrap(), number);
    }
    drop(tx);
    waiting.join().unwrap();
    drop(world);
}

#[test]
fn what_is_put_off_goes_out_though_the_thread_does_something_else_than_wait() {
    let Two { tx, mut rx, a, b } = two::<u32>(Over::Sockets, settings());
    let (told, heard) = mpsc::channel();
    let receiver = thread::spawn(move || {
        while let Ok(number) = rx.blocking_recv() {
            told.send(number).unwrap();
        }
    });
    block_on(async {
        (0..100).for_each(|number| tx.send(number));
        // It blocks in the middle of a poll, by means that the executor knows nothing of.
        for number in 0..100 {
            assert_eq!(heard.recv().unwrap(), number);
        }
    });
    drop(tx);
    receiver.join().unwrap();
    drop((a, b));
}

#[test]
fn what_arrives_after_a_thread_has_stopped_driving_needs_no_thread_of_the_program() {
    let Two { tx, rx, .. } = &mut two::<Receiver<Rpc<u64, u64>>>(Over::Sockets, settings());
    let (calls, receiver) = channel();
    tx.send(receiver);
    let server = successor(rx.blocking_recv().unwrap());
    for _ in 0..100 {
        // In quick succession, so that it is expected to come back.
        for number in 0..10 {
            assert_eq!(calls.blocking_call(|rpc| rpc, number).unwrap(), number + 1);
        }
        let answer = calls.call(|rpc| rpc, 7);
        assert_eq!(futures::executor::block_on(answer).unwrap(), 8);
    }
    drop(calls);
    server.join().unwrap();
}

#[test]
fn a_wait_within_a_wait_drives_as_well() {
    let Two { tx, rx, .. } = &mut two::<u32>(Over::Sockets, settings());
    let (local, mut outer) = channel();
    let got = block_on(async {
        tx.send(1);
        let inner = block_on(rx.recv()).unwrap();
        local.send(inner + 1);
        outer.recv().await.unwrap()
    });
    assert_eq!(got, 2);
}
