//! Typed channels do over links what they do without.

use crate::world::{Over, ports_and_proxies, receiver, sender, settings, star, two, until};
use futures::executor::block_on;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use mesh_channel::pipe::{ReadPipe, WritePipe, pipe};
use mesh_channel::rpc::{Rpc, RpcSend};
use mesh_channel::{
    Cancel, CancelContext, CancelReason, Cell, CellUpdater, OneshotReceiver, OneshotSender,
    Receiver, RecvError, Sender, TrySendError, cell, channel, oneshot,
};
use mesh_derive::MeshPayload;
use mesh_node::error::ChannelErrorKind;
use mesh_node::node::Node;

macro_rules! over_both {
    ($($test:ident,)*) => {
        mod over_sockets {
            $(
                #[test]
                fn $test() {
                    super::$test(crate::world::Over::Sockets);
                }
            )*
        }

        mod over_streams {
            $(
                #[test]
                fn $test() {
                    super::$test(crate::world::Over::Streams);
                }
            )*
        }
    };
}

over_both! {
    values_cross_in_order_and_then_the_close,
    every_kind_of_endpoint_works_at_the_other_node,
    threads_that_send_on_one_channel_are_heard_in_the_order_of_each,
    hundreds_of_channels_share_one_link,
    calls_under_way_at_once_each_get_their_answer,
    a_message_that_does_not_decode_fails_its_port_at_both_ends,
    a_node_that_is_dropped_fails_its_channels_and_those_of_no_other,
    a_shutdown_delivers_everything_first,
    a_channel_across_two_links_works_through_the_node_between,
}

fn values_cross_in_order_and_then_the_close(over: Over) {
    let mut world = two::<u32>(over, settings());
    for i in 0..10_000 {
        world.tx.send(i);
    }
    for i in 0..10_000 {
        assert_eq!(block_on(world.rx.recv()).unwrap(), i);
    }
    drop(world.tx);
    assert!(matches!(block_on(world.rx.recv()), Err(RecvError::Closed)));
    drop(world.rx);
    until(|| ports_and_proxies(&world.a) == (0, 0));
    until(|| ports_and_proxies(&world.b) == (0, 0));
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

fn every_kind_of_endpoint_works_at_the_other_node(over: Over) {
    let mut world = two::<Everything>(over, settings());
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
    block_on(async {
        let mut far = world.rx.recv().await.unwrap();
        far.sender.send("hello".into());
        assert_eq!(from_here.1.recv().await.unwrap(), "hello");
        to_there.0.send("there".into());
        assert_eq!(far.receiver.recv().await.unwrap(), "there");
        far.oneshot_sender.send(7);
        assert_eq!(answer.1.await.unwrap(), 7);
        far_answer.0.send(8);
        assert_eq!(far.oneshot_receiver.await.unwrap(), 8);
        far.rpc.handle_sync(|n| n + 1);
        assert_eq!(answered.await.unwrap(), 21);
        near_updater.set(2).await;
        assert_eq!(far.cell.get(), 2);
        far.updater.set(11).await;
        assert_eq!(near_cell.get(), 11);
        let mut text = [0; 5];
        near_writer.write_all(b"bytes").await.unwrap();
        far.reader.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"bytes");
        far.writer.write_all(b"again").await.unwrap();
        near_reader.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"again");
        near_cancel.cancel();
        assert_eq!(far.context.cancelled().await, CancelReason::Cancelled);
        far.cancel.cancel();
        assert_eq!(near_context.cancelled().await, CancelReason::Cancelled);
    });
}

fn threads_that_send_on_one_channel_are_heard_in_the_order_of_each(over: Over) {
    const THREADS: usize = 8;
    const EACH: usize = 3000;
    let mut world = two::<(u32, u32, Vec<u8>)>(over, settings());
    let mut next = [0; THREADS];
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let tx = world.tx.clone();
            scope.spawn(move || {
                for i in 0..EACH {
                    let length = if i % 500 == 499 { 40_000 } else { i % 50 };
                    tx.send((thread as u32, i as u32, vec![i as u8; length]));
                }
            });
        }
        drop(world.tx);
        while let Ok((thread, i, bytes)) = block_on(world.rx.recv()) {
            assert_eq!(next[thread as usize], i as usize);
            assert!(bytes.iter().all(|byte| *byte == i as u8));
            next[thread as usize] += 1;
        }
    });
    assert_eq!(next, [EACH; THREADS]);
}

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
struct Pair {
    calls: Receiver<u32>,
    answers: Sender<u32>,
}

fn hundreds_of_channels_share_one_link(over: Over) {
    const CHANNELS: usize = 400;
    const EACH: u32 = 50;
    let mut world = two::<Pair>(over, settings());
    let mut near = Vec::new();
    let mut far = Vec::new();
    for _ in 0..CHANNELS {
        let ((tx, calls), (answers, rx)) = (channel(), channel());
        world.tx.send(Pair { calls, answers });
        near.push((tx, rx));
    }
    for _ in 0..CHANNELS {
        far.push(block_on(world.rx.recv()).unwrap());
    }
    assert_eq!(world.a.inspect().links.len(), 1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..EACH {
                for (at, pair) in far.iter_mut().enumerate() {
                    assert_eq!(block_on(pair.calls.recv()).unwrap(), i + at as u32);
                    pair.answers.send(i * at as u32);
                }
            }
        });
        for i in 0..EACH {
            for (at, (tx, _)) in near.iter().enumerate() {
                tx.send(i + at as u32);
            }
        }
        for i in 0..EACH {
            for (at, (_, rx)) in near.iter_mut().enumerate() {
                assert_eq!(block_on(rx.recv()).unwrap(), i * at as u32);
            }
        }
    });
    drop((near, far));
    until(|| ports_and_proxies(&world.a) == (1, 0));
    until(|| ports_and_proxies(&world.b) == (1, 0));
}

