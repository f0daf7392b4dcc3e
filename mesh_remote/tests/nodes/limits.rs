//! Messages of any size up to what is granted, and what becomes of larger ones.

use crate::world::{Over, settings, two, with_limits};
use futures::executor::block_on;
use mesh_channel::{Receiver, RecvError, TrySendError, channel};
use mesh_node::error::ChannelErrorKind;

/// Bytes that tell at which offset they stand.
fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8)
        .collect()
}

#[test]
fn a_message_of_two_hundred_megabytes_arrives_where_so_much_is_granted() {
    let generous = with_limits(|limits| limits.message_bytes = 256 << 20);
    let mut world = two::<Vec<u8>>(Over::Sockets, generous);
    let content = bytes(200 << 20);
    world.tx.send(vec![1]);
    world.tx.send(content.clone());
    world.tx.send(vec![2]);
    assert_eq!(block_on(world.rx.recv()).unwrap(), [1]);
    assert!(block_on(world.rx.recv()).unwrap() == content);
    assert_eq!(block_on(world.rx.recv()).unwrap(), [2]);
}

fn too_large_a_message_fails_its_port_and_no_other(over: Over) {
    let mut world = two::<Receiver<Vec<u8>>>(over, settings());
    let mut make = || {
        let (tx, rx) = channel();
        world.tx.send(rx);
        (tx, block_on(world.rx.recv()).unwrap())
    };
    let ((tx, mut rx), (other_tx, mut other_rx)) = (make(), make());
    tx.send(bytes(100));
    tx.send(vec![0; 65 << 20]);
    tx.send(bytes(100));
    assert_eq!(block_on(rx.recv()).unwrap(), bytes(100));
    let Err(RecvError::Error(error)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    assert_eq!(error.kind(), ChannelErrorKind::Decode);
    let text = "a message is larger than this node sends or takes";
    assert!(error.to_string().ends_with(text), "{error}");
    block_on(tx.closed());
    assert!(matches!(tx.try_send(vec![]), Err(TrySendError::Error(_, seen)) if seen == error));
    other_tx.send(bytes(1 << 20));
    assert!(block_on(other_rx.recv()).unwrap() == bytes(1 << 20));
}

#[test]
fn too_large_a_message_fails_its_port_and_no_other_over_sockets() {
    too_large_a_message_fails_its_port_and_no_other(Over::Sockets);
}

#[test]
fn too_large_a_message_fails_its_port_and_no_other_over_streams() {
    too_large_a_message_fails_its_port_and_no_other(Over::Streams);
}

#[test]
fn what_only_the_receiver_finds_too_large_fails_the_port_with_its_word() {
    use crate::world::{add, receiver, sender};
    let root = mesh_node::node::Node::root(settings()).unwrap();
    let small = with_limits(|limits| limits.message_bytes = 1000);
    let (_node, here, there) = add(&root, Over::Sockets, small);
    let (tx, mut rx) = (sender::<Vec<u8>>(here), receiver::<Vec<u8>>(there));
    tx.send(bytes(900));
    tx.send(bytes(1100));
    assert_eq!(block_on(rx.recv()).unwrap(), bytes(900));
    let Err(RecvError::Error(error)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    let text = "a message is larger than the receiver takes";
    assert!(error.to_string().ends_with(text), "{error}");
    assert_eq!(root.inspect().links.len(), 1);
}

#[test]
fn sizes_about_those_of_packets_and_windows_arrive_whole() {
    let mut world = two::<Vec<u8>>(Over::Sockets, settings());
    let mut sizes: Vec<usize> = (0..40).collect();
    for about in [127, 16 << 10, 64 << 10, 72 << 10, 256 << 10, 1 << 20] {
        sizes.extend(about - 20..about + 5);
    }
    let content = bytes(2 << 20);
    for size in &sizes {
        world.tx.send(content[..*size].to_vec());
    }
    for size in &sizes {
        assert!(
            block_on(world.rx.recv()).unwrap() == content[..*size],
            "{size}"
        );
    }
}
