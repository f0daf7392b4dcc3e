//! What users of other channel crates expect of a channel's ends beyond sending and receiving: batches, closing from the
//! receiver's side, weak senders, blocking, sinks; also after an end has travelled.
#![cfg(not(loom))]

mod support;

use futures::future::Either;
use futures::{FutureExt, SinkExt, StreamExt};
use mesh_channel::rpc::{Rpc, RpcError, RpcSend};
use mesh_channel::{
    Receiver, RecvError, Sender, TryRecvError, TrySendError, block_on, channel, oneshot,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use support::{cross, reencode};

/// Counts its drops.
struct Tracked(Arc<AtomicUsize>);

impl Drop for Tracked {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Panics when woken.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("waker");
    }
}

fn pending<T>(poll: &Poll<T>) -> bool {
    poll.is_pending()
}

#[test]
fn a_batch_is_what_is_there_up_to_the_limit() {
    let (tx, mut rx) = channel();
    (0..100).for_each(|n| tx.send(n));
    let mut batch = vec![-1];
    let mut many = |limit| rx.recv_many(&mut batch, limit).now_or_never();
    assert_eq!(many(0), Some(Ok(0)));
    assert_eq!(many(30), Some(Ok(30)));
    assert_eq!(many(1000), Some(Ok(70)));
    assert_eq!(many(0), Some(Ok(0)));
    assert_eq!(many(5), None);
    drop(tx);
    assert_eq!(many(5), Some(Err(RecvError::Closed)));
    assert_eq!(batch, (-1..100).collect::<Vec<_>>());
}

#[test]
fn a_dropped_recv_many_loses_nothing_and_leaves_the_buffer() {
    let (tx, mut rx) = channel();
    let mut batch = Vec::new();
    assert!(rx.recv_many(&mut batch, 9).now_or_never().is_none());
    tx.send(1);
    tx.send(2);
    drop(rx.recv_many(&mut batch, 9));
    assert!(batch.is_empty());
    assert_eq!(rx.recv_many(&mut batch, 9).now_or_never(), Some(Ok(2)));
    assert_eq!(batch, [1, 2]);
}

#[test]
fn a_waiting_recv_many_is_woken_once_for_many() {
    let (tx, mut rx) = channel();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    let mut batch = Vec::new();
    assert!(pending(&rx.poll_recv_many(&mut cx, &mut batch, 9)));
    tx.send(1);
    tx.send(2);
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    let got = rx.poll_recv_many(&mut cx, &mut batch, 9);
    assert_eq!(got, Poll::Ready(Ok(2)));
}

#[test]
fn the_iterator_of_what_is_there_ends_and_can_be_asked_again() {
    let (tx, mut rx) = channel();
    tx.send(1);
    tx.send(2);
    let mut iter = rx.try_iter();
    assert_eq!(
        (iter.next(), iter.next(), iter.next()),
        (Some(1), Some(2), None)
    );
    tx.send(3);
    assert_eq!(iter.next(), Some(3));
    drop(tx);
    assert_eq!(rx.try_iter().next(), None);
}

#[test]
fn the_length_counts_values_across_blocks() {
    let (tx, mut rx) = channel();
    for n in 1..=200 {
        tx.send(n);
        assert_eq!(rx.len(), n);
    }
    for n in (0..200).rev() {
        rx.try_recv().unwrap();
        assert_eq!(rx.len(), n);
    }
    assert!(rx.is_empty());
}

#[test]
fn a_closed_receiver_drains_and_its_senders_know() {
    let (tx, mut rx) = channel();
    let other = tx.clone();
    let mut closed = other.closed();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    assert!(pending(&closed.poll_unpin(&mut cx)));
    (0..50).for_each(|n| tx.send(n));
    rx.close();
    rx.close();
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert!(closed.poll_unpin(&mut cx).is_ready());
    assert!(tx.is_closed());
    tx.send(99);
    assert!(matches!(tx.try_send(99), Err(TrySendError::Closed(99))));
    assert_eq!(rx.len(), 50);
    assert_eq!(
        rx.try_iter().collect::<Vec<_>>(),
        (0..50).collect::<Vec<_>>()
    );
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(rx.blocking_recv(), Err(RecvError::Closed));
    assert_eq!(rx.recv().now_or_never(), Some(Err(RecvError::Closed)));
    assert_eq!(rx.next().now_or_never(), Some(None));
}

