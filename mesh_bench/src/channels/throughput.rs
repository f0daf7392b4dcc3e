//! Many messages from producer threads to one consumer.
//!
//! The clock runs in the consumer, from the moment all threads stand ready until the last message has arrived. With one
//! producer the two threads are pinned to two cores; with more, the system places them. *Steady* producers send without a
//! pause, and the queue grows as far as the consumer falls behind. The *bursty* one sends a thousand messages and then
//! waits until the consumer has seen them all, so that the consumer goes to sleep again and again.
//!
//! The consumer blocks where the crate can block, and is awaited in a `block_on` where it can be awaited; these are two
//! rows.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Release};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;

use super::endpoint::{Awaited, Blocking, Channel};
use super::message::{Line, Message};
use super::roster::{every_awaited, every_blocking};
use super::start_line::StartLine;
use crate::harness::cores::Placement;
use crate::harness::scenario::{Group, Scenario, Unit};

const BURST: u64 = 1_000;

/// How the producers go about it.
#[derive(Clone, Copy, Debug)]
struct Shape {
    producers: u64,
    bursty: bool,
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for producers in [1, 2, 4, 16] {
        let shape = Shape {
            producers,
            bursty: false,
        };
        scenarios.push(scenario::<u64>(shape));
        scenarios.push(scenario::<Line>(shape));
        scenarios.push(scenario::<Box<[u8; 1000]>>(shape));
        scenarios.push(scenario::<[u8; 1000]>(shape));
    }
    let bursty = Shape {
        producers: 1,
        bursty: true,
    };
    scenarios.push(scenario::<u64>(bursty));
    scenarios.push(scenario::<Line>(bursty));
    scenarios
}

fn scenario<M: Message>(shape: Shape) -> Scenario {
    let Shape { producers, bursty } = shape;
    let (word, sentence) = if bursty {
        ("bursty", "in bursts of 1,000")
    } else {
        ("steady", "without a pause")
    };
    let plural = if producers == 1 { "" } else { "s" };
    let mut scenario = Scenario::new(
        Group::Channels,
        format!("throughput/{producers}-to-1/{word}/{}", M::NAME),
        format!(
            "{producers} producer thread{plural} {sentence}, one consumer thread, {}",
            M::NAME
        ),
        Unit::MillionsPerSecond,
    )
    .at_most(M::MOST_QUEUED);
    every_blocking!(blocking_row::<M>, &mut scenario, shape);
    every_awaited!(awaited_row::<M>, &mut scenario, shape);
    scenario
}

fn blocking_row<C: Blocking, M: Message>(scenario: &mut Scenario, shape: Shape) {
    scenario.timed(C::NAME, C::OWNER, move || {
        move |operations| {
            run::<C, M>(operations, shape, |mut receiver, arrived| {
                while let Some(message) = C::wait(&mut receiver) {
                    black_box(&message);
                    arrived();
                }
            })
        }
    });
}

fn awaited_row<C: Awaited, M: Message>(scenario: &mut Scenario, shape: Shape) {
    scenario.timed(format!("{} async", C::NAME), C::OWNER, move || {
        move |operations| {
            run::<C, M>(operations, shape, |mut receiver, arrived| {
                block_on(async {
                    while let Some(message) = C::next(&mut receiver).await {
                        black_box(&message);
                        arrived();
                    }
                });
            })
        }
    });
}

fn run<C: Channel, M: Message>(
    operations: u64,
    shape: Shape,
    consume: impl FnOnce(C::Receiver<M>, &mut dyn FnMut()) + Send,
) -> Duration {
    let (sender, receiver) = C::channel::<M>();
    let line = StartLine::new(shape.producers as usize + 1);
    let line = &line;
    let seen = AtomicU64::new(0);
    let seen = &seen;
    let pinned = (shape.producers == 1).then_some(Placement::TwoCores);
    thread::scope(|scope| {
        for producer in 0..shape.producers {
            let sender = sender.clone();
            let share =
                operations / shape.producers + u64::from(producer < operations % shape.producers);
            scope.spawn(move || {
                if let Some(placement) = pinned {
                    placement.pin_second();
                }
                line.wait();
                if shape.bursty {
                    produce_bursts::<C, M>(&sender, share, seen);
                } else {
                    for seed in 0..share {
                        C::send(&sender, black_box(M::make(seed)));
                    }
                }
            });
        }
        drop(sender);
        let consumer = scope.spawn(move || {
            if let Some(placement) = pinned {
                placement.pin_first();
            }
            line.wait();
            let start = Instant::now();
            if shape.bursty {
                let mut count = 0;
                consume(receiver, &mut || {
                    count += 1;
                    // Pairs with the acquire in the producer, who needs only the number.
                    seen.store(count, Release);
                });
            } else {
                consume(receiver, &mut || {});
            }
            start.elapsed()
        });
        consumer.join().expect("the consumer does not panic")
    })
}

fn produce_bursts<C: Channel, M: Message>(sender: &C::Sender<M>, messages: u64, seen: &AtomicU64) {
    let mut sent = 0;
    while sent < messages {
        let burst = BURST.min(messages - sent);
        for seed in 0..burst {
            C::send(sender, black_box(M::make(seed)));
        }
        sent += burst;
        while seen.load(Acquire) < sent {
            thread::yield_now();
        }
    }
}
