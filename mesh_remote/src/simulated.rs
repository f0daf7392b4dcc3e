//! Links within one process whose delays are drawn from a seed, for tests.
//!
//! A [`Network`] holds the links. Each [`step`](Network::step) does one thing that a transport does on its own: take a frame that was
//! sent, or hand one over. Which, and on which link, depends on the seed and on what was called before, and on nothing
//! else. So a test with one thread is repeatable, and still sees frames of different links overtake each other.
//!
//! What it keeps true: the contract of [`link`](crate::link). What it leaves out: bytes (frames are moved as they are), and limits of
//! the operating system. Lock order: none; the network's lock is not held while a sink runs.

use crate::assembly::Delivery;
use crate::delivery::Receiver;
use crate::frame;
use crate::link::{Capabilities, Cause, Frame, FrameLimits, Link, Refusal, SendError, Sink};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Links whose delays are drawn from a seed.
///
/// ```
/// # use std::sync::{Arc, Mutex};
/// # struct Collect(Arc<Mutex<Vec<String>>>);
/// # impl mesh_remote::link::Sink for Collect {
/// #     fn frame(&mut self, bytes: &[u8], _: Vec<mesh_remote::link::Attachment>) {
/// #         self.0.lock().unwrap().push(String::from_utf8_lossy(bytes).into_owned());
/// #     }
/// #     fn descriptors_lost(&mut self, _: &[u8], _: mesh_remote::link::DescriptorsLost) {}
/// #     fn closed(self: Box<Self>, _: mesh_remote::link::Cause) {}
/// # }
/// use mesh_remote::link::{Frame, FrameLimits, Link};
/// use mesh_remote::simulated::Network;
///
/// let network = Network::new(1);
/// let received = Arc::new(Mutex::new(Vec::new()));
/// let (here, there) = network.pair(
///     FrameLimits::default(),
///     Box::new(Collect(Default::default())),
///     Box::new(Collect(received.clone())),
/// );
/// here.send(Frame::new(b"hello"))?;
/// while network.step() {}
/// assert_eq!(*received.lock().unwrap(), ["hello"]);
/// # Ok::<(), mesh_remote::link::SendError<'static>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    shared: Arc<Shared>,
}

/// One side of a simulated link. Dropping it closes the link in order.
#[derive(Debug)]
pub struct SimulatedLink {
    shared: Arc<Shared>,
    side: usize,
    limits: FrameLimits,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Something was done that makes a step possible.
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    random: u64,
    sides: Vec<Side>,
}

/// One side of a link. The peer of side *n* is side *n* xor 1.
#[derive(Debug)]
struct Side {
    phase: Phase,
    /// Sent, and not yet taken by the transport.
    queue: VecDeque<Item>,
    queued_bytes: usize,
    /// On the way to this side.
    wire: VecDeque<Item>,
    receiver: Slot,
}

#[derive(Debug)]
enum Slot {
    Here(Receiver),
    /// In use by a step.
    Out,
    /// The link has ended.
    Gone,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Open,
    Closing { by_us: bool },
    Aborted,
    Over,
}

/// What is on the way.
#[derive(Debug)]
enum Item {
    Frame(frame::Frame<'static>),
    Farewell,
    Loss(Cause),
}

impl Item {
    fn bytes(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.byte_count(),
            Self::Farewell | Self::Loss(_) => 0,
        }
    }
}

/// Something that can happen next.
#[derive(Clone, Copy)]
enum Step {
    /// The transport takes the first of what a side has sent.
    Take(usize),
    /// A side is handed what is on the way to it.
    Deliver(usize),
    /// A side that was aborted learns of it.
    Abort(usize),
}

impl Network {
    /// A network without links.
    pub fn new(seed: u64) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    random: seed,
                    sides: Vec::new(),
                }),
                changed: Condvar::new(),
            }),
        }
    }

    /// The two sides of a new link, for a sink each. See [`Network`] for an example.
    pub fn pair(
        &self,
        limits: FrameLimits,
        left: Box<dyn Sink>,
        right: Box<dyn Sink>,
    ) -> (SimulatedLink, SimulatedLink) {
        let mut state = self.shared.state.lock();
        let first = state.sides.len();
        state.sides.extend([left, right].map(|sink| Side {
            phase: Phase::Open,
            queue: VecDeque::new(),
            queued_bytes: 0,
            wire: VecDeque::new(),
            receiver: Slot::Here(Receiver::new(sink)),
        }));
        let link = |side| SimulatedLink {
            shared: self.shared.clone(),
            side,
            limits,
        };
        (link(first), link(first + 1))
    }

    /// Does one of the things that can happen next. `false` if there is none.
    ///
    /// Sinks are called from here.
    pub fn step(&self) -> bool {
        let step = self.shared.state.lock().choose();
        match step {
            None => return false,
            Some(Step::Take(side)) => self.shared.state.lock().take(side),
            Some(Step::Deliver(side)) => self.shared.deliver(side),
            Some(Step::Abort(side)) => self.shared.end(side, Cause::Aborted),
        }
        self.shared.changed.notify_all();
        true
    }

    /// Does steps, and waits for more to be possible, until every link has ended.
    pub fn run(&self) {
        loop {
            while self.step() {}
            let mut state = self.shared.state.lock();
            if (state.sides.iter()).all(|side| matches!(side.receiver, Slot::Gone)) {
                return;
            }
            if state.steps().is_empty() {
                self.shared.changed.wait(&mut state);
            }
        }
    }
}

