//! A thousand messages in, then all of them out by the crate's call for many at once, in one thread.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::endpoint::Drained;
use super::mesh::Mesh;
use super::message::{Line, Message};
#[cfg(feature = "peers")]
use super::peers::{Crossbeam, Flume, Kanal, Std, Tokio};
use crate::harness::scenario::{Group, Scenario, Unit};

/// Messages queued before they are taken.
const BURST: u64 = 1_000;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![scenario::<u64>(), scenario::<Line>()]
}

fn scenario<M: Message>() -> Scenario {
    let mut scenario = Scenario::new(
        Group::Channels,
        format!("drain/{}", M::NAME),
        format!(
            "a message ({}) in bursts of 1,000 sent, then taken by one call, one thread",
            M::NAME
        ),
        Unit::Nanoseconds,
    )
    .countable();
    row::<Mesh, M>(&mut scenario);
    #[cfg(feature = "peers")]
    {
        row::<Kanal, M>(&mut scenario);
        row::<Flume, M>(&mut scenario);
        row::<Crossbeam, M>(&mut scenario);
        row::<Tokio, M>(&mut scenario);
        row::<Std, M>(&mut scenario);
    }
    scenario
}

fn row<C: Drained, M: Message>(scenario: &mut Scenario) {
    scenario.timed(C::NAME, C::OWNER, || {
        let (sender, mut receiver) = C::channel::<M>();
        let mut batch = Vec::with_capacity(BURST as usize);
        move |operations| {
            let mut left = operations;
            let mut elapsed = Duration::ZERO;
            while left > 0 {
                let burst = left.min(BURST);
                let start = Instant::now();
                for seed in 0..burst {
                    C::send(&sender, black_box(M::make(seed)));
                }
                let mut taken = 0;
                while taken < burst {
                    C::drain(&mut receiver, &mut batch, BURST as usize);
                    taken += black_box(&batch).len() as u64;
                    batch.clear();
                }
                elapsed += start.elapsed();
                left -= burst;
            }
            elapsed
        }
    });
}
