//! What a thread that waits can do for the links of its process.
//!
//! Links have a thread that waits for them. A program's thread that waits for a message would sleep while that thread receives the
//! message, and then be woken by it: two threads to wake for each message. So a thread that is about to wait may *drive* in place of
//! the other, one at a time, until it has what it waits for. The links of this process register a [`Driver`]; whoever puts threads to
//! sleep asks for it.
//!
//! Such a thread can also say that it will wait before long: what it sends while it is [`polling`] may be put off until it
//! [flushes](Driver::flush), so that much goes out at once.

use std::cell::Cell;
use std::sync::OnceLock;

/// The links of a process, seen by threads that wait.
pub trait Driver: Send + Sync {
    /// Calls `work` once, which does rounds in place of the links' thread; returns false, without a call, if another thread does so
    /// or none can. If the links' thread is about to be done, this waits for that for a moment, unless `is_woken`.
    ///
    /// Rounds call wakers and run destructors of whatever arrives, on this thread.
    fn drive(&self, is_woken: &dyn Fn() -> bool, work: &mut dyn FnMut(&mut dyn Rounds)) -> bool;

    /// Ends the sleep of the thread that drives, or its next one.
    fn interrupt(&self);

    /// Sends what this thread has put off.
    fn flush(&self);
}

/// What the thread that drives does.
pub trait Rounds {
    /// Handles what is there, without waiting. Whether there was something.
    fn look(&mut self) -> bool;

    /// Sleeps until something is there, and handles it. It may do so for nothing.
    fn sleep(&mut self);
}

static DRIVER: OnceLock<&'static dyn Driver> = OnceLock::new();

/// Sets the driver of this process. The first counts.
pub fn set(driver: &'static dyn Driver) {
    let _ = DRIVER.set(driver);
}

/// The driver of this process, if there is one by now.
#[inline]
pub fn get() -> Option<&'static dyn Driver> {
    DRIVER.get().copied()
}

thread_local! {
    static POLLING: Cell<bool> = const { Cell::new(false) };
}

/// Runs something, of which what it sends may be put off until its end.
pub fn polling<R>(poll: impl FnOnce() -> R) -> R {
    /// Flushes also when `poll` panics.
    struct End(bool);

    impl Drop for End {
        fn drop(&mut self) {
            let _ = POLLING.try_with(|polling| polling.set(self.0));
            if let Some(driver) = get() {
                driver.flush();
            }
        }
    }

    // Without its locals a thread puts nothing off.
    let before = POLLING.try_with(|polling| polling.replace(true));
    let _end = End(before.unwrap_or(false));
    poll()
}

/// Whether this thread is within [`polling`].
#[inline]
pub fn is_polling() -> bool {
    POLLING.try_with(Cell::get).unwrap_or(false)
}
