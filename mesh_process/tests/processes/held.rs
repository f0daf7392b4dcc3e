//! What this process holds, counted.

use std::fs;
use std::io::Read;
use std::os::fd::OwnedFd;

/// Descriptors, threads and children of this process.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
    pub(crate) children: usize,
}

pub(crate) fn held() -> Held {
    Held {
        descriptors: entries("/proc/self/fd"),
        threads: entries("/proc/self/task"),
        children: children().len(),
    }
}

fn entries(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// What the descriptors of this process stand for.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir("/proc/self/fd").unwrap();
    let targets = entries.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    targets
        .map(|target| target.to_string_lossy().into_owned())
        .collect()
}

/// The children of this process, dead ones that nobody has waited for among them.
pub(crate) fn children() -> Vec<u32> {
    let me = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let name = entry.unwrap().file_name();
        let Ok(pid) = name.to_string_lossy().parse::<u32>() else {
            continue;
        };
        // It may have gone meanwhile.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
            continue;
        };
        // The name may have spaces and brackets in it; then come the state and the parent.
        let parent = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.split(' ').nth(1));
        if parent == Some(&*me) {
            found.push(pid);
        }
    }
    found
}

/// Tells when nobody holds the other end any more.
pub(crate) struct Gone(fs::File);

impl Gone {
    /// The other end is to be given to the process in question.
    pub(crate) fn new() -> (Self, OwnedFd) {
        let flags = rustix::pipe::PipeFlags::CLOEXEC;
        let (read, write) = rustix::pipe::pipe_with(flags).unwrap();
        (Self(read.into()), write)
    }

    /// Returns when all who had the other end have closed it, or ended.
    pub(crate) fn wait(mut self) {
        let mut nothing = Vec::new();
        self.0.read_to_end(&mut nothing).unwrap();
        assert!(nothing.is_empty());
    }

    /// Whether somebody has the other end still.
    pub(crate) fn is_held(&self) -> bool {
        let mut poll = [rustix::event::PollFd::new(
            &self.0,
            rustix::event::PollFlags::IN,
        )];
        let now = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        rustix::event::poll(&mut poll, Some(&now)).unwrap() == 0
    }
}
