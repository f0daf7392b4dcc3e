//! Descriptors in messages: each is delivered once or closed, however many there are, and whatever becomes of the link.

use crate::alone::alone;
use crate::world::{OF_THE_THREAD, Over, Two, settings, star, two, until, with_limits};
use futures::executor::block_on;
use mesh_channel::{Receiver, RecvError, Sender, TrySendError, channel};
use mesh_derive::MeshPayload;
use mesh_node::node::Amount;
use rustix::fs::{MemfdFlags, fstat, ftruncate, memfd_create};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};

/// Descriptors between ports.
#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
struct Parcel {
    before: Option<Sender<u32>>,
    files: Vec<OwnedFd>,
    after: Option<Receiver<u32>>,
}

fn parcel(files: Vec<OwnedFd>) -> Parcel {
    Parcel {
        before: None,
        files,
        after: None,
    }
}

/// A descriptor that can be told from others.
fn numbered(number: usize) -> OwnedFd {
    let file = memfd_create("numbered", MemfdFlags::CLOEXEC).unwrap();
    ftruncate(&file, number as u64).unwrap();
    file
}

fn numbers(files: &[OwnedFd]) -> Vec<usize> {
    (files.iter())
        .map(|file| fstat(file).unwrap().st_size as usize)
        .collect()
}

fn some(count: usize) -> Vec<OwnedFd> {
    let file = File::open("/dev/null").unwrap();
    (0..count)
        .map(|_| file.try_clone().unwrap().into())
        .collect()
}

#[test]
fn three_hundred_descriptors_arrive_in_one_message_in_order_between_ports() {
    let mut world = two::<Parcel>(Over::Sockets, settings());
    let ((before, mut from_before), (to_after, after)) = (channel(), channel());
    world.tx.send(Parcel {
        before: Some(before),
        files: (0..300).map(numbered).collect(),
        after: Some(after),
    });
    let got = block_on(world.rx.recv()).unwrap();
    assert_eq!(numbers(&got.files), (0..300).collect::<Vec<_>>());
    got.before.unwrap().send(1);
    assert_eq!(block_on(from_before.recv()).unwrap(), 1);
    to_after.send(2);
    assert_eq!(block_on(got.after.unwrap().recv()).unwrap(), 2);
    // And on, through another node.
    let mut round = star::<Parcel>(Over::Sockets, 1);
    round.leaves[0].tx.send(parcel(got.files));
    let got = block_on(round.leaves[0].rx.recv()).unwrap();
    assert_eq!(numbers(&got.files), (0..300).collect::<Vec<_>>());
}

