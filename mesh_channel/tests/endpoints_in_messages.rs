//! Endpoints that travel: order, ends and causes hold wherever the two ends are.
//!
//! `support` makes a process boundary within this process, which turns all that passes into bytes and ports.
#![cfg(not(loom))]

mod support;

use futures::{FutureExt, StreamExt};
use futures_executor::block_on;
use mesh_channel::{
    OneshotReceiver, OneshotSender, Receiver, RecvError, Sender, TryRecvError, TrySendError,
    channel, oneshot,
};
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::Port;
use mesh_node::message::OwnedMessage;
use mesh_node::resource::Resource;
use std::thread;
use support::{cross, reencode};

/// Receives all that is there.
fn drain<T>(rx: &mut Receiver<T>) -> Vec<T> {
    std::iter::from_fn(|| rx.try_recv().ok()).collect()
}

fn is_closed<T>(rx: &mut Receiver<T>) -> bool {
    matches!(rx.try_recv(), Err(TryRecvError::Closed))
}

fn lost(cause: &str) -> ChannelError {
    ChannelError::new(ChannelErrorKind::PeerFailed, cause)
}

/// The port of a sender as another process would have it.
fn port_of(tx: Sender<u32>) -> Port {
    match Resource::from(tx) {
        Resource::Port(port) => port,
        other => panic!("a sender is a port, not {other:?}"),
    }
}

#[test]
fn a_receiver_takes_its_queue_along_and_its_senders_follow() {
    for carry in [cross::<Receiver<u32>>, reencode] {
        let (tx, rx) = channel();
        let other = tx.clone();
        tx.send(1);
        other.send(2);
        let mut rx = carry(rx);
        tx.send(3);
        other.send(4);
        assert_eq!(drain(&mut rx), [1, 2, 3, 4]);
        drop(tx);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        other.send(5);
        drop(other);
        assert_eq!(drain(&mut rx), [5]);
        assert!(is_closed(&mut rx));
    }
}

#[test]
fn a_sender_goes_on_sending_from_elsewhere_after_what_it_sent_here() {
    for carry in [cross::<Sender<u32>>, reencode] {
        let (tx, mut rx) = channel();
        let gone = tx.clone();
        gone.send(1);
        let gone = carry(gone);
        gone.send(2);
        tx.send(3);
        gone.clone().send(4);
        assert_eq!(drain(&mut rx), [1, 2, 3, 4]);
        drop(tx);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
        drop(gone);
        assert!(is_closed(&mut rx));
    }
}

#[test]
fn a_sender_whose_receiver_is_elsewhere_keeps_its_order_when_it_leaves() {
    // The last sender takes the port along; another one sends its own after what it has sent.
    for keep in [false, true] {
        let (tx, rx) = channel();
        let mut rx = cross(rx);
        let kept = keep.then(|| tx.clone());
        tx.send(1);
        let tx = cross(tx);
        tx.send(2);
        let tx = cross(tx);
        tx.send(3);
        assert_eq!(drain(&mut rx), [1, 2, 3]);
        drop(tx);
        assert_eq!(is_closed(&mut rx), !keep);
        drop(kept);
        assert!(is_closed(&mut rx));
    }
}

#[test]
fn both_ends_move_any_number_of_times() {
    let (mut tx, mut rx) = channel();
    for i in 0..20 {
        tx.send(i);
        if i % 3 != 0 {
            tx = cross(tx);
        }
        tx.send(100 + i);
        if i % 2 == 0 {
            rx = cross(rx);
        }
        tx.send(200 + i);
    }
    let expected: Vec<_> = (0..20).flat_map(|i| [i, 100 + i, 200 + i]).collect();
    assert_eq!(drain(&mut rx), expected);
    drop(tx);
    assert!(is_closed(&mut rx));
}

#[test]
fn a_receiver_without_senders_arrives_with_its_queue_and_closed() {
    let (tx, rx) = channel();
    tx.send("queued".to_string());
    drop(tx);
    let mut rx = cross(rx);
    assert_eq!(drain(&mut rx), ["queued"]);
    assert!(is_closed(&mut rx));
}

