//! Typed channels between nodes of one process, joined by wires over which frames are really written and read.

#![allow(clippy::unwrap_used)]

mod world;

use futures::FutureExt;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use futures_executor::block_on;
use mesh_channel::pipe::{ReadPipe, WritePipe, pipe};
use mesh_channel::rpc::{Rpc, RpcError, RpcSend};
use mesh_channel::{
    Cancel, CancelContext, CancelReason, Cell, CellUpdater, OneshotReceiver, OneshotSender,
    Receiver, RecvError, Sender, TrySendError, cell, channel, oneshot,
};
use mesh_derive::MeshPayload;
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::node::Settings;
use mesh_node::node::memory::Count;
use mesh_protobuf::DefaultEncoding;
use mesh_protobuf::encodings::Via;
use world::{Counted, WRITTEN, ports_and_proxies, settings, star, two, with_window};

#[test]
fn values_cross_in_order_and_then_the_close() {
    let mut world = two::<u32>(Settings::default());
    for i in 0..10_000 {
        world.tx.send(i);
    }
    for i in 0..10_000 {
        assert_eq!(world.rx.try_recv().unwrap(), i);
    }
    drop(world.tx);
    assert!(matches!(block_on(world.rx.recv()), Err(RecvError::Closed)));
    drop(world.rx);
    assert_eq!(ports_and_proxies(&world.a), (0, 0));
    assert_eq!(ports_and_proxies(&world.b), (0, 0));
}

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
struct Everything {
    sender: Sender<String>,
    receiver: Receiver<String>,
    oneshot_sender: OneshotSender<u8>,
    oneshot_receiver: OneshotReceiver<u8>,
    rpc: Rpc<u32, u32>,
    cell: Cell<u64>,
    updater: CellUpdater<u64>,
    reader: ReadPipe,
    writer: WritePipe,
    context: CancelContext,
    cancel: Cancel,
}

#[test]
fn every_kind_of_endpoint_works_at_the_other_node() {
    let mut world = two::<Everything>(settings());
    let (to_there, mut from_here) = (channel(), channel());
    let (answer, far_answer) = (oneshot(), oneshot::<u8>());
    let (mut near_updater, far_cell) = cell(1);
    let (far_updater, near_cell) = cell(10);
    let (far_reader, mut near_writer) = pipe();
    let (mut near_reader, far_writer) = pipe();
    let (near_context, far_cancel) = CancelContext::new().with_cancel();
    let (far_context, near_cancel) = CancelContext::new().with_cancel();
    let (calls, mut called) = channel::<Rpc<u32, u32>>();
    let answered = calls.call(|rpc| rpc, 20);
    world.tx.send(Everything {
        sender: from_here.0,
        receiver: to_there.1,
        oneshot_sender: answer.0,
        oneshot_receiver: far_answer.1,
        rpc: called.try_recv().unwrap(),
        cell: far_cell,
        updater: far_updater,
        reader: far_reader,
        writer: far_writer,
        context: far_context,
        cancel: far_cancel,
    });
    let mut far = world.rx.try_recv().unwrap();

    far.sender.send("hello".into());
    assert_eq!(from_here.1.try_recv().unwrap(), "hello");
    to_there.0.send("there".into());
    assert_eq!(far.receiver.try_recv().unwrap(), "there");
    far.oneshot_sender.send(7);
    assert_eq!(block_on(answer.1).unwrap(), 7);
    far_answer.0.send(8);
    assert_eq!(block_on(far.oneshot_receiver).unwrap(), 8);
    far.rpc.handle_sync(|n| n + 1);
    assert_eq!(block_on(answered).unwrap(), 21);
    near_updater.set(2).now_or_never().unwrap();
    assert_eq!(far.cell.get(), 2);
    far.updater.set(11).now_or_never().unwrap();
    assert_eq!(near_cell.get(), 11);
    block_on(async {
        let mut text = [0; 5];
        near_writer.write_all(b"bytes").await.unwrap();
        far.reader.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"bytes");
        far.writer.write_all(b"again").await.unwrap();
        near_reader.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"again");
    });
    near_cancel.cancel();
    assert_eq!(block_on(far.context.cancelled()), CancelReason::Cancelled);
    far.cancel.cancel();
    assert_eq!(block_on(near_context.cancelled()), CancelReason::Cancelled);
}

