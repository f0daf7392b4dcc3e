//! The clients' way to one controller: a channel, and the next one when that controller has been launched anew.
//!
//! A restart needs none of this, since the channel goes on. Only where a controller was killed, and everything it held with it,
//! its clients have to be given a new channel; until then those who met the loss wait here.

use examples::disk::DiskRequest;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Which of the channels to a controller it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation(u64);

/// A way to a controller.
#[derive(Debug)]
pub(crate) struct Connection {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    generation: Generation,
    /// None once there will be no other.
    disk: Option<mesh::Sender<DiskRequest>>,
}

impl Connection {
    /// The first channel.
    pub(crate) fn new(disk: mesh::Sender<DiskRequest>) -> Self {
        Self {
            state: Mutex::new(State {
                generation: Generation::default(),
                disk: Some(disk),
            }),
            changed: Condvar::new(),
        }
    }

    /// The present channel, if there is one.
    pub(crate) fn current(&self) -> Option<(Generation, mesh::Sender<DiskRequest>)> {
        let state = self.lock();
        Some((state.generation, state.disk.clone()?))
    }

    /// Waits for a channel later than one that is of no use any more. None if there will be none.
    pub(crate) fn later(
        &self,
        than: Generation,
    ) -> Option<(Generation, mesh::Sender<DiskRequest>)> {
        let waiting = |state: &mut State| state.generation <= than && state.disk.is_some();
        let state = self
            .changed
            .wait_while(self.lock(), waiting)
            .unwrap_or_else(PoisonError::into_inner);
        Some((state.generation, state.disk.clone()?))
    }

    /// The controller was launched anew.
    pub(crate) fn replace(&self, disk: mesh::Sender<DiskRequest>) {
        let mut state = self.lock();
        state.generation.0 += 1;
        let old = state.disk.replace(disk);
        drop(state);
        drop(old);
        self.changed.notify_all();
    }

    /// The controller will not be launched any more.
    pub(crate) fn give_up(&self) {
        let old = self.lock().disk.take();
        drop(old);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it left it as it was.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Connection;
    use std::thread;

    #[test]
    fn who_has_met_a_loss_is_given_the_next_channel() {
        let connection = Connection::new(mesh::channel().0);
        let (first, _) = connection.current().unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| connection.later(first).map(|(next, _)| next));
            connection.replace(mesh::channel().0);
            let next = waiting.join().unwrap().unwrap();
            assert!(next > first);
            assert_eq!(connection.current().unwrap().0, next);
        });
    }

    #[test]
    fn nobody_waits_for_a_controller_that_is_given_up() {
        let connection = Connection::new(mesh::channel().0);
        let (first, _) = connection.current().unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| connection.later(first).is_none());
            connection.give_up();
            assert!(waiting.join().unwrap());
        });
        assert!(connection.current().is_none());
    }
}
