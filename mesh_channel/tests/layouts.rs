//! Nodes of different builds: what one means by its messages is compared with what the other does, once for each channel.

#![allow(clippy::unwrap_used)]

mod world;

use futures_executor::block_on;
use mesh_channel::rpc::{Rpc, RpcError, RpcSend};
use mesh_channel::{OneshotSender, Receiver, RecvError, Sender, TrySendError, channel, oneshot};
use mesh_derive::{MeshPayload, Protobuf};
use mesh_node::OwnedMessage;
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{Delivery, Port, PortHandler};
use mesh_node::message::{MeshPayload, Message};
use mesh_node::node::memory::{self, Count, Member, Wire};
use mesh_node::node::{Node, Settings};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use world::{receiver, sender};

/// A request, as one build has it.
#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh_node")]
struct Read {
    offset: u64,
    len: u64,
}

/// The same, as another build has it: the bytes decode, and mean something else.
#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh_node")]
struct SwappedRead {
    len: u64,
    offset: u64,
}

const READ: Read = Read {
    offset: 4096,
    len: 512,
};

/// No introductions: what goes through a node goes on doing so.
fn settings(build: u128) -> Settings {
    Settings {
        build,
        ..Settings::default()
    }
}

/// Two nodes of these builds, with the ports of their link.
fn nodes(builds: [u128; 2]) -> (Member, Member, Wire) {
    let root = Node::root(settings(builds[0])).unwrap();
    let (child, port, wire) = memory::add_node(&root, settings(builds[1])).unwrap();
    (Member { node: root, port }, child, wire)
}

/// Two nodes of these builds, with a channel from the first, which sends `A`, to the second, which takes it to be `B`.
struct Two<A, B> {
    tx: Sender<A>,
    rx: Receiver<B>,
    _nodes: [Node; 2],
    wire: Wire,
}

fn two<A: MeshPayload, B: MeshPayload>(builds: [u128; 2]) -> Two<A, B> {
    let (here, there, wire) = nodes(builds);
    Two {
        tx: sender(here.port),
        rx: receiver(there.port),
        _nodes: [here.node, there.node],
        wire,
    }
}

/// That the channel failed at both ends, because of the layout.
fn assert_failed<A, B: Debug>(tx: &Sender<A>, rx: &mut Receiver<B>, value: A) {
    let Err(RecvError::Error(there)) = block_on(rx.recv()) else {
        panic!("the receiver has not failed");
    };
    assert_is_layout(&there);
    let Err(TrySendError::Error(_, here)) = tx.try_send(value) else {
        panic!("the sender has not failed");
    };
    assert_eq!(here, there);
}

fn assert_is_layout(cause: &ChannelError) {
    assert_eq!(cause.kind(), ChannelErrorKind::Decode);
    let text = cause.to_string();
    assert!(text.contains("another build"), "{text}");
}

#[test]
fn a_message_of_another_layout_fails_its_channel_at_both_ends_though_it_would_decode() {
    let mut two = two::<Read, SwappedRead>([1, 2]);
    two.tx.send(READ);
    assert_failed(&two.tx, &mut two.rx, READ);
}

