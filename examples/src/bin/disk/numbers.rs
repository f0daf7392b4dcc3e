//! How the summary writes durations and rates.

use indicatif::{BinaryBytes, HumanCount};
use std::time::Duration;

/// A duration with three digits and the unit that suits it.
pub(crate) fn duration(time: Duration) -> String {
    let nanoseconds = time.as_nanos() as f64;
    // The bounds are where three digits would round up into the next unit.
    let (value, unit) = match nanoseconds {
        0.0..999.5 => (nanoseconds, "ns"),
        999.5..999.5e3 => (nanoseconds / 1e3, "µs"),
        999.5e3..999.5e6 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    let decimals = match value {
        _ if unit == "ns" => 0,
        0.0..9.995 => 2,
        9.995..99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// A number of bytes.
pub(crate) fn bytes(count: u64) -> String {
    BinaryBytes(count).to_string()
}

/// A number of things, with separators.
pub(crate) fn count(count: u64) -> String {
    HumanCount(count).to_string()
}

/// How many a second.
pub(crate) fn rate(count: u64, time: Duration) -> u64 {
    // Nothing takes no time at all, but a clock may say so.
    let seconds = time.as_secs_f64().max(1e-9);
    (count as f64 / seconds).round() as u64
}

#[cfg(test)]
mod tests {
    use super::{duration, rate};
    use std::time::Duration;

    #[test]
    fn a_duration_has_three_digits_and_a_unit() {
        for (nanoseconds, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (12_345, "12.3 µs"),
            (99_960, "100 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (8_000_000_000, "8.00 s"),
            (123_400_000_000, "123 s"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanoseconds)), text);
        }
    }

    #[test]
    fn a_rate_is_a_count_over_seconds() {
        assert_eq!(rate(1000, Duration::from_millis(500)), 2000);
        assert_eq!(rate(0, Duration::ZERO), 0);
    }
}
