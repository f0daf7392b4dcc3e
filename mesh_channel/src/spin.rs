//! Looking again for a moment before sleeping.
//!
//! To put a thread to sleep and wake it costs microseconds, in a virtual machine tens of them. What is awaited often takes less, if
//! the other side is at work on another core. So a thread that waits looks again for a short time, at growing distances, which
//! leaves the memory that it looks at to the one who is about to write it.
//!
//! How long is learned: a [`Spin`] looks longer after it has found something or after a sleep that turned out to be short, and
//! shorter after it has looked in vain. A program that idles is at the shortest; each wait then costs less than falling asleep does,
//! and a wait that has no end costs nothing more. With one core nobody is at work meanwhile, and only the core is given away.
//!
//! [`Spin`] is one byte, kept by whoever waits repeatedly.

use crate::sync::{spin_loop, yield_now};
use std::time::{Duration, Instant};

/// How long the waits of one receiver or thread are spun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spin {
    /// It looks this many times, with `1 << i` processor's hints before the look `i`.
    looks: u8,
}

/// After this many looks nothing is gained any more: a hint takes 3 to 50 ns, so these take from half a microsecond to seven.
const MOST: u8 = 7;
/// Looks that cost next to nothing.
const LEAST: u8 = 2;
/// How often the core is given away before sleeping: the other side may be waiting for this very core.
const YIELDS: u8 = 2;
/// A sleep shorter than this would have been better not begun.
const SHORT: Duration = Duration::from_micros(100);

impl Spin {
    /// Knows nothing yet.
    pub(crate) const fn new() -> Self {
        Self { looks: LEAST + 2 }
    }

    /// Looks until it is there, for as long as seems worth it.
    #[inline]
    pub(crate) fn look(&mut self, is_there: impl FnMut() -> bool) -> bool {
        let looks = if has_many_cores() { self.looks } else { 0 };
        self.look_for(looks, is_there)
    }

    fn look_for(&mut self, looks: u8, mut is_there: impl FnMut() -> bool) -> bool {
        for look in 0..looks {
            for _ in 0..1_u32 << look {
                spin_loop();
            }
            if is_there() {
                self.longer();
                return true;
            }
        }
        self.shorter();
        for _ in 0..YIELDS {
            yield_now();
            if is_there() {
                return true;
            }
        }
        false
    }

    /// Sleeps by `sleep`, and learns from how long that was.
    pub(crate) fn sleep<R>(&mut self, sleep: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = sleep();
        if start.elapsed() < SHORT {
            // More than was taken off for having looked in vain.
            self.longer();
            self.longer();
        }
        result
    }

    fn longer(&mut self) {
        self.looks = (self.looks + 1).min(MOST);
    }

    fn shorter(&mut self) {
        self.looks = self.looks.saturating_sub(1).max(LEAST);
    }
}

/// True if another thread can be at work while this one looks.
#[cfg(not(loom))]
fn has_many_cores() -> bool {
    use std::sync::OnceLock;
    static MANY: OnceLock<bool> = OnceLock::new();
    *MANY.get_or_init(|| std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1))
}

/// loom has no time to lose: a look is one more state to explore.
#[cfg(loom)]
fn has_many_cores() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_in_vain_become_few_and_stay_so() {
        let mut spin = Spin::new();
        let mut looked = 0;
        for _ in 0..10 {
            looked = 0;
            assert!(!spin.look_for(spin.looks, || {
                looked += 1;
                false
            }));
        }
        assert_eq!(looked, LEAST + YIELDS);
    }

    #[test]
    fn looks_that_find_something_become_more_up_to_a_bound() {
        let mut spin = Spin::new();
        for _ in 0..10 {
            assert!(spin.look_for(spin.looks, || true));
        }
        assert_eq!(spin.looks, MOST);
        spin.look_for(spin.looks, || false);
        assert_eq!(spin.looks, MOST - 1);
        spin.sleep(|| ());
        assert_eq!(spin.looks, MOST);
    }

    #[test]
    fn without_another_core_nothing_is_looked_for_but_the_core_is_given_away() {
        let mut looked = 0;
        assert!(!Spin::new().look_for(0, || {
            looked += 1;
            false
        }));
        assert_eq!(looked, YIELDS);
    }
}
