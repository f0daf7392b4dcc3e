//! What is done between the two processes.

use crate::harness::cores::Placement;
use crate::harness::scenario::{Group, Scenario, Unit};

/// Bytes of a request: a `u64` and a `u32`, and what aligns them.
pub(super) const REQUEST: usize = 16;
/// Bytes of an answer.
pub(super) const ANSWER: usize = 8;
/// Requests under way at once in the pipelined scenario.
pub(super) const IN_FLIGHT: u64 = 64;

/// One kind of exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// A request and its answer, one after another.
    Call(Placement),
    /// Sixty-four requests, then their answers.
    Calls,
    /// Messages of a size, one way; an answer after the last.
    OneWay(usize),
}

impl Job {
    /// All of them.
    pub(super) fn all() -> Vec<Self> {
        vec![
            Self::Call(Placement::SameCore),
            Self::Call(Placement::TwoCores),
            Self::Calls,
            Self::OneWay(64),
            Self::OneWay(64 * 1024),
            Self::OneWay(1024 * 1024),
        ]
    }

    /// Where the two processes run.
    pub(super) fn placement(self) -> Placement {
        match self {
            Self::Call(placement) => placement,
            Self::Calls | Self::OneWay(_) => Placement::TwoCores,
        }
    }

    /// The scenario, still without rows.
    pub(super) fn scenario(self) -> Scenario {
        match self {
            Self::Call(placement) => Scenario::new(
                Group::Ipc,
                format!("call/{}", placement.word()),
                format!(
                    "a request of {REQUEST} bytes and its answer of {ANSWER}, one at a time, {}",
                    placement.word().replace('-', " ")
                ),
                Unit::Nanoseconds,
            ),
            Self::Calls => Scenario::new(
                Group::Ipc,
                format!("calls-{IN_FLIGHT}-in-flight"),
                format!("{IN_FLIGHT} requests sent, then their answers received, two cores"),
                Unit::MillionsPerSecond,
            ),
            Self::OneWay(size) if size < 1024 => Scenario::new(
                Group::Ipc,
                format!("one-way/{size}-bytes"),
                format!("messages of {size} bytes one way, two cores"),
                Unit::MillionsPerSecond,
            ),
            Self::OneWay(size) => Scenario::new(
                Group::Ipc,
                format!("one-way/{}-kib", size / 1024),
                format!("messages of {} KiB one way, two cores", size / 1024),
                Unit::GigabytesPerSecond {
                    bytes_per_operation: size as u64,
                },
            ),
        }
    }
}
