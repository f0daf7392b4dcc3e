//! The place through which a single value goes: one allocation, one word of state, no lock.
//!
//! # States
//!
//! The state is a set of flags. In the common life of a slot it is `TX|RX`, then `RX|DONE|VALUE` (the sender left the value
//! and itself went), and then the receiver frees it: one read-modify-write in all.
//!
//! | flag | set by | means |
//! |---|---|---|
//! | `TX`, `RX` | creation | that side holds the slot; it clears its flag as the last thing it does |
//! | `DONE` | sender | the sender has decided: a value or none |
//! | `VALUE` | sender, with `DONE` | there is a value; cleared by whoever takes it out |
//! | `CLOSED` | receiver | the receiver will not look for a value any more |
//! | `RX_WAKER` | receiver | its waker is in place; cleared by the receiver to replace it, or by the sender after `DONE` |
//! | `LINK` | either | the state beside has something in it: ask there before going on |
//! | `FAR` | creation | there has never been a receiver's side: the state beside knows where the receiver is |
//!
//! # What keeps it sound
//!
//! 1. **Holders.** The slot is allocated while `TX` or `RX` is set. The side that clears the last of them frees it; a side
//!    that sees the other's flag clear has the slot to itself.
//! 2. **The value** belongs to the sender until `VALUE` is set, together with `DONE`, in a state without `CLOSED` and with `RX`.
//!    From then on it belongs to the receiver. Whoever frees the slot drops it if `VALUE` is still set.
//! 3. **The receiver's waker** belongs to the receiver while `DONE` is clear. If `RX_WAKER` is set when the sender sets `DONE`, and
//!    `RX` is, it belongs to the sender from then on, who takes it out and clears the flag, unless the receiver has done so by
//!    then. Otherwise whoever frees the slot drops it if the flag is still set.
//!
//! A sender that waits for the receiver to go leaves its waker in the state beside, as few ever do.
//!
//! Changes of the state are read-modify-writes with release for what was written before and acquire for what the other
//! side wrote before.

#![allow(unsafe_code)]

use crate::sync::{AtomicUsize, Ordering, UnsafeCell};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

const TX: usize = 1;
const RX: usize = 2;
const DONE: usize = 4;
const VALUE: usize = 8;
const CLOSED: usize = 16;
const RX_WAKER: usize = 32;
const LINK: usize = 64;
const FAR: usize = 128;

/// What stands beside the value in the same allocation, and is told of ends if there was a [`Tx::link`] or [`Rx::link`].
pub(super) trait Side {
    /// The sender goes, or has just gone.
    fn sender_gone(&self);

    /// The receiver goes.
    fn receiver_gone(&self);

    /// Whether the receiver, which was never here, is known to be gone.
    fn is_far_receiver_gone(&self) -> bool;
}

struct Slot<T, S> {
    state: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
    rx_waker: UnsafeCell<MaybeUninit<Waker>>,
    side: S,
}

/// Makes a slot; the two sides hold it.
#[inline]
pub(super) fn slot<T, S: Side>(side: S) -> (Tx<T, S>, Rx<T, S>) {
    // Made in its place: moving it there would cost more than all the rest of a slot's life but the allocation.
    let slot = Box::leak(Box::new_uninit()).write(Slot {
        state: AtomicUsize::new(TX | RX),
        value: UnsafeCell::new(MaybeUninit::uninit()),
        rx_waker: UnsafeCell::new(MaybeUninit::uninit()),
        side,
    });
    let slot = NonNull::from(slot);
    (Tx { slot }, Rx { slot })
}

/// Makes a slot of a sender whose receiver is elsewhere, as `side` knows: there is no other side.
pub(super) fn far<T, S: Side>(side: S) -> Tx<T, S> {
    let slot = Box::leak(Box::new(Slot {
        state: AtomicUsize::new(TX | LINK | FAR),
        value: UnsafeCell::new(MaybeUninit::uninit()),
        rx_waker: UnsafeCell::new(MaybeUninit::uninit()),
        side,
    }));
    let slot = NonNull::from(slot);
    Tx { slot }
}