#[test]
fn a_closed_receiver_that_travels_takes_its_queue_and_stays_closed() {
    for travel in [cross, reencode, |rx| rx] {
        let (tx, mut rx) = channel::<u32>();
        tx.send(1);
        rx.close();
        let mut rx: Receiver<u32> = travel(rx);
        assert!(tx.is_closed());
        tx.send(2);
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }
}

#[test]
fn closing_a_receiver_that_has_travelled_is_seen_where_it_came_from() {
    let (tx, rx) = channel::<u32>();
    let mut rx = cross(rx);
    tx.send(1);
    assert_eq!(rx.len(), 1);
    rx.close();
    assert!(tx.closed().now_or_never().is_some());
    tx.send(2);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn closing_is_seen_by_a_sender_that_has_travelled() {
    let (tx, mut rx) = channel::<u32>();
    let tx = cross(tx);
    tx.send(1);
    rx.close();
    assert!(tx.closed().now_or_never().is_some());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_closed_receiver_that_is_bridged_passes_on_what_it_has() {
    let (tx1, mut rx1) = channel();
    let (tx2, mut rx2) = channel();
    tx2.send(1);
    rx2.close();
    tx1.bridge(rx2);
    tx2.send(2);
    assert_eq!(rx1.try_recv(), Ok(1));
    assert_eq!(rx1.try_recv(), Err(TryRecvError::Closed));
    assert!(tx2.is_closed());
}

#[test]
fn a_receiver_closed_in_the_middle_of_sends_receives_or_returns_each_value() {
    for round in 0..100 {
        let drops = Arc::new(AtomicUsize::new(0));
        let (tx, mut rx) = channel();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (tx, drops) = (tx.clone(), drops.clone());
                thread::spawn(move || {
                    (0..200)
                        .filter(|_| tx.try_send(Tracked(drops.clone())).is_err())
                        .count()
                })
            })
            .collect();
        let mut received = rx.by_ref().try_iter().take(round).count();
        rx.close();
        received += rx.blocking_iter().count();
        let refused: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
        assert_eq!(received + refused, 400);
        assert_eq!(drops.load(Ordering::SeqCst), 400);
    }
}

#[test]
fn a_watcher_that_panics_when_the_receiver_closes_costs_no_value() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, mut rx) = channel();
    tx.send(Tracked(drops.clone()));
    let panics = Waker::from(Arc::new(Panics));
    let mut closed = tx.closed();
    assert!(pending(
        &closed.poll_unpin(&mut Context::from_waker(&panics))
    ));
    assert!(catch_unwind(AssertUnwindSafe(|| rx.close())).is_err());
    assert!(closed.now_or_never().is_some());
    drop(rx.try_recv().ok());
    assert!(rx.try_recv().is_err());
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn a_weak_sender_does_not_keep_the_channel_open() {
    let (tx, mut rx) = channel();
    let weak = tx.downgrade();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    assert!(pending(&rx.poll_recv(&mut Context::from_waker(&waker))));
    let again = weak.upgrade().unwrap();
    drop(tx);
    assert_eq!(count.0.load(Ordering::SeqCst), 0);
    again.send(1);
    drop(again);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert!(weak.upgrade().is_none() && weak.clone().upgrade().is_none());
}

#[test]
fn a_weak_sender_outlives_both_ends_and_drops_nothing_twice() {
    let drops = Arc::new(AtomicUsize::new(0));
    for receiver_first in [true, false] {
        let (tx, rx) = channel();
        let weak = tx.downgrade();
        (0..40).for_each(|_| tx.send(Tracked(drops.clone())));
        if receiver_first {
            drop(rx);
            assert!(weak.upgrade().unwrap().is_closed());
            drop(tx);
        } else {
            drop(tx);
            drop(rx);
        }
        assert!(weak.upgrade().is_none());
    }
    assert_eq!(drops.load(Ordering::SeqCst), 80);
}

#[test]
fn a_weak_sender_follows_a_receiver_that_moves_and_comes_back() {
    let (tx, rx) = channel::<u32>();
    let weak = tx.downgrade();
    let mut rx = cross(rx);
    weak.upgrade().unwrap().send(1);
    assert_eq!(rx.try_recv(), Ok(1));
    rx = cross(rx);
    weak.upgrade().unwrap().send(2);
    drop(tx);
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_weak_sender_counts_a_sender_that_left_while_the_receiver_is_here() {
    let (tx, mut rx) = channel::<u32>();
    let weak = tx.downgrade();
    let tx = cross(tx);
    weak.upgrade().unwrap().send(1);
    tx.send(2);
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2]);
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert!(weak.upgrade().is_none());
}

