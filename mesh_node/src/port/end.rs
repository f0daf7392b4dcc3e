//! The ends of local ports: how messages get from one to the other.
//!
//! An [`End`] is one end of a pair: an inbox, what becomes of messages in it (its *sink*), and the peer that its own sends go
//! to: the other end of the pair, or a port of a node, through which it is elsewhere. Sending locks the sender's end to find
//! the peer, unlocks, and pushes into the peer's inbox. Whoever finds an inbox with a sink and nobody delivering becomes its
//! *pump*: it takes one message at a time, unlocks, and hands it to the handler, or on to another peer. One pump an end is what
//! keeps order and what keeps handler calls from overlapping.
//!
//! # States of an end
//!
//! | sink | a message arrives | the peer's end arrives | left by |
//! |---|---|---|---|
//! | `Queue` | waits | waits | attach → `Handler`, bridge → `Forward`, drop → `Gone` |
//! | `Handler` | handed over | told once | detach or refusal → `Queue`, drop → `Gone` |
//! | `Forward` | pushed on | pushed on, then → `Gone` | – |
//! | `Gone` | dropped | dropped | – |
//!
//! A forwarding end that has emptied its inbox becomes *direct*, and then points its peer at where it forwards to, so that the
//! next message goes there at once. Whoever still pushes into a direct end pushes on itself, past the inbox. So a message
//! cannot overtake another from the same thread: the peer is repointed only after all that went into the inbox has been
//! pushed on, and from then on every push, by whichever way, is at its target when it returns.
//!
//! # Backpressure
//!
//! A handler may answer [`Delivery::Pause`]; then its inbox fills until the port is resumed. Local senders are not held up by
//! that, but a node is: it hands an end a message only while the end [accepts](End::accepts), and is told when it does again.
//! What it holds back counts against the window that its peer was granted.
//!
//! # Locks
//!
//! Each end has one, and no two are ever held together; no handler, destructor or waker runs under one. How ends are joined is
//! told in `join`.

use super::drop_flat::{drop_flat, throw_away};
use super::join::repoint;
use super::{Delivery, PortHandler};
use crate::error::{ChannelError, ChannelErrorKind};
use crate::id::PortId;
use crate::message::OwnedMessage;
use crate::node::NodePort;
use crate::sync::Mutex;
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub(crate) struct End {
    id: PortId,
    pub(super) state: Mutex<State>,
}

/// Where what an end sends goes.
#[derive(Clone)]
pub(crate) enum Peer {
    /// To the other end of a pair in this process.
    Local(Arc<End>),
    /// Into a node.
    Node(Arc<NodePort>),
}

pub(super) struct State {
    /// Where this end's sends go; `None` once the peer is gone. The two ends hold each other until one is dropped.
    pub(super) peer: Option<Peer>,
    /// Whether the peer is yet to be made, and the peer if it was made here and nobody has claimed it; see `late`.
    pub(super) half: bool,
    pub(super) made: Option<Arc<End>>,
    inbox: VecDeque<OwnedMessage>,
    /// How the peer ended, to be told after the inbox is empty; in a sink that is `Gone`, how that came about.
    pub(super) fate: Option<Fate>,
    /// Whether the present handler has been told.
    told: bool,
    /// Whether some thread is the pump.
    pumping: bool,
    pace: Pace,
    /// Whether the node behind the peer holds messages back until this end accepts them.
    held_back: bool,
    pub(super) sink: Sink,
}

/// How the end of a channel came about.
#[derive(Clone)]
pub(crate) enum Fate {
    Closed,
    Failed(ChannelError),
}

pub(super) enum Sink {
    Queue,
    Handler(Arc<dyn PortHandler>),
    Forward(Forward),
    Gone,
}

#[derive(Clone)]
pub(super) struct Forward {
    /// There, or to nobody if it was gone already.
    pub(super) to: Option<Peer>,
    /// The inbox has been emptied, and is not used any more.
    pub(super) direct: bool,
}

/// Whether the handler takes messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Running,
    Paused,
    /// It was resumed before the pump had heard that it paused.
    ResumedEarly,
}

impl End {
    pub(super) fn new(peer: Option<Peer>) -> Arc<Self> {
        Arc::new(Self {
            id: PortId::next(),
            state: Mutex::new(State {
                peer,
                half: false,
                made: None,
                inbox: VecDeque::new(),
                fate: None,
                told: false,
                pumping: false,
                pace: Pace::Running,
                held_back: false,
                sink: Sink::Queue,
            }),
        })
    }

