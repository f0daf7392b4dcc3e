//! A channel for one value: made, used, gone. The reply half of every request.

use std::hint::black_box;

use futures::FutureExt as _;

use super::endpoint::Once;
use super::mesh::MeshOnce;
#[cfg(feature = "peers")]
use super::peers::{FuturesOnce, OneshotAsync, OneshotSync, TokioOnce};
use crate::harness::scenario::{Group, Scenario, Unit, time};

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut taken = Scenario::new(
        Group::Channels,
        "oneshot/taken",
        "make a oneshot of u64, send, take the value, one thread",
        Unit::Nanoseconds,
    )
    .countable();
    let mut polled = Scenario::new(
        Group::Channels,
        "oneshot/polled",
        "make a oneshot of u64, send, poll the receiver once, one thread",
        Unit::Nanoseconds,
    )
    .countable();
    let mut late = Scenario::new(
        Group::Channels,
        "oneshot/late",
        "make a oneshot of u64, poll the receiver, send, poll it again, one thread",
        Unit::Nanoseconds,
    )
    .countable();
    taken_row::<MeshOnce>(&mut taken);
    polled_row::<MeshOnce>(&mut polled);
    late_row::<MeshOnce>(&mut late);
    #[cfg(feature = "peers")]
    {
        taken_row::<OneshotSync>(&mut taken);
        taken_row::<TokioOnce>(&mut taken);
        taken_row::<FuturesOnce>(&mut taken);
        polled_row::<OneshotAsync>(&mut polled);
        polled_row::<TokioOnce>(&mut polled);
        polled_row::<FuturesOnce>(&mut polled);
        late_row::<OneshotAsync>(&mut late);
        late_row::<TokioOnce>(&mut late);
        late_row::<FuturesOnce>(&mut late);
    }
    vec![taken, polled, late]
}

fn taken_row<O: Once>(scenario: &mut Scenario) {
    scenario.timed(O::NAME, O::OWNER, || {
        |operations| {
            time(operations, || {
                let (sender, receiver) = O::once::<u64>();
                O::send(sender, black_box(1));
                O::take(receiver)
            })
        }
    });
}

fn polled_row<O: Once>(scenario: &mut Scenario) {
    scenario.timed(O::NAME, O::OWNER, || {
        |operations| {
            time(operations, || {
                let (sender, receiver) = O::once::<u64>();
                O::send(sender, black_box(1));
                O::value(receiver).now_or_never()
            })
        }
    });
}

fn late_row<O: Once>(scenario: &mut Scenario) {
    scenario.timed(O::NAME, O::OWNER, || {
        |operations| {
            time(operations, || {
                let (sender, receiver) = O::once::<u64>();
                let mut value = std::pin::pin!(O::value(receiver));
                black_box(value.as_mut().now_or_never());
                O::send(sender, black_box(1));
                value.as_mut().now_or_never()
            })
        }
    });
}
