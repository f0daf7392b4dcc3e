//! Frames that go out together.
//!
//! What a thread sends during a batch is packed and written at its end, link by link. Who drives makes a batch of everything
//! that the sinks of a link send while packets are handed to them. What it keeps true: a batch ends, also by a panic, and
//! what was sent in it is written then. It holds no lock meanwhile.
//!
//! A thread that says that it will wait soon ([`driver::polling`]) puts off what it sends in quick succession, from the fourth frame
//! on, until it waits, or a packet is full. As it may do something else instead of waiting, whoever drives writes after
//! [`IoThread::flush_later`]'s time what is still there.

use super::side::Side;
use mesh_node::driver;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many frames in quick succession go out one by one before the next are put off.
const FRAMES_AT_ONCE: u32 = 3;

/// How soon after another a frame comes in quick succession.
const QUICK: Duration = Duration::from_micros(20);

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
            for side in waiting.unwrap_or_default() {
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

/// What a thread has put off.
#[derive(Debug)]
struct PutOff {
    sides: Vec<Arc<Side>>,
    /// When it last sent something.
    last: Option<Instant>,
    /// How many frames it has sent in quick succession.
    row: u32,
}

thread_local! {
    static PUT_OFF: RefCell<PutOff> = const { RefCell::new(PutOff {
        sides: Vec::new(),
        last: None,
        row: 0,
    }) };
}

/// Whether what this thread is about to send may be put off.
pub(super) fn may_put_off() -> bool {
    if !driver::is_polling() {
        return false;
    }
    let may = PUT_OFF.try_with(|put_off| {
        let mut put_off = put_off.borrow_mut();
        let now = Instant::now();
        let quick = (put_off.last).is_some_and(|last| now.saturating_duration_since(last) < QUICK);
        put_off.last = Some(now);
        put_off.row = if quick { put_off.row + 1 } else { 0 };
        put_off.row >= FRAMES_AT_ONCE
    });
    may.unwrap_or(false)
}

/// Has a side write when this thread flushes, or soon.
pub(super) fn put_off(side: Arc<Side>) {
    side.io.flush_later(side.token);
    // It could be asked whether it may, so its locals are there.
    let _ = PUT_OFF.try_with(|put_off| put_off.borrow_mut().sides.push(side));
}

/// Writes what this thread has put off.
pub(super) fn flush() {
    let sides = PUT_OFF.try_with(|put_off| {
        let mut put_off = put_off.borrow_mut();
        (!put_off.sides.is_empty()).then(|| std::mem::take(&mut put_off.sides))
    });
    if let Ok(Some(sides)) = sides {
        for side in sides {
            side.write_deferred();
        }
    }
}
