//! Looking again for a moment before sleeping.
//!
//! To put a thread to sleep and wake it costs microseconds, in a virtual machine tens of them. What is awaited often takes less, if
//! the other side is at work on another core. So a thread that waits looks again for a short time, at growing distances, which
//! leaves the memory that it looks at to the one who is about to write it.
//!
//! How long is learned: a [`Spin`] looks longer after it has found something or after a sleep that turned out to be short, and
//! shorter after it has looked in vain. A program that idles is at the shortest; each wait then costs less than falling asleep does,
//! and a wait that has no end costs nothing more.
//!
//! If it had looked in vain for longer than the sleep then took, then the other side needed this very core, and looking kept it from
//! work. That sets a ceiling, which only what is found in spite of it lifts. The number of cores would not tell: a thread that is
//! pinned to one of many counts one, and so would the whole process if such a thread were the first to ask.
//!
//! Having looked in vain, a thread gives its core away once or twice, for the other side may be waiting for that very core. Where
//! something else waits for the core as well, that has it for milliseconds, while a thread that slept would be back as soon as it
//! is woken; so after such a time the core is not given away any more, for many of the thread's waits.
//!
//! To read the clock costs as much as all else in a short wait, so it is read once, as a wait begins. Waits that begin one soon after
//! the other show that the core was not away for long in between; only where they do not is that time taken by itself.
//!
//! [`Spin`] is one byte, kept by whoever waits repeatedly.

use crate::sync::{spin_loop, yield_now};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long the waits of one receiver or thread are spun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spin {
    /// The level in the lower half: it looks for the time of `1 << level` of the processor's hints; at 0 that is next to nothing.
    /// The highest that it may be in the upper half.
    levels: u8,
}

/// What a thread knows of the core that it runs on.
#[derive(Clone, Copy)]
struct Core {
    /// For so many waits it is not given away.
    keeps: u8,
    /// When the last wait began in which it was.
    given_away: Option<Instant>,
}

thread_local! {
    static CORE: Cell<Core> = const {
        Cell::new(Core {
            keeps: 0,
            given_away: None,
        })
    };
}

/// A hint takes from 3 to 50 ns, so this is 100 µs at most: what a wait costs that is slept through where waking is slow.
const MOST: u8 = 11;
/// Where one that knows nothing begins.
const BEGIN: u8 = 5;
/// Hints at level 0; none under loom, to which a look is one more state to explore.
const HINTS: u32 = if cfg!(loom) { 0 } else { 1 };
/// Hints before the first look.
const FIRST: u32 = 4;
/// The most hints from one look to the next, which is the longest that something is there unseen.
const FARTHEST: u32 = 32;
/// Hints before the first look at a stream.
const AWAY: u32 = 128;
/// How often the core is given away before sleeping: the other side may be waiting for this very core.
const YIELDS: u8 = 2;
/// A sleep shorter than this would have been better not begun, and a core that is away for longer was better kept.
const SHORT: Duration = Duration::from_micros(100);
/// How many waits that is remembered.
const REMEMBERED: u8 = u8::MAX;

impl Spin {
    /// Knows nothing yet.
    pub(crate) const fn new() -> Self {
        Self {
            levels: BEGIN | MOST << 4,
        }
    }

    /// Looks until it is there, for as long as seems worth it. The wait begins at `start`, which is now.
    #[inline]
    pub(crate) fn look(&mut self, start: Instant, is_there: impl FnMut() -> bool) -> bool {
        self.look_from(FIRST, start, is_there)
    }

    /// As [`look`](Self::look) for what comes in a stream: stays away for longer at first.
    ///
    /// Whoever sends without a pause gets ahead meanwhile, and many messages can be taken at once. To look sooner means to take
    /// each from under the hands of its sender, which slows both down.
    #[inline]
    pub(crate) fn look_at_stream(
        &mut self,
        start: Instant,
        is_there: impl FnMut() -> bool,
    ) -> bool {
        self.look_from(AWAY, start, is_there)
    }

    /// As [`look`](Self::look) for a thread that will then look elsewhere: it does not give its core away.
    pub(crate) fn glance(&mut self, is_there: impl FnMut() -> bool) -> bool {
        self.look_closely(FIRST, is_there)
    }

    fn look_from(
        &mut self,
        distance: u32,
        start: Instant,
        mut is_there: impl FnMut() -> bool,
    ) -> bool {
        self.look_closely(distance, &mut is_there) || Core::give_away(start, is_there)
    }

    fn look_closely(&mut self, mut distance: u32, mut is_there: impl FnMut() -> bool) -> bool {
        let mut hints = HINTS << self.level();
        while hints > 0 {
            for _ in 0..distance.min(hints) {
                spin_loop();
            }
            if is_there() {
                self.longer();
                return true;
            }
            hints -= distance.min(hints);
            distance = (2 * distance).min(FARTHEST);
        }
        self.shorter();
        false
    }

    /// Sleeps by `sleep`, having looked in vain since `start`, and learns from how long that was.
    pub(crate) fn sleep<R>(&mut self, start: Instant, sleep: impl FnOnce() -> R) -> R {
        let asleep = Instant::now();
        let result = sleep();
        self.learn(asleep - start, asleep.elapsed());
        result
    }

