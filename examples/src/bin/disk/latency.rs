//! How long requests took: a histogram, and the percentiles it comes down to.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::Duration;

/// The digits that a recorded time keeps.
const DIGITS: u8 = 3;

/// Counts of requests by the time they took, from one nanosecond up.
#[derive(Debug)]
pub(crate) struct Latencies {
    histogram: Histogram<u64>,
}

/// The times in nanoseconds that parts of the requests stayed within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
    pub(crate) p99_9: u64,
    pub(crate) max: u64,
}

impl Latencies {
    pub(crate) fn new() -> Self {
        Self {
            histogram: Histogram::new(DIGITS).expect("three digits are among those offered"),
        }
    }

    /// Counts one request.
    pub(crate) fn add(&mut self, time: Duration) {
        self.histogram
            .record(nanoseconds(time))
            .expect("a histogram that may grow takes any time");
    }

    /// Counts the requests that another has counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.histogram
            .add(&other.histogram)
            .expect("a histogram that may grow takes in any other");
    }

    /// How many requests were counted.
    pub(crate) fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The percentiles; all nought if nothing was counted.
    pub(crate) fn percentiles(&self) -> Percentiles {
        let at = |quantile| self.histogram.value_at_quantile(quantile);
        Percentiles {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            max: self.histogram.max(),
        }
    }
}

/// A time in whole nanoseconds, which reach beyond five hundred years.
pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Latencies, Percentiles};
    use std::time::Duration;

    #[test]
    fn percentiles_are_those_of_all_that_was_merged() {
        let mut even = Latencies::new();
        let mut odd = Latencies::new();
        for time in 1..=1000 {
            let latencies = if time % 2 == 0 { &mut even } else { &mut odd };
            latencies.add(Duration::from_nanos(time));
        }
        even.merge(&odd);
        assert_eq!(even.count(), 1000);
        let expected = Percentiles {
            p50: 500,
            p90: 900,
            p99: 990,
            p99_9: 999,
            max: 1000,
        };
        assert_eq!(even.percentiles(), expected);
    }

    #[test]
    fn the_longest_time_is_counted_and_nothing_counted_is_nought() {
        let mut latencies = Latencies::new();
        assert_eq!(latencies.percentiles().max, 0);
        latencies.add(Duration::MAX);
        assert_eq!(latencies.percentiles().max, u64::MAX);
    }
}