#[test]
fn a_lost_link_fails_exactly_the_ports_that_need_it_with_its_cause() {
    let mut world = star::<Sender<u32>>(2);
    let (tx0, mut rx0) = channel();
    let (tx1, mut rx1) = channel();
    world.leaves[0].tx.send(tx0);
    world.leaves[1].tx.send(tx1);
    let far0 = world.leaves[0].rx.try_recv().unwrap();
    let far1 = world.leaves[1].rx.try_recv().unwrap();
    far0.send(1);
    let text = "process \"disk\" (pid 4711) was killed by signal 9";
    let cause = ChannelError::new(ChannelErrorKind::PeerFailed, text);
    world.leaves[0].wire.cut(&cause);
    assert_eq!(block_on(rx0.recv()).unwrap(), 1);
    let Err(RecvError::Error(seen)) = block_on(rx0.recv()) else {
        panic!("not failed");
    };
    assert_eq!(seen.to_string(), format!("the peer failed: {text}"));
    assert_eq!(seen, cause);
    let refused = far0.try_send(2).unwrap_err();
    assert!(matches!(refused, TrySendError::Error(2, seen) if seen == cause));
    // The other link's channels know nothing of it.
    far1.send(3);
    assert_eq!(rx1.try_recv().unwrap(), 3);
    assert!(!far1.is_closed());
    assert!(world.leaves[0].tx.is_closed() && !world.leaves[1].tx.is_closed());
}

#[test]
fn a_cause_keeps_its_words_through_a_node_in_between() {
    // The leaves are not linked, and what joins them goes through the root: a proxy that cannot leave, as nobody introduces.
    let plain = Settings::default();
    let root = mesh_node::node::Node::root(plain.clone()).unwrap();
    let (mut left, near_left) = world::leaf::<Receiver<u32>>(&root, plain.clone());
    let (mut right, near_right) = world::leaf::<Sender<u32>>(&root, plain);
    let (tx, rx) = channel();
    near_left.send(rx);
    near_right.send(tx);
    let (mut rx, tx) = (left.rx.try_recv().unwrap(), right.rx.try_recv().unwrap());
    tx.send(1);
    assert_eq!(rx.try_recv().unwrap(), 1);
    assert_eq!(ports_and_proxies(&root).1, 1);
    let text = "process \"disk\" (pid 4711) was killed by signal 9";
    let cause = ChannelError::new(ChannelErrorKind::PeerFailed, text);
    right.wire.cut(&cause);
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Error(seen)) if seen == cause));
}

fn killed() -> ChannelError {
    let text = "process \"disk\" (pid 4711) was killed by signal 9";
    ChannelError::new(ChannelErrorKind::PeerFailed, text)
}

fn cause_of<R: std::fmt::Debug>(answer: Result<R, RpcError>) -> ChannelError {
    match answer {
        Err(RpcError::Channel(RecvError::Error(cause))) => cause,
        other => panic!("no failure: {other:?}"),
    }
}

#[test]
fn every_call_that_a_lost_link_leaves_unanswered_fails_with_its_cause() {
    let mut world = two::<Rpc<u32, u32>>(with_window(8));
    // Received and not answered, sent and not received, and held back by the window.
    let calls: Vec<_> = (0..100).map(|n| world.tx.call(|rpc| rpc, n)).collect();
    let received = world.rx.try_recv().unwrap();
    world.wire.cut(&killed());
    // And those of callers who have not heard of it yet, or do not ask.
    let late = world.tx.call(|rpc| rpc, 100);
    for answer in calls.into_iter().chain([late]) {
        assert_eq!(cause_of(block_on(answer)), killed());
    }
    drop(received);
    assert_eq!(ports_and_proxies(&world.a), (0, 0));
}

#[test]
fn a_call_at_any_moment_of_a_link_s_end_is_answered_or_fails_with_the_cause() {
    for _ in 0..200 {
        let mut world = two::<Rpc<u32, u32>>(settings());
        let (tx, wire) = (&world.tx, &world.wire);
        let rx = &mut world.rx;
        std::thread::scope(|scope| {
            scope.spawn(move || {
                while let Ok(rpc) = rx.blocking_recv() {
                    rpc.handle_sync(|n| n);
                }
            });
            let callers = [0; 2].map(|_| {
                scope.spawn(move || {
                    loop {
                        if let Err(error) = tx.blocking_call(|rpc| rpc, 1) {
                            break cause_of(Err::<u32, _>(error));
                        }
                    }
                })
            });
            wire.cut(&killed());
            for caller in callers {
                assert_eq!(caller.join().unwrap(), killed());
            }
        });
    }
}

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
struct Small(u8);

