//! Pinning threads to processor cores.
//!
//! Where two threads take part, whether they share a core decides more than anything else does, so those scenarios pin
//! them. The first two cores this process may use are taken, unless the command line names others. Without permission to
//! pin, or with a single core, threads stay where the system puts them, and a note says so once.

use std::sync::{Once, OnceLock};

use rustix::thread::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

static CHOSEN: OnceLock<(usize, usize)> = OnceLock::new();
static COMPLAINED: Once = Once::new();

/// Where the second of two threads goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Both on one core.
    SameCore,
    /// Each on its own.
    TwoCores,
}

impl Placement {
    /// The part of a scenario's name that tells the placement.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::SameCore => "same-core",
            Self::TwoCores => "two-cores",
        }
    }

    /// Pins the calling thread to where the first thread belongs.
    pub(crate) fn pin_first(self) {
        pin(chosen().0);
    }

    /// Pins the calling thread to where the second thread belongs.
    pub(crate) fn pin_second(self) {
        pin(self.second());
    }

    /// The core where the second thread or process belongs.
    pub(crate) fn second(self) -> usize {
        match self {
            Self::SameCore => chosen().0,
            Self::TwoCores => chosen().1,
        }
    }

    /// Runs with the calling thread pinned to where the first thread belongs, and lets it go again.
    pub(crate) fn while_first<R>(self, work: impl FnOnce() -> R) -> R {
        let before = sched_getaffinity(None);
        self.pin_first();
        let result = work();
        if let Ok(before) = before {
            // It was allowed before.
            let _ = sched_setaffinity(None, &before);
        }
        result
    }

    /// As [`while_first`](Self::while_first), with every thread of the process: for what has threads of its own.
    pub(crate) fn while_all_first<R>(self, work: impl FnOnce() -> R) -> R {
        let before = sched_getaffinity(None);
        pin_process(chosen().0);
        let result = work();
        if let Ok(before) = before {
            for_each_thread(|thread| {
                // It was allowed before.
                let _ = sched_setaffinity(Some(thread), &before);
            });
        }
        result
    }
}

/// Sets the two cores; only the first call counts, and it must come before anything is pinned.
pub(crate) fn choose(first: usize, second: usize) {
    CHOSEN.get_or_init(|| (first, second));
}

/// The two cores in use.
pub(crate) fn chosen() -> (usize, usize) {
    *CHOSEN.get_or_init(|| {
        let allowed = allowed();
        let first = allowed.first().copied().unwrap_or(0);
        (first, allowed.get(1).copied().unwrap_or(first))
    })
}

/// The cores this process may run on.
pub(crate) fn allowed() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(None) else {
        return Vec::new();
    };
    (0..CpuSet::MAX_CPU)
        .filter(|&core| set.is_set(core))
        .collect()
}

/// Pins every thread of this process to a core, and by inheritance those that they start.
pub(crate) fn pin_process(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    for_each_thread(|thread| {
        // A thread may have ended meanwhile; the calling one has not.
        let _ = sched_setaffinity(Some(thread), &set);
    });
    pin(core);
}

fn for_each_thread(act: impl Fn(Pid)) {
    let threads = std::fs::read_dir("/proc/self/task");
    let names = threads.into_iter().flatten().flatten();
    let numbers = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(Pid::from_raw).for_each(act);
}

/// Pins the calling thread to a core.
pub(crate) fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    if let Err(error) = sched_setaffinity(None, &set) {
        COMPLAINED.call_once(|| eprintln!("note: cannot pin a thread to core {core}: {error}"));
    }
}
