//! Deadlines.
//!
//! A [`Deadline`] is a point on this process's monotonic clock, so setting the wall clock neither brings it closer nor puts it
//! off. Clocks of two processes have nothing in common that could be relied on; when a deadline travels, what travels is the
//! time that is left, and the receiving side counts it from the moment it decodes the message. So the way there is not counted,
//! and a deadline that has passed arrives as one that has passed.
//!
//! A duration too long for the clock is cut to [`FAR`], which no process lives to see.

use mesh_protobuf::DefaultEncoding;
use mesh_protobuf::encodings::Via;
use std::fmt;
use std::time::{Duration, Instant};

/// Where a deadline is put that the clock cannot represent: a hundred years from now.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A point in time that acts as a deadline for an operation.
///
/// The earlier of two deadlines is the smaller one.
///
/// # Across processes
///
/// What is left travels, and is counted from arrival on; see [`CancelContext`](crate::CancelContext).
///
/// # Examples
///
/// ```
/// use mesh_channel::Deadline;
/// use std::time::Duration;
///
/// let deadline = Deadline::from(Duration::from_secs(5));
/// assert!(deadline > Deadline::now());
/// assert!(deadline.remaining() <= Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline that passes now.
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// What is left of the time until then; zero if it has passed.
    pub fn remaining(&self) -> Duration {
        self.remaining_at(Instant::now())
    }

    /// True once its time has come.
    ///
    /// ```
    /// assert!(mesh_channel::Deadline::now().has_passed());
    /// ```
    pub fn has_passed(&self) -> bool {
        self.0 <= Instant::now()
    }

    /// The point on the monotonic clock of this process.
    pub fn instant(&self) -> Instant {
        self.0
    }

    /// What is left at that time; tests bring their own clock.
    fn remaining_at(&self, now: Instant) -> Duration {
        self.0.saturating_duration_since(now)
    }

    fn after(now: Instant, left: Duration) -> Self {
        let at = now.checked_add(left).or_else(|| now.checked_add(FAR));
        Self(at.unwrap_or(now))
    }
}

/// Counts from now. A duration that goes beyond the clock's range means a hundred years.
impl From<Duration> for Deadline {
    fn from(left: Duration) -> Self {
        Self::after(Instant::now(), left)
    }
}

impl From<Instant> for Deadline {
    fn from(at: Instant) -> Self {
        Self(at)
    }
}

/// What is left now.
impl From<Deadline> for Duration {
    fn from(deadline: Deadline) -> Self {
        deadline.remaining()
    }
}

impl DefaultEncoding for Deadline {
    type Encoding = Via<Duration>;
}

/// Seen from now: `in 4.5s`, `20ms ago`.
impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display_at(*self, Instant::now(), f)
    }
}

fn display_at(deadline: Deadline, now: Instant, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let left = deadline.remaining_at(now);
    if left > Duration::ZERO {
        write!(f, "in {left:?}")
    } else {
        write!(f, "{:?} ago", now.saturating_duration_since(deadline.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A deadline as it is shown at some time.
    struct Seen(Deadline, Instant);

    impl fmt::Display for Seen {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            display_at(self.0, self.1, f)
        }
    }

    #[test]
    fn what_is_left_shrinks_to_zero_and_stays_there() {
        let start = Instant::now();
        let deadline = Deadline::after(start, Duration::from_secs(5));
        let left = |seconds| deadline.remaining_at(start + Duration::from_secs(seconds));
        assert_eq!(left(0), Duration::from_secs(5));
        assert_eq!(left(3), Duration::from_secs(2));
        assert_eq!(left(5), Duration::ZERO);
        assert_eq!(left(9), Duration::ZERO);
    }

    #[test]
    fn a_duration_beyond_the_clock_is_far_away_and_not_a_panic() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::MAX);
        assert!(deadline.remaining_at(now) >= FAR);
    }

    #[test]
    fn earlier_deadlines_are_smaller() {
        let now = Instant::now();
        let at = |seconds| Deadline::after(now, Duration::from_secs(seconds));
        assert!(at(1) < at(2));
        assert_eq!(at(2).min(at(1)), at(1));
        assert_eq!(Deadline::from(at(1).instant()), at(1));
    }

    #[test]
    fn it_is_shown_as_seen_from_now() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::from_millis(4500));
        assert_eq!(Seen(deadline, now).to_string(), "in 4.5s");
        let later = now + Duration::from_millis(4520);
        assert_eq!(Seen(deadline, later).to_string(), "20ms ago");
    }
}