#[test]
fn values_between_ends_in_one_process_are_not_copied_even_over_a_port() {
    let (tx, rx) = channel::<Vec<u8>>();
    let mut rx = reencode(rx);
    let value = vec![1, 2, 3];
    let address = value.as_ptr();
    tx.send(value);
    let received = rx.try_recv().unwrap();
    assert_eq!(received.as_ptr(), address);
}

#[test]
fn a_dropped_receiver_is_seen_by_senders_elsewhere() {
    let (tx, rx) = channel();
    let rx = cross(rx);
    let far = cross(tx.clone());
    let mut closed = tx.closed();
    let mut far_closed = far.closed();
    assert!((&mut closed).now_or_never().is_none());
    assert!((&mut far_closed).now_or_never().is_none());
    assert!(!tx.is_closed() && !far.is_closed());
    drop(rx);
    assert!(closed.now_or_never().is_some());
    assert!(far_closed.now_or_never().is_some());
    assert!(tx.is_closed() && far.is_closed());
    assert!(matches!(tx.try_send(1), Err(TrySendError::Closed(1))));
    // One that leaves after that arrives closed.
    assert!(cross(tx).is_closed());
}

#[test]
fn a_lost_receiver_is_seen_with_its_cause_and_so_is_it_by_a_sender_that_leaves_then() {
    let (near, far) = Port::new_pair();
    let tx = Sender::<u32>::try_from(Resource::Port(near)).unwrap();
    let other = tx.clone();
    far.fail(lost("killed"));
    let Err(TrySendError::Error(1, cause)) = tx.try_send(1) else {
        panic!("the receiver was lost");
    };
    assert_eq!(cause, lost("killed"));
    let tx = cross(tx);
    assert!(
        matches!(tx.try_send(2), Err(TrySendError::Error(2, cause)) if cause == lost("killed"))
    );
    assert!(other.is_closed());
}

#[test]
fn a_lost_sender_ends_nobody_elses_service_and_is_told_at_the_end_the_first_one() {
    let (tx, mut rx) = channel();
    let (first, second) = (port_of(tx.clone()), port_of(tx.clone()));
    let far = Sender::<u32>::try_from(Resource::Port(first)).unwrap();
    far.send(1);
    let Resource::Port(first) = Resource::from(far) else {
        panic!("a sender is a port");
    };
    first.fail(lost("first"));
    second.fail(lost("second"));
    tx.send(2);
    assert_eq!(drain(&mut rx), [1, 2]);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
    drop(tx);
    for _ in 0..2 {
        let Err(TryRecvError::Error(cause)) = rx.try_recv() else {
            panic!("a sender was lost");
        };
        assert_eq!(cause, lost("first"));
    }
    assert_eq!(block_on(rx.next()), None);
}

#[test]
fn the_cause_of_a_loss_travels_with_the_receiver_and_over_bridges() {
    let (tx, rx) = channel();
    port_of(tx.clone()).fail(lost("before"));
    let rx = cross(rx);
    tx.send(1);
    let (to, end) = channel();
    let mut end = cross(end);
    to.bridge(rx);
    drop(tx);
    assert_eq!(drain(&mut end), [1]);
    assert!(matches!(end.try_recv(), Err(TryRecvError::Error(cause)) if cause == lost("before")));
}

#[test]
fn a_bridge_joins_channels_whose_other_ends_are_elsewhere() {
    let (tx1, rx1) = channel();
    let (tx2, rx2) = channel();
    let mut rx1 = cross(rx1);
    let far2 = cross(tx2.clone());
    far2.send(1);
    tx2.send(2);
    let keep = tx1.clone();
    tx1.bridge(rx2);
    far2.send(3);
    tx2.send(4);
    keep.send(5);
    assert_eq!(drain(&mut rx1), [1, 2, 3, 4, 5]);
    // The far sender's port was handed on to the far receiver: nothing here is in between.
    let far3 = cross(far2.clone());
    far3.send(6);
    drop((tx2, keep, far2));
    assert_eq!(drain(&mut rx1), [6]);
    drop(far3);
    assert!(is_closed(&mut rx1));
}

