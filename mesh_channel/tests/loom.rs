//! Every interleaving of the races that the channels' cores are built around: one short scenario each.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p mesh_channel --release --test loom
//! ```
#![cfg(loom)]

use futures::FutureExt;
use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use mesh_channel::{RecvError, TryRecvError, channel, oneshot};
use std::task::{Context, Waker};

/// Counts its drops.
struct Tracked(Arc<AtomicUsize>);

impl Drop for Tracked {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Explores with a bound on preemptions, for scenarios that are too large without.
fn model(preemptions: usize, scenario: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    // Locks that spin take many.
    builder.max_branches = 20_000;
    builder.check(scenario);
}

#[test]
fn a_value_is_never_missed_by_a_receiver_about_to_wait() {
    model(3, || {
        let (tx, mut rx) = channel();
        let sender = thread::spawn(move || tx.send(1));
        assert_eq!(block_on(rx.recv()).unwrap(), 1);
        assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
        sender.join().unwrap();
    });
}

#[test]
fn two_senders_use_different_slots_and_link_the_first_block_once() {
    model(2, || {
        let (tx, mut rx) = channel();
        let tx2 = tx.clone();
        let sender = thread::spawn(move || tx2.send(1));
        tx.send(2);
        drop(tx);
        let sum = block_on(rx.recv()).unwrap() + block_on(rx.recv()).unwrap();
        assert_eq!(sum, 3);
        assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
        sender.join().unwrap();
    });
}

/// So large that a block has one slot: each message links a block.
type Large = [u64; 64];

#[test]
fn a_block_is_linked_while_another_sender_wants_it_and_the_receiver_frees_the_one_before() {
    model(2, || {
        let (tx, mut rx) = channel::<Large>();
        let tx2 = tx.clone();
        let sender = thread::spawn(move || tx2.send([1; 64]));
        tx.send([2; 64]);
        let sum = block_on(rx.recv()).unwrap()[0] + block_on(rx.recv()).unwrap()[0];
        assert_eq!(sum, 3);
        sender.join().unwrap();
    });
}

/// So large that senders copy it without the lock.
type Copied = [u64; 65];

#[test]
fn senders_copy_at_the_same_time_and_the_receiver_waits_for_each() {
    model(2, || {
        let (tx, mut rx) = channel::<Copied>();
        let tx2 = tx.clone();
        let sender = thread::spawn(move || tx2.send([1; 65]));
        tx.send([2; 65]);
        let sum = block_on(rx.recv()).unwrap()[64] + block_on(rx.recv()).unwrap()[64];
        assert_eq!(sum, 3);
        sender.join().unwrap();
    });
}

#[test]
fn a_block_is_used_again_for_values_that_are_copied() {
    model(2, || {
        let (tx, mut rx) = channel::<Copied>();
        let sender = thread::spawn(move || (0..3).for_each(|n| tx.send([n; 65])));
        for n in 0..3 {
            assert_eq!(block_on(rx.recv()).unwrap()[64], n);
        }
        sender.join().unwrap();
    });
}

#[test]
fn a_receiver_is_dropped_while_a_value_is_copied() {
    struct Counted(Arc<AtomicUsize>, #[allow(dead_code)] Copied);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    model(2, || {
        let drops = Arc::new(AtomicUsize::new(0));
        let (tx, rx) = channel();
        let value = Counted(drops.clone(), [0; 65]);
        let sender = thread::spawn(move || tx.send(value));
        drop(rx);
        sender.join().unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_spare_block_is_used_again_by_a_sender_while_the_receiver_gives_another() {
    model(3, || {
        let (tx, mut rx) = channel::<Large>();
        tx.send([0; 64]);
        tx.send([1; 64]);
        let sender = thread::spawn(move || {
            tx.send([2; 64]);
            tx.send([3; 64]);
        });
        // With the second one the first block becomes the spare.
        assert_eq!(rx.try_recv().unwrap()[0], 0);
        assert_eq!(rx.try_recv().unwrap()[0], 1);
        sender.join().unwrap();
        assert_eq!(rx.try_recv().unwrap()[0], 2);
        assert_eq!(rx.try_recv().unwrap()[0], 3);
    });
}

#[test]
fn the_last_sender_is_the_last_one_whoever_that_is() {
    model(3, || {
        let (tx, mut rx) = channel::<()>();
        let tx2 = tx.clone();
        let sender = thread::spawn(move || drop(tx2));
        drop(tx);
        assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
        sender.join().unwrap();
    });
}

#[test]
fn a_value_sent_while_the_receiver_goes_is_dropped_once() {
    model(3, || {
        let drops = Arc::new(AtomicUsize::new(0));
        let (tx, rx) = channel();
        let value = Tracked(drops.clone());
        let sender = thread::spawn(move || tx.send(value));
        drop(rx);
        sender.join().unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_sender_about_to_wait_for_the_receivers_going_does_not_miss_it() {
    model(3, || {
        let (tx, rx) = channel::<()>();
        let receiver = thread::spawn(move || drop(rx));
        block_on(tx.closed());
        assert!(tx.is_closed());
        receiver.join().unwrap();
    });
}

#[test]
fn what_is_sent_while_a_bridge_is_made_arrives_in_order() {
    model(2, || {
        let (tx1, mut rx1) = channel();
        let (tx2, rx2) = channel();
        let sender = thread::spawn(move || {
            tx2.send(1);
            tx2.send(2);
        });
        tx1.bridge(rx2);
        sender.join().unwrap();
        assert_eq!(rx1.try_recv(), Ok(1));
        assert_eq!(rx1.try_recv(), Ok(2));
        assert_eq!(rx1.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn two_bridges_that_make_a_circle_at_once_close_it() {
    model(2, || {
        let (tx1, rx1) = channel::<()>();
        let (tx2, rx2) = channel();
        let (to1, to2) = (tx1.clone(), tx2.clone());
        let other = thread::spawn(move || to1.bridge(rx2));
        to2.bridge(rx1);
        other.join().unwrap();
        assert!(tx1.is_closed() && tx2.is_closed());
    });
}

#[test]
fn a_waker_is_replaced_while_a_value_is_sent() {
    model(3, || {
        let (tx, mut rx) = channel();
        let first = rx.poll_recv(&mut Context::from_waker(Waker::noop()));
        assert!(first.is_pending());
        let sender = thread::spawn(move || tx.send(1));
        assert_eq!(block_on(rx.recv()).unwrap(), 1);
        sender.join().unwrap();
    });
}

#[test]
fn two_senders_that_wait_for_the_receivers_going_make_the_state_beside_once() {
    model(2, || {
        let (tx, rx) = channel::<()>();
        let tx2 = tx.clone();
        let other = thread::spawn(move || block_on(tx2.closed()));
        let mut closed = tx.closed();
        let _ = closed.poll_unpin(&mut Context::from_waker(Waker::noop()));
        drop(rx);
        block_on(&mut closed);
        other.join().unwrap();
    });
}

#[test]
fn a_value_sent_while_the_receiver_closes_is_received_or_returned() {
    model(3, || {
        let (tx, mut rx) = channel();
        let sender = thread::spawn(move || tx.try_send(1).is_ok());
        rx.close();
        let received = rx.try_recv().is_ok();
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
        assert_eq!(sender.join().unwrap(), received);
    });
}

#[test]
fn a_weak_sender_is_upgraded_before_the_last_sender_goes_or_not_at_all() {
    model(3, || {
        let (tx, mut rx) = channel();
        let weak = tx.downgrade();
        let upgrade = thread::spawn(move || weak.upgrade().map(|tx| tx.send(1)).is_some());
        drop(tx);
        let received = block_on(rx.recv()).is_ok();
        assert_eq!(upgrade.join().unwrap(), received);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)));
    });
}

#[test]
fn a_small_block_is_left_and_freed_while_a_sender_goes_on_in_the_next() {
    model(2, || {
        let (tx, mut rx) = channel::<[u64; 4]>();
        tx.send([0; 4]);
        let sender = thread::spawn(move || {
            tx.send([1; 4]);
            tx.send([2; 4]);
        });
        assert_eq!(rx.try_recv().unwrap()[0], 0);
        assert_eq!(block_on(rx.recv()).unwrap()[0], 1);
        sender.join().unwrap();
        assert_eq!(rx.try_recv().unwrap()[0], 2);
    });
}

#[test]
fn a_wake_is_never_missed_by_a_thread_about_to_sleep() {
    model(3, || {
        let (tx, rx) = oneshot();
        let sender = thread::spawn(move || tx.send(1));
        assert_eq!(mesh_channel::block_on(rx).unwrap(), 1);
        sender.join().unwrap();
    });
}

#[test]
fn a_value_is_never_missed_by_a_blocking_receive() {
    model(2, || {
        let (tx, mut rx) = channel();
        let sender = thread::spawn(move || tx.send(1));
        assert_eq!(rx.blocking_recv(), Ok(1));
        assert_eq!(rx.blocking_recv(), Err(RecvError::Closed));
        sender.join().unwrap();
    });
}

#[test]
fn a_oneshot_value_is_never_missed_by_a_receiver_about_to_wait() {
    loom::model(|| {
        let (tx, rx) = oneshot();
        let sender = thread::spawn(move || tx.send(1));
        assert_eq!(block_on(rx).unwrap(), 1);
        sender.join().unwrap();
    });
}

#[test]
fn a_oneshot_sender_dropped_is_never_missed_by_a_receiver_about_to_wait() {
    loom::model(|| {
        let (tx, rx) = oneshot::<u32>();
        let sender = thread::spawn(move || drop(tx));
        assert!(matches!(block_on(rx), Err(RecvError::Closed)));
        sender.join().unwrap();
    });
}

#[test]
fn a_oneshot_waker_is_replaced_while_the_value_is_sent() {
    loom::model(|| {
        let (tx, mut rx) = oneshot();
        let sender = thread::spawn(move || tx.send(1));
        let first = rx.poll_unpin(&mut Context::from_waker(Waker::noop()));
        if first.is_pending() {
            assert_eq!(block_on(&mut rx).unwrap(), 1);
        }
        sender.join().unwrap();
    });
}

#[test]
fn a_oneshot_value_sent_while_the_receiver_goes_is_dropped_once() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let (tx, mut rx) = oneshot();
        let value = Tracked(drops.clone());
        let sender = thread::spawn(move || tx.send(value));
        drop(rx.poll_unpin(&mut Context::from_waker(Waker::noop())));
        drop(rx);
        sender.join().unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_oneshot_sender_about_to_wait_for_the_receivers_going_does_not_miss_it() {
    loom::model(|| {
        let (mut tx, rx) = oneshot::<u32>();
        let receiver = thread::spawn(move || drop(rx));
        let waker = Waker::noop();
        let _ = tx.closed().poll_unpin(&mut Context::from_waker(waker));
        block_on(tx.closed());
        receiver.join().unwrap();
        tx.send(1);
    });
}

#[test]
fn both_oneshot_ends_waiting_and_going_at_once_free_the_slot_once() {
    loom::model(|| {
        let (mut tx, mut rx) = oneshot::<u32>();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(tx.closed().poll_unpin(&mut cx).is_pending());
        assert!(rx.poll_unpin(&mut cx).is_pending());
        let sender = thread::spawn(move || drop(tx));
        assert!(matches!(
            rx.try_recv(),
            Err(TryRecvError::Empty | TryRecvError::Closed)
        ));
        drop(rx);
        sender.join().unwrap();
    });
}
