//! The processor time of a thousand receivers that wait for messages which do not come.
//!
//! Waiting may spin for a moment before it sleeps; an idle program must cost nothing. The receivers are given time to fall
//! asleep before the clock starts.

use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use rustix::time::{ClockId, clock_gettime};

use super::endpoint::{Awaited, Blocking, Channel};
use super::roster::{every_awaited, every_blocking};
use crate::harness::scenario::{Group, Owner, Scenario, Unit};

const RECEIVERS: usize = 1_000;
/// Time to fall asleep in.
const SETTLE: Duration = Duration::from_millis(300);
/// Time observed.
const WATCH: Duration = Duration::from_millis(500);
/// Stack of a waiting thread: it does next to nothing.
const STACK: usize = 64 * 1024;

pub(super) fn scenario() -> Scenario {
    let mut scenario = Scenario::new(
        Group::Channels,
        "idle/1000-receivers",
        "processor time in a second of 1,000 threads that wait to receive",
        Unit::ProcessorTime,
    );
    scenario.counted("parked threads", Owner::Floor, parked);
    every_blocking!(blocking_row, &mut scenario);
    every_awaited!(awaited_row, &mut scenario);
    scenario
}

fn blocking_row<C: Blocking>(scenario: &mut Scenario) {
    scenario.counted(C::NAME, C::OWNER, || {
        watch::<C>(|mut receiver| {
            C::wait(&mut receiver);
        })
    });
}

fn awaited_row<C: Awaited>(scenario: &mut Scenario) {
    scenario.counted(format!("{} async", C::NAME), C::OWNER, || {
        watch::<C>(|mut receiver| {
            block_on(C::next(&mut receiver));
        })
    });
}

/// What observing a thousand threads costs by itself.
fn parked() -> f64 {
    let threads: Vec<_> = (0..RECEIVERS).map(|_| spawn(thread::park)).collect();
    let used = observe();
    for thread in threads {
        thread.thread().unpark();
        thread.join().expect("a parked thread does not panic");
    }
    used
}

fn watch<C: Channel>(wait: impl Fn(C::Receiver<u64>) + Copy + Send + 'static) -> f64 {
    let mut senders = Vec::new();
    let mut threads = Vec::new();
    for _ in 0..RECEIVERS {
        let (sender, receiver) = C::channel::<u64>();
        senders.push(sender);
        threads.push(spawn(move || wait(receiver)));
    }
    let used = observe();
    // Dropping the senders ends the wait.
    drop(senders);
    for thread in threads {
        thread.join().expect("a receiver does not panic");
    }
    used
}

fn spawn(work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new()
        .stack_size(STACK)
        .spawn(work)
        .expect("a thousand threads can be had")
}

/// The processor time of this process in microseconds for each second, once its threads have settled.
fn observe() -> f64 {
    thread::sleep(SETTLE);
    let (wall, before) = (Instant::now(), processor_time());
    thread::sleep(WATCH);
    let used = processor_time() - before;
    used.as_secs_f64() * 1e6 / wall.elapsed().as_secs_f64()
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
