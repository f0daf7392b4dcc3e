//! The `channels` group: mesh's channels in one process beside the crates a program would use instead.
//!
//! `endpoint` says what a scenario may ask of a channel; `mesh` and `peers` answer for each crate in the way its own
//! documentation shows; the other files hold the scenarios. All rows of a scenario run the same generic code over the
//! same message types, monomorphised, so a row differs from its neighbour in nothing but the channel.

mod burst;
mod create;
mod drain;
mod endpoint;
mod idle;
mod memory;
mod mesh;
mod message;
mod once;
#[cfg(feature = "peers")]
mod peers;
mod ping_pong;
mod request;
mod request_blocking;
mod roster;
mod send_receive;
mod start_line;
mod throughput;

use crate::harness::scenario::Scenario;

/// All scenarios of the group.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = vec![create::scenario()];
    scenarios.extend(send_receive::scenarios());
    scenarios.extend(burst::scenarios());
    scenarios.extend(drain::scenarios());
    scenarios.extend(throughput::scenarios());
    scenarios.extend(ping_pong::scenarios());
    scenarios.extend(once::scenarios());
    scenarios.extend(request::scenarios());
    scenarios.extend(request_blocking::scenarios());
    scenarios.extend(memory::scenarios());
    scenarios.push(idle::scenario());
    scenarios
}
