//! Numbered points at which a process can be made to kill itself, for the kill sweep.
//!
//! Only builds with `--cfg kill_points` have them: before and after each packet that is written or read, so that every step of the
//! protocol that others can see has a number, and so has the moment just before it. `cargo xtask kills` goes through them.

/// Dies here, if this is the point whose number `MESH_KILL_AT` gives.
#[cfg(kill_points)]
pub(super) fn pass() {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static AT: OnceLock<Option<u64>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let at = *AT.get_or_init(|| std::env::var("MESH_KILL_AT").ok()?.parse().ok());
    // Relaxed: it only counts.
    let number = PASSED.fetch_add(1, Ordering::Relaxed) + 1;
    if at == Some(number) {
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

/// Nothing, in ordinary builds.
#[cfg(not(kill_points))]
#[inline(always)]
pub(super) fn pass() {}
