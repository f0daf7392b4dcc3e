//! Frames that go out together, because the sender says so.
//!
//! What a thread sends during a batch is packed and written at its end, link by link. The I/O thread makes a batch of everything
//! that the sinks of a link send while packets are handed to them. What it keeps true: a batch ends, also by a panic, and
//! what was sent in it is written then. It holds no lock meanwhile.

use super::side::Side;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    /// The sides that wait for the end of this thread's batch, if it has one.
    static WAITING: RefCell<Option<Vec<Arc<Side>>>> = const { RefCell::new(None) };
}

/// Runs something, and writes what this thread sends meanwhile over Unix links at its end, in as few system calls as it takes.
///
/// It is for a few sends in a row. Frames that other threads send over the same links wait with them. A batch within a batch is
/// part of it.
///
/// ```
/// # struct Quiet;
/// # impl mesh_remote::link::Sink for Quiet {
/// #     fn frame(&mut self, _: &[u8], _: Vec<mesh_remote::link::Attachment>) {}
/// #     fn descriptors_lost(&mut self, _: &[u8], _: mesh_remote::link::DescriptorsLost) {}
/// #     fn closed(self: Box<Self>, _: mesh_remote::link::Cause) {}
/// # }
/// use mesh_remote::link::{Frame, FrameLimits, Link};
/// use mesh_remote::unix;
///
/// let (ours, _theirs) = unix::pair()?;
/// let link = unix::start(ours, FrameLimits::default(), Box::new(Quiet))?;
/// unix::batch(|| {
///     link.send(Frame::new(b"one"))?;
///     link.send(Frame::new(b"packet"))
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn batch<R>(run: impl FnOnce() -> R) -> R {
    struct End;

    impl Drop for End {
        fn drop(&mut self) {
            let waiting = WAITING.with(|waiting| waiting.borrow_mut().take());
            for side in waiting.into_iter().flatten() {
                side.write_deferred();
            }
        }
    }

    let begun = WAITING.with(|waiting| {
        let mut waiting = waiting.borrow_mut();
        let begun = waiting.is_none();
        waiting.get_or_insert_default();
        begun
    });
    let _end = begun.then(|| End);
    run()
}

/// Whether this thread is in a batch.
pub(super) fn is_running() -> bool {
    // A thread whose locals are gone has no batch.
    (WAITING.try_with(|waiting| waiting.borrow().is_some())).unwrap_or(false)
}

/// Has a side write at the end of this thread's batch.
pub(super) fn defer(side: Arc<Side>) {
    WAITING.with(|waiting| {
        if let Some(waiting) = &mut *waiting.borrow_mut() {
            waiting.push(side);
        }
    });
}
