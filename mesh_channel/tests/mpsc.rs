//! Channels within one process: order, ends, waiting, bridges, and that every value is dropped once.
#![cfg(not(loom))]

use futures::stream::FusedStream;
use futures::{FutureExt, StreamExt};
use futures_executor::block_on;
use mesh_channel::{RecvError, Sender, TryRecvError, TrySendError, channel, mpsc_channel};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Panics when woken.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("waker");
    }
}

/// Counts its drops.
struct Tracked(Arc<AtomicUsize>);

impl Drop for Tracked {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn values_arrive_in_order_across_many_blocks() {
    let (tx, mut rx) = channel();
    for round in 0..5 {
        for i in 0..1000 {
            tx.send((round, i));
        }
        for i in 0..1000 {
            assert_eq!(rx.try_recv().unwrap(), (round, i));
        }
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
    }
}

#[test]
fn large_values_and_values_without_size_arrive_in_order() {
    let (tx, mut rx) = channel::<[u64; 1000]>();
    for i in 0..10 {
        tx.send([i; 1000]);
    }
    for i in 0..10 {
        assert_eq!(rx.try_recv().unwrap(), [i; 1000]);
    }
    let (tx, mut rx) = channel::<()>();
    for _ in 0..100 {
        tx.send(());
    }
    for _ in 0..100 {
        rx.try_recv().unwrap();
    }
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
}

#[test]
fn strictly_aligned_values_arrive_in_order() {
    #[repr(align(256))]
    struct Aligned(u8);
    let (tx, mut rx) = channel();
    for i in 0..100 {
        tx.send(Aligned(i));
    }
    for i in 0..100 {
        let value = rx.try_recv().unwrap();
        assert_eq!(value.0, i);
    }
}

#[test]
fn any_type_can_be_sent_borrowed_and_not_send_ones_too() {
    let text = String::from("borrowed");
    let (tx, mut rx) = channel::<(&str, Rc<Cell<u32>>)>();
    let cell = Rc::new(Cell::new(1));
    tx.send((&text, cell.clone()));
    let (got, shared) = rx.try_recv().unwrap();
    shared.set(2);
    assert_eq!((got, cell.get()), ("borrowed", 2));
    let (tx, mut rx) = mpsc_channel::<Box<dyn FnOnce() -> usize + '_>>();
    tx.send(Box::new(|| text.len()));
    assert_eq!(rx.try_recv().unwrap()(), 8);
}

#[test]
fn the_channel_closes_after_everything_sent_by_all_senders() {
    let (tx, mut rx) = channel();
    let other = tx.clone();
    tx.send(1);
    drop(tx);
    other.send(2);
    drop(other);
    block_on(async {
        assert_eq!(rx.recv().await.unwrap(), 1);
        assert_eq!(rx.recv().await.unwrap(), 2);
        assert!(matches!(rx.recv().await, Err(RecvError::Closed)));
        assert!(matches!(rx.recv().await, Err(RecvError::Closed)));
    });
}

#[test]
fn sending_to_a_dropped_receiver_drops_the_value_or_gives_it_back() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = channel();
    drop(rx);
    assert!(tx.is_closed());
    tx.send(Tracked(drops.clone()));
    assert_eq!(drops.load(Ordering::SeqCst), 1);
    let back = tx.try_send(Tracked(drops.clone()));
    let Err(TrySendError::Closed(value)) = back else {
        panic!("the receiver is gone");
    };
    assert_eq!(drops.load(Ordering::SeqCst), 1);
    drop(value);
    assert_eq!(drops.load(Ordering::SeqCst), 2);
}

#[test]
fn a_waiting_receiver_is_woken_by_a_value_and_by_the_last_sender() {
    let (tx, mut rx) = channel();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    assert!(rx.poll_recv(&mut cx).is_pending());
    assert!(rx.poll_recv(&mut cx).is_pending());
    tx.send(1);
    tx.send(2);
    assert_eq!(count.get(), 1);
    assert!(matches!(rx.poll_recv(&mut cx), Poll::Ready(Ok(1))));
    assert!(matches!(rx.poll_recv(&mut cx), Poll::Ready(Ok(2))));
    assert!(rx.poll_recv(&mut cx).is_pending());
    drop(tx.clone());
    assert_eq!(count.get(), 1);
    drop(tx);
    assert_eq!(count.get(), 2);
    assert!(matches!(
        rx.poll_recv(&mut cx),
        Poll::Ready(Err(RecvError::Closed))
    ));
}

