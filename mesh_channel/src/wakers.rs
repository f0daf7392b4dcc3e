//! Several tasks waiting for one thing.
//!
//! A [`Wakers`] lives inside a lock and is only ever changed there; wakers are cloned, woken and dropped by its users after
//! unlocking, since each of these runs somebody else's code.

use std::task::Waker;

/// The registered tasks, in the order in which they came. Unbounded: one for each pending future that waits.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    waiting: Vec<(u64, Waker)>,
    next_key: u64,
}

impl Wakers {
    /// True if `waker` would do nothing that the one registered under `key` does not do.
    pub(crate) fn holds(&self, key: u64, waker: &Waker) -> bool {
        self.waiting
            .iter()
            .any(|(other, registered)| *other == key && registered.will_wake(waker))
    }

    /// Registers a waker; the key removes it.
    pub(crate) fn insert(&mut self, waker: Waker) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        self.waiting.push((key, waker));
        key
    }

    /// Takes a waker out, for the caller to drop after unlocking. None if it has been woken.
    pub(crate) fn remove(&mut self, key: u64) -> Option<Waker> {
        let at = self.waiting.iter().position(|(other, _)| *other == key)?;
        Some(self.waiting.remove(at).1)
    }

    /// Takes all of them out, for the caller to wake after unlocking. Keys stay unique.
    pub(crate) fn take(&mut self) -> Woken {
        Woken(std::mem::take(&mut self.waiting).into_iter())
    }
}

/// Tasks to be woken, outside of any lock, when this is dropped: each of them, also when the waker of one panics.
#[derive(Debug, Default)]
#[must_use = "they are woken when this is dropped, which must be after unlocking"]
pub(crate) struct Woken(std::vec::IntoIter<(u64, Waker)>);

impl Drop for Woken {
    fn drop(&mut self) {
        /// Goes on where a panic interrupted.
        struct Rest<'a>(&'a mut std::vec::IntoIter<(u64, Waker)>);
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                for (_, waker) in &mut *self.0 {
                    waker.wake();
                }
            }
        }
        let rest = Rest(&mut self.0);
        for (_, waker) in &mut *rest.0 {
            waker.wake();
        }
    }
}
