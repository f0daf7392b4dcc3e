//! One side of a link over a socket: what the threads that send and the I/O thread share.
//!
//! What it keeps true: the sink is called by the I/O thread only, and never under a lock; `closed` comes when nothing more
//! will be received *and* what was queued has gone out or is void. After the end the socket is out of the I/O thread's hands
//! and disconnected, whoever else has a copy of it.
//!
//! | receiving | sending | the link |
//! |---|---|---|
//! | goes on | goes on | is open |
//! | goes on | farewell queued or sent | was closed here; waits for the farewell of the peer |
//! | goes on | failed | the peer is gone; what it had sent is still received |
//! | farewell received | frames, and our farewell, still queued | was closed; waits until they are written |
//! | farewell received | everything written, or failed | has ended |
//! | failed | any | has ended |
//!
//! Lock order: `sending` and `receiving` are never held together.

use super::io_thread::{IoThread, Source, Token, Turn};
use super::receiving::Receiving;
use super::sending::{Phase, Sending, Writer};
use super::{process, socket};
use crate::link::{Capabilities, Cause, FrameLimits, Sink};
use parking_lot::Mutex;
use rustix::event::epoll::EventFlags;
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One side of a link.
pub(super) struct Side {
    pub(super) socket: OwnedFd,
    pub(super) io: &'static IoThread,
    pub(super) token: Token,
    pub(super) sending: Mutex<Sending>,
    limits: FrameLimits,
    /// Taken out while packets are handed over, and for good at the end.
    receiving: Mutex<Option<Box<Receiving>>>,
    /// Nothing more is to be handed over.
    aborted: AtomicBool,
    /// The peer ended with frames it had not read.
    reset: AtomicBool,
}

impl fmt::Debug for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Side")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

impl Side {
    /// Registers a side with the I/O thread.
    pub(super) fn start(
        io: &'static IoThread,
        socket: OwnedFd,
        limits: FrameLimits,
        sink: Box<dyn Sink>,
    ) -> io::Result<Arc<Self>> {
        let room = socket::packet_room(&socket)?;
        let side = Arc::new(Self {
            token: io.token(),
            io,
            sending: Mutex::new(Sending::new(room)),
            limits,
            receiving: Mutex::new(Some(Box::new(Receiving::new(limits, sink)))),
            aborted: AtomicBool::new(false),
            reset: AtomicBool::new(false),
            socket,
        });
        let registered = io.register(side.token, &side.socket, side.clone());
        if registered.is_err() {
            if let Some(receiving) = side.receiving.lock().take() {
                receiving.abandon();
            }
        }
        registered.map(|()| side)
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        Capabilities {
            descriptors: true,
            limits: self.limits,
            same_host: true,
        }
    }

    pub(super) fn abort(&self) {
        if process::is_forked() {
            return;
        }
        // Release: the I/O thread, which acquires it, sees what was done before.
        self.aborted.store(true, Ordering::Release);
        self.stop_sending();
        // Which wakes the I/O thread.
        socket::disconnect(&self.socket);
    }

    pub(super) fn is_aborted(&self) -> bool {
        // Acquire: pairs with the store in `abort`.
        self.aborted.load(Ordering::Acquire)
    }

    pub(super) fn note_reset(&self) {
        // Relaxed: it only chooses between two names of a cause.
        self.reset.store(true, Ordering::Relaxed);
    }

    /// Why the link ends, if the peer is gone.
    pub(super) fn cause_of_loss(&self) -> Cause {
        let failure = self.sending.lock().failure.take();
        match failure {
            Some(cause) => cause,
            // Relaxed: as in `note_reset`.
            None if self.reset.load(Ordering::Relaxed) => Cause::Reset,
            None => Cause::PeerLost,
        }
    }

    /// Why the link ends, if the peer has said farewell.
    pub(super) fn cause_of_farewell(&self) -> Cause {
        match self.sending.lock().phase {
            Phase::Closing { by_us: true } => Cause::WeClosed,
            _ => Cause::PeerClosed,
        }
    }

    fn receive(&self, turn: &mut Turn) {
        let Some(mut receiving) = self.receiving.lock().take() else {
            return;
        };
        if self.is_aborted() {
            receiving.abort();
        }
        if !receiving.has_ended() {
            super::batch(|| receiving.run(self, turn));
            if receiving.has_ended() {
                self.answer_farewell();
            }
        }
        *self.receiving.lock() = Some(receiving);
    }

    /// Nothing goes out any more, and nothing comes in. This keeps a thread that is about to write from delaying the end.
    fn give_up_sending(&self) {
        let has_ended =
            (self.receiving.lock().as_ref()).is_some_and(|receiving| receiving.has_ended());
        if has_ended {
            self.stop_sending();
        }
    }

    /// Ends the link if nothing is left to do, and gives the sink, which is yet to be told.
    fn conclude(&self) -> Option<Box<Receiving>> {
        let is_over = match &*self.receiving.lock() {
            Some(receiving) if receiving.has_ended() => !receiving.ended_in_order(),
            _ => return None,
        };
        let dropped = {
            let mut sending = self.sending.lock();
            let is_written = sending.phase == Phase::Over
                || (sending.outbox.is_empty() && sending.writer == Writer::Idle);
            if !is_over && !is_written {
                return None;
            }
            sending.end()
        };
        drop(dropped);
        self.io.remove(self.token, &self.socket);
        socket::disconnect(&self.socket);
        self.receiving.lock().take()
    }
}

impl Source for Side {
    fn ready(self: Arc<Self>, events: EventFlags, turn: &mut Turn) {
        let ending = EventFlags::HUP | EventFlags::ERR;
        if events.intersects(EventFlags::IN | ending) {
            self.receive(turn);
        }
        if events.is_empty() || events.intersects(EventFlags::OUT | ending) {
            self.write_on(turn);
        }
        if events.intersects(EventFlags::HUP) {
            self.give_up_sending();
        }
        let ended = self.conclude();
        // First, so that the socket is closed by the time the sink is told, if the handle has been dropped.
        drop(self);
        if let Some(receiving) = ended {
            receiving.close();
        }
    }
}