#[test]
fn a_message_that_does_not_decode_fails_its_port_at_both_ends_and_no_other() {
    let (tx, mut rx) = channel();
    let bad = port_of(tx.clone());
    let good = cross(tx);
    let bytes = mesh_node::message::SerializedMessage {
        data: vec![0xff; 10],
        resources: Vec::new(),
    };
    bad.send(OwnedMessage::serialized(bytes));
    let far = Sender::<u32>::try_from(Resource::Port(bad)).unwrap();
    assert!(matches!(
        far.try_send(1),
        Err(TrySendError::Error(1, cause)) if cause.kind() == ChannelErrorKind::Decode
    ));
    good.send(2);
    assert_eq!(drain(&mut rx), [2]);
    drop(good);
    assert!(matches!(
        rx.try_recv(),
        Err(TryRecvError::Error(cause)) if cause.kind() == ChannelErrorKind::Decode
    ));
}

#[test]
fn a_receivers_port_that_sends_is_a_breach() {
    let (near, far) = Port::new_pair();
    let tx = Sender::<u32>::try_from(Resource::Port(near)).unwrap();
    far.send(OwnedMessage::new(1_u32));
    assert!(matches!(
        tx.try_send(1),
        Err(TrySendError::Error(1, cause)) if cause.kind() == ChannelErrorKind::ProtocolBreach
    ));
}

#[test]
fn endpoints_travel_inside_messages_of_other_channels() {
    let (tx, rx) = channel::<OneshotSender<u32>>();
    let mut rx = cross(rx);
    let (reply, answer) = oneshot();
    tx.send(reply);
    rx.try_recv().unwrap().send(21);
    assert_eq!(answer.now_or_never().unwrap().unwrap(), 21);

    let (tx, rx) = channel::<Receiver<Sender<u32>>>();
    let mut rx = cross(rx);
    let (inner_tx, inner_rx) = channel();
    let (last_tx, mut last_rx) = channel();
    inner_tx.send(last_tx.clone());
    tx.send(inner_rx);
    inner_tx.send(last_tx);
    let mut inner_rx = rx.try_recv().unwrap();
    for i in 0..2 {
        inner_rx.try_recv().unwrap().send(i);
    }
    assert_eq!(drain(&mut last_rx), [0, 1]);
}

#[test]
fn moving_under_load_keeps_each_senders_order_and_loses_nothing() {
    const MESSAGES: u32 = 2_000;
    for round in 0..10 {
        let (tx, mut rx) = channel();
        let senders: Vec<_> = (0..3_u32)
            .map(|sender| {
                let mut tx = tx.clone();
                thread::spawn(move || {
                    for i in 0..MESSAGES {
                        tx.send(sender * MESSAGES + i);
                        if sender == 0 && i % 100 == 0 {
                            tx = if round % 2 == 0 {
                                cross(tx)
                            } else {
                                reencode(tx)
                            };
                        }
                    }
                })
            })
            .collect();
        drop(tx);
        let mut next = [0; 3];
        let mut received = 0;
        block_on(async {
            while let Ok(message) = rx.recv().await {
                let next = &mut next[(message / MESSAGES) as usize];
                assert_eq!(message % MESSAGES, *next);
                *next += 1;
                received += 1;
                if received % 500 == 0 {
                    rx = if round % 2 == 0 {
                        cross(rx)
                    } else {
                        reencode(rx)
                    };
                }
            }
        });
        assert_eq!(next, [MESSAGES; 3]);
        senders
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }
}

/// The four ways of moving the two ends of a oneshot channel.
fn moved(tx_moves: u32, rx_moves: u32) -> (OneshotSender<String>, OneshotReceiver<String>) {
    let (mut tx, mut rx) = oneshot();
    for i in 0..tx_moves.max(rx_moves) {
        if i < tx_moves {
            tx = cross(tx);
        }
        if i < rx_moves {
            rx = cross(rx);
        }
    }
    (tx, rx)
}

