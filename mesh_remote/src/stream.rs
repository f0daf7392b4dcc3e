//! A link over any stream of bytes: TCP, vsock, a serial line, TLS. It carries no descriptors.
//!
//! [`start`] gives the two parts of one side: a [`StreamLink`] to send on, and a [`Driver`], a future for an executor of the
//! user's. The driver reads and writes; the sink is called while it is polled. Nothing moves while nobody polls it.
//!
//! What it keeps true: what was sent between two polls goes out in few writes; the driver sleeps unless the stream is ready or
//! something new is to be sent, and gives way to other tasks after a number of reads and writes. The farewell is part of the
//! stream's contents, so either direction ends on its own even where the stream itself knows no half-closing; the stream is
//! closed when both have ended. An end of the stream without a farewell is a loss.
//!
//! Lock order: none; the lock of the queue is never held while the stream, the sink or a waker is called.

mod nodes;

pub use nodes::{CAPABILITIES, host, join};

use crate::assembly::{Arrived, Assembly};
use crate::delivery::Receiver;
use crate::frame;
use crate::link::{Capabilities, Cause, Frame, FrameLimits, Link, Refusal, SendError, Sink};
use crate::outbox::{Outbox, Outgoing, PARTS};
use crate::packet::{self, PACKET_BYTES};
use futures::io::{AsyncRead, AsyncWrite};
use futures::task::AtomicWaker;
use parking_lot::Mutex;
use std::future::Future;
use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// How often a poll goes round before it gives way.
const ROUNDS_A_POLL: usize = 32;

/// Room for the beginning of a piece and what is read behind it.
const INPUT_BYTES: usize = 2 * PACKET_BYTES;

/// Starts one side of a link over a stream.
///
/// ```
/// # struct Quiet;
/// # impl mesh_remote::link::Sink for Quiet {
/// #     fn frame(&mut self, _: &[u8], _: Vec<mesh_remote::link::Attachment>) {}
/// #     fn descriptors_lost(&mut self, _: &[u8], _: mesh_remote::link::DescriptorsLost) {}
/// #     fn closed(self: Box<Self>, _: mesh_remote::link::Cause) {}
/// # }
/// use mesh_remote::link::{Frame, FrameLimits, Link};
/// use mesh_remote::stream;
///
/// // Nobody is on the other side of this stream, and what is written to it is lost.
/// let io = futures::io::Cursor::new(vec![0; 0]);
/// let (link, driver) = stream::start(io, FrameLimits::default(), Box::new(Quiet));
/// link.send(Frame::new(b"hello"))?;
/// futures::executor::block_on(driver);
/// assert!(link.send(Frame::new(b"too late")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<S>(stream: S, limits: FrameLimits, sink: Box<dyn Sink>) -> (StreamLink, Driver<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let shared = Arc::new(Shared {
        limits,
        sending: Mutex::new(Sending {
            outbox: Outbox::new(PACKET_BYTES),
            phase: Phase::Open,
            is_awaited: false,
        }),
        waker: AtomicWaker::new(),
    });
    let driver = Driver {
        shared: shared.clone(),
        stream,
        reading: Reading {
            assembly: Assembly::new(limits),
            receiver: Receiver::new(sink),
            input: vec![0; INPUT_BYTES],
            filled: 0,
        },
        writing: Writing::default(),
    };
    (StreamLink { shared }, driver)
}

/// One side of a link over a stream. Dropping it closes the link in order.
#[derive(Debug)]
pub struct StreamLink {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limits: FrameLimits,
    sending: Mutex<Sending>,
    waker: AtomicWaker,
}

#[derive(Debug)]
struct Sending {
    outbox: Outbox,
    phase: Phase,
    /// The driver found nothing to do here, and is to be woken.
    is_awaited: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Frames are taken.
    Open,
    /// The farewell is queued or written.
    Closing { by_us: bool },
    /// This side was aborted; the driver does not know yet.
    Aborted,
    /// The link has ended, or nothing can be written any more.
    Over,
}

impl Shared {
    /// Changes what the driver looks at, and wakes it if it waits for that.
    fn change<R>(&self, change: impl FnOnce(&mut Sending) -> R) -> R {
        let (result, wake) = {
            let mut sending = self.sending.lock();
            let result = change(&mut sending);
            (result, std::mem::take(&mut sending.is_awaited))
        };
        if wake {
            self.waker.wake();
        }
        result
    }