#[test]
fn the_last_waker_given_is_the_one_that_is_woken() {
    let (tx, mut rx) = channel();
    let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
    for count in [&first, &second] {
        let waker = Waker::from(count.clone());
        assert!(rx.poll_recv(&mut Context::from_waker(&waker)).is_pending());
    }
    tx.send(());
    assert_eq!((first.get(), second.get()), (0, 1));
}

#[test]
fn a_dropped_recv_loses_nothing() {
    let (tx, mut rx) = channel();
    assert!(rx.recv().now_or_never().is_none());
    tx.send(1);
    drop(rx.recv());
    assert_eq!(rx.recv().now_or_never().unwrap().unwrap(), 1);
}

#[test]
fn as_a_stream_it_ends_and_stays_ended() {
    let (tx, mut rx) = channel();
    tx.send(1);
    tx.send(2);
    drop(tx);
    assert!(!rx.is_terminated());
    assert_eq!(block_on(rx.by_ref().collect::<Vec<_>>()), [1, 2]);
    assert!(rx.is_terminated());
    assert_eq!(block_on(rx.next()), None);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
}

#[test]
fn closed_resolves_for_every_sender_that_waits() {
    let (tx, rx) = channel::<()>();
    let other = tx.clone();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    let (mut a, mut b) = (tx.closed(), other.closed());
    assert!(a.poll_unpin(&mut cx).is_pending());
    assert!(a.poll_unpin(&mut cx).is_pending());
    assert!(b.poll_unpin(&mut cx).is_pending());
    {
        let mut cancelled = tx.closed();
        assert!(cancelled.poll_unpin(&mut cx).is_pending());
    }
    drop(rx);
    assert_eq!(count.get(), 2);
    assert!(a.poll_unpin(&mut cx).is_ready());
    assert!(b.poll_unpin(&mut cx).is_ready());
    assert!(tx.closed().now_or_never().is_some());
}

#[test]
fn every_value_is_dropped_once_whoever_goes_first() {
    for receiver_first in [true, false] {
        let drops = Arc::new(AtomicUsize::new(0));
        let (tx, mut rx) = channel();
        for _ in 0..100 {
            tx.send(Tracked(drops.clone()));
        }
        for _ in 0..40 {
            drop(rx.try_recv());
        }
        assert_eq!(drops.load(Ordering::SeqCst), 40);
        if receiver_first {
            drop(rx);
            assert_eq!(drops.load(Ordering::SeqCst), 100);
            drop(tx);
        } else {
            drop(tx);
            assert_eq!(drops.load(Ordering::SeqCst), 40);
            drop(rx);
        }
        assert_eq!(drops.load(Ordering::SeqCst), 100);
    }
}

#[test]
fn a_value_that_panics_when_dropped_does_not_keep_the_others() {
    struct Bomb(#[expect(dead_code)] Tracked, bool);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.1, "bomb");
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = channel();
    for i in 0..100 {
        tx.send(Bomb(Tracked(drops.clone()), i == 50));
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert_eq!(drops.load(Ordering::SeqCst), 100);
    drop(tx);
}

#[test]
fn a_waker_that_panics_loses_no_value() {
    let (tx, mut rx) = channel();
    let drops = Arc::new(AtomicUsize::new(0));
    let panics = Waker::from(Arc::new(Panics));
    assert!(rx.poll_recv(&mut Context::from_waker(&panics)).is_pending());
    let sent = catch_unwind(AssertUnwindSafe(|| tx.send(Tracked(drops.clone()))));
    assert!(sent.is_err());
    tx.send(Tracked(drops.clone()));
    drop((rx.try_recv().unwrap(), rx.try_recv().unwrap()));
    assert_eq!(drops.load(Ordering::SeqCst), 2);
    assert!(rx.poll_recv(&mut Context::from_waker(&panics)).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(tx))).is_err());
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
}

