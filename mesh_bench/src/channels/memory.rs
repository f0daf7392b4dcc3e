//! Bytes that channels hold: idle ones, and for each queued message.
//!
//! Bytes are those asked of the allocator, without what it adds, and the handles themselves are included by their size,
//! since a program keeps them somewhere. A message's own heap memory (a box) counts.

use super::endpoint::Channel;
use super::message::{Line, Message};
use super::roster::every;
use crate::harness::allocations::tally;
use crate::harness::scenario::{Group, Scenario, Unit};

/// Channels made to find the bytes of one.
const CHANNELS: usize = 256;

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut idle = Scenario::new(
        Group::Channels,
        "memory/idle",
        "bytes held by an idle channel of u64, its two handles included",
        Unit::Bytes,
    );
    every!(idle_row, &mut idle);
    let mut used = Scenario::new(
        Group::Channels,
        "memory/used-once",
        "bytes held by an idle channel of u64 that has carried one message",
        Unit::Bytes,
    );
    every!(used_row, &mut used);
    let mut scenarios = vec![idle, used];
    for queued in [1, 1_000] {
        scenarios.push(queue::<u64>(queued));
        scenarios.push(queue::<Line>(queued));
    }
    scenarios
}

fn queue<M: Message>(queued: u64) -> Scenario {
    let plural = if queued == 1 { "" } else { "s" };
    let mut scenario = Scenario::new(
        Group::Channels,
        format!("memory/queued-{queued}/{}", M::NAME),
        format!(
            "bytes held for each of {queued} queued message{plural} ({}), channel included",
            M::NAME
        ),
        Unit::Bytes,
    );
    every!(queue_row::<M>, &mut scenario, queued);
    scenario
}

fn idle_row<C: Channel>(scenario: &mut Scenario) {
    scenario.counted(C::NAME, C::OWNER, || {
        held(|| C::channel::<u64>()) + handles::<C, u64>()
    });
}

fn used_row<C: Channel>(scenario: &mut Scenario) {
    scenario.counted(C::NAME, C::OWNER, || {
        held(|| {
            let (sender, mut receiver) = C::channel::<u64>();
            C::send(&sender, 1);
            assert_eq!(C::take(&mut receiver), Some(1));
            (sender, receiver)
        }) + handles::<C, u64>()
    });
}

fn queue_row<C: Channel, M: Message>(scenario: &mut Scenario, queued: u64) {
    scenario.counted(C::NAME, C::OWNER, move || {
        let bytes = held(|| {
            let (sender, receiver) = C::channel::<M>();
            for seed in 0..queued {
                C::send(&sender, M::make(seed));
            }
            (sender, receiver)
        });
        (bytes + handles::<C, M>()) / queued as f64
    });
}

fn handles<C: Channel, M: Message>() -> f64 {
    (size_of::<C::Sender<M>>() + size_of::<C::Receiver<M>>()) as f64
}

/// The mean of bytes that each of a number of like things keeps allocated.
fn held<R>(make: impl Fn() -> R) -> f64 {
    let mut kept = Vec::with_capacity(CHANNELS);
    // What the first ever allocates for its thread is not the second's.
    drop(make());
    let (tally, ()) = tally(|| {
        for _ in 0..CHANNELS {
            kept.push(make());
        }
    });
    tally.live as f64 / CHANNELS as f64
}