    fn say_farewell(&self, by_us: bool) {
        self.change(|sending| {
            if sending.phase == Phase::Open {
                sending.phase = Phase::Closing { by_us };
                sending.outbox.push_end();
            }
        });
    }

    fn stop_sending(&self, phase: Phase) {
        let dropped = self.change(|sending| {
            if sending.phase != Phase::Over {
                sending.phase = phase;
            }
            sending.outbox.clear()
        });
        drop(dropped);
        // Also a driver that waits for the stream is to know.
        self.waker.wake();
    }

    fn phase(&self) -> Phase {
        self.sending.lock().phase
    }
}

impl Link for StreamLink {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            descriptors: false,
            limits: self.shared.limits,
            same_host: false,
        }
    }

    fn send<'a>(&self, frame: Frame<'a>) -> Result<(), SendError<'a>> {
        let frame = frame::Frame::admit(frame, &self.capabilities())?;
        self.shared.change(|sending| {
            if sending.phase != Phase::Open {
                return Err(frame.refuse(Refusal::Ended));
            }
            sending.outbox.push(frame);
            Ok(())
        })
    }

    fn queued_bytes(&self) -> usize {
        self.shared.sending.lock().outbox.bytes()
    }

    fn close(&self) {
        self.shared.say_farewell(true);
    }

    fn abort(&self) {
        self.shared.stop_sending(Phase::Aborted);
    }
}

impl Drop for StreamLink {
    fn drop(&mut self) {
        self.close();
    }
}

/// What reads and writes for a link over a stream. It completes when the link has ended and the stream is closed.
///
/// Dropping it before is [`abort`](Link::abort), and calls the sink's `closed`.
#[derive(Debug)]
#[must_use = "nothing is sent or received unless it is polled"]
pub struct Driver<S> {
    shared: Arc<Shared>,
    stream: S,
    reading: Reading,
    writing: Writing,
}

#[derive(Debug)]
struct Reading {
    assembly: Assembly<OwnedFd>,
    receiver: Receiver,
    input: Vec<u8>,
    filled: usize,
}

/// What is being written.
#[derive(Debug, Default)]
struct Writing {
    item: Option<Outgoing<'static>>,
    /// How much of the item's present packet is written.
    offset: usize,
    needs_flush: bool,
    /// Why nothing can be written any more.
    failure: Option<Cause>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Driver<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        for _ in 0..ROUNDS_A_POLL {
            // Before the queue is looked at, so that nothing is missed.
            this.shared.waker.register(context.waker());
            if this.shared.phase() == Phase::Aborted {
                this.reading.receiver.abort();
            }
            let wrote = this.poll_write(context).is_ready();
            let read = this.poll_read(context).is_ready();
            if this.has_ended() {
                return this.poll_end(context);
            }
            if !wrote && !read {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    fn has_ended(&self) -> bool {
        let receiver = &self.reading.receiver;
        let is_written = || {
            let nothing_left = self.writing.item.is_none() && !self.writing.needs_flush;
            self.writing.failure.is_some()
                || (nothing_left && self.shared.sending.lock().outbox.is_empty())
        };
        receiver.has_ended() && (!receiver.ended_in_order() || is_written())
    }

    /// Everything is over but for closing the stream, which no longer matters to the sink.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.shared.stop_sending(Phase::Over);
        self.writing.item = None;
        self.reading.receiver.close(Cause::Aborted);
        Pin::new(&mut self.stream).poll_close(context).map(drop)
    }

    /// Writes an item, or less. Pending if there is nothing to write or no room.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.writing.failure.is_some() || self.reading.receiver.ended_badly() {
            return Poll::Pending;
        }
        if self.writing.item.is_none() {
            let mut sending = self.shared.sending.lock();
            self.writing.item = sending.outbox.take();
            sending.is_awaited = self.writing.item.is_none();
        }
        let stream = Pin::new(&mut self.stream);
        let result = match self.writing.poll_item(stream, context) {
            Poll::Ready(result) => result,
            Poll::Pending => return Poll::Pending,
        };
        match result {
            Ok(false) => return Poll::Pending,
            Ok(true) => {}
            Err(error) => {
                self.writing.failure = Some(cause_of(error));
                self.writing.item = None;
                self.shared.stop_sending(Phase::Over);
            }
        }
        if self.writing.is_item_written() {
            if let Some(mut item) = self.writing.item.take() {
                self.shared.sending.lock().outbox.written(&mut item);
            }
        }
        Poll::Ready(())
    }

    /// Reads once. Pending if there is nothing, or nothing more is to be read.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let reading = &mut self.reading;
        if reading.receiver.has_ended() {
            return Poll::Pending;
        }
        let room = reading.input.get_mut(reading.filled..).unwrap_or_default();
        match Pin::new(&mut self.stream).poll_read(context, room) {
            Poll::Pending => {
                // Nothing more comes from a peer that is gone.
                let Some(cause) = &self.writing.failure else {
                    return Poll::Pending;
                };
                reading.receiver.end(cause.clone());
            }
            Poll::Ready(Ok(0)) => reading.receiver.end(Cause::PeerLost),
            Poll::Ready(Ok(count)) => reading.take(count, &self.shared),
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Poll::Ready(Err(error)) => reading.receiver.end(cause_of(error)),
        }
        if reading.receiver.ended_in_order() {
            self.shared.say_farewell(false);
        }
        Poll::Ready(())
    }
}

