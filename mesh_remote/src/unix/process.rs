//! What this process must be asked for and `rustix` has no safe call for: a thread without signals, and to be told of forks.
//!
//! # Safety
//! 1. A `sigset_t` is a plain set of bits for which all zeros is valid (the empty set); the calls below only read or write the
//!    set that they are given a pointer to, for the time of the call.
//! 2. `pthread_sigmask` changes the mask of the calling thread only.
//! 3. What a fork handler may do in the child of a process with several threads is what a signal handler may: [`in_child`] stores
//!    to an atomic, and the code of a program is not unloaded.

#![allow(
    unsafe_code,
    reason = "the C library has no safe interface for these; see the module's numbered safety rules"
)]

use std::io;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static FORKED: AtomicBool = AtomicBool::new(false);

extern "C" fn in_child() {
    // Relaxed: the child has one thread, this one.
    FORKED.store(true, Ordering::Relaxed);
}

/// Whether this process was forked from one that [`watch_forks`], and has not executed another program.
///
/// It costs a load. A child made by a bare `clone` is not noticed.
pub(super) fn is_forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// Has forks noticed from here on.
pub(super) fn watch_forks() -> io::Result<()> {
    static WATCHED: OnceLock<i32> = OnceLock::new();
    // SAFETY: rule 3.
    let error =
        *WATCHED.get_or_init(|| unsafe { libc::pthread_atfork(None, None, Some(in_child)) });
    check(error)
}

/// Runs something with all signals blocked in this thread; threads that it starts never get one.
pub(super) fn without_signals<R>(run: impl FnOnce() -> R) -> io::Result<R> {
    /// Puts the mask back, also when `run` panics.
    struct Restore(libc::sigset_t);

    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: rules 1 and 2; the set is the one that was in force.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut()) };
        }
    }

    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: rule 1.
    check(unsafe { libc::sigfillset(all.as_mut_ptr()) })?;
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: rules 1 and 2; both point to sets.
    check(unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) })?;
    // SAFETY: rule 1; it was all zeros even before the call wrote it.
    let _restore = Restore(unsafe { before.assume_init() });
    Ok(run())
}

fn check(error: i32) -> io::Result<()> {
    match error {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}