#[test]
fn a_message_that_does_not_decode_fails_its_port_at_both_ends() {
    let (here, there, _wire) = mesh_node::node::memory::two_nodes(Settings::default()).unwrap();
    let tx: Sender<u64> = world::sender(here.port);
    let mut rx: Receiver<u8> = world::receiver(there.port);
    tx.send(5);
    assert_eq!(rx.try_recv().unwrap(), 5);
    tx.send(1 << 20);
    let Err(RecvError::Error(there)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    assert_eq!(there.kind(), ChannelErrorKind::Decode);
    let Err(TrySendError::Error(_, here)) = tx.try_send(6) else {
        panic!("not failed");
    };
    assert_eq!(here, there);
}

#[test]
fn a_value_that_cannot_be_written_out_fails_its_port_and_no_other() {
    struct Broken;
    impl DefaultEncoding for Broken {
        type Encoding = Via<Small>;
    }
    impl From<Broken> for Small {
        fn from(_: Broken) -> Self {
            panic!("no words for it")
        }
    }
    impl From<Small> for Broken {
        fn from(_: Small) -> Self {
            Self
        }
    }
    let mut world = two::<Receiver<Broken>>(settings());
    let (tx, rx) = channel::<Broken>();
    world.tx.send(rx);
    let mut rx = world.rx.try_recv().unwrap();
    tx.send(Broken);
    let text = "the encoder of a message panicked: no words for it";
    let cause = ChannelError::new(ChannelErrorKind::Decode, text);
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Error(seen)) if seen == cause));
    assert!(tx.is_closed() && !world.tx.is_closed());
}

#[test]
fn what_a_slow_receiver_does_not_take_waits_with_the_sender() {
    const WINDOW: usize = 16;
    let mut world = two::<Receiver<Counted>>(with_window(WINDOW as i64));
    let (tx, rx) = channel();
    world.tx.send(rx);
    let mut rx = world.rx.try_recv().unwrap();
    WRITTEN.set(0);
    for i in 0..10_000 {
        tx.send(Counted(i));
    }
    // A batch in the channel, a window in the node; all the rest has not even been written out.
    let most = 64 + WINDOW;
    assert!(
        (WINDOW..=most + 1).contains(&WRITTEN.get()),
        "{}",
        WRITTEN.get()
    );
    let waiting = |node: &mesh_node::node::Node| {
        let ports = node.inspect().ports;
        let routes = ports.iter().flat_map(|port| &port.routes);
        let backlog: i64 = routes.map(|route| route.backlog.messages).sum();
        let unread: i64 = ports.iter().map(|port| port.unread.messages).sum();
        (backlog, unread)
    };
    // One more than wait is being prepared.
    let (backlog, _) = waiting(&world.a);
    assert!(backlog as usize >= 10_000 - most - 2, "{backlog}");
    let (_, unread) = waiting(&world.b);
    assert!(unread as usize <= WINDOW, "{unread}");
    for i in 0..10_000 {
        assert_eq!(rx.try_recv().unwrap().0, i);
        assert!(
            WRITTEN.get() <= i as usize + 2 * most,
            "{i}: {}",
            WRITTEN.get()
        );
    }
    assert_eq!(waiting(&world.a), (0, 0));
    assert_eq!(waiting(&world.b), (0, 0));
}

#[test]
fn a_call_is_two_frames() {
    let mut world = two::<Rpc<u32, u32>>(settings());
    block_on(world.a.settled());
    let before = world.wire.count();
    let answer = world.tx.call(|rpc| rpc, 5);
    world.rx.try_recv().unwrap().handle_sync(|n| n + 1);
    assert_eq!(block_on(answer).unwrap(), 6);
    let after = world.wire.count();
    assert_eq!(after.frames - before.frames, 2);
    let bytes = after.bytes - before.bytes;
    assert!(bytes < 64, "{bytes}");
    block_on(world.b.settled());
    // The port of the channel is all that is left.
    assert_eq!(ports_and_proxies(&world.a), (1, 0));
    assert_eq!(ports_and_proxies(&world.b), (1, 0));
    assert_ne!(world.wire.count(), Count::default());
}

#[test]
fn a_shutdown_delivers_everything_first() {
    let mut world = two::<Receiver<u32>>(with_window(8));
    let (tx, rx) = channel();
    world.tx.send(rx);
    let mut rx = world.rx.try_recv().unwrap();
    for i in 0..1000 {
        tx.send(i);
    }
    let mut shutdown = world.a.shutdown();
    assert!((&mut shutdown).now_or_never().is_none());
    for i in 0..1000 {
        assert_eq!(rx.try_recv().unwrap(), i);
    }
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
    block_on(shutdown);
    assert!(world.a.inspect().links.is_empty() && world.b.inspect().links.is_empty());
    assert!(tx.is_closed());
}

#[test]
fn a_node_that_is_dropped_fails_its_channels_on_both_sides() {
    let mut world = two::<Receiver<u32>>(settings());
    let (tx, rx) = channel();
    world.tx.send(rx);
    let mut rx = world.rx.try_recv().unwrap();
    tx.send(1);
    drop(world.a);
    assert_eq!(rx.try_recv().unwrap(), 1);
    let Err(RecvError::Error(there)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    assert_eq!(
        there.to_string(),
        "the link was lost: the peer closed the link"
    );
    let Err(TrySendError::Error(_, here)) = tx.try_send(2) else {
        panic!("not failed");
    };
    assert_eq!(here.to_string(), "we shut down");
}