impl Reading {
    /// Hands over the frames that are complete with the bytes just read.
    fn take(&mut self, count: usize, shared: &Shared) {
        self.filled = (self.filled + count).min(self.input.len());
        let input = self.input.get(..self.filled).unwrap_or_default();
        let receiver = &mut self.receiver;
        let taken = packet::whole_pieces(input).and_then(|length| {
            let whole = input.get(..length).unwrap_or_default();
            let _ = self
                .assembly
                .packet(whole, Arrived::none(), &mut |delivery| {
                    if shared.phase() == Phase::Aborted {
                        receiver.abort();
                    }
                    receiver.deliver(delivery, || match shared.phase() {
                        Phase::Closing { by_us: true } => Cause::WeClosed,
                        _ => Cause::PeerClosed,
                    })
                })?;
            Ok(length)
        });
        match taken {
            Ok(length) => {
                self.input.copy_within(length..self.filled, 0);
                self.filled -= length;
            }
            Err(malformed) => receiver.end(malformed.into()),
        }
    }
}

impl Writing {
    /// Writes a part of the item, or flushes if there is none. `false` if there was nothing to do.
    fn poll_item(
        &mut self,
        mut stream: Pin<&mut (impl AsyncWrite + ?Sized)>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<bool>> {
        let Some(item) = &mut self.item else {
            if !self.needs_flush {
                return Poll::Ready(Ok(false));
            }
            let flushed = stream.poll_flush(context);
            self.needs_flush = !matches!(flushed, Poll::Ready(Ok(())));
            return flushed.map_ok(|()| true);
        };
        let Some(packet) = item.packet() else {
            return Poll::Ready(Ok(true));
        };
        let length = packet.length();
        let mut skip = self.offset;
        let mut slots = [IoSlice::new(&[]); PARTS];
        let parts = slots.iter_mut().zip(packet.parts()).map(|(slot, part)| {
            let skipped = skip.min(part.len());
            skip -= skipped;
            *slot = IoSlice::new(part.get(skipped..).unwrap_or_default());
        });
        let count = parts.count();
        let parts = slots.get(..count).unwrap_or_default();
        match stream.as_mut().poll_write_vectored(context, parts) {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(count)) => {
                self.needs_flush = true;
                self.offset += count;
                if self.offset >= length {
                    self.offset = 0;
                    item.advance();
                }
                Poll::Ready(Ok(true))
            }
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {
                Poll::Ready(Ok(true))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_item_written(&self) -> bool {
        (self.item.as_ref()).is_some_and(|item| item.packet().is_none())
    }
}

/// Why a link ends whose stream fails so.
fn cause_of(error: io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::ConnectionReset => Cause::Reset,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => Cause::PeerLost,
        _ => error.into(),
    }
}

impl<S> Drop for Driver<S> {
    fn drop(&mut self) {
        self.shared.stop_sending(Phase::Over);
        self.reading.receiver.close(Cause::Aborted);
    }
}
