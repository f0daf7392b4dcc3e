//! Who writes to the socket, and when.
//!
//! One writer at a time. It works without the lock, on an item taken out of the queue, so a thread that sends only waits for other
//! threads to append to the queue or take from it.
//!
//! | writer | who goes on | leaves when |
//! |---|---|---|
//! | `Idle` | the next thread that sends | it becomes `Busy` (or `Deferred`, in a batch or quick succession) |
//! | `Busy` | the thread that writes | nothing is left (`Idle`); the socket is full, or it has done enough (`Armed`) |
//! | `Deferred` | the thread whose batch it is, or who put it off | the batch ends, it waits, or enough is queued (`Busy`) |
//! | `Armed` | the I/O thread, when the socket has room | it has (`Busy`) |
//! | `Waiting` | the I/O thread, after a pause | the pause is over (`Busy`) |
//!
//! What it keeps true: while something is queued the writer is not `Idle`. A thread that is not the I/O thread writes only while the
//! link is open; the rest, and the farewell, are the I/O thread's, which has to know when they are out.

use super::io_thread::Turn;
use super::side::Side;
use super::socket::{self, Written};
use super::{batch, process};
use crate::frame::Frame;
use crate::link::{self, Cause, Refusal, SendError};
use crate::outbox::{Outbox, Outgoing, Split};
use rustix::event::epoll::EventFlags;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How many items a thread writes for others before it leaves them to the I/O thread, and the I/O thread before other links have
/// their turn.
const ITEMS_A_TURN: usize = 16;

/// So many bytes are not put off any longer: a packet more or less does not matter then.
const ENOUGH_BYTES: usize = 16 << 10;

/// The first pause when the kernel does not say when to try again; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(64);

/// The sending half of a side.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) outbox: Outbox,
    pub(super) writer: Writer,
    pub(super) phase: Phase,
    /// Why sending failed, if the cause says more than that the peer is gone.
    pub(super) failure: Option<Cause>,
    /// Whether the farewell of the peer is awaited.
    is_receiving: bool,
    /// What the I/O thread was last told to wait for.
    interest: EventFlags,
    pause: Duration,
}

/// Who writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Writer {
    /// Nobody; nothing is queued.
    Idle,
    /// Some thread.
    Busy,
    /// Some thread, at the end of its batch.
    Deferred,
    /// The I/O thread, when the socket has room.
    Armed,
    /// The I/O thread, after a pause.
    Waiting,
}

/// How far the link has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Frames are taken.
    Open,
    /// The farewell is queued or sent.
    Closing {
        /// This side closed before the peer did.
        by_us: bool,
    },
    /// Nothing is sent any more.
    Over,
}

impl Sending {
    pub(super) fn new(packet_bytes: usize) -> Self {
        Self {
            outbox: Outbox::new(packet_bytes),
            writer: Writer::Idle,
            phase: Phase::Open,
            failure: None,
            is_receiving: true,
            interest: EventFlags::IN,
            pause: FIRST_PAUSE,
        }
    }

    /// Takes no more, and gives what is queued to be dropped without the lock.
    pub(super) fn end(&mut self) -> VecDeque<Outgoing<'static>> {
        self.phase = Phase::Over;
        if !matches!(self.writer, Writer::Busy | Writer::Deferred) {
            self.writer = Writer::Idle;
        }
        self.outbox.clear()
    }
}

