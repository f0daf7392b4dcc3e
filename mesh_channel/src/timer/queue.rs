//! The alarms that are set, earliest first.
//!
//! A plain data structure: it is told the time and runs nothing, so a test can drive it through a year in no time. Wakers that
//! come out of it are woken or dropped by whoever called, after unlocking.
//!
//! An ordered map rather than a heap, because most alarms are taken out before they ring, and then their wakers must not stay
//! behind until their time has come.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Instant;

/// Names an alarm; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// When it rings. First, so that keys are in the order of time.
    at: Instant,
    number: u64,
}

/// The alarms that are set. Unbounded: one for each pending future that waits for a deadline.
#[derive(Debug)]
pub(super) struct Queue {
    alarms: BTreeMap<Key, Waker>,
    next_number: u64,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self {
            alarms: BTreeMap::new(),
            next_number: 0,
        }
    }

    /// Sets an alarm. True if it is now the earliest.
    pub(super) fn insert(&mut self, at: Instant, waker: Waker) -> (Key, bool) {
        let key = Key {
            at,
            number: self.next_number,
        };
        self.next_number += 1;
        self.alarms.insert(key, waker);
        (key, self.is_first(key))
    }

    fn is_first(&self, key: Key) -> bool {
        self.alarms
            .first_key_value()
            .is_some_and(|(first, _)| *first == key)
    }

    /// True if the alarm is set and wakes what `waker` would.
    pub(super) fn holds(&self, key: Key, waker: &Waker) -> bool {
        self.alarms
            .get(&key)
            .is_some_and(|set| set.will_wake(waker))
    }

    /// Takes an alarm out. None if it has rung.
    pub(super) fn remove(&mut self, key: Key) -> Option<Waker> {
        self.alarms.remove(&key)
    }

    /// When the earliest alarm rings.
    pub(super) fn next(&self) -> Option<Instant> {
        self.alarms.first_key_value().map(|(key, _)| key.at)
    }

    /// Takes out the alarms whose time has come, earliest first.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Waker> {
        let after = Key {
            at: now,
            number: u64::MAX,
        };
        let later = self.alarms.split_off(&after);
        let due = std::mem::replace(&mut self.alarms, later);
        due.into_values().collect()
    }

    /// Takes out all alarms.
    pub(super) fn take(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.alarms).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::task::Wake;
    use std::time::Duration;

    /// Writes its name down when woken.
    struct Named(u32, Arc<Mutex<Vec<u32>>>);

    impl Wake for Named {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(self.0);
        }
    }

    struct Test {
        queue: Queue,
        start: Instant,
        rung: Arc<Mutex<Vec<u32>>>,
    }

    impl Test {
        fn new() -> Self {
            Self {
                queue: Queue::new(),
                start: Instant::now(),
                rung: Arc::default(),
            }
        }

        fn at(&self, seconds: u32) -> Instant {
            self.start + Duration::from_secs(seconds.into())
        }

        /// An alarm with its time as its name.
        fn set(&mut self, seconds: u32) -> (Key, bool) {
            let waker = Arc::new(Named(seconds, self.rung.clone())).into();
            self.queue.insert(self.at(seconds), waker)
        }

        /// What rings when it is so late.
        fn ring(&mut self, seconds: u32) -> Vec<u32> {
            let now = self.at(seconds);
            self.queue.expire(now).into_iter().for_each(Waker::wake);
            std::mem::take(&mut *self.rung.lock().unwrap())
        }
    }

    #[test]
    fn alarms_ring_at_their_time_and_in_its_order() {
        let mut test = Test::new();
        for seconds in [30, 10, 20] {
            test.set(seconds);
        }
        assert_eq!(test.ring(9), []);
        assert_eq!(test.ring(10), [10]);
        assert_eq!(test.ring(100), [20, 30]);
        assert_eq!(test.queue.next(), None);
    }

    #[test]
    fn alarms_of_the_same_time_all_ring() {
        let mut test = Test::new();
        for _ in 0..3 {
            test.set(10);
        }
        assert_eq!(test.ring(10), [10, 10, 10]);
    }

    #[test]
    fn an_alarm_that_was_taken_out_does_not_ring_and_frees_its_waker() {
        let mut test = Test::new();
        let (key, _) = test.set(10);
        let (other, _) = test.set(10);
        let held = Arc::strong_count(&test.rung);
        drop(test.queue.remove(key));
        assert_eq!(Arc::strong_count(&test.rung), held - 1);
        assert!(test.queue.remove(key).is_none());
        assert_eq!(test.ring(10), [10]);
        assert!(test.queue.remove(other).is_none());
    }

    #[test]
    fn only_a_new_earliest_alarm_asks_for_an_earlier_awakening() {
        let mut test = Test::new();
        assert!(test.set(20).1);
        assert!(!test.set(20).1);
        assert!(!test.set(30).1);
        assert!(test.set(10).1);
        assert_eq!(test.queue.next(), Some(test.at(10)));
    }
}