/// True if the receiver does not look for a value any more.
fn is_deaf(state: usize) -> bool {
    state & CLOSED != 0 || state & RX == 0
}

impl<T, S> Slot<T, S> {
    /// Takes the value out.
    ///
    /// # Safety
    /// The value is there and belongs to the caller (invariant 2), who sees to it that `VALUE` is cleared.
    #[inline]
    unsafe fn take_value(&self) -> T {
        // SAFETY: written, by the caller's promise, and not read by anybody again.
        self.value.with(|place| unsafe { place.cast::<T>().read() })
    }

    /// Takes the receiver's waker out.
    ///
    /// # Safety
    /// It is there and belongs to the caller (invariant 3), who sees to it that it is not read again.
    #[inline]
    unsafe fn take_waker(&self) -> Waker {
        self.rx_waker
            // SAFETY: promised by the caller.
            .with(|place| unsafe { place.cast::<Waker>().read() })
    }
}

/// Frees a slot.
///
/// # Safety
/// It came from [`slot`], its state is `state`, and no side holds it any more (invariant 1).
#[inline]
unsafe fn free<T, S>(slot: NonNull<Slot<T, S>>, state: usize) {
    // SAFETY: it came from `Box::leak`, and nobody uses it again.
    let slot = unsafe { Box::from_raw(slot.as_ptr()) };
    if state & (RX_WAKER | VALUE) != 0 {
        drop_rest(&slot, state);
    }
}

/// Drops what has been left in a slot that is about to be freed.
#[cold]
fn drop_rest<T, S>(slot: &Slot<T, S>, state: usize) {
    // Both are taken out before one is dropped, so that a panic leaves none behind.
    // SAFETY: its flag is set, and nobody else is left (invariant 3).
    let waker = (state & RX_WAKER != 0).then(|| unsafe { slot.take_waker() });
    if state & VALUE != 0 {
        // SAFETY: the flag is set, and whoever frees the slot owns what is left (invariant 2).
        drop(unsafe { slot.take_value() });
    }
    drop(waker);
}

/// Clears a side's flag, and others with it, when dropped; frees the slot if the other side is gone.
///
/// A guard, so that a side leaves even if a waker panics.
struct Leave<T, S> {
    slot: NonNull<Slot<T, S>>,
    clear: usize,
}

impl<T, S> Drop for Leave<T, S> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the side that leaves still holds the slot (invariant 1).
        let state = unsafe { &(*self.slot.as_ptr()).state };
        let before = state.load(Ordering::Acquire);
        let after = if before & (TX | RX) & !self.clear == 0 {
            // The other side is gone, so nobody else changes the state.
            let after = before & !self.clear;
            state.store(after, Ordering::Relaxed);
            after
        } else {
            state.fetch_and(!self.clear, Ordering::AcqRel) & !self.clear
        };
        if after & (TX | RX) == 0 {
            // SAFETY: the last side leaves (invariant 1).
            unsafe { free(self.slot, after) };
        }
    }
}

/// Why a value was not sent.
pub(super) enum NotSent<T, S: Side> {
    /// The receiver is gone.
    Gone(T),
    /// There is a link; ask it what to do.
    Linked(Tx<T, S>, T),
}

/// The sender's side.
pub(super) struct Tx<T, S: Side> {
    slot: NonNull<Slot<T, S>>,
}

// SAFETY: the sender moves a `T` to another thread, and shares `S`; the rest is governed by the state.
unsafe impl<T: Send, S: Side + Send + Sync> Send for Tx<T, S> {}
// SAFETY: `&Tx` gives no access to a `T`.
unsafe impl<T: Send, S: Side + Send + Sync> Sync for Tx<T, S> {}
// Values go in and out whole.
impl<T, S: Side> UnwindSafe for Tx<T, S> {}
impl<T, S: Side> RefUnwindSafe for Tx<T, S> {}

impl<T, S: Side> Tx<T, S> {
    #[inline]
    fn slot(&self) -> &Slot<T, S> {
        // SAFETY: the sender holds it (invariant 1).
        unsafe { self.slot.as_ref() }
    }

    /// The state beside the value.
    pub(super) fn side(&self) -> &S {
        &self.slot().side
    }