fn calls_under_way_at_once_each_get_their_answer(over: Over) {
    const THREADS: u32 = 8;
    const EACH: u32 = 200;
    let mut world = two::<Rpc<u32, u32>>(over, settings());
    let serving = std::thread::spawn(move || {
        let mut served = 0;
        while let Ok(rpc) = block_on(world.rx.recv()) {
            rpc.handle_sync(|n| n * 3);
            served += 1;
        }
        served
    });
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let tx = world.tx.clone();
            scope.spawn(move || {
                for i in 0..EACH {
                    let n = thread * EACH + i;
                    assert_eq!(block_on(tx.call(|rpc| rpc, n)).unwrap(), n * 3);
                }
            });
        }
    });
    drop(world.tx);
    assert_eq!(serving.join().unwrap(), THREADS * EACH);
    until(|| ports_and_proxies(&world.a) == (0, 0));
    until(|| ports_and_proxies(&world.b) == (0, 0));
}

fn a_message_that_does_not_decode_fails_its_port_at_both_ends(over: Over) {
    let a = Node::root(settings()).unwrap();
    let (_b, here, there) = crate::world::add(&a, over, settings());
    let tx: Sender<u64> = sender(here);
    let mut rx: Receiver<u8> = receiver(there);
    tx.send(5);
    assert_eq!(block_on(rx.recv()).unwrap(), 5);
    tx.send(1 << 20);
    let Err(RecvError::Error(there)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    assert_eq!(there.kind(), ChannelErrorKind::Decode);
    block_on(tx.closed());
    let Err(TrySendError::Error(_, here)) = tx.try_send(6) else {
        panic!("not failed");
    };
    assert_eq!(here, there);
}

fn a_node_that_is_dropped_fails_its_channels_and_those_of_no_other(over: Over) {
    let mut world = star::<Receiver<u32>>(over, 2);
    let mut make = |at: usize| {
        let (tx, rx) = channel();
        world.leaves[at].tx.send(rx);
        (tx, block_on(world.leaves[at].rx.recv()).unwrap())
    };
    let ((tx, mut rx), (other_tx, mut other_rx)) = (make(0), make(1));
    tx.send(1);
    assert_eq!(block_on(rx.recv()).unwrap(), 1);
    drop(world.leaves.remove(0).node);
    block_on(tx.closed());
    let Err(TrySendError::Error(_, here)) = tx.try_send(2) else {
        panic!("not failed");
    };
    assert_eq!(
        here.to_string(),
        "the link was lost: the peer closed the link"
    );
    let Err(RecvError::Error(there)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    assert_eq!(there.to_string(), "we shut down");
    other_tx.send(3);
    assert_eq!(block_on(other_rx.recv()).unwrap(), 3);
}

fn a_shutdown_delivers_everything_first(over: Over) {
    const COUNT: u32 = 5000;
    let mut world = two::<Receiver<u32>>(over, settings());
    let (tx, rx) = channel();
    world.tx.send(rx);
    let mut rx = block_on(world.rx.recv()).unwrap();
    for i in 0..COUNT {
        tx.send(i);
    }
    std::thread::scope(|scope| {
        scope.spawn(|| block_on(world.a.shutdown()));
        for i in 0..COUNT {
            assert_eq!(block_on(rx.recv()).unwrap(), i);
        }
        assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
    });
    assert!(world.a.inspect().links.is_empty());
    until(|| world.b.inspect().links.is_empty());
    assert!(tx.is_closed());
}

fn a_channel_across_two_links_works_through_the_node_between(over: Over) {
    // Nobody introduces over streams, so there the node between stays.
    let mut left = two::<Receiver<u32>>(over, settings());
    let (c, here, there) = crate::world::add(&left.a, over, settings());
    let (to_right, mut at_right) = (sender::<Sender<u32>>(here), receiver(there));
    let (tx, rx) = channel();
    left.tx.send(rx);
    to_right.send(tx);
    let mut rx = block_on(left.rx.recv()).unwrap();
    let tx: Sender<u32> = block_on(at_right.recv()).unwrap();
    for i in 0..1000 {
        tx.send(i);
    }
    for i in 0..1000 {
        assert_eq!(block_on(rx.recv()).unwrap(), i);
    }
    match over {
        Over::Sockets => until(|| ports_and_proxies(&left.a) == (2, 0)),
        Over::Streams => assert_eq!(ports_and_proxies(&left.a).1, 1),
    }
    drop(tx);
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
    until(|| ports_and_proxies(&left.a) == (2, 0));
    drop(c);
}