    pub(super) fn pair() -> (Arc<Self>, Arc<Self>) {
        let left = Self::new(None);
        let right = Self::new(Some(Peer::Local(left.clone())));
        left.state.lock().peer = Some(Peer::Local(right.clone()));
        (left, right)
    }

    pub(super) fn id(&self) -> PortId {
        self.id
    }

    pub(super) fn attach(self: &Arc<Self>, handler: Arc<dyn PortHandler>) {
        let step = {
            let mut state = self.state.lock();
            state.attach(handler);
            state.begin()
        };
        pump(self, step);
    }

    pub(super) fn detach(self: &Arc<Self>) {
        self.complete();
        let sink = std::mem::replace(&mut self.state.lock().sink, Sink::Queue);
        drop(sink);
    }

    pub(super) fn resume(self: &Arc<Self>) {
        let step = {
            let mut state = self.state.lock();
            state.pace = match state.pace {
                Pace::Paused => Pace::Running,
                Pace::Running | Pace::ResumedEarly => Pace::ResumedEarly,
            };
            state.begin()
        };
        pump(self, step);
    }

    pub(super) fn peer(&self) -> Option<Peer> {
        self.state.lock().peer.clone()
    }

    /// Where messages to this end go on to, if they do: elsewhere, or to nobody.
    pub(super) fn forwards_to(&self) -> Option<Option<Peer>> {
        match &self.state.lock().sink {
            Sink::Forward(forward) => Some(forward.to.clone()),
            _ => None,
        }
    }

    /// The owner lets go, unless the end forwards and has no owner any more.
    pub(super) fn close(&self, fate: Fate) {
        if let Ok(peer) = self.leave(fate.clone()) {
            peer.push_fate(fate);
        }
    }

    /// As [`close`](Self::close), but leaves it to the caller to tell the peer; if that has gone before, gives the cause, if any.
    pub(super) fn leave(&self, fate: Fate) -> Result<Peer, Option<ChannelError>> {
        let (peer, inbox, rest) = {
            let mut state = self.state.lock();
            if matches!(state.sink, Sink::Forward(_) | Sink::Gone) {
                return Err(None);
            }
            // Whoever claims a peer that was not made finds the fate.
            state.half = false;
            let peer = state.peer.take().ok_or_else(|| state.loss());
            let sink = std::mem::replace(&mut state.sink, Sink::Gone);
            let old = state.fate.replace(fate);
            (peer, std::mem::take(&mut state.inbox), (sink, old))
        };
        drop(rest);
        if !inbox.is_empty() {
            drop_flat(inbox);
        }
        peer
    }

    /// Whether a node should hand over another message. If not, it will be told when it should.
    pub(crate) fn accepts(&self) -> bool {
        let mut state = self.state.lock();
        let accepts = match &state.sink {
            Sink::Gone => true,
            Sink::Queue | Sink::Forward(_) => state.inbox.is_empty(),
            Sink::Handler(_) => state.inbox.is_empty() && state.pace != Pace::Paused,
        };
        state.held_back = !accepts;
        accepts
    }

    /// Whether a message or an ending waits here.
    pub(super) fn has_news(&self) -> bool {
        let state = self.state.lock();
        !state.inbox.is_empty() || state.fate.is_some()
    }

    /// Whether the end passes on at once what it gets, and holds nothing.
    pub(crate) fn is_direct(&self) -> bool {
        self.state.lock().direct().is_some()
    }
}

impl Peer {
    /// Who this is by now: a port of a node whose own peer was found in this process stands for that one's end.
    pub(super) fn now(self) -> Self {
        match &self {
            Self::Node(port) => match port.fused() {
                Some(end) => Self::Local(end.clone()),
                None => self,
            },
            Self::Local(_) => self,
        }
    }

    fn push_fate(&self, fate: Fate) {
        match self {
            Self::Local(end) => push_fate(end, fate),
            Self::Node(port) => port.end(fate),
        }
    }

    pub(super) fn is_end(&self, other: &Arc<End>) -> bool {
        match self {
            Self::Local(end) => Arc::ptr_eq(end, other),
            Self::Node(port) => port.fused().is_some_and(|end| Arc::ptr_eq(end, other)),
        }
    }

    pub(super) fn is_node_port(&self, other: &Arc<NodePort>) -> bool {
        matches!(self, Self::Node(port) if Arc::ptr_eq(port, other))
    }
}