    /// Sends the value. `past_link`: even if there is a link.
    #[inline]
    pub(super) fn send(self, value: T, past_link: bool) -> Result<(), NotSent<T, S>> {
        let this = ManuallyDrop::new(self);
        let slot = this.slot();
        let mut state = slot.state.load(Ordering::Acquire);
        if is_deaf(state) {
            let this = ManuallyDrop::into_inner(this);
            if state & FAR != 0 && !past_link {
                return Err(NotSent::Linked(this, value));
            }
            drop(this);
            return Err(NotSent::Gone(value));
        }
        if state & LINK != 0 && !past_link {
            return Err(NotSent::Linked(ManuallyDrop::into_inner(this), value));
        }
        slot.value
            // SAFETY: the sender has not set `DONE` yet (invariant 2).
            .with_mut(|place| unsafe { place.cast::<T>().write(value) });
        loop {
            // With nobody to wake, the sender leaves in the same step.
            let leave = if state & RX_WAKER == 0 { TX } else { 0 };
            let sent = (state | DONE | VALUE) & !leave;
            match slot
                .state
                .compare_exchange(state, sent, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) if leave != 0 => return Ok(()),
                Ok(_) => {
                    this.wake_and_leave();
                    return Ok(());
                }
                Err(now) => state = now,
            }
            if is_deaf(state) || (state & LINK != 0 && !past_link) {
                // SAFETY: written above, and `VALUE` was not set.
                let value = unsafe { slot.take_value() };
                let this = ManuallyDrop::into_inner(this);
                return Err(if is_deaf(state) {
                    NotSent::Gone(value)
                } else {
                    NotSent::Linked(this, value)
                });
            }
        }
    }

    /// Wakes the receiver, after `DONE` has been set, and leaves. The sender is not used again.
    fn wake_and_leave(&self) {
        // SAFETY: the flag was set when `DONE` was, so it is the sender's now (invariant 3), and the flag is cleared right below.
        let waker = unsafe { self.slot().take_waker() };
        drop(Leave {
            slot: self.slot,
            clear: TX | RX_WAKER,
        });
        waker.wake();
    }

    /// True if the receiver does not look for a value any more.
    pub(super) fn is_closed(&self) -> bool {
        let state = self.slot().state.load(Ordering::Acquire);
        is_deaf(state) && (state & FAR == 0 || self.side().is_far_receiver_gone())
    }

    /// Whether the receiver was never here.
    pub(super) fn is_far(&self) -> bool {
        // Relaxed: the flag never changes.
        self.slot().state.load(Ordering::Relaxed) & FAR != 0
    }

    /// Says that the state beside has something in it. False: the receiver will not look there.
    pub(super) fn link(&self) -> bool {
        !is_deaf(self.slot().state.fetch_or(LINK, Ordering::AcqRel))
    }
}