#[test]
fn more_descriptors_than_are_taken_fail_their_port_and_no_other() {
    let few = with_limits(|limits| limits.resources = 4);
    let mut world = two::<Receiver<Parcel>>(Over::Sockets, few);
    let (tx, rx) = channel();
    world.tx.send(rx);
    let mut rx = block_on(world.rx.recv()).unwrap();
    tx.send(parcel(some(4)));
    tx.send(parcel(some(5)));
    assert_eq!(block_on(rx.recv()).unwrap().files.len(), 4);
    let Err(RecvError::Error(error)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    let text = "a message carries more descriptors than this node sends or takes";
    assert!(error.to_string().ends_with(text), "{error}");
    let (tx, rx) = channel();
    world.tx.send(rx);
    let mut rx = block_on(world.rx.recv()).unwrap();
    tx.send(parcel(some(3)));
    assert_eq!(block_on(rx.recv()).unwrap().files.len(), 3);
}

#[test]
fn a_descriptor_over_a_stream_fails_its_port_and_no_other() {
    let mut world = two::<Receiver<Parcel>>(Over::Streams, settings());
    let (tx, rx) = channel();
    world.tx.send(rx);
    let mut rx = block_on(world.rx.recv()).unwrap();
    tx.send(parcel(some(1)));
    let Err(RecvError::Error(there)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    let text = "a message carries a resource over a link that carries none";
    assert!(there.to_string().ends_with(text), "{there}");
    block_on(tx.closed());
    assert!(
        matches!(tx.try_send(parcel(some(1))), Err(TrySendError::Error(_, here)) if here == there)
    );
    let (tx, rx) = channel();
    world.tx.send(rx);
    let mut rx = block_on(world.rx.recv()).unwrap();
    tx.send(parcel(vec![]));
    assert!(block_on(rx.recv()).unwrap().files.is_empty());
}

/// The lowest number that is free for a descriptor.
fn lowest_free() -> u64 {
    File::open("/dev/null").unwrap().as_raw_fd() as u64
}

fn allow_below(number: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(number);
    setrlimit(Resource::Nofile, limit).unwrap();
}

#[test]
fn a_full_table_fails_the_port_of_the_message_and_no_other() {
    let name = "descriptors::a_full_table_fails_the_port_of_the_message_and_no_other";
    alone(name, || {
        let mut world = two::<Receiver<Parcel>>(Over::Sockets, settings());
        let mut make = || {
            let (tx, rx) = channel();
            world.tx.send(rx);
            (tx, block_on(world.rx.recv()).unwrap())
        };
        let ((tx, mut rx), (other_tx, mut other_rx)) = (make(), make());
        let lowest = lowest_free();
        let many = some(100);
        // Whether or not those that are sent have been closed here when they arrive, there is room for twenty at most.
        allow_below(lowest + 20);
        tx.send(parcel(many));
        let Err(RecvError::Error(error)) = block_on(rx.recv()) else {
            panic!("not failed");
        };
        let text = "the descriptors of a message were lost: the table is full";
        assert!(error.to_string().ends_with(text), "{error}");
        block_on(tx.closed());
        assert!(
            matches!(tx.try_send(parcel(vec![])), Err(TrySendError::Error(_, seen)) if seen == error)
        );
        for number in 0..50 {
            other_tx.send(parcel(vec![numbered(number), numbered(number + 1)]));
            let got = block_on(other_rx.recv()).unwrap();
            assert_eq!(numbers(&got.files), [number, number + 1]);
        }
    });
}

fn open_descriptors() -> usize {
    // The folder's own descriptor is there whenever it is counted.
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// What waits with the sender, is under way, or waits to be taken, when one of the two nodes is dropped.
fn a_link_is_lost(drop_the_receiving_node: bool) {
    let narrow = with_limits(|limits| limits.window = Amount::new(4, 1 << 20));
    let Two { tx, mut rx, a, b } = two::<Parcel>(Over::Sockets, narrow);
    for _ in 0..200 {
        tx.send(parcel(some(2)));
    }
    assert_eq!(block_on(rx.recv()).unwrap().files.len(), 2);
    let rest = if drop_the_receiving_node {
        drop(b);
        a
    } else {
        drop(a);
        b
    };
    while block_on(rx.recv()).is_ok() {}
    until(|| rest.inspect().links.is_empty());
}

fn the_receiver_is_dropped() {
    let Two { tx, rx, a, b } = two::<Parcel>(Over::Sockets, settings());
    for _ in 0..200 {
        tx.send(parcel(some(2)));
    }
    drop(rx);
    block_on(tx.closed());
    tx.send(parcel(some(1)));
    block_on(a.shutdown());
    until(|| b.inspect().links.is_empty());
}

fn everything_is_delivered() {
    let Two { tx, mut rx, a, b } = two::<Parcel>(Over::Sockets, settings());
    for number in 0..200 {
        tx.send(parcel((0..number % 7).map(numbered).collect()));
    }
    for number in 0..200 {
        let got = block_on(rx.recv()).unwrap();
        assert_eq!(numbers(&got.files), (0..number % 7).collect::<Vec<_>>());
    }
    drop((tx, rx));
    block_on(a.shutdown());
    until(|| b.inspect().links.is_empty());
}

#[test]
fn every_descriptor_in_a_message_is_delivered_once_or_closed() {
    let name = "descriptors::every_descriptor_in_a_message_is_delivered_once_or_closed";
    alone(name, || {
        let before = open_descriptors();
        // The first link starts the thread, which stays, with its descriptors.
        everything_is_delivered();
        until(|| open_descriptors() == before + OF_THE_THREAD);
        let before = before + OF_THE_THREAD;
        let paths: [fn(); 4] = [
            everything_is_delivered,
            the_receiver_is_dropped,
            || a_link_is_lost(true),
            || a_link_is_lost(false),
        ];
        for path in paths {
            path();
            // The far node's are closed by the I/O thread.
            until(|| open_descriptors() <= before);
        }
    });
}