/// Puts a message into an end's inbox and delivers if nobody else does.
pub(crate) fn push(end: &Arc<End>, message: OwnedMessage, last: bool) {
    let (_peer, step) = {
        let mut state = end.state.lock();
        if let Some(to) = state.direct() {
            let closed = last.then(|| (state.peer.take(), state.end_forward()));
            drop(state);
            drop(closed);
            return match to {
                Some(to) => to.push(message, last),
                None => drop_flat([message].into()),
            };
        }
        if matches!(state.sink, Sink::Gone) || state.fate.is_some() {
            let cause = state.loss();
            drop(state);
            return throw_away([message], cause.as_ref());
        }
        let mut peer = None;
        if last {
            state.fate = Some(Fate::Closed);
            peer = state.peer.take();
        }
        if let Some(handler) = state.idle_handler() {
            // It need not go through the inbox.
            state.pumping = true;
            state.pace = Pace::Running;
            drop(state);
            drop(peer);
            deliver(end, handler, message);
            let step = end.state.lock().next_step();
            return pump(end, Some(step));
        }
        state.inbox.push_back(message);
        (peer, state.begin())
    };
    pump(end, step);
}

/// Tells an end that its peer is gone, after what is in its inbox.
pub(crate) fn push_fate(end: &Arc<End>, fate: Fate) {
    let (_peer, _late, step) = {
        let mut state = end.state.lock();
        let late = match state.fate {
            None => {
                state.fate = Some(fate);
                None
            }
            Some(_) => Some(fate),
        };
        (state.peer.take(), late, state.begin())
    };
    pump(end, step);
}

/// What the pump does next, outside the lock.
pub(super) enum Step {
    Deliver(Arc<dyn PortHandler>, OwnedMessage),
    Tell(Arc<dyn PortHandler>, Fate),
    Forward(Option<Peer>, OwnedMessage),
    /// The last message, with the close behind it.
    ForwardLast(Option<Peer>, OwnedMessage, Sink),
    ForwardFate(Option<Peer>, Fate, Sink),
    /// Nothing is left here: the peer may send there directly.
    Repoint(Option<Peer>, Option<Peer>),
    /// Nothing is left here: the node may hand over what it held back.
    Accept(Option<Peer>),
    Stop,
}

/// Delivers what is in the inbox. `step` is what [`State::begin`] returned: the first step, if this thread is the pump.
pub(super) fn pump(end: &Arc<End>, step: Option<Step>) {
    let Some(mut step) = step else { return };
    loop {
        match step {
            Step::Deliver(handler, message) => deliver(end, handler, message),
            Step::Tell(handler, fate) => tell(&*handler, fate),
            Step::Forward(to, message) => forward(to, message, false),
            Step::ForwardLast(to, message, _gone) => forward(to, message, true),
            Step::ForwardFate(to, fate, _gone) => {
                if let Some(to) = to {
                    to.push_fate(fate);
                }
            }
            Step::Repoint(peer, to) => return repoint(end, peer, to),
            Step::Accept(peer) => {
                if let Some(Peer::Node(port)) = peer {
                    port.accepts_again();
                }
                return;
            }
            Step::Stop => return,
        }
        step = end.state.lock().next_step();
    }
}

fn forward(to: Option<Peer>, message: OwnedMessage, last: bool) {
    match to {
        Some(to) => to.push(message, last),
        None => drop_flat([message].into()),
    }
}

impl State {
    /// Makes the caller the pump if there is something to do and no other thread is at it. It must then run [`pump`].
    pub(super) fn begin(&mut self) -> Option<Step> {
        if self.pumping || matches!(self.sink, Sink::Queue | Sink::Gone) {
            return None;
        }
        self.pumping = true;
        Some(self.next_step())
    }

    /// The handler, if it takes messages and nothing is before the next.
    fn idle_handler(&self) -> Option<Arc<dyn PortHandler>> {
        match &self.sink {
            Sink::Handler(handler)
                if !self.pumping && self.pace != Pace::Paused && self.inbox.is_empty() =>
            {
                Some(handler.clone())
            }
            _ => None,
        }
    }

    fn next_step(&mut self) -> Step {
        match &self.sink {
            Sink::Handler(_) if self.pace == Pace::Paused => {}
            Sink::Handler(handler) => {
                let handler = handler.clone();
                if let Some(message) = self.inbox.pop_front() {
                    // An early resumption is one for the call that pauses; if that did not, it was meant for a former handler.
                    self.pace = Pace::Running;
                    return Step::Deliver(handler, message);
                }
                if let Some(fate) = self.fate.clone().filter(|_| !self.told) {
                    self.told = true;
                    return Step::Tell(handler, fate);
                }
                if std::mem::take(&mut self.held_back) {
                    self.pumping = false;
                    return Step::Accept(self.peer.clone());
                }
            }
            Sink::Forward(forward) => return self.forward_step(forward.clone()),
            Sink::Queue | Sink::Gone => {}
        }
        self.pumping = false;
        Step::Stop
    }

