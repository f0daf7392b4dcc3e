//! A thousand messages in, then a thousand out, in one thread: what queueing costs, the queue's growth included.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::endpoint::Channel;
use super::message::{Line, Message};
use super::roster::every;
use crate::harness::scenario::{Group, Scenario, Unit};

/// Messages queued before the first is received; within the capacity of the bounded rows.
const BURST: u64 = 1_000;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario::<u64>(),
        scenario::<Line>(),
        scenario::<Box<[u8; 1000]>>(),
        scenario::<[u8; 1000]>(),
    ]
}

fn scenario<M: Message>() -> Scenario {
    let mut scenario = Scenario::new(
        Group::Channels,
        format!("burst/{}", M::NAME),
        format!(
            "a message ({}) in bursts of 1,000 sent, then 1,000 taken, one thread",
            M::NAME
        ),
        Unit::Nanoseconds,
    )
    .countable();
    every!(row::<M>, &mut scenario);
    scenario
}

fn row<C: Channel, M: Message>(scenario: &mut Scenario) {
    scenario.timed(C::NAME, C::OWNER, || {
        let (sender, mut receiver) = C::channel::<M>();
        move |operations| {
            let mut left = operations;
            let mut elapsed = Duration::ZERO;
            while left > 0 {
                let burst = left.min(BURST);
                let start = Instant::now();
                for seed in 0..burst {
                    C::send(&sender, black_box(M::make(seed)));
                }
                for _ in 0..burst {
                    black_box(C::take(&mut receiver).as_ref().map(black_box).is_some());
                }
                elapsed += start.elapsed();
                left -= burst;
            }
            elapsed
        }
    });
}