#[test]
fn the_cause_names_the_type_that_was_expected() {
    let mut two = two::<Read, SwappedRead>([1, 2]);
    two.tx.send(READ);
    match block_on(two.rx.recv()) {
        Err(RecvError::Error(error)) => assert!(error.to_string().contains("SwappedRead")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn within_one_build_nothing_is_compared() {
    let mut two = two::<Read, SwappedRead>([1, 1]);
    two.tx.send(READ);
    let SwappedRead { len, offset } = two.rx.try_recv().unwrap();
    assert_eq!((len, offset), (READ.offset, READ.len));
}

#[test]
fn a_channel_of_another_layout_takes_no_other_down() {
    #[derive(MeshPayload)]
    #[mesh(crate = "mesh_node")]
    struct Here {
        good: Sender<Read>,
        bad: Sender<Read>,
    }

    #[derive(MeshPayload)]
    #[mesh(crate = "mesh_node")]
    struct There {
        good: Sender<Read>,
        bad: Sender<SwappedRead>,
    }

    let mut two = two::<Here, There>([1, 2]);
    let (good, mut good_rx) = channel();
    let (bad, mut bad_rx) = channel::<Read>();
    two.tx.send(Here { good, bad });
    // A sender is a port, whatever it sends: the two are as yet of one mind.
    let there = two.rx.try_recv().unwrap();
    there.good.send(READ);
    there.bad.send(SwappedRead { len: 1, offset: 2 });
    assert_failed(&there.bad, &mut bad_rx, SwappedRead { len: 1, offset: 2 });
    there.good.send(READ);
    for _ in 0..2 {
        assert_eq!(good_rx.try_recv().unwrap(), READ);
    }
    let (good, _) = channel();
    let (bad, _) = channel();
    two.tx.send(Here { good, bad });
    assert!(two.rx.try_recv().is_ok());
}

#[test]
fn a_receiver_of_another_layout_is_refused_as_it_arrives() {
    let mut two = two::<Receiver<Read>, Receiver<SwappedRead>>([1, 2]);
    two.tx.send(channel().1);
    let Err(RecvError::Error(error)) = block_on(two.rx.recv()).map(drop) else {
        panic!("not failed");
    };
    assert_is_layout(&error);
}

/// The size of a fingerprint in a frame: that there is one extension, its kind, its length, and eight bytes.
const FINGERPRINT_BYTES: usize = 11;

#[test]
fn builds_that_agree_say_so_once_for_each_channel() {
    let count = |builds, messages| {
        let mut two = two::<Read, Read>(builds);
        let before = two.wire.count();
        for _ in 0..messages {
            two.tx.send(READ);
            assert_eq!(two.rx.try_recv().unwrap(), READ);
        }
        let after = two.wire.count();
        Count {
            frames: after.frames - before.frames,
            bytes: after.bytes - before.bytes,
        }
    };
    for messages in [1, 2, 50] {
        let (same, other) = (count([1, 1], messages), count([1, 2], messages));
        assert_eq!(same.frames, other.frames);
        assert_eq!(other.bytes - same.bytes, FINGERPRINT_BYTES);
    }
}

#[test]
fn messages_that_waited_for_the_link_say_it_once() {
    let count = |builds| {
        let (here, there, wire) = nodes(builds);
        let (tx, mut rx) = (sender::<Read>(here.port), receiver::<Read>(there.port));
        wire.hold(true);
        // Beyond the window, messages are written out only once there is more of it.
        for _ in 0..3000 {
            tx.send(READ);
        }
        wire.hold(false);
        for _ in 0..3000 {
            assert_eq!(rx.try_recv().unwrap(), READ);
        }
        wire.count()
    };
    let (same, other) = (count([1, 1]), count([1, 2]));
    assert_eq!(same.frames, other.frames);
    assert_eq!(other.bytes - same.bytes, FINGERPRINT_BYTES);
}

#[test]
fn calls_between_builds_say_it_for_the_requests_once_and_for_each_answer() {
    let count = |builds| {
        let mut two = two::<Rpc<Read, u32>, Rpc<Read, u32>>(builds);
        let before = two.wire.count().bytes;
        for _ in 0..10 {
            let answer = two.tx.call(|rpc| rpc, READ);
            two.rx
                .try_recv()
                .unwrap()
                .handle_sync(|read| read.len as u32);
            assert_eq!(block_on(answer).unwrap(), 512);
        }
        two.wire.count().bytes - before
    };
    let (same, other) = (count([1, 1]), count([1, 2]));
    assert_eq!(other - same, FINGERPRINT_BYTES * 11);
}

#[test]
fn a_call_whose_answer_is_laid_out_differently_fails_with_the_cause() {
    let mut two = two::<Rpc<u32, Read>, Rpc<u32, SwappedRead>>([1, 2]);
    let answer = two.tx.call(|rpc| rpc, 1);
    let rpc = two.rx.try_recv().unwrap();
    rpc.handle_sync(|_| SwappedRead { len: 1, offset: 2 });
    match block_on(answer) {
        Err(RpcError::Channel(RecvError::Error(error))) => assert_is_layout(&error),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_single_value_of_another_layout_fails_its_receiver() {
    let mut two = two::<OneshotSender<u64>, OneshotSender<i64>>([1, 2]);
    let (tx, rx) = oneshot::<u64>();
    two.tx.send(tx);
    two.rx.try_recv().unwrap().send(-1);
    match block_on(rx) {
        Err(RecvError::Error(error)) => assert_is_layout(&error),
        other => panic!("{other:?}"),
    }
}

mod v1 {
    use super::*;

    #[derive(Debug, Protobuf)]
    pub(super) struct Disk {
        #[mesh(1)]
        pub(super) path: String,
    }

    #[derive(Debug, MeshPayload)]
    #[mesh(crate = "mesh_node")]
    pub(super) struct Attach {
        pub(super) disk: Disk,
        pub(super) slot: u32,
    }
}

mod v2 {
    use super::*;

    #[derive(Debug, Protobuf)]
    pub(super) struct Disk {
        #[mesh(2)]
        pub(super) read_only: bool,
        #[mesh(1)]
        pub(super) path: Option<String>,
    }

    #[derive(Debug, MeshPayload)]
    #[mesh(crate = "mesh_node")]
    pub(super) struct Attach {
        pub(super) disk: Disk,
        pub(super) slot: u32,
    }
}

#[test]
fn a_protobuf_message_that_has_changed_is_understood_by_another_build() {
    let path = || "a.img".to_owned();
    let mut alone = two::<v1::Disk, v2::Disk>([1, 2]);
    alone.tx.send(v1::Disk { path: path() });
    assert_eq!(alone.rx.try_recv().unwrap().path, Some(path()));

    let mut inside = two::<v1::Attach, v2::Attach>([1, 2]);
    inside.tx.send(v1::Attach {
        disk: v1::Disk { path: path() },
        slot: 3,
    });
    let attach = inside.rx.try_recv().unwrap();
    assert_eq!((attach.disk.path, attach.slot), (Some(path()), 3));
    assert!(!attach.disk.read_only);

    let mut back = two::<v2::Disk, v1::Disk>([2, 1]);
    back.tx.send(v2::Disk {
        read_only: true,
        path: Some(path()),
    });
    assert_eq!(back.rx.try_recv().unwrap().path, path());
}

/// A root of build 2, and two nodes that it invited, of builds `first` and `second`, with the root's ports to them.
fn chain(first: u128, second: u128) -> (Node, [(Member, Port); 2]) {
    let root = Node::root(settings(2)).unwrap();
    let nodes = [first, second].map(|build| {
        let (member, here, _) = memory::add_node(&root, settings(build)).unwrap();
        (member, here)
    });
    (root, nodes)
}

#[test]
fn a_node_between_hands_on_what_was_said() {
    for second in [1, 2, 3] {
        let (_root, [(first, from_first), (last, to_last)]) = chain(1, second);
        from_first.bridge(to_last);
        let (tx, mut rx) = (
            sender::<Read>(first.port),
            receiver::<SwappedRead>(last.port),
        );
        tx.send(READ);
        // It is compared though the last node may be of the build of the one before it, or of the first one's.
        assert_failed(&tx, &mut rx, READ);
    }
}

/// Takes messages for a `T`, and notes what comes of that.
struct Notes<T>(Mutex<Vec<Result<T, ChannelError>>>);

impl<T: MeshPayload> Notes<T> {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Vec::new())))
    }

    fn take(&self) -> Vec<Result<T, ChannelError>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<T: MeshPayload> PortHandler for Notes<T> {
    fn message(&self, message: Message<'_>) -> Delivery {
        let parsed = message.parse::<T>().map_err(ChannelError::from);
        let delivery = match &parsed {
            Ok(_) => Delivery::Taken,
            Err(error) => Delivery::Failed(error.clone()),
        };
        self.0.lock().unwrap().push(parsed);
        delivery
    }

    fn closed(&self) {}

    fn failed(&self, _: ChannelError) {}
}

#[test]
fn what_was_said_to_an_end_is_told_where_it_moves_to() {
    let (_root, [(first, from_first), (last, to_last)]) = chain(1, 3);
    let (to_root, mut at_root) = (sender::<Port>(first.port), receiver::<Port>(from_first));
    let (to_last, mut at_last) = (sender::<Port>(to_last), receiver::<Port>(last.port));
    let (near, far) = Port::new_pair();
    to_root.send(far);

    // The root takes one message, and knows it; then the end moves on to one who does not.
    let known = Notes::<Read>::new();
    let port = at_root.try_recv().unwrap().attach(known.clone());
    near.send(OwnedMessage::new(READ));
    assert_eq!(known.take(), [Ok(READ)]);
    to_last.send(port.detach());
    let unknown = Notes::<SwappedRead>::new();
    let _port = at_last.try_recv().unwrap().attach(unknown.clone());
    near.send(OwnedMessage::new(READ));
    match &unknown.take()[..] {
        [Err(cause)] => assert_is_layout(cause),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_builds_of_one_executable_are_equal_unless_they_are_set() {
    let (tx, mut rx, _nodes) = two_of(Settings::default());
    tx.send(READ);
    assert!(rx.try_recv().is_ok());
    let (tx, mut rx, _nodes) = two_of(settings(1));
    tx.send(READ);
    assert_failed(&tx, &mut rx, READ);
}

/// A root that is made like this, and a node of no build in particular that sends to it.
fn two_of(settings: Settings) -> (Sender<Read>, Receiver<SwappedRead>, [Node; 2]) {
    let root = Node::root(settings).unwrap();
    let (child, port, _) = memory::add_node(&root, Settings::default()).unwrap();
    (sender(child.port), receiver(port), [root, child.node])
}