    fn forward_step(&mut self, forward: Forward) -> Step {
        let to = forward.to;
        if let Some(message) = self.inbox.pop_front() {
            if self.inbox.is_empty() && matches!(self.fate, Some(Fate::Closed)) {
                return Step::ForwardLast(to, message, self.end_forward());
            }
            return Step::Forward(to, message);
        }
        if let Some(fate) = self.fate.clone() {
            return Step::ForwardFate(to, fate, self.end_forward());
        }
        self.pumping = false;
        self.held_back = false;
        if forward.direct {
            return Step::Stop;
        }
        self.sink = Sink::Forward(Forward {
            to: to.clone(),
            direct: true,
        });
        Step::Repoint(self.peer.clone(), to)
    }

    /// From here on a handler takes what arrives.
    pub(super) fn attach(&mut self, handler: Arc<dyn PortHandler>) {
        self.sink = Sink::Handler(handler);
        self.told = false;
        self.pace = Pace::Running;
    }

    /// Whether nobody takes messages here, and there are none.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.sink, Sink::Queue)
            && self.inbox.is_empty()
            && self.fate.is_none()
            && !self.pumping
    }

    /// Why the channel failed, if it did.
    pub(super) fn loss(&self) -> Option<ChannelError> {
        match &self.fate {
            Some(Fate::Failed(cause)) => Some(cause.clone()),
            Some(Fate::Closed) | None => None,
        }
    }

    /// Where pushes go past the inbox, if they do.
    pub(super) fn direct(&self) -> Option<Option<Peer>> {
        match &self.sink {
            Sink::Forward(forward) if forward.direct => Some(forward.to.clone()),
            _ => None,
        }
    }

    /// Nothing will be forwarded any more. What comes out is to be dropped after unlocking.
    fn end_forward(&mut self) -> Sink {
        std::mem::replace(&mut self.sink, Sink::Gone)
    }

    fn is_handler(&self, handler: &Arc<dyn PortHandler>) -> bool {
        matches!(&self.sink, Sink::Handler(present) if Arc::ptr_eq(present, handler))
    }
}

fn deliver(end: &Arc<End>, handler: Arc<dyn PortHandler>, message: OwnedMessage) {
    // A panic in a decoder must not leave the end without a pump, nor unwind into whoever happened to send.
    let delivery = catch_unwind(AssertUnwindSafe(|| handler.message(message.into())))
        .unwrap_or_else(|panic| Delivery::Failed(handler_panicked(&*panic)));
    match delivery {
        Delivery::Taken => {}
        Delivery::Pause => {
            let mut state = end.state.lock();
            if state.is_handler(&handler) {
                state.pace = match state.pace {
                    Pace::ResumedEarly => Pace::Running,
                    Pace::Running | Pace::Paused => Pace::Paused,
                };
            }
        }
        Delivery::Failed(error) => fail_both(end, error),
        Delivery::Refused(message) => {
            let refused = {
                let mut state = end.state.lock();
                if matches!(state.sink, Sink::Gone) {
                    Some((message, state.loss()))
                } else {
                    state.inbox.push_front(message);
                    if state.is_handler(&handler) {
                        state.sink = Sink::Queue;
                    }
                    None
                }
            };
            if let Some((message, cause)) = refused {
                throw_away([message], cause.as_ref());
            }
        }
    }
}

fn tell(handler: &dyn PortHandler, fate: Fate) {
    // The channel has ended already, so a panic here has nothing left to fail; the panic hook has reported it.
    let _ = catch_unwind(AssertUnwindSafe(|| match fate {
        Fate::Closed => handler.closed(),
        Fate::Failed(error) => handler.failed(error),
    }));
}

fn handler_panicked(panic: &(dyn Any + Send)) -> ChannelError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let reason = format!("the message's handler panicked: {text}");
    ChannelError::new(ChannelErrorKind::Decode, reason)
}

/// Ends the channel with a cause that both ends are told.
fn fail_both(end: &Arc<End>, error: ChannelError) {
    let (peer, inbox, _fate) = {
        let mut state = end.state.lock();
        let fate = state.fate.replace(Fate::Failed(error.clone()));
        (state.peer.take(), std::mem::take(&mut state.inbox), fate)
    };
    if let Some(peer) = peer {
        peer.push_fate(Fate::Failed(error.clone()));
    }
    throw_away(inbox, Some(&error));
}
