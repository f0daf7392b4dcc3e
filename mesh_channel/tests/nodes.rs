//! Typed channels between two nodes of one process, joined by a wire over which frames are really written and read.

#![allow(clippy::unwrap_used)]

use futures_executor::block_on;
use mesh_channel::{Receiver, RecvError, Sender, channel};
use mesh_derive::MeshPayload;
use mesh_node::OwnedMessage;
use mesh_node::local_node::Port;
use mesh_node::message::MeshPayload;
use mesh_node::node::Settings;
use mesh_node::node::memory::{self, Member, Wire};
use mesh_node::resource::Resource;

/// A sender of a channel whose receiver is at the other end of a port.
fn sender<T: MeshPayload>(port: Port) -> Sender<T> {
    Sender::try_from(Resource::Port(port)).unwrap()
}

/// The receiver for the other end of that port.
fn receiver<T: MeshPayload>(port: Port) -> Receiver<T> {
    let (tx, rx) = channel::<Receiver<T>>();
    let (near, far) = Port::new_pair();
    drop((tx, rx, near, far));
    // A receiver on the wire is a message of ports and values.
    let message = OwnedMessage::new(ReceiverWire::<T> {
        ports: vec![port],
        queue: Vec::new(),
    });
    message.parse().unwrap()
}

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
struct ReceiverWire<T> {
    ports: Vec<Port>,
    queue: Vec<T>,
}

fn two<T: MeshPayload>() -> (Member2<T>, Wire) {
    let (here, there, wire) = memory::two_nodes(Settings::default()).unwrap();
    let Member { node: a, port } = here;
    let tx = sender(port);
    let Member { node: b, port } = there;
    let rx = receiver(port);
    (Member2 { a, b, tx, rx }, wire)
}

struct Member2<T> {
    a: mesh_node::node::Node,
    b: mesh_node::node::Node,
    tx: Sender<T>,
    rx: Receiver<T>,
}

#[test]
fn values_cross_in_order_and_then_the_close() {
    let (world, _wire) = two::<u32>();
    let Member2 { a, b, tx, mut rx } = world;
    for i in 0..10_000 {
        tx.send(i);
    }
    for i in 0..10_000 {
        assert_eq!(rx.try_recv().unwrap(), i);
    }
    drop(tx);
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
    drop(rx);
    assert!(a.inspect().ports.is_empty(), "{:#?}", a.inspect());
    assert!(b.inspect().ports.is_empty());
}