#[test]
fn weak_senders_are_upgraded_while_the_last_sender_goes() {
    for _ in 0..500 {
        let (tx, mut rx) = channel();
        let weak = tx.downgrade();
        let upgrade = thread::spawn(move || weak.upgrade().map(|tx| tx.send(1)).is_some());
        drop(tx);
        let received = rx.blocking_recv().is_ok();
        assert_eq!(upgrade.join().unwrap(), received);
        assert_eq!(rx.blocking_recv(), Err(RecvError::Closed));
    }
}

#[test]
fn a_sender_that_leaves_while_weak_ones_are_upgraded_loses_nothing() {
    for _ in 0..300 {
        let (tx, rx) = channel::<u32>();
        let mut rx = cross(rx);
        let weak = tx.downgrade();
        let upgrade = thread::spawn(move || weak.upgrade().map(|tx| tx.send(1)).is_some());
        let tx = cross(tx);
        tx.send(2);
        drop(tx);
        let sent = upgrade.join().unwrap();
        let received: u32 = rx.blocking_iter().sum();
        assert_eq!(received, if sent { 3 } else { 2 });
    }
}

#[test]
fn senders_of_one_channel_are_told_from_others() {
    let (tx, _rx) = channel::<u32>();
    let (other, _other_rx) = channel::<u32>();
    assert!(tx.same_channel(&tx.clone()) && !tx.same_channel(&other));
    let (weak, weak_other) = (tx.downgrade(), other.downgrade());
    assert!(weak.same_channel(&weak.clone()) && !weak.same_channel(&weak_other));
}

#[test]
fn a_sender_is_a_sink_that_is_always_ready_and_fails_when_nobody_receives() {
    let (mut tx, mut rx) = channel();
    SinkExt::send(&mut tx, 1).now_or_never().unwrap().unwrap();
    SinkExt::feed(&mut tx, 2).now_or_never().unwrap().unwrap();
    SinkExt::<i32>::close(&mut tx)
        .now_or_never()
        .unwrap()
        .unwrap();
    tx.send(3);
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    drop(rx);
    let refused = SinkExt::send(&mut tx, 4).now_or_never().unwrap();
    assert_eq!(refused.unwrap_err().into_inner(), 4);
}

#[test]
fn senders_are_served_in_the_order_in_which_they_sent() {
    let (tx, mut rx) = channel();
    let senders: Vec<Sender<_>> = (0..16).map(|_| tx.clone()).collect();
    for round in 0..10 {
        for (sender, tx) in senders.iter().enumerate() {
            tx.send((round, sender));
        }
    }
    let expected = (0..10).flat_map(|round| (0..16).map(move |sender| (round, sender)));
    assert!(rx.try_iter().eq(expected));
}

#[test]
fn senders_elsewhere_take_turns_however_much_one_of_them_has_sent() {
    let (tx, mut rx) = channel::<(u32, u32)>();
    let (greedy, modest) = (cross(tx.clone()), cross(tx));
    (0..2_000).for_each(|n| greedy.send((0, n)));
    (0..10).for_each(|n| modest.send((1, n)));
    // No more than two batches of the greedy one go first.
    let first: Vec<_> = rx.try_iter().take(200).collect();
    assert_eq!(first.iter().filter(|(sender, _)| *sender == 1).count(), 10);
    assert_eq!(rx.try_iter().count(), 2_010 - 200);
}

#[test]
fn blocking_receives_see_values_and_the_end_whatever_thread_they_come_from() {
    let (tx, mut rx) = channel();
    let sender = thread::spawn(move || (0..1_000).for_each(|n| tx.send(n)));
    let mut batch = Vec::new();
    assert_eq!(rx.blocking_recv_many(&mut batch, 0), Ok(0));
    assert!(rx.blocking_recv_many(&mut batch, 7).unwrap() <= 7);
    batch.extend(rx.blocking_iter());
    assert_eq!(batch, (0..1_000).collect::<Vec<_>>());
    assert_eq!(rx.blocking_recv_many(&mut batch, 7), Err(RecvError::Closed));
    sender.join().unwrap();
}

#[test]
fn two_threads_that_block_for_each_other_get_every_message() {
    let (ping_tx, mut ping_rx) = channel::<u32>();
    let (pong_tx, mut pong_rx) = channel();
    let echo = thread::spawn(move || ping_rx.blocking_iter().for_each(|n| pong_tx.send(n)));
    for n in 0..2_000 {
        ping_tx.send(n);
        assert_eq!(pong_rx.blocking_recv(), Ok(n));
    }
    drop(ping_tx);
    echo.join().unwrap();
    assert_eq!(pong_rx.blocking_recv(), Err(RecvError::Closed));
}