impl State {
    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (index, side) in self.sides.iter().enumerate() {
            if !side.queue.is_empty() {
                steps.push(Step::Take(index));
            }
            if matches!(side.receiver, Slot::Here(_)) {
                if side.phase == Phase::Aborted {
                    steps.push(Step::Abort(index));
                } else if !side.wire.is_empty() {
                    steps.push(Step::Deliver(index));
                }
            }
        }
        steps
    }

    fn choose(&mut self) -> Option<Step> {
        let steps = self.steps();
        // The generator known as splitmix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let count = steps.len().max(1) as u64;
        steps.get((bits % count) as usize).copied()
    }

    fn take(&mut self, index: usize) {
        let Some(item) = self.sides[index].queue.pop_front() else {
            return;
        };
        self.sides[index].queued_bytes -= item.bytes();
        self.sides[index ^ 1].wire.push_back(item);
    }
}

impl Shared {
    fn deliver(&self, index: usize) {
        let (mut receiver, item) = {
            let mut state = self.state.lock();
            let side = &mut state.sides[index];
            if !matches!(side.receiver, Slot::Here(_)) {
                return;
            }
            let Some(item) = side.wire.pop_front() else {
                return;
            };
            let Slot::Here(receiver) = std::mem::replace(&mut side.receiver, Slot::Out) else {
                unreachable!("it was here");
            };
            (receiver, item)
        };
        let handed = match item {
            Item::Frame(frame) => {
                let (bytes, descriptors) = frame.into_bytes();
                let delivery = Delivery::Frame(&bytes, descriptors);
                receiver.deliver(delivery, || Cause::PeerClosed)
            }
            Item::Farewell => receiver.deliver(Delivery::End, || self.cause_of_farewell(index)),
            Item::Loss(cause) => {
                receiver.end(cause);
                ControlFlow::Break(())
            }
        };
        self.state.lock().sides[index].receiver = Slot::Here(receiver);
        if handed.is_break() {
            self.end(index, Cause::PeerLost);
        }
    }

    fn cause_of_farewell(&self, index: usize) -> Cause {
        match self.state.lock().sides[index].phase {
            Phase::Closing { by_us: true } => Cause::WeClosed,
            _ => Cause::PeerClosed,
        }
    }

    /// Ends a side: what it has sent still goes out if it ended in order, and the peer learns how it ended.
    fn end(&self, index: usize, cause: Cause) {
        let (mut receiver, dropped) = {
            let mut state = self.state.lock();
            let side = &mut state.sides[index];
            let Slot::Here(mut receiver) = std::mem::replace(&mut side.receiver, Slot::Gone) else {
                return;
            };
            if side.phase == Phase::Aborted {
                receiver.abort();
            }
            receiver.end(cause);
            let mut dropped = std::mem::take(&mut side.wire);
            let was_open = side.phase == Phase::Open;
            side.phase = Phase::Over;
            if receiver.ended_in_order() {
                if was_open {
                    side.queue.push_back(Item::Farewell);
                }
            } else {
                let loss = if dropped.is_empty() {
                    Cause::PeerLost
                } else {
                    Cause::Reset
                };
                dropped.append(&mut side.queue);
                side.queued_bytes = 0;
                state.sides[index ^ 1].wire.push_back(Item::Loss(loss));
            }
            (receiver, dropped)
        };
        drop(dropped);
        receiver.close(Cause::PeerLost);
    }
}

impl Link for SimulatedLink {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            descriptors: true,
            limits: self.limits,
            same_host: true,
        }
    }

    fn send<'a>(&self, frame: Frame<'a>) -> Result<(), SendError<'a>> {
        let frame = frame::Frame::admit(frame, &self.capabilities())?;
        let mut state = self.shared.state.lock();
        let side = &mut state.sides[self.side];
        if side.phase != Phase::Open {
            drop(state);
            return Err(frame.refuse(Refusal::Ended));
        }
        side.queued_bytes += frame.byte_count();
        side.queue.push_back(Item::Frame(frame.into_owned()));
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }

    fn queued_bytes(&self) -> usize {
        self.shared.state.lock().sides[self.side].queued_bytes
    }

    fn close(&self) {
        let mut state = self.shared.state.lock();
        let side = &mut state.sides[self.side];
        if side.phase == Phase::Open {
            side.phase = Phase::Closing { by_us: true };
            side.queue.push_back(Item::Farewell);
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    fn abort(&self) {
        let dropped = {
            let mut state = self.shared.state.lock();
            let side = &mut state.sides[self.side];
            if side.phase == Phase::Over {
                return;
            }
            side.phase = Phase::Aborted;
            side.queued_bytes = 0;
            std::mem::take(&mut side.queue)
        };
        drop(dropped);
        self.shared.changed.notify_all();
    }
}

impl Drop for SimulatedLink {
    fn drop(&mut self) {
        self.close();
    }
}
