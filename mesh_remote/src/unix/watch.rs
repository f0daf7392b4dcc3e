//! Descriptors beside links, watched by the same thread: those of processes, timers, sockets that listen.
//!
//! What it keeps true: a call is made by the I/O thread, one at a time, and never under a lock; after the watch has been dropped
//! none begins. When a watch is over, by either side, the descriptor is let go of.

use super::io_thread::{IoThread, Source, Token, Turn, io_thread};
use super::{StartError, process};
use crate::delivery::drop_quietly;
use parking_lot::Mutex;
use rustix::event::epoll::EventFlags;
use std::fmt;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type Last = Box<dyn FnOnce() + Send>;
type Call = Box<dyn FnMut(BorrowedFd<'_>) -> ControlFlow<Last> + Send>;

/// Has a descriptor watched; see [`watch`]. Dropping it ends the watch.
#[must_use = "the watch ends when it is dropped"]
pub struct Watch(Arc<Watched>);

struct Watched {
    io: &'static IoThread,
    token: Token,
    state: Mutex<State>,
}

struct State {
    descriptor: Option<Arc<OwnedFd>>,
    /// Taken out for the time of a call.
    call: Option<Call>,
}

/// Calls `ready` on the I/O thread whenever something can be read from the descriptor, or its other side is gone, until it says
/// `Break`; and then what it says with that, when the descriptor has been let go of.
///
/// The call should be brief, must not block, and has to read what there is, or it is made again. If it panics the watch is over.
///
/// # Errors
/// The descriptor is of a kind that cannot be waited for, or there is no I/O thread; see [`StartError`].
///
/// # Examples
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use mesh_remote::unix::watch;
/// use std::io::{Read, Write};
/// use std::ops::ControlFlow;
/// use std::os::fd::OwnedFd;
/// use std::sync::{Arc, mpsc};
///
/// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
/// let (tx, rx) = mpsc::channel();
/// let mut reader = far.try_clone()?;
/// let _watch = watch(Arc::new(OwnedFd::from(far)), move |_| {
///     let mut byte = [0];
///     let read = reader.read(&mut byte).map(|_| byte[0]);
///     let tx = tx.clone();
///     ControlFlow::Break(move || drop(tx.send(read)))
/// })?;
/// near.write_all(&[7])?;
/// assert_eq!(rx.recv()??, 7);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn watch<F>(
    descriptor: Arc<OwnedFd>,
    mut ready: impl FnMut(BorrowedFd<'_>) -> ControlFlow<F> + Send + 'static,
) -> Result<Watch, StartError>
where
    F: FnOnce() + Send + 'static,
{
    let call = move |descriptor: BorrowedFd<'_>| match ready(descriptor) {
        ControlFlow::Continue(()) => ControlFlow::Continue(()),
        ControlFlow::Break(last) => ControlFlow::Break(Box::new(last) as Last),
    };
    let io = io_thread()?;
    let watched = Arc::new(Watched {
        io,
        token: io.token(),
        state: Mutex::new(State {
            descriptor: Some(descriptor.clone()),
            call: Some(Box::new(call)),
        }),
    });
    io.register(watched.token, &*descriptor, watched.clone())?;
    Ok(Watch(watched))
}

impl Watched {
    fn end(&self) {
        let (descriptor, call) = {
            let mut state = self.state.lock();
            (state.descriptor.take(), state.call.take())
        };
        if let Some(descriptor) = descriptor {
            self.io.remove(self.token, &*descriptor);
        }
        drop(call);
    }
}

impl Source for Watched {
    fn ready(self: Arc<Self>, _: EventFlags, _: &mut Turn) {
        let taken = {
            let mut state = self.state.lock();
            state.descriptor.clone().zip(state.call.take())
        };
        let Some((descriptor, mut call)) = taken else {
            return;
        };
        let flow = catch_unwind(AssertUnwindSafe(|| call(descriptor.as_fd())));
        if let Ok(ControlFlow::Continue(())) = flow {
            let mut state = self.state.lock();
            if state.descriptor.is_some() {
                state.call = Some(call);
            }
            return;
        }
        self.end();
        drop((descriptor, call));
        match flow {
            Ok(ControlFlow::Break(last)) => last(),
            Ok(ControlFlow::Continue(())) => {}
            Err(panic) => drop_quietly(panic),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // In a forked child the watch is the parent's, and so may the lock be.
        if !process::is_forked() {
            self.0.end();
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("descriptor", &self.0.state.lock().descriptor)
            .finish()
    }
}