impl<T, S: Side> Drop for Tx<T, S> {
    fn drop(&mut self) {
        let slot = self.slot();
        let before = slot.state.fetch_or(DONE, Ordering::AcqRel);
        // Leaves whatever panics below.
        let mut leave = Leave {
            slot: self.slot,
            clear: TX,
        };
        let mut waker = None;
        if before & (RX | RX_WAKER) == RX | RX_WAKER {
            // SAFETY: as in `wake_and_leave`.
            waker = Some(unsafe { slot.take_waker() });
            leave.clear |= RX_WAKER;
        }
        if before & LINK != 0 {
            slot.side.sender_gone();
        }
        drop(leave);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// What the receiver finds.
pub(super) enum Found<T> {
    /// The value.
    Value(T),
    /// Nothing yet.
    Nothing,
    /// The sender is gone, and left none, or none any more.
    Gone,
}

/// The receiver's side.
pub(super) struct Rx<T, S: Side> {
    slot: NonNull<Slot<T, S>>,
}

// SAFETY: as for `Tx`.
unsafe impl<T: Send, S: Side + Send + Sync> Send for Rx<T, S> {}
// SAFETY: as for `Tx`.
unsafe impl<T: Send, S: Side + Send + Sync> Sync for Rx<T, S> {}
impl<T, S: Side> UnwindSafe for Rx<T, S> {}
impl<T, S: Side> RefUnwindSafe for Rx<T, S> {}

impl<T, S: Side> Rx<T, S> {
    #[inline]
    fn slot(&self) -> &Slot<T, S> {
        // SAFETY: the receiver holds it (invariant 1).
        unsafe { self.slot.as_ref() }
    }

    /// The state beside the value.
    pub(super) fn side(&self) -> &S {
        &self.slot().side
    }

    /// Takes the value if the sender has left it, and the slot is the receiver's alone: the common case. The receiver is used up.
    #[inline]
    pub(super) fn finish(place: &mut Option<Self>) -> Option<T> {
        let rx = place.as_ref()?;
        let state = rx.slot().state.load(Ordering::Acquire);
        if state & (TX | VALUE) != VALUE {
            return None;
        }
        let rx = ManuallyDrop::new(place.take()?);
        // SAFETY: the flag is set, and is cleared for `free` (invariant 2).
        let value = unsafe { rx.slot().take_value() };
        // SAFETY: this was the last side, and is not used again (invariant 1).
        unsafe { free(rx.slot, state & !VALUE) };
        Some(value)
    }

    /// Takes the value if it is there.
    #[inline]
    pub(super) fn take(&mut self) -> Found<T> {
        let slot = self.slot();
        let state = slot.state.load(Ordering::Acquire);
        if state & DONE == 0 {
            return Found::Nothing;
        }
        // The sender changes the value flag no more: it set it with `DONE`, and takes nothing back while the receiver is here.
        if state & VALUE == 0 {
            return Found::Gone;
        }
        if state & TX == 0 {
            slot.state.store(state & !VALUE, Ordering::Relaxed);
        } else {
            slot.state.fetch_and(!VALUE, Ordering::AcqRel);
        }
        // SAFETY: the flag was set, and is cleared (invariant 2).
        Found::Value(unsafe { slot.take_value() })
    }

    /// Waits for the sender to decide. Ready: [`take`](Self::take) finds the value, or that there is none.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let slot = self.slot();
        let state = slot.state.load(Ordering::Acquire);
        if state & DONE != 0 {
            return Poll::Ready(());
        }
        // Cloned before anything is touched, since it may panic.
        let new = cx.waker().clone();
        let mut old = None;
        if state & RX_WAKER != 0 {
            let before = slot.state.fetch_and(!RX_WAKER, Ordering::AcqRel);
            if before & DONE != 0 {
                // It is the sender's now.
                return Poll::Ready(());
            }
            // SAFETY: it was there, and `DONE` was clear, so it is still the receiver's (invariant 3); the flag is clear now.
            old = Some(unsafe { slot.take_waker() });
        }
        slot.rx_waker
            // SAFETY: the flag is clear, so the sender does not read it (invariant 3).
            .with_mut(|place| unsafe { place.cast::<Waker>().write(new) });
        let before = slot.state.fetch_or(RX_WAKER, Ordering::AcqRel);
        drop(old);
        if before & DONE != 0 {
            // The flag was set too late for the sender, so the waker is dropped with the slot.
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// Takes the value if it is there; if it is not, none will come: the sender gets it back.
    pub(super) fn close(&mut self) -> Option<T> {
        self.slot().state.fetch_or(CLOSED, Ordering::AcqRel);
        match self.take() {
            Found::Value(value) => Some(value),
            Found::Nothing | Found::Gone => None,
        }
    }

    /// Says that the state beside has something in it. False: the sender will not look there.
    pub(super) fn link(&self) -> bool {
        self.slot().state.fetch_or(LINK, Ordering::AcqRel) & DONE == 0
    }
}

impl<T, S: Side> Drop for Rx<T, S> {
    #[inline]
    fn drop(&mut self) {
        let leave = Leave {
            slot: self.slot,
            clear: RX,
        };
        let slot = self.slot();
        if slot.state.load(Ordering::Acquire) & TX == 0 {
            // Nobody to tell; the drop of the guard frees the slot.
            return;
        }
        let before = slot.state.fetch_or(CLOSED, Ordering::AcqRel);
        if before & LINK != 0 {
            slot.side.receiver_gone();
        }
        drop(leave);
    }
}