    /// Learns from having looked in vain for one time, and then slept for another.
    pub(crate) fn learn(&mut self, looked: Duration, slept: Duration) {
        // While the core was away for long, this time, it did not look.
        if slept >= SHORT || CORE.get().keeps == REMEMBERED {
            return;
        }
        let (level, ceiling) = (self.level(), self.ceiling());
        if slept < looked && level > 0 {
            self.set(0, level - 1);
        } else {
            // More than was taken off for having looked in vain.
            self.set((level + 2).min(ceiling), ceiling);
        }
    }

    fn longer(&mut self) {
        let (level, mut ceiling) = (self.level(), self.ceiling());
        if level == ceiling {
            ceiling = (ceiling + 1).min(MOST);
        }
        self.set((level + 1).min(ceiling), ceiling);
    }

    fn shorter(&mut self) {
        self.set(self.level().saturating_sub(1), self.ceiling());
    }

    fn level(self) -> u8 {
        self.levels & 0xf
    }

    fn ceiling(self) -> u8 {
        self.levels >> 4
    }

    /// Neither is more than [`MOST`], which takes half a byte.
    fn set(&mut self, level: u8, ceiling: u8) {
        self.levels = level | ceiling << 4;
    }
}

impl Core {
    /// Gives the core away and looks, in a wait that began at `start`, unless that has been of harm not long ago.
    fn give_away(start: Instant, mut is_there: impl FnMut() -> bool) -> bool {
        let mut core = CORE.get();
        if core.keeps > 0 {
            core.keeps -= 1;
            CORE.set(core);
            return false;
        }
        let before = core.given_away.replace(start);
        CORE.set(core);
        if before.is_some_and(|before| start.duration_since(before) < SHORT) {
            return (0..YIELDS).any(|_| {
                yield_now();
                is_there()
            });
        }
        let mut away = Duration::ZERO;
        let found = (0..YIELDS).any(|_| {
            let start = Instant::now();
            yield_now();
            away += start.elapsed();
            is_there()
        });
        Self::was_away(away);
        found
    }

    /// Learns from having given the core away for some time.
    fn was_away(time: Duration) {
        // loom's time is not that of its threads.
        if time >= SHORT && !cfg!(loom) {
            CORE.set(Self {
                keeps: REMEMBERED,
                ..CORE.get()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TIME: Duration = Duration::ZERO;

    fn forget() {
        CORE.set(Core {
            keeps: 0,
            given_away: None,
        });
    }

    #[test]
    fn looks_in_vain_become_few_and_stay_so() {
        let mut spin = Spin::new();
        for _ in 0..10 {
            assert!(!spin.look(Instant::now(), || false));
        }
        assert_eq!(spin.level(), 0);
        // Whatever this machine is busy with.
        forget();
        assert_eq!(looks_in_vain(&mut spin), 1 + YIELDS);
    }

    fn looks_in_vain(spin: &mut Spin) -> u8 {
        let mut looked = 0;
        spin.look(Instant::now(), || {
            looked += 1;
            false
        });
        looked
    }

    #[test]
    fn a_core_that_was_away_for_long_is_not_given_away_again_for_many_waits() {
        let mut spin = Spin::new();
        forget();
        spin.set(0, MOST);
        Core::was_away(SHORT);
        for _ in 0..REMEMBERED {
            assert_eq!(looks_in_vain(&mut spin), 1);
        }
        assert_eq!(looks_in_vain(&mut spin), 1 + YIELDS);
    }

    #[test]
    fn what_the_core_was_away_for_does_not_count_as_looking() {
        let mut spin = Spin::new();
        let level = spin.level();
        Core::was_away(10 * SHORT);
        spin.learn(10 * SHORT, SHORT / 2);
        assert_eq!((spin.level(), spin.ceiling()), (level, MOST));
    }

    #[test]
    fn looks_that_find_something_become_more_up_to_a_bound() {
        let mut spin = Spin::new();
        for _ in 0..20 {
            assert!(spin.look(Instant::now(), || true));
        }
        assert_eq!(spin.level(), MOST);
        spin.look(Instant::now(), || false);
        assert_eq!(spin.level(), MOST - 1);
    }

    #[test]
    fn a_short_sleep_makes_up_for_having_looked_in_vain_and_a_long_one_does_not() {
        let mut spin = Spin::new();
        for _ in 0..20 {
            spin.shorter();
            spin.learn(NO_TIME, SHORT / 2);
        }
        assert!(spin.level() >= MOST - 1);
        for _ in 0..20 {
            spin.shorter();
            spin.learn(NO_TIME, SHORT);
        }
        assert_eq!(spin.level(), 0);
    }

    #[test]
    fn having_looked_for_longer_than_was_slept_sets_a_ceiling_until_something_is_found() {
        let mut spin = Spin::new();
        spin.learn(SHORT, SHORT / 2);
        assert_eq!(spin.level(), 0);
        let ceiling = spin.ceiling();
        assert!(ceiling < Spin::new().level());
        for _ in 0..20 {
            spin.learn(NO_TIME, SHORT / 2);
        }
        assert_eq!(spin.level(), ceiling);
        spin.longer();
        assert_eq!((spin.level(), spin.ceiling()), (ceiling + 1, ceiling + 1));
    }
}
