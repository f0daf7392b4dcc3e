//! Running a piece of work on all clients at once, each on a thread of its own, and watching it from this one.

use crate::client::Client;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How often the watching thread looks.
const TICK: Duration = Duration::from_millis(10);

/// What the clients' threads and the watching one tell each other. None of it guards other memory, so the orderings are
/// relaxed; what clients have gathered is read when their threads have ended.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    stop: AtomicBool,
    operations: AtomicU64,
    bytes: AtomicU64,
    restarts: AtomicU64,
}

/// How many restarts have begun and ended, added up: odd while one is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restarts(u64);

impl Restarts {
    /// Whether a restart was under way at some time from this look to a `later` one.
    pub(crate) fn met(self, later: Self) -> bool {
        self.0 % 2 == 1 || self.0 != later.0
    }
}

impl Signals {
    /// Asks the clients to come to an end.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Notes a request that moved so many bytes.
    pub(crate) fn moved(&self, bytes: usize) {
        self.operations.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Notes that a restart begins, or that it has ended.
    pub(crate) fn restart_begins_or_ends(&self) {
        // Sequentially consistent, as are the loads: a request sent after a restart began is not to be taken for one before.
        self.restarts.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn restarts(&self) -> Restarts {
        Restarts(self.restarts.load(Ordering::SeqCst))
    }
}

/// Runs `work` for every client, and `watch` every now and then on the calling thread, until all clients have returned.
///
/// # Errors
///
/// The first error of a client or of `watch`; the others are asked to stop then.
pub(crate) fn run<T: Send>(
    clients: &mut [Client],
    signals: &Signals,
    work: impl Fn(&mut Client) -> anyhow::Result<T> + Sync,
    mut watch: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<Vec<T>> {
    let (ended, outcomes) = channel();
    let work = &work;
    thread::scope(|scope| {
        let mut error = None;
        let mut fail = |cause: anyhow::Error| {
            signals.stop();
            error.get_or_insert(cause);
        };
        for (index, client) in clients.iter_mut().enumerate() {
            let ended = ended.clone();
            let thread = thread::Builder::new()
                .name(format!("client {index}"))
                // The receiver outlives all the threads of the scope.
                .spawn_scoped(scope, move || drop(ended.send(work(client))));
            if let Err(cause) = thread {
                fail(anyhow::Error::new(cause).context("cannot start a thread for a client"));
                break;
            }
        }
        drop(ended);
        let mut results = Vec::new();
        loop {
            match outcomes.recv_timeout(TICK) {
                Ok(Ok(result)) => results.push(result),
                Ok(Err(cause)) => fail(cause),
                Err(RecvTimeoutError::Timeout) => watch().unwrap_or_else(&mut fail),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        match error {
            None => Ok(results),
            Some(error) => Err(error),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Signals, run};
    use crate::client::Client;
    use crate::connection::Connection;
    use crate::random::Random;
    use crate::region::Region;
    use anyhow::bail;
    use std::sync::{Arc, Barrier};

    fn clients(count: u64) -> Vec<Client> {
        let connection = Arc::new(Connection::new(mesh::channel().0));
        Region::deal(0, count, count)
            .into_iter()
            .map(|region| Client::new(connection.clone(), region, Random::new(&[])))
            .collect()
    }

    fn wait_for_stop(signals: &Signals) {
        while !signals.stopped() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn all_clients_are_at_work_at_once_and_all_results_come_back() {
        let barrier = Barrier::new(5);
        let work = |client: &mut Client| {
            barrier.wait();
            Ok(client.region.offset(&(0..1)))
        };
        let mut offsets = run(&mut clients(5), &Signals::default(), work, || Ok(())).unwrap();
        offsets.sort_unstable();
        assert_eq!(offsets, [0, 4096, 8192, 12_288, 16_384]);
    }

    #[test]
    fn the_error_of_one_client_ends_the_others() {
        let signals = Signals::default();
        let work = |client: &mut Client| {
            if client.region.offset(&(0..1)) == 0 {
                bail!("it broke");
            }
            wait_for_stop(&signals);
            Ok(())
        };
        let error = run(&mut clients(3), &signals, work, || Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "it broke");
    }

    #[test]
    fn an_error_of_the_watch_ends_the_clients() {
        let signals = Signals::default();
        let work = |_: &mut Client| {
            wait_for_stop(&signals);
            Ok(())
        };
        let watch = || bail!("it cannot be watched");
        let error = run(&mut clients(2), &signals, work, watch).unwrap_err();
        assert_eq!(error.to_string(), "it cannot be watched");
    }

    #[test]
    fn a_request_meets_a_restart_that_was_under_way_at_any_time() {
        let signals = Signals::default();
        let before = signals.restarts();
        assert!(!before.met(signals.restarts()));
        signals.restart_begins_or_ends();
        let during = signals.restarts();
        assert!(before.met(during));
        assert!(during.met(during));
        signals.restart_begins_or_ends();
        let after = signals.restarts();
        assert!(before.met(after));
        assert!(during.met(after));
        assert!(!after.met(after));
    }
}