#[test]
fn blocking_receives_work_on_ends_that_have_travelled() {
    let (tx, rx) = channel::<u32>();
    let (mut rx, tx) = (cross(rx), cross(tx));
    let sender = thread::spawn(move || (0..500).for_each(|n| tx.send(n)));
    assert!(rx.blocking_iter().eq(0..500));
    sender.join().unwrap();
}

#[test]
fn a_blocking_call_is_answered_or_told_that_it_will_not_be() {
    enum Request {
        Double(Rpc<u32, u32>),
        Fail(mesh_channel::rpc::FailableRpc<(), ()>),
        Ignore(Rpc<(), ()>),
    }
    let (tx, mut rx) = channel();
    let server = thread::spawn(move || {
        for request in rx.blocking_iter() {
            match request {
                Request::Double(rpc) => rpc.handle_sync(|n| 2 * n),
                Request::Fail(rpc) => rpc.fail("no"),
                Request::Ignore(rpc) => drop(rpc),
            }
        }
    });
    assert_eq!(tx.blocking_call(Request::Double, 4).unwrap(), 8);
    let failed = tx.blocking_call_failable(Request::Fail, ()).unwrap_err();
    assert_eq!(failed.to_string(), "no");
    let ignored = tx.blocking_call(Request::Ignore, ());
    assert!(matches!(ignored, Err(RpcError::Channel(RecvError::Closed))));
    drop(tx);
    server.join().unwrap();
}

#[test]
fn a_blocking_oneshot_gets_the_value_or_the_end() {
    let (tx, rx) = oneshot();
    let sender = thread::spawn(move || tx.send(5));
    assert_eq!(rx.blocking_recv(), Ok(5));
    sender.join().unwrap();
    let (tx, rx) = oneshot::<u32>();
    let sender = thread::spawn(move || drop(tx));
    assert_eq!(rx.blocking_recv(), Err(RecvError::Closed));
    sender.join().unwrap();
}

#[test]
fn block_on_may_be_nested_and_survives_panics_and_stray_unparks() {
    let (tx, mut rx) = channel();
    let (inner_tx, mut inner_rx) = channel();
    let me = thread::current();
    let sender = thread::spawn(move || {
        for _ in 0..50 {
            me.unpark();
        }
        inner_tx.send(1);
        tx.send(2);
    });
    let sum = block_on(async {
        let inner = block_on(inner_rx.recv()).unwrap();
        inner + rx.recv().await.unwrap()
    });
    assert_eq!(sum, 3);
    sender.join().unwrap();
    let panics =
        catch_unwind(|| block_on(async { panic!("a future's panic that a test asked for") }));
    assert!(panics.is_err());
    assert_eq!(block_on(async { 4 }), 4);
}

#[test]
fn block_on_polls_again_when_it_was_woken_while_it_polled() {
    let mut polls = 0;
    block_on(std::future::poll_fn(|cx| {
        polls += 1;
        if polls == 3 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }));
    assert_eq!(polls, 3);
}

#[test]
fn one_of_two_receivers_is_selected_and_the_other_loses_nothing_with_futures_and_tokio() {
    let (tx1, mut rx1) = channel::<u32>();
    let (tx2, mut rx2) = channel::<u32>();
    tx2.send(2);
    block_on(async {
        match futures::future::select(rx1.recv(), rx2.recv()).await {
            Either::Left(_) => panic!("nothing was sent"),
            Either::Right((n, _)) => assert_eq!(n, Ok(2)),
        }
        tx1.send(1);
        tokio::select! {
            n = rx1.recv() => assert_eq!(n, Ok(1)),
            _ = rx2.recv() => panic!("nothing was sent"),
        }
        tx1.send(3);
        tx2.send(4);
        let (mut batch1, mut batch2) = (Vec::new(), Vec::new());
        while batch1.is_empty() || batch2.is_empty() {
            tokio::select! {
                n = rx1.recv_many(&mut batch1, 9) => assert_eq!(n, Ok(1)),
                n = rx2.recv_many(&mut batch2, 9) => assert_eq!(n, Ok(1)),
            }
        }
        assert_eq!((batch1, batch2), (vec![3], vec![4]));
    });
}
