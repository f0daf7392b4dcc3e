//! Nodes joined by sockets or streams, with typed channels over their first ports.

use crate::pipe;
use futures::executor::block_on;
use mesh_channel::{Receiver, Sender};
use mesh_derive::MeshPayload;
use mesh_node::OwnedMessage;
use mesh_node::local_node::Port;
use mesh_node::message::MeshPayload;
use mesh_node::node::{Invitation, Limits, Node, PortState, Settings};
use mesh_node::resource::Resource;
use mesh_remote::unix::{self, Sockets};
use mesh_remote::{joining, stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// What joins nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Over {
    /// Unix sockets.
    Sockets,
    /// A stream in memory that takes and gives as little as it likes, with a thread for each side.
    Streams,
}

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
        introducer: Some(Arc::new(Sockets)),
        ..Settings::default()
    }
}

pub(crate) fn with_limits(change: impl FnOnce(&mut Limits)) -> Settings {
    let mut settings = settings();
    change(&mut settings.limits);
    settings
}

/// A node that another invites, with the ports at both ends of their link: the inviter's first.
pub(crate) fn add(inviter: &Node, over: Over, settings: Settings) -> (Node, Port, Port) {
    let invitation = inviter.invite().unwrap();
    match over {
        Over::Sockets => {
            let (ours, theirs) = unix::pair().unwrap();
            let here = unix::host(inviter, &invitation, ours).unwrap();
            let node = Node::invited(&invitation, settings);
            let there = unix::join(&node, &invitation, theirs).unwrap();
            (node, here, there)
        }
        Over::Streams => {
            let (ours, theirs) = streams();
            let (here, driver) = by_stream(inviter, &invitation, ours);
            let mut theirs = theirs;
            drive(driver);
            let invitation = block_on(joining::receive(&mut theirs)).unwrap();
            let node = Node::invited(&invitation, settings);
            let (there, driver) = stream::join(&node, &invitation, theirs).unwrap();
            drive(driver);
            (node, here, there)
        }
    }
}

fn streams() -> (pipe::Pipe, pipe::Pipe) {
    static SEED: AtomicU64 = AtomicU64::new(1);
    pipe::pair(SEED.fetch_add(1, Ordering::Relaxed))
}

/// The inviter's side, which says who is invited before the link begins.
fn by_stream(
    inviter: &Node,
    invitation: &Invitation,
    mut ours: pipe::Pipe,
) -> (Port, stream::Driver<pipe::Pipe>) {
    block_on(joining::send(&mut ours, invitation)).unwrap();
    stream::host(inviter, invitation, ours).unwrap()
}

fn drive(driver: stream::Driver<pipe::Pipe>) {
    thread::spawn(|| block_on(driver));
}

/// Two nodes, and a channel from the first to the second.
pub(crate) struct Two<T> {
    pub(crate) tx: Sender<T>,
    pub(crate) rx: Receiver<T>,
    pub(crate) a: Node,
    pub(crate) b: Node,
}

pub(crate) fn two<T: MeshPayload>(over: Over, settings: Settings) -> Two<T> {
    let a = Node::root(settings.clone()).unwrap();
    let (b, here, there) = add(&a, over, settings);
    Two {
        tx: sender(here),
        rx: receiver(there),
        a,
        b,
    }
}

/// A root and the nodes it invited, with a channel to each of them.
pub(crate) struct Star<T> {
    pub(crate) root: Node,
    pub(crate) leaves: Vec<Leaf<T>>,
}

pub(crate) struct Leaf<T> {
    pub(crate) tx: Sender<T>,
    pub(crate) rx: Receiver<T>,
    pub(crate) node: Node,
}

pub(crate) fn star<T: MeshPayload>(over: Over, count: usize) -> Star<T> {
    let root = Node::root(settings()).unwrap();
    let leaf = |_| {
        let (node, here, there) = add(&root, over, settings());
        Leaf {
            tx: sender(here),
            rx: receiver(there),
            node,
        }
    };
    Star {
        leaves: (0..count).map(leaf).collect(),
        root,
    }
}

/// Ports of the node that its user holds, and proxies.
pub(crate) fn ports_and_proxies(node: &Node) -> (usize, usize) {
    let ports = node.inspect().ports;
    let is_proxy = |state: &PortState| matches!(state, PortState::Proxy | PortState::StuckProxy);
    let proxies = ports.iter().filter(|port| is_proxy(&port.state)).count();
    (ports.len() - proxies, proxies)
}

/// Waits for something that other threads bring about. If they do not, the test does not end, which is how it fails.
/// The descriptors of the I/O thread, which stay.
pub(crate) const OF_THE_THREAD: usize = 4;

pub(crate) fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}