#[test]
fn a_closed_waiter_that_panics_does_not_keep_the_others_from_being_woken() {
    let (tx, rx) = channel::<()>();
    let panics = Waker::from(Arc::new(Panics));
    let count = Arc::new(Count::default());
    let counts = Waker::from(count.clone());
    let (mut a, mut b) = (tx.closed(), tx.closed());
    assert!(a.poll_unpin(&mut Context::from_waker(&panics)).is_pending());
    assert!(b.poll_unpin(&mut Context::from_waker(&counts)).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert_eq!(count.get(), 1);
    assert!(tx.is_closed());
}

#[test]
fn user_code_may_use_the_channel_from_wakers_and_drops() {
    struct SendsOnWake(Sender<u32>);
    impl Wake for SendsOnWake {
        fn wake(self: Arc<Self>) {
            self.0.send(2);
        }
    }
    let (tx, mut rx) = channel();
    let waker = Waker::from(Arc::new(SendsOnWake(tx.clone())));
    assert!(rx.poll_recv(&mut Context::from_waker(&waker)).is_pending());
    tx.send(1);
    assert_eq!((rx.try_recv().unwrap(), rx.try_recv().unwrap()), (1, 2));

    struct SendsOnDrop(Option<Sender<SendsOnDrop>>);
    impl Drop for SendsOnDrop {
        fn drop(&mut self) {
            if let Some(tx) = self.0.take() {
                tx.send(SendsOnDrop(None));
            }
        }
    }
    let (tx, rx) = channel();
    tx.send(SendsOnDrop(Some(tx.clone())));
    drop(rx);
    tx.send(SendsOnDrop(Some(tx.clone())));
}

#[test]
fn many_producers_on_many_threads_each_keep_their_order() {
    const SENDERS: usize = 4;
    const MESSAGES: usize = 20_000;
    let (tx, mut rx) = channel();
    let threads: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let tx = tx.clone();
            thread::spawn(move || (0..MESSAGES).for_each(|i| tx.send((sender, i))))
        })
        .collect();
    drop(tx);
    let mut next = [0; SENDERS];
    block_on(async {
        while let Ok((sender, i)) = rx.recv().await {
            assert_eq!(i, next[sender]);
            next[sender] += 1;
        }
    });
    assert_eq!(next, [MESSAGES; SENDERS]);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_receiver_dropped_in_the_middle_of_sends_leaks_nothing() {
    for round in 0..200 {
        let drops = Arc::new(AtomicUsize::new(0));
        let (tx, mut rx) = channel();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (tx, drops) = (tx.clone(), drops.clone());
                thread::spawn(move || (0..200).for_each(|_| tx.send(Tracked(drops.clone()))))
            })
            .collect();
        for _ in 0..round {
            drop(rx.try_recv());
        }
        drop(rx);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(drops.load(Ordering::SeqCst), 400);
    }
}

#[test]
fn a_task_on_another_thread_is_woken_for_every_reply() {
    let (ping_tx, mut ping_rx) = channel();
    let (pong_tx, mut pong_rx) = channel();
    let echo = thread::spawn(move || {
        block_on(async {
            while let Ok(value) = ping_rx.recv().await {
                pong_tx.send(value);
            }
        });
    });
    block_on(async {
        for i in 0..2_000_u32 {
            ping_tx.send(i);
            assert_eq!(pong_rx.recv().await.unwrap(), i);
        }
    });
    drop(ping_tx);
    echo.join().unwrap();
}

#[test]
fn a_bridge_brings_what_is_queued_and_what_is_sent_later() {
    let (tx1, mut rx1) = channel();
    let (tx2, rx2) = channel();
    tx1.send(0);
    tx2.send(1);
    let keep = tx1.clone();
    tx1.bridge(rx2);
    tx2.send(2);
    keep.send(3);
    assert_eq!(
        (0..4).map(|_| rx1.try_recv().unwrap()).collect::<Vec<_>>(),
        [0, 1, 2, 3]
    );
    drop(keep);
    assert!(matches!(rx1.try_recv(), Err(TryRecvError::Empty)));
    drop(tx2);
    assert!(matches!(rx1.try_recv(), Err(TryRecvError::Closed)));
}

#[test]
fn a_bridge_needs_no_bound_and_wakes_the_receiver_at_its_far_end() {
    let (tx1, mut rx1) = channel::<Rc<u32>>();
    let (tx2, rx2) = channel();
    tx1.bridge(rx2);
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    assert!(rx1.poll_recv(&mut Context::from_waker(&waker)).is_pending());
    tx2.send(Rc::new(5));
    assert_eq!(count.get(), 1);
    assert_eq!(*rx1.try_recv().unwrap(), 5);
}

