//! The timer: one thread a process, which wakes tasks when their deadlines have come.
//!
//! The thread starts with the first [`Alarm`] that is waited for; it sleeps until the earliest one rings, without a time limit if
//! there is none, and never polls. An alarm that is dropped is taken out at once. A task that already runs when its time has
//! come needs no timer: it looks at the clock.
//!
//! The one lock guards the queue and whether the thread runs; it is a leaf, and no waker is cloned, woken or dropped under it. A
//! waker that panics on the timer's thread harms nobody else: the panic ends there, after the panic hook has reported it.
//!
//! Should the system refuse a thread, those who wait are woken at once and try again when they are polled next: deadlines then
//! cost processor time, but none is missed.

mod queue;

use parking_lot::{Condvar, Mutex, MutexGuard};
use queue::{Key, Queue};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// Something to wait for: a point in time.
#[derive(Debug)]
pub(crate) struct Alarm {
    at: Instant,
    /// Names it in the timer's queue, from the first poll that had to wait.
    key: Option<Key>,
}

impl Alarm {
    pub(crate) fn new(at: Instant) -> Self {
        Self { at, key: None }
    }

    /// Ready once the time has come; otherwise the task is woken then. The last task that polled counts.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.at <= Instant::now() {
            return Poll::Ready(());
        }
        TIMER.set(self, cx.waker());
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = TIMER.state.lock().queue.remove(key);
            drop(waker);
        }
    }
}

static TIMER: Timer = Timer {
    state: Mutex::new(State {
        queue: Queue::new(),
        running: false,
    }),
    earlier: Condvar::new(),
};

struct Timer {
    state: Mutex<State>,
    /// Tells the thread that it must wake up earlier than it thinks.
    earlier: Condvar,
}

struct State {
    queue: Queue,
    /// Whether the thread has been started. It never ends.
    running: bool,
}

impl Timer {
    fn set(&'static self, alarm: &mut Alarm, waker: &Waker) {
        let set = alarm.key;
        if set.is_some_and(|key| self.state.lock().queue.holds(key, waker)) {
            return;
        }
        let waker = waker.clone();
        let (old, start, earliest) = {
            let mut state = self.state.lock();
            let old = set.and_then(|key| state.queue.remove(key));
            let (key, earliest) = state.queue.insert(alarm.at, waker);
            alarm.key = Some(key);
            let start = !std::mem::replace(&mut state.running, true);
            (old, start, earliest)
        };
        drop(old);
        if start {
            self.start();
        } else if earliest {
            self.earlier.notify_one();
        }
    }

    fn start(&'static self) {
        let thread = std::thread::Builder::new().name("mesh-timer".into());
        if thread.spawn(|| self.run()).is_err() {
            let waiting = {
                let mut state = self.state.lock();
                state.running = false;
                state.queue.take()
            };
            wake_all(waiting);
        }
    }

    fn run(&self) {
        let mut state = self.state.lock();
        loop {
            let due = state.queue.expire(Instant::now());
            if !due.is_empty() {
                MutexGuard::unlocked(&mut state, || wake_all(due));
                continue;
            }
            match state.queue.next() {
                Some(at) => drop(self.earlier.wait_until(&mut state, at)),
                None => self.earlier.wait(&mut state),
            }
        }
    }
}

/// Wakes them in order, each of them, also when one panics. No lock may be held.
pub(crate) fn wake_all(wakers: Vec<Waker>) {
    for waker in wakers {
        // The panic hook has reported it, and whoever wakes others has no use for it.
        let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::Wake;
    use std::time::Duration;

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker's panic that a test asked for");
        }
    }

    #[test]
    fn an_alarm_in_the_past_rings_without_the_timer() {
        let mut alarm = Alarm::new(Instant::now());
        let waker = Waker::noop();
        assert!(alarm.poll(&Context::from_waker(waker)).is_ready());
        assert!(alarm.key.is_none());
    }

    #[test]
    fn alarms_ring_also_after_a_waker_has_panicked() {
        let soon = Instant::now() + Duration::from_millis(2);
        let mut panics = Alarm::new(soon);
        let waker = Arc::new(Panics).into();
        let _ = panics.poll(&Context::from_waker(&waker));
        for later in [1, 2] {
            let mut alarm = Alarm::new(soon + Duration::from_millis(later));
            futures_executor::block_on(poll_fn(|cx| alarm.poll(cx)));
        }
    }

    #[test]
    fn an_earlier_alarm_does_not_wait_for_a_later_one() {
        let now = Instant::now();
        let mut later = Alarm::new(now + Duration::from_secs(24 * 60 * 60));
        assert!(later.poll(&Context::from_waker(Waker::noop())).is_pending());
        let mut alarm = Alarm::new(now + Duration::from_millis(1));
        futures_executor::block_on(poll_fn(|cx| alarm.poll(cx)));
    }

    #[test]
    fn a_dropped_alarm_leaves_nothing_behind() {
        let task = Arc::new(Panics);
        let waker = task.clone().into();
        let mut alarm = Alarm::new(Instant::now() + Duration::from_secs(24 * 60 * 60));
        assert!(alarm.poll(&Context::from_waker(&waker)).is_pending());
        assert!(alarm.poll(&Context::from_waker(&waker)).is_pending());
        assert_eq!(Arc::strong_count(&task), 3);
        drop(alarm);
        assert_eq!(Arc::strong_count(&task), 2);
    }
}
