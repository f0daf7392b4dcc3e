//! Nodes of one process joined by wires, with typed channels over their first ports.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test program uses its part"
)]

use futures_executor::block_on;
use mesh_channel::{Receiver, Sender};
use mesh_derive::MeshPayload;
use mesh_node::OwnedMessage;
use mesh_node::local_node::Port;
use mesh_node::message::MeshPayload;
use mesh_node::node::memory::{self, Member, Wire, Wires};
use mesh_node::node::{Limits, Node, PortState, Settings};
use mesh_node::resource::Resource;
use mesh_protobuf::DefaultEncoding;
use mesh_protobuf::encodings::Via;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// As a receiver travels: the ports that bring its messages, and what was queued.
#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
struct ReceiverWire<T> {
    ports: Vec<Port>,
    queue: Vec<T>,
}

pub(crate) fn sender<T: MeshPayload>(port: Port) -> Sender<T> {
    Sender::try_from(Resource::Port(port)).unwrap()
}

pub(crate) fn receiver<T: MeshPayload>(port: Port) -> Receiver<T> {
    let wire = ReceiverWire::<T> {
        ports: vec![port],
        queue: Vec::new(),
    };
    OwnedMessage::new(wire).parse().unwrap()
}

pub(crate) fn settings() -> Settings {
    Settings {
        introducer: Some(Arc::new(Wires)),
        ..Settings::default()
    }
}

pub(crate) fn with_window(messages: i64) -> Settings {
    Settings {
        limits: Limits {
            window: mesh_node::node::Amount::new(messages, 1 << 20),
            ..Limits::default()
        },
        ..settings()
    }
}

/// Two nodes, and a channel from the first to the second.
pub(crate) struct Two<T> {
    pub(crate) tx: Sender<T>,
    pub(crate) rx: Receiver<T>,
    pub(crate) a: Node,
    pub(crate) b: Node,
    pub(crate) wire: Wire,
}

pub(crate) fn two<T: MeshPayload>(settings: Settings) -> Two<T> {
    let (here, there, wire) = memory::two_nodes(settings).unwrap();
    Two {
        tx: sender(here.port),
        rx: receiver(there.port),
        a: here.node,
        b: there.node,
        wire,
    }
}

/// A root and the nodes it invited, with a channel to each of them and the wires.
pub(crate) struct Star<T> {
    pub(crate) root: Node,
    pub(crate) leaves: Vec<Leaf<T>>,
}

pub(crate) struct Leaf<T> {
    pub(crate) tx: Sender<T>,
    pub(crate) rx: Receiver<T>,
    pub(crate) node: Node,
    pub(crate) wire: Wire,
}

pub(crate) fn star<T: MeshPayload>(count: usize) -> Star<T> {
    let root = Node::root(settings()).unwrap();
    let leaves = (0..count)
        .map(|_| {
            let (leaf, tx) = leaf(&root, settings());
            Leaf { tx, ..leaf }
        })
        .collect();
    Star { root, leaves }
}

/// A node that the root invites, and the root's channel to it.
pub(crate) fn leaf<T: MeshPayload>(root: &Node, settings: Settings) -> (Leaf<T>, Sender<T>) {
    let (Member { node, port }, here, wire) = memory::add_node(root, settings).unwrap();
    let tx = sender(here);
    let leaf = Leaf {
        tx: tx.clone(),
        rx: receiver(port),
        node,
        wire,
    };
    (leaf, tx)
}

/// Waits for all of them; what one does can occupy another again, so it takes as many rounds.
pub(crate) fn settle(nodes: &[&Node]) {
    for _ in nodes {
        for node in nodes {
            block_on(node.settled());
        }
    }
}

/// Drives wires by threads of their own, one for each direction, until it is dropped.
pub(crate) struct Drivers {
    stop: Arc<AtomicBool>,
    wires: Vec<Wire>,
    threads: Vec<JoinHandle<()>>,
}

impl Drivers {
    pub(crate) fn new(wires: Vec<Wire>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for wire in &wires {
            wire.hold(true);
            for side in [0, 1] {
                let (wire, stop) = (wire.clone(), stop.clone());
                threads.push(std::thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        if !wire.step(side) {
                            std::thread::yield_now();
                        }
                    }
                }));
            }
        }
        Self {
            stop,
            wires,
            threads,
        }
    }
}

impl Drop for Drivers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
        for wire in &self.wires {
            wire.hold(false);
        }
    }
}

/// Ports of the node that its user holds, and proxies.
pub(crate) fn ports_and_proxies(node: &Node) -> (usize, usize) {
    let ports = node.inspect().ports;
    let is_proxy = |state: &PortState| matches!(state, PortState::Proxy | PortState::StuckProxy);
    let proxies = ports.iter().filter(|port| is_proxy(&port.state)).count();
    (ports.len() - proxies, proxies)
}

/// A number that counts how often it is written out.
pub(crate) struct Counted(pub(crate) u32);

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
pub(crate) struct CountedWire(u32);

thread_local! {
    pub(crate) static WRITTEN: Cell<usize> = const { Cell::new(0) };
}

impl DefaultEncoding for Counted {
    type Encoding = Via<CountedWire>;
}

impl From<Counted> for CountedWire {
    fn from(value: Counted) -> Self {
        WRITTEN.set(WRITTEN.get() + 1);
        Self(value.0)
    }
}

impl From<CountedWire> for Counted {
    fn from(wire: CountedWire) -> Self {
        Self(wire.0)
    }
}