#[test]
fn a_row_of_bridges_delivers_closes_and_is_as_long_as_you_like() {
    const LENGTH: u32 = 100_000;
    let (first, mut rx) = channel();
    for i in 0..LENGTH {
        let (tx, next) = channel();
        if i % 1000 == 0 {
            first.send(i);
        }
        tx.bridge(rx);
        rx = next;
    }
    first.send(LENGTH);
    for i in (0..LENGTH).step_by(1000) {
        assert_eq!(rx.try_recv().unwrap(), i);
    }
    assert_eq!(rx.try_recv().unwrap(), LENGTH);
    drop(first);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
}

#[test]
fn a_row_of_bridges_that_was_never_used_is_dropped_without_recursion() {
    let (first, mut rx) = channel::<u32>();
    for _ in 0..100_000 {
        let (tx, next) = channel();
        tx.bridge(rx);
        rx = next;
    }
    drop(first);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
}

#[test]
fn closed_is_seen_through_bridges_made_before_and_while_waiting() {
    let (tx1, rx1) = channel::<u32>();
    let (tx2, rx2) = channel();
    let (tx3, rx3) = channel();
    tx2.bridge(rx3);
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    let mut closed = tx3.closed();
    assert!(closed.poll_unpin(&mut cx).is_pending());
    tx1.bridge(rx2);
    assert_eq!(count.get(), 1);
    assert!(closed.poll_unpin(&mut cx).is_pending());
    assert!(!tx3.is_closed());
    drop(rx1);
    assert_eq!(count.get(), 2);
    assert!(closed.poll_unpin(&mut cx).is_ready());
    assert!(tx3.is_closed());
    assert_eq!(tx3.try_send(1).unwrap_err().into_inner(), 1);
}

#[test]
fn a_circle_of_bridges_is_closed() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = channel();
    tx.send(Tracked(drops.clone()));
    tx.clone().bridge(rx);
    assert!(tx.is_closed());
    tx.send(Tracked(drops.clone()));
    assert_eq!(drops.load(Ordering::SeqCst), 2);

    let (tx1, rx1) = channel();
    let (tx2, rx2) = channel();
    let (tx3, rx3) = channel();
    tx1.clone().bridge(rx2);
    tx2.clone().bridge(rx3);
    tx3.clone().bridge(rx1);
    for tx in [&tx1, &tx2, &tx3] {
        assert!(tx.is_closed());
        tx.send(Tracked(drops.clone()));
        assert!(tx.closed().now_or_never().is_some());
    }
    assert_eq!(drops.load(Ordering::SeqCst), 5);
}

#[test]
fn circles_made_by_several_threads_at_once_are_closed_and_never_hang() {
    for _ in 0..300 {
        let (tx1, rx1) = channel::<u32>();
        let (tx2, rx2) = channel::<u32>();
        let sends: Vec<_> = [tx1.clone(), tx2.clone()]
            .into_iter()
            .map(|tx| thread::spawn(move || (0..50).for_each(|i| tx.send(i))))
            .collect();
        let (to1, to2) = (tx1.clone(), tx2.clone());
        let bridges = [
            thread::spawn(move || to1.bridge(rx2)),
            thread::spawn(move || to2.bridge(rx1)),
        ];
        bridges
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        sends.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(tx1.is_closed() && tx2.is_closed());
    }
}

#[test]
fn bridging_under_load_keeps_each_senders_order_and_loses_nothing() {
    for _ in 0..50 {
        let (first, mut rx) = channel();
        let senders: Vec<_> = (0..3_usize)
            .map(|sender| {
                let tx = first.clone();
                thread::spawn(move || (0..1_000_usize).for_each(|i| tx.send((sender, i))))
            })
            .collect();
        drop(first);
        for _ in 0..20 {
            let (tx, next) = channel();
            tx.bridge(rx);
            rx = next;
        }
        let mut next = [0; 3];
        block_on(async {
            while let Ok((sender, i)) = rx.recv().await {
                assert_eq!(i, next[sender]);
                next[sender] += 1;
            }
        });
        assert_eq!(next, [1_000; 3]);
        senders
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn endpoints_say_what_they_are_when_debugged() {
    let (tx, mut rx) = channel::<Rc<()>>();
    assert!(format!("{tx:?} {rx:?}").starts_with("Sender"));
    assert!(format!("{:?} {:?}", tx.closed(), rx.recv()).starts_with("Closed"));
    drop(rx);
    assert_eq!(
        format!("{:?}", tx.try_send(Rc::new(())).unwrap_err()),
        "Closed(..)"
    );
}
