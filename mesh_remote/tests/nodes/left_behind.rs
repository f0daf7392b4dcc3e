//! What nodes and their links leave behind: nothing but one thread and its descriptors, which the first link starts.

use crate::alone::alone;
use crate::world::{OF_THE_THREAD, Over, add, sender, settings, until};
use futures::executor::block_on;
use mesh_channel::{Receiver, Sender, channel};
use mesh_node::node::Node;
use std::fs;

fn entries(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// The descriptors and threads of this process.
fn held() -> (usize, usize) {
    (entries("/proc/self/fd"), entries("/proc/self/task"))
}

type Ends = (Sender<u32>, Receiver<u32>);

/// A root and two leaves that it brings together; and then an end in one of several ways.
fn live(end: usize) {
    let root = Node::root(settings()).unwrap();
    let leaf = || add(&root, Over::Sockets, settings());
    let ((first, to_first, at_first), (second, to_second, at_second)) = (leaf(), leaf());
    let mut at_first = crate::world::receiver::<Ends>(at_first);
    let mut at_second = crate::world::receiver::<Ends>(at_second);
    let ((tx, rx), (back, echo)) = (channel(), channel());
    sender::<Ends>(to_first).send((tx, echo));
    sender::<Ends>(to_second).send((back, rx));
    let (tx, mut echo) = block_on(at_first.recv()).unwrap();
    let (back, mut rx) = block_on(at_second.recv()).unwrap();
    for i in 0..20 {
        tx.send(i);
        back.send(block_on(rx.recv()).unwrap());
        assert_eq!(block_on(echo.recv()).unwrap(), i);
    }
    match end {
        0 => {
            block_on(root.shutdown());
            block_on(first.shutdown());
            block_on(second.shutdown());
        }
        1 => drop(root),
        2 => drop(first),
        3 => drop((first, second)),
        _ => drop((tx, rx, back, echo)),
    }
}

#[test]
fn nodes_leave_no_descriptor_and_no_thread_behind_however_they_end() {
    let name = "left_behind::nodes_leave_no_descriptor_and_no_thread_behind_however_they_end";
    alone(name, || {
        let (descriptors, threads) = held();
        for number in 0..40 {
            live(number % 5);
            // The I/O thread closes the last of them.
            until(|| held() == (descriptors + OF_THE_THREAD, threads + 1));
        }
    });
}