impl Side {
    pub(super) fn send<'a>(self: &Arc<Self>, frame: link::Frame<'a>) -> Result<(), SendError<'a>> {
        if process::is_forked() {
            let reason = Refusal::Forked;
            return Err(SendError { reason, frame });
        }
        let mut frame = Frame::admit(frame, &self.capabilities())?;
        let mut sending = self.sending.lock();
        if sending.writer != Writer::Idle && !sending.outbox.packs(&frame) {
            // It will be queued, and a long copy is not made under the lock.
            drop(sending);
            frame = frame.into_owned();
            sending = self.sending.lock();
        }
        if sending.phase != Phase::Open {
            drop(sending);
            return Err(frame.refuse(Refusal::Ended));
        }
        if sending.writer != Writer::Idle {
            sending.outbox.push(frame);
            if sending.writer == Writer::Deferred && sending.outbox.bytes() >= ENOUGH_BYTES {
                sending.writer = Writer::Busy;
                drop(sending);
                self.write_queued(None);
            }
        } else if batch::is_running() {
            sending.outbox.push(frame);
            sending.writer = Writer::Deferred;
            drop(sending);
            batch::defer(self.clone());
        } else if sending.outbox.packs(&frame) && batch::may_put_off() {
            sending.outbox.push(frame);
            sending.writer = Writer::Deferred;
            drop(sending);
            batch::put_off(self.clone());
        } else {
            sending.writer = Writer::Busy;
            let split = Split::new(frame, sending.outbox.packet_bytes());
            drop(sending);
            self.write_first(split);
        }
        Ok(())
    }

    pub(super) fn queued_bytes(&self) -> usize {
        if process::is_forked() {
            return 0;
        }
        self.sending.lock().outbox.bytes()
    }

    pub(super) fn close(&self) {
        if process::is_forked() {
            return;
        }
        self.say_farewell(true);
    }

    /// The peer has said farewell, or receiving has failed: the I/O thread reads no more.
    pub(super) fn answer_farewell(&self) {
        self.sending.lock().is_receiving = false;
        self.say_farewell(false);
        let mut sending = self.sending.lock();
        self.rearm(&mut sending);
    }

    fn say_farewell(&self, by_us: bool) {
        let mut sending = self.sending.lock();
        if sending.phase != Phase::Open {
            return;
        }
        sending.phase = Phase::Closing { by_us };
        sending.outbox.push_end();
        if sending.writer == Writer::Idle {
            sending.writer = Writer::Armed;
            self.rearm(&mut sending);
        }
    }

    /// Takes no more frames, and drops those that are queued.
    pub(super) fn stop_sending(&self) {
        let dropped = self.sending.lock().end();
        drop(dropped);
    }

    /// Writes what was sent in a batch of this thread.
    pub(super) fn write_deferred(&self) {
        {
            let mut sending = self.sending.lock();
            if sending.writer != Writer::Deferred {
                // It has been written in the meantime.
                return;
            }
            sending.writer = Writer::Busy;
        }
        self.write_queued(None);
    }

    /// Goes on writing, in the I/O thread.
    pub(super) fn write_on(&self, turn: &mut Turn) {
        {
            let mut sending = self.sending.lock();
            if matches!(sending.writer, Writer::Idle | Writer::Busy) {
                return;
            }
            sending.writer = Writer::Busy;
        }
        self.write_queued(Some(turn));
    }

    /// Writes a frame, before which nothing was queued.
    fn write_first(&self, mut split: Split<'_>) {
        while let Some(packet) = split.packet() {
            match socket::write(&self.socket, &packet) {
                Written::All => split.advance(),
                Written::Full | Written::Later => {
                    let split = split.into_owned();
                    let mut sending = self.sending.lock();
                    if sending.phase == Phase::Over {
                        sending.writer = Writer::Idle;
                        drop(sending);
                        return;
                    }
                    sending.outbox.put_first(split);
                    return self.hand_over(&mut sending);
                }
                Written::Gone { reset } => return self.fail_sending(reset, None),
                Written::Failed(error) => return self.fail_sending(false, Some(error.into())),
            }
        }
        split.recycle();
        self.write_queued(None);
    }

    /// Writes what is queued. The calling thread is the writer.
    fn write_queued(&self, mut turn: Option<&mut Turn>) {
        let mut budget = ITEMS_A_TURN;
        let mut done: Option<Outgoing<'static>> = None;
        loop {
            let mut item = {
                let mut sending = self.sending.lock();
                if let Some(done) = &mut done {
                    sending.outbox.written(done);
                    sending.pause = FIRST_PAUSE;
                }
                let theirs = turn.is_none() && matches!(sending.phase, Phase::Closing { .. });
                if theirs || (budget == 0 && !sending.outbox.is_empty()) {
                    return self.hand_over(&mut sending);
                }
                match sending.outbox.take() {
                    Some(item) => item,
                    None => {
                        sending.writer = Writer::Idle;
                        return self.rearm(&mut sending);
                    }
                }
            };
            match done.take() {
                Some(Outgoing::Split(split)) => split.recycle(),
                packed => drop(packed),
            }
            budget -= 1;
            match self.write_item(&mut item) {
                Written::All => done = Some(item),
                Written::Full => return self.put_back(item, None),
                Written::Later => return self.put_back(item, turn.take()),
                Written::Gone { reset } => return self.fail_sending(reset, None),
                Written::Failed(error) => return self.fail_sending(false, Some(error.into())),
            }
        }
    }

    fn write_item(&self, item: &mut Outgoing<'_>) -> Written {
        while let Some(packet) = item.packet() {
            match socket::write(&self.socket, &packet) {
                Written::All => item.advance(),
                other => return other,
            }
        }
        Written::All
    }

    /// Puts an item back that did not wholly go out; with a turn of the I/O thread, for a pause.
    fn put_back(&self, item: Outgoing<'static>, turn: Option<&mut Turn>) {
        let mut sending = self.sending.lock();
        if sending.phase == Phase::Over {
            sending.writer = Writer::Idle;
            drop(sending);
            return drop(item);
        }
        sending.outbox.put_back(item);
        let Some(turn) = turn else {
            return self.hand_over(&mut sending);
        };
        sending.writer = Writer::Waiting;
        turn.call_later(self.token, sending.pause);
        sending.pause = (sending.pause * 2).min(LONGEST_PAUSE);
        self.rearm(&mut sending);
    }

    /// Leaves the writing to the I/O thread.
    fn hand_over(&self, sending: &mut Sending) {
        sending.writer = Writer::Armed;
        self.rearm(sending);
        self.io.try_again(self.token);
    }

    /// Has the I/O thread wait for what is wanted.
    fn rearm(&self, sending: &mut Sending) {
        let mut interest = EventFlags::empty();
        interest.set(EventFlags::IN, sending.is_receiving);
        interest.set(EventFlags::OUT, sending.writer == Writer::Armed);
        if interest != sending.interest {
            sending.interest = interest;
            self.io.rearm(self.token, &self.socket, interest);
        }
    }

    /// The peer takes no more. What it had sent is received first, up to the end of file, which this brings about.
    fn fail_sending(&self, reset: bool, failure: Option<Cause>) {
        if reset {
            self.note_reset();
        }
        let dropped = {
            let mut sending = self.sending.lock();
            sending.writer = Writer::Idle;
            sending.failure = failure;
            let dropped = sending.end();
            self.rearm(&mut sending);
            dropped
        };
        drop(dropped);
        socket::disconnect(&self.socket);
    }
}
