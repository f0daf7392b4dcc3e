//! Why a link to a child has ended: what the child has come to.
//!
//! The kernel closes a process's descriptors before it says how the process ended, so a link is lost a moment before the reason is
//! known. The loss is reported when it is: everybody who had a channel there learns of "killed by signal 9" instead of "the peer is
//! gone". A child that has lost its link and lives on is waited for [`GRACE`], and then the link's own word is reported.

use crate::cause::{Ended, Named};
use crate::child::{Child, Outcome};
use mesh_remote::unix::{self, Watch};
use parking_lot::Mutex;
use rustix::event::Timespec;
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags};
use std::fmt::Display;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// How long a process without a link may take to end; it is as good as over when it was killed or has exited.
const GRACE: Timespec = Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};

type Report = Box<dyn FnOnce(Option<Outcome>) + Send>;

/// Two who may report, of whom the first does.
#[derive(Default)]
struct Pending {
    report: Option<Report>,
    timer: Option<Watch>,
}

/// Calls `report` with what the loss of the link to a child is to be called.
pub(crate) fn explain(
    child: &Arc<Child>,
    cause: impl Display + Send + 'static,
    report: impl FnOnce(String) + Send + 'static,
) {
    let told = child.clone();
    let say = move |outcome: Option<Outcome>| {
        let named = Named(&told.name, told.pid);
        report(match outcome {
            Some(outcome) => format!("{named} {}", Ended(outcome)),
            None => format!("{named}: {cause}"),
        });
    };
    let pending = Arc::new(Mutex::new(Pending {
        report: Some(Box::new(say)),
        timer: None,
    }));
    let by_timer = pending.clone();
    let timer = timer().and_then(|timer| {
        let watch = unix::watch(Arc::new(timer), move |_| {
            let pending = by_timer.clone();
            ControlFlow::Break(move || finish(&pending, None))
        });
        Ok(watch?)
    });
    match timer {
        // Without a timer there is only the process's end to wait for.
        Err(_) => {}
        Ok(timer) => keep(&pending, timer),
    }
    child.on_exit(move |outcome| finish(&pending, Some(outcome)));
}

fn keep(pending: &Mutex<Pending>, timer: Watch) {
    let mut timer = Some(timer);
    {
        let mut pending = pending.lock();
        if pending.report.is_some() {
            pending.timer = timer.take();
        }
    }
    drop(timer);
}

fn finish(pending: &Mutex<Pending>, outcome: Option<Outcome>) {
    let Pending { report, timer } = std::mem::take(&mut *pending.lock());
    drop(timer);
    if let Some(report) = report {
        report(outcome);
    }
}

fn timer() -> io::Result<OwnedFd> {
    let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
    let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags)?;
    let once = Itimerspec {
        it_interval: Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
        it_value: GRACE,
    };
    rustix::time::timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once)?;
    Ok(timer)
}
