//! A child that was forked, and has not executed a program.

#![allow(
    unsafe_code,
    reason = "there is no safe way to fork, and what a forked child can do is what is tested"
)]

use crate::alone::alone;
use crate::collector::{Told, start};
use mesh_remote::link::{Cause, Frame, FrameLimits, Link, Refusal, Sink};
use mesh_remote::unix::{self, StartError};
use rustix::process::{Pid, WaitOptions, waitpid};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::sync::{Arc, mpsc};

struct Silent;

impl Sink for Silent {
    fn frame(&mut self, _: &[u8], _: Vec<mesh_remote::link::Attachment>) {}
    fn descriptors_lost(&mut self, _: &[u8], _: mesh_remote::link::DescriptorsLost) {}
    fn closed(self: Box<Self>, _: Cause) {}
}

/// What a child does that has a watch of its parent's.
fn watched_in_child(watch: unix::Watch) -> i32 {
    drop(watch);
    0
}

/// Runs something in a forked child, whose status says what came of it.
fn in_fork(run: impl FnOnce() -> i32) -> Option<i32> {
    // SAFETY: the child runs with this thread only. It allocates, which the C library allows in a forked child, takes no lock that
    // another thread of the parent may hold for longer than a call, and ends by `_exit`.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let code = run();
        // SAFETY: it ends this process and returns to nobody.
        unsafe { libc::_exit(code) };
    }
    let pid = Pid::from_raw(child).unwrap();
    let (_, status) = waitpid(Some(pid), WaitOptions::empty()).unwrap().unwrap();
    status.exit_status()
}

/// What the child does; the number says what went wrong, if anything.
fn in_child(link: unix::UnixLink) -> i32 {
    match link.send(Frame::new(b"from the child")) {
        Err(error) if error.reason == Refusal::Forked => {}
        _ => return 1,
    }
    link.abort();
    link.close();
    drop(link);
    let Ok((end, _other)) = unix::pair() else {
        return 2;
    };
    match unix::start(end, FrameLimits::default(), Box::new(Silent)) {
        Err(StartError::Forked) => 0,
        _ => 3,
    }
}

#[test]
fn a_forked_child_is_told_so_and_does_not_disturb_its_parent() {
    alone(
        "fork::a_forked_child_is_told_so_and_does_not_disturb_its_parent",
        || {
            let (ours, theirs) = unix::pair().unwrap();
            let ((ours, _), (theirs, collected)) = (start(ours), start(theirs));
            let mut in_both = Some(ours);
            let status = in_fork(|| in_both.take().map_or(9, in_child));
            assert_eq!(status, Some(0));
            let ours = in_both.unwrap();
            ours.send(Frame::new(b"from the parent")).unwrap();
            assert_eq!(collected.frame().0, b"from the parent");
            ours.close();
            assert!(matches!(collected.next(), Told::Closed(Cause::PeerClosed)));
            drop(theirs);
        },
    );
}

#[test]
fn a_watch_that_a_forked_child_drops_goes_on_in_its_parent() {
    alone(
        "fork::a_watch_that_a_forked_child_drops_goes_on_in_its_parent",
        || {
            let (near, far) = unix::pair().unwrap();
            let (seen, was_seen) = mpsc::channel();
            let watch = unix::watch(Arc::new(far), move |_| {
                let seen = seen.clone();
                ControlFlow::Break(move || seen.send(()).unwrap())
            });
            let mut in_both = Some(watch.unwrap());
            let status = in_fork(|| in_both.take().map_or(9, watched_in_child));
            assert_eq!(status, Some(0));
            drop::<OwnedFd>(near);
            was_seen.recv().unwrap();
            drop(in_both);
        },
    );
}
