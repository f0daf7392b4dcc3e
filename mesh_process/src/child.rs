//! A child process: watched by a descriptor of its own, reaped once, and waited for by as many as want to.
//!
//! Only this very process is ever waited for, by its descriptor, so the program's own children are left alone. The reaping is
//! done by the thread that drives the links, when the kernel says that the process has ended; its descriptor is closed then.
//!
//! What it keeps true: the outcome is known before anyone is woken or called, and no lock is held while that is done.

use crate::error::StatusTaken;
use mesh_remote::unix::{self, StartError, Watch};
use parking_lot::Mutex;
use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, WaitId, WaitIdOptions};
use std::fmt;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

/// How a process ended; none if somebody else in this program has waited for it and taken its status.
pub(crate) type Outcome = Option<ExitStatus>;

type OnExit = Box<dyn FnOnce(Outcome) + Send>;

/// A child process, from its start until long after its end.
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) pid: u32,
    state: Mutex<State>,
}

enum State {
    Running {
        pidfd: Arc<OwnedFd>,
        watch: Option<Watch>,
        /// Whom to wake, by the number of the future.
        wakers: Vec<(u64, Waker)>,
        on_exit: Vec<OnExit>,
    },
    Ended(Outcome),
}

impl Child {
    /// Takes over a process that was just started and has not been waited for.
    pub(crate) fn watch(
        name: String,
        mut process: std::process::Child,
    ) -> Result<Arc<Self>, StartError> {
        let pid = process.id();
        let begin = || {
            let pidfd = Arc::new(open(pid)?);
            let child = Arc::new(Self {
                name,
                pid,
                state: Mutex::new(State::Running {
                    pidfd: pidfd.clone(),
                    watch: None,
                    wakers: Vec::new(),
                    on_exit: Vec::new(),
                }),
            });
            let watched = child.clone();
            let watch = unix::watch(pidfd, move |pidfd| watched.reap(pidfd))?;
            child.keep(watch);
            Ok(child)
        };
        let child = begin();
        if child.is_err() {
            // Nobody will ever know of it. It has not been reaped, so its number is still its own.
            let _ = process.kill();
            let _ = process.wait();
        }
        child
    }

    fn keep(&self, watch: Watch) {
        let mut unneeded = Some(watch);
        if let State::Running { watch, .. } = &mut *self.state.lock() {
            *watch = unneeded.take();
        }
        drop(unneeded);
    }

    /// How it ended, if it has; the inner option is none if somebody else took the status.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match &*self.state.lock() {
            State::Running { .. } => None,
            State::Ended(outcome) => Some(*outcome),
        }
    }

    /// Calls something with the outcome, once it is known: on this thread, if it is.
    pub(crate) fn on_exit(&self, call: impl FnOnce(Outcome) + Send + 'static) {
        let mut call: Option<OnExit> = Some(Box::new(call));
        let outcome = match &mut *self.state.lock() {
            State::Running { on_exit, .. } => {
                on_exit.extend(call.take());
                return;
            }
            State::Ended(outcome) => *outcome,
        };
        if let Some(call) = call {
            call(outcome);
        }
    }

    pub(crate) fn kill(&self) -> io::Result<()> {
        let pidfd = match &*self.state.lock() {
            State::Running { pidfd, .. } => pidfd.clone(),
            State::Ended(_) => return Ok(()),
        };
        match rustix::process::pidfd_send_signal(&*pidfd, Signal::KILL) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn wait(self: &Arc<Self>) -> Wait {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Wait {
            child: self.clone(),
            // Relaxed: nothing but its uniqueness is asked of it.
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    fn reap(self: &Arc<Self>, pidfd: BorrowedFd<'_>) -> ControlFlow<impl FnOnce() + Send + use<>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        let outcome = match rustix::process::waitid(WaitId::PidFd(pidfd.as_fd()), options) {
            Ok(None) | Err(Errno::INTR) => return ControlFlow::Continue(()),
            Ok(Some(status)) => Some(ExitStatus::from_raw(raw(&status))),
            // Somebody waits for all children of the program, or has them not waited for at all.
            Err(_) => None,
        };
        let child = self.clone();
        ControlFlow::Break(move || child.ended(outcome))
    }

    fn ended(&self, outcome: Outcome) {
        let before = std::mem::replace(&mut *self.state.lock(), State::Ended(outcome));
        let State::Running {
            pidfd,
            watch,
            wakers,
            on_exit,
        } = before
        else {
            return;
        };
        // Who is told finds nothing of the process left.
        drop((watch, pidfd));
        for call in on_exit {
            call(outcome);
        }
        for (_, waker) in wakers {
            // A waker that panics must not keep the others asleep.
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}

/// The process's descriptor.
fn open(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("a process without a number"))?;
    Ok(rustix::process::pidfd_open(pid, PidfdFlags::empty())?)
}

/// The status in the form of `wait`.
fn raw(status: &rustix::process::WaitIdStatus) -> i32 {
    const CORE: i32 = 0x80;
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => (code & 0xff) << 8,
        (None, Some(signal)) if status.dumped() => signal | CORE,
        (None, Some(signal)) => signal,
        (None, None) => 0,
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("name", &self.name)
            .field("pid", &self.pid)
            .field("outcome", &self.outcome())
            .finish()
    }
}

/// The future of [`ProcessHandle::wait`](crate::ProcessHandle::wait).
#[must_use = "futures do nothing unless polled"]
pub struct Wait {
    child: Arc<Child>,
    number: u64,
}

impl Future for Wait {
    type Output = io::Result<ExitStatus>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Cloned, and what it replaces dropped, without the lock.
        let mut waker = Some(cx.waker().clone());
        let outcome = match &mut *self.child.state.lock() {
            State::Ended(outcome) => Some(*outcome),
            State::Running { wakers, .. } => {
                let known = wakers.iter().position(|(number, _)| *number == self.number);
                let replaced = known.map(|at| wakers.swap_remove(at).1);
                wakers.extend(waker.take().map(|waker| (self.number, waker)));
                waker = replaced;
                None
            }
        };
        drop(waker);
        match outcome {
            None => Poll::Pending,
            Some(outcome) => Poll::Ready(outcome.ok_or_else(|| io::Error::other(StatusTaken))),
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut mine = None;
        if let State::Running { wakers, .. } = &mut *self.child.state.lock() {
            let at = wakers.iter().position(|(number, _)| *number == self.number);
            mine = at.map(|at| wakers.swap_remove(at));
        }
        drop(mine);
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wait").field(&self.child).finish()
    }
}
