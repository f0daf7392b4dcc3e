//! Oneshot channels within one process: the value, the ends, waiting, and that the value is dropped once.
#![cfg(not(loom))]

use futures::FutureExt;
use futures::future::FusedFuture;
use futures_executor::block_on;
use mesh_channel::{RecvError, TryRecvError, oneshot};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
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
fn the_value_arrives_sent_before_or_after_waiting() {
    let (tx, rx) = oneshot();
    tx.send(1);
    assert_eq!(block_on(rx).unwrap(), 1);

    let (tx, mut rx) = oneshot();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    assert!(rx.poll_unpin(&mut cx).is_pending());
    assert!(rx.poll_unpin(&mut cx).is_pending());
    assert!(!rx.is_terminated());
    tx.send(2);
    assert_eq!(count.get(), 1);
    assert_eq!((&mut rx).now_or_never().unwrap().unwrap(), 2);
    assert!(rx.is_terminated());
    assert!(matches!(rx.now_or_never(), Some(Err(RecvError::Closed))));
}

#[test]
fn any_type_can_be_sent_borrowed_and_not_send_ones_too() {
    let text = String::from("borrowed");
    let (tx, mut rx) = oneshot();
    tx.send(Rc::new(text.as_str()));
    assert_eq!(*rx.try_recv().unwrap(), "borrowed");
}

#[test]
fn a_sender_dropped_closes_the_channel_and_wakes_the_receiver() {
    let (tx, mut rx) = oneshot::<u32>();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    assert!(rx.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    drop(tx);
    assert_eq!(count.get(), 1);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
    assert!(matches!(rx.now_or_never(), Some(Err(RecvError::Closed))));
}

#[test]
fn a_receiver_dropped_is_seen_by_the_sender() {
    let (mut tx, rx) = oneshot::<u32>();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    assert!(tx.closed().poll_unpin(&mut cx).is_pending());
    assert!(tx.closed().poll_unpin(&mut cx).is_pending());
    assert!(!tx.is_closed());
    drop(rx);
    assert_eq!(count.get(), 1);
    assert!(tx.is_closed());
    assert!(tx.closed().now_or_never().is_some());
    tx.send(1);
}

#[test]
fn the_last_waker_given_is_the_one_that_is_woken() {
    let (mut tx, mut rx) = oneshot::<u32>();
    let counts: [Arc<Count>; 4] = std::array::from_fn(|_| Arc::default());
    let wakers = counts.clone().map(Waker::from);
    for waker in &wakers[..2] {
        assert!(rx.poll_unpin(&mut Context::from_waker(waker)).is_pending());
    }
    for waker in &wakers[2..] {
        assert!(
            tx.closed()
                .poll_unpin(&mut Context::from_waker(waker))
                .is_pending()
        );
    }
    tx.send(1);
    drop(rx);
    assert_eq!(counts.clone().map(|count| count.get()), [0, 1, 0, 0]);
    drop(wakers);
    assert_eq!(counts.map(|count| Arc::strong_count(&count)), [1; 4]);

    let (mut tx, rx) = oneshot::<u32>();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    assert!(
        tx.closed()
            .poll_unpin(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    assert!(
        tx.closed()
            .poll_unpin(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(rx);
    assert_eq!(count.get(), 1);
}

#[test]
fn the_value_is_dropped_once_whoever_goes_first() {
    let drops = Arc::new(AtomicUsize::new(0));
    let value = || Tracked(drops.clone());
    // Received.
    let (tx, mut rx) = oneshot();
    tx.send(value());
    let received = rx.try_recv().unwrap();
    drop(rx);
    assert_eq!(drops.load(Ordering::SeqCst), 0);
    drop(received);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
    // Sent and not received.
    let (tx, rx) = oneshot();
    tx.send(value());
    drop(rx);
    assert_eq!(drops.load(Ordering::SeqCst), 2);
    // Sent to nobody.
    let (tx, rx) = oneshot();
    drop(rx);
    tx.send(value());
    assert_eq!(drops.load(Ordering::SeqCst), 3);
    // Sent to one that waited and went.
    let (tx, mut rx) = oneshot();
    assert!(
        rx.poll_unpin(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    drop(rx);
    tx.send(value());
    assert_eq!(drops.load(Ordering::SeqCst), 4);
    // Sent to one that waits, and then goes.
    let (tx, mut rx) = oneshot();
    assert!(
        rx.poll_unpin(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    tx.send(value());
    drop(rx);
    assert_eq!(drops.load(Ordering::SeqCst), 5);
}

#[test]
fn a_waker_that_panics_loses_no_value_and_leaks_nothing() {
    let drops = Arc::new(AtomicUsize::new(0));
    let panics = Waker::from(Arc::new(Panics));
    let mut cx = Context::from_waker(&panics);
    let (tx, mut rx) = oneshot();
    assert!(rx.poll_unpin(&mut cx).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(Tracked(drops.clone())))).is_err());
    drop(rx.try_recv().unwrap());
    assert_eq!(drops.load(Ordering::SeqCst), 1);

    let (tx, mut rx) = oneshot::<u32>();
    assert!(rx.poll_unpin(&mut cx).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(tx))).is_err());
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));

    let (mut tx, rx) = oneshot::<u32>();
    assert!(tx.closed().poll_unpin(&mut cx).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert!(tx.is_closed());
}

#[test]
fn a_waker_may_take_the_value_and_drop_the_receiver() {
    struct Takes(
        std::sync::Mutex<Option<mesh_channel::OneshotReceiver<u32>>>,
        AtomicUsize,
    );
    impl Wake for Takes {
        fn wake(self: Arc<Self>) {
            let mut rx = self.0.lock().unwrap().take().unwrap();
            let value = rx.try_recv().unwrap();
            self.1.store(value as usize, Ordering::SeqCst);
        }
    }
    let (tx, mut rx) = oneshot();
    let takes = Arc::new(Takes(None.into(), AtomicUsize::new(0)));
    let waker = Waker::from(takes.clone());
    assert!(rx.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    *takes.0.lock().unwrap() = Some(rx);
    tx.send(7);
    assert_eq!(takes.1.load(Ordering::SeqCst), 7);
}

#[test]
fn across_threads_the_value_arrives_or_the_end_does() {
    for i in 0..2_000_u32 {
        let (tx, rx) = oneshot();
        let (mut tx2, rx2) = oneshot::<u32>();
        let thread = thread::spawn(move || {
            if i % 3 == 0 {
                drop(tx);
            } else {
                tx.send(i);
            }
            drop(rx2);
        });
        match block_on(rx) {
            Ok(value) => assert_eq!(value, i),
            Err(error) => assert!(i % 3 == 0 && matches!(error, RecvError::Closed)),
        }
        block_on(tx2.closed());
        thread.join().unwrap();
    }
}

#[test]
fn ends_dropped_by_both_threads_at_once_leak_nothing() {
    let drops = Arc::new(AtomicUsize::new(0));
    for _ in 0..2_000 {
        let (tx, mut rx) = oneshot();
        let value = Tracked(drops.clone());
        let thread = thread::spawn(move || tx.send(value));
        drop(rx.poll_unpin(&mut Context::from_waker(Waker::noop())));
        drop(rx);
        thread.join().unwrap();
    }
    assert_eq!(drops.load(Ordering::SeqCst), 2_000);
}

#[test]
fn endpoints_say_what_they_are_when_debugged() {
    let (mut tx, rx) = oneshot::<Rc<()>>();
    assert!(format!("{tx:?} {rx:?}").starts_with("OneshotSender"));
    assert!(format!("{:?}", tx.closed()).starts_with("OneshotClosed"));
}
