//! A sink in safe keeping.
//!
//! What it keeps true, for every kind of link: once receiving has ended, nothing more is handed over; `closed` is called once, at
//! the latest when this is dropped; a panic of the sink ends the link, and never the thread that drives it.

use crate::assembly::Delivery;
use crate::link::{Attachment, Cause, Sink};
use std::fmt;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The sink of one link, and how its receiving has ended, if it has.
pub(crate) struct Receiver {
    /// Present until `closed` is called.
    sink: Option<Box<dyn Sink>>,
    ended: Option<Cause>,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Receiver {
    pub(crate) fn new(sink: Box<dyn Sink>) -> Self {
        Self {
            sink: Some(sink),
            ended: None,
        }
    }

    /// Whether nothing more is received.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Ends receiving. The first cause counts.
    pub(crate) fn end(&mut self, cause: Cause) {
        self.ended.get_or_insert(cause);
    }

    /// Ends receiving now, whatever else was about to end it.
    pub(crate) fn abort(&mut self) {
        self.ended = Some(Cause::Aborted);
    }

    /// Whether it ended by a farewell.
    pub(crate) fn ended_in_order(&self) -> bool {
        matches!(self.ended, Some(Cause::WeClosed | Cause::PeerClosed))
    }

    /// Whether it ended otherwise.
    pub(crate) fn ended_badly(&self) -> bool {
        self.has_ended() && !self.ended_in_order()
    }

    /// Drops the sink without a word.
    pub(crate) fn abandon(mut self) {
        self.sink = None;
    }

    /// Hands something over; `on_end` is why the link ends if it is a farewell. Breaks if nothing may follow.
    pub(crate) fn deliver(
        &mut self,
        delivery: Delivery<'_, OwnedFd>,
        on_end: impl FnOnce() -> Cause,
    ) -> ControlFlow<()> {
        let Some(sink) = self.sink.as_mut().filter(|_| self.ended.is_none()) else {
            return ControlFlow::Break(());
        };
        // The sink is only told of its end after a panic, and that is its own affair.
        let called = catch_unwind(AssertUnwindSafe(|| match delivery {
            Delivery::Frame(bytes, descriptors) => {
                sink.frame(bytes, descriptors.into_iter().map(Attachment::Fd).collect());
                false
            }
            Delivery::Large(bytes, descriptors) => {
                let attachments = descriptors.into_iter().map(Attachment::Fd).collect();
                sink.large_frame(bytes, attachments);
                false
            }
            Delivery::Lost(bytes, lost) => {
                sink.descriptors_lost(bytes, lost);
                false
            }
            Delivery::End => true,
        }));
        match called {
            Ok(false) => return ControlFlow::Continue(()),
            Ok(true) => self.end(on_end()),
            Err(panic) => {
                drop_quietly(panic);
                self.end(Cause::SinkPanicked);
            }
        }
        ControlFlow::Break(())
    }

    /// Tells the sink that the link has ended, with the cause that receiving ended with, or else with this one.
    pub(crate) fn close(&mut self, cause: Cause) {
        self.end(cause);
        if let (Some(sink), Some(cause)) = (self.sink.take(), self.ended.clone()) {
            let told = catch_unwind(AssertUnwindSafe(|| sink.closed(cause)));
            if let Err(panic) = told {
                drop_quietly(panic);
            }
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.close(Cause::Aborted);
    }
}

/// What a panic carries may panic when it is dropped.
pub(crate) fn drop_quietly(panic: Box<dyn std::any::Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        // Rather leaked than raised again.
        let _ = std::mem::ManuallyDrop::new(again);
    }
}
