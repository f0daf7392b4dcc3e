//! What the queue of a channel holds: values of all shapes, in blocks of all sizes, from many threads at once.
#![cfg(not(loom))]

use mesh_channel::channel;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// More than go into some blocks of any size.
const MANY: usize = 1000;

/// Sends values in runs of growing length, so that the receiver is at every place of a block while another is being linked.
fn goes_through<T: PartialEq + Debug>(make: impl Fn(usize) -> T) {
    let (tx, mut rx) = channel();
    let (mut sent, mut taken, mut run) = (0, 0, 1);
    while sent < MANY {
        for _ in 0..run {
            tx.send(make(sent));
            sent += 1;
        }
        for _ in 0..run - run / 3 {
            assert_eq!(rx.try_recv(), Ok(make(taken)));
            taken += 1;
        }
        run += 1;
    }
    while let Ok(value) = rx.try_recv() {
        assert_eq!(value, make(taken));
        taken += 1;
    }
    assert_eq!(taken, sent);
}

#[derive(Debug, PartialEq)]
#[repr(align(128))]
struct Aligned(usize);

#[test]
fn values_of_any_size_and_alignment_arrive_as_they_were_sent() {
    goes_through(|_| ());
    goes_through(|n| n as u8);
    goes_through(|n| [n as u8; 3]);
    goes_through(|n| n as u16);
    goes_through(|n| n as u64);
    goes_through(|n| (n as u64, n as u8));
    goes_through(|n| n as u128);
    goes_through(|n| n.to_string());
    goes_through(Aligned);
    goes_through(|n| [n as u8; 1000]);
    goes_through(|n| [n as u64; 2000]);
}

/// Counts its drops.
struct Tracked<const WORDS: usize>(Arc<AtomicUsize>, #[allow(dead_code)] [u64; WORDS]);

impl<const WORDS: usize> Drop for Tracked<WORDS> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn are_dropped_once<const WORDS: usize>() {
    for queued in 0..20 {
        for taken in 0..=queued {
            let drops = Arc::new(AtomicUsize::new(0));
            let (tx, mut rx) = channel();
            for _ in 0..queued {
                tx.send(Tracked(drops.clone(), [0; WORDS]));
            }
            for _ in 0..taken {
                drop(rx.try_recv());
            }
            assert_eq!(drops.load(Ordering::Relaxed), taken);
            // Either end first.
            if queued % 2 == 0 {
                drop(rx);
                drop(tx);
            } else {
                drop(tx);
                drop(rx);
            }
            assert_eq!(drops.load(Ordering::Relaxed), queued);
        }
    }
}

#[test]
fn what_is_left_in_any_block_is_dropped_once() {
    are_dropped_once::<0>();
    are_dropped_once::<8>();
    are_dropped_once::<100>();
    are_dropped_once::<2000>();
}

#[test]
fn every_sender_gets_its_turn_while_others_never_pause() {
    const SENDERS: usize = 8;
    const TURNS: usize = 100;
    let (tx, mut rx) = channel();
    let enough = AtomicBool::new(false);
    let enough = &enough;
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let tx = tx.clone();
            scope.spawn(move || {
                // Bounded, so that a failure does not fill the memory.
                for n in 0..2_000_000 {
                    if enough.load(Ordering::Relaxed) {
                        return;
                    }
                    tx.send((sender, n));
                }
            });
        }
        drop(tx);
        let mut next = [0; SENDERS];
        for (sender, n) in rx.blocking_iter() {
            assert_eq!(n, next[sender], "in the order of each sender");
            next[sender] += 1;
            if next.iter().all(|turns| *turns >= TURNS) {
                enough.store(true, Ordering::Relaxed);
            }
        }
        assert!(next.iter().all(|turns| *turns >= TURNS));
    });
}
