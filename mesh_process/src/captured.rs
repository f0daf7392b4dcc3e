//! What a process says on its standard error until it has joined: passed on, and the end of it kept.
//!
//! A child that does not join has usually said why, and the error quotes it. So until then its messages come through a pipe, which
//! the thread of the links reads, writes to this process's own standard error and remembers the last [`TAIL_BYTES`] of. A child
//! that joins is handed the real thing with its first message and is read from no more.
//!
//! What it keeps true: the child never waits for this process. What our standard error has no room for is kept for the quote only.

use mesh_remote::unix::{self, StartError, Watch};
use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// How much is kept.
const TAIL_BYTES: usize = 8 << 10;

/// How much is passed on at once: no more than a pipe that has any room at all takes without waiting.
const CHUNK_BYTES: usize = 4 << 10;

/// The reader of a process's standard error.
#[derive(Debug)]
pub(crate) struct Captured {
    tail: Arc<Mutex<Tail>>,
    pipe: Arc<OwnedFd>,
    watch: Watch,
}

#[derive(Debug, Default)]
struct Tail {
    bytes: VecDeque<u8>,
    cut: bool,
}

impl Captured {
    /// The reader, and what the process is to write to.
    pub(crate) fn new() -> Result<(Self, OwnedFd), StartError> {
        let (pipe, write) =
            rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(std::io::Error::from)?;
        // Of this end only: the child's writes wait for room, as it expects.
        rustix::fs::fcntl_setfl(&pipe, OFlags::NONBLOCK).map_err(std::io::Error::from)?;
        let (pipe, tail) = (Arc::new(pipe), Arc::new(Mutex::new(Tail::default())));
        let kept = tail.clone();
        let watch = unix::watch(pipe.clone(), move |pipe| match kept.lock().read(pipe) {
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
            ControlFlow::Break(()) => ControlFlow::Break(|| ()),
        })?;
        Ok((Self { tail, pipe, watch }, write))
    }

    /// Stops reading, after what is there now.
    pub(crate) fn finish(self) -> String {
        drop(self.watch);
        let mut tail = self.tail.lock();
        // A grandchild may have the pipe too and go on writing, but what is there now is bounded.
        let most = rustix::io::ioctl_fionread(&*self.pipe).unwrap_or(0);
        for _ in 0..=most / CHUNK_BYTES as u64 {
            if tail.read(&*self.pipe).is_break() {
                break;
            }
        }
        tail.text()
    }
}

impl Tail {
    /// Reads once. Nothing but this process's own descriptors is touched under the lock.
    fn read(&mut self, pipe: impl std::os::fd::AsFd) -> ControlFlow<()> {
        let mut chunk = [0; CHUNK_BYTES];
        match rustix::io::read(pipe, &mut chunk) {
            Ok(0) => ControlFlow::Break(()),
            Ok(len) => {
                let read = chunk.get(..len).unwrap_or_default();
                pass_on(read);
                self.keep(read);
                ControlFlow::Continue(())
            }
            Err(Errno::AGAIN | Errno::INTR) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn keep(&mut self, read: &[u8]) {
        self.bytes.extend(read);
        let surplus = self.bytes.len().saturating_sub(TAIL_BYTES);
        self.cut |= surplus > 0;
        self.bytes.drain(..surplus);
    }

    /// Without a first line that is not whole.
    fn text(&mut self) -> String {
        let bytes = &*self.bytes.make_contiguous();
        let line = bytes.iter().position(|byte| *byte == b'\n');
        let from = line.filter(|_| self.cut).map_or(0, |end| end + 1);
        let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default());
        text.trim_end().to_owned()
    }
}

/// Writes to our standard error what it takes at once.
fn pass_on(bytes: &[u8]) {
    let stderr = rustix::stdio::stderr();
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut ready = [PollFd::new(&stderr, PollFlags::OUT)];
    let has_room = poll(&mut ready, Some(&now)).is_ok_and(|count| count == 1)
        && ready[0].revents().contains(PollFlags::OUT);
    if has_room {
        // There is nobody to tell that it failed.
        let _ = rustix::io::write(stderr, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_was_said_is_kept_from_a_whole_line_on() {
        let mut tail = Tail::default();
        tail.keep(b"short\n");
        assert_eq!(tail.text(), "short");
        for number in 0..2000 {
            tail.keep(format!("line {number}\n").as_bytes());
        }
        let text = tail.text();
        assert!(
            text.starts_with("line 1") && text.ends_with("\nline 1999"),
            "{text}"
        );
        assert!(text.len() < TAIL_BYTES);
    }

    #[test]
    fn what_was_written_before_the_end_is_read_though_the_pipe_stays_open() {
        let (captured, write) = Captured::new().unwrap();
        rustix::io::write(&write, b"why it ended\n").unwrap();
        assert_eq!(captured.finish(), "why it ended");
        let closed = rustix::io::write(&write, b"x");
        assert_eq!(closed, Err(Errno::PIPE), "the pipe outlives its reader");
    }
}
