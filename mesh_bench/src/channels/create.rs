//! Making a channel and dropping both ends: what a channel for every request would cost.

use super::endpoint::Channel;
use super::roster::every;
use crate::harness::scenario::{Group, Scenario, Unit, time};

pub(super) fn scenario() -> Scenario {
    let mut scenario = Scenario::new(
        Group::Channels,
        "create-and-drop",
        "make a channel of u64, drop both ends",
        Unit::Nanoseconds,
    )
    .countable();
    every!(row, &mut scenario);
    scenario
}

fn row<C: Channel>(scenario: &mut Scenario) {
    scenario.timed(C::NAME, C::OWNER, || {
        |operations| time(operations, C::channel::<u64>)
    });
}