#[test]
fn a_oneshot_value_arrives_wherever_the_ends_went() {
    for (tx_moves, rx_moves) in [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (3, 1), (1, 3)] {
        let (tx, rx) = moved(tx_moves, rx_moves);
        assert!(!tx.is_closed());
        tx.send("value".into());
        // The value itself moves on, too.
        assert_eq!(cross(rx).now_or_never().unwrap().unwrap(), "value");

        let (tx, mut rx) = moved(tx_moves, rx_moves);
        assert!((&mut rx).now_or_never().is_none());
        tx.send("waited for".into());
        assert_eq!(rx.now_or_never().unwrap().unwrap(), "waited for");
    }
}

#[test]
fn a_oneshot_end_that_goes_is_seen_wherever_the_other_is() {
    for (tx_moves, rx_moves) in [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2)] {
        let (tx, mut rx) = moved(tx_moves, rx_moves);
        assert!((&mut rx).now_or_never().is_none());
        drop(tx);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
        assert!(matches!(
            cross(rx).now_or_never(),
            Some(Err(RecvError::Closed))
        ));

        let (mut tx, rx) = moved(tx_moves, rx_moves);
        assert!(tx.closed().now_or_never().is_none());
        drop(rx);
        assert!(tx.closed().now_or_never().is_some());
        let tx = cross(tx);
        assert!(tx.is_closed());
        tx.send("nobody".into());
    }
}

#[test]
fn a_oneshot_sender_lost_is_told_with_its_cause_here_and_after_a_move() {
    for moves in 0..2 {
        let (tx, mut rx) = oneshot::<u32>();
        let Resource::Port(port) = Resource::from(tx) else {
            panic!("a sender is a port");
        };
        port.fail(lost("killed"));
        for _ in 0..moves {
            rx = cross(rx);
        }
        assert!(
            matches!(rx.try_recv(), Err(TryRecvError::Error(cause)) if cause == lost("killed"))
        );
        assert!(
            matches!(rx.now_or_never(), Some(Err(RecvError::Error(cause))) if cause == lost("killed"))
        );
    }
}

#[test]
fn a_oneshot_value_that_does_not_decode_and_a_second_one_fail_the_port() {
    let (tx, mut rx) = oneshot::<String>();
    let Resource::Port(port) = Resource::from(tx) else {
        panic!("a sender is a port");
    };
    port.send(OwnedMessage::serialized(
        mesh_node::message::SerializedMessage {
            data: vec![0xff; 10],
            resources: Vec::new(),
        },
    ));
    assert!(matches!(
        rx.try_recv(),
        Err(TryRecvError::Error(cause)) if cause.kind() == ChannelErrorKind::Decode
    ));

    let (tx, mut rx) = oneshot::<u32>();
    let Resource::Port(port) = Resource::from(tx) else {
        panic!("a sender is a port");
    };
    port.send(OwnedMessage::new(1_u32));
    port.send(OwnedMessage::new(2_u32));
    assert_eq!(rx.try_recv().unwrap(), 1);
}

#[test]
fn both_oneshot_ends_moving_at_once_still_find_each_other() {
    for i in 0..1_000_u32 {
        let (mut tx, mut rx) = oneshot();
        let mover = thread::spawn(move || {
            for _ in 0..i % 4 {
                tx = if i % 8 < 4 { cross(tx) } else { reencode(tx) };
            }
            if i % 5 == 0 {
                drop(tx);
            } else {
                tx.send(i);
            }
        });
        for _ in 0..i % 3 {
            rx = if i % 2 == 0 { cross(rx) } else { reencode(rx) };
        }
        match block_on(rx) {
            Ok(value) => assert_eq!(value, i),
            Err(error) => assert!(i % 5 == 0 && matches!(error, RecvError::Closed)),
        }
        mover.join().unwrap();
    }
}
