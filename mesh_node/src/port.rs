//! Local ports.
//!
//! An [`End`] is one end of a pair: an inbox, what becomes of messages in it (its *sink*), and the peer that its own sends go
//! to. Sending locks the sender's end to find the peer, unlocks, and pushes into the peer's inbox. Whoever finds an inbox with
//! a sink and nobody delivering becomes its *pump*: it takes one message at a time, unlocks, and hands it to the handler, or
//! on to another end. One pump an end is what keeps order and what keeps handler calls from overlapping.
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
//! A forwarding end that has emptied its inbox points its peer at the end it forwards to, so that the next message goes
//! there directly; what other threads still push into it goes on being forwarded. That a message cannot overtake another
//! from the same thread follows from the order: the peer is repointed only after what was pushed here has been pushed on.
//!
//! # Locks
//!
//! Each end has one, and no two are ever held together. [`BRIDGE`] is held while two ports are being joined, around the ends'
//! locks one at a time; no handler, destructor or waker runs under either.

use crate::error::{ChannelError, ChannelErrorKind};
use crate::id::PortId;
use crate::message::{Message, OwnedMessage};
use parking_lot::Mutex;
use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// One end of a bidirectional, ordered channel of messages.
///
/// Dropping it closes the channel: the peer is told after everything that was sent, and what had not been delivered here is
/// dropped. The queue is unbounded.
pub struct Port(EndRef);

/// A port with a handler. Dropping it closes the port; see [`Port`].
///
/// No call of the handler starts once drop has returned; one in progress on another thread may still finish.
pub struct AttachedPort(EndRef);

/// Receives what arrives at a port.
///
/// Calls never overlap and come in order. They run on whichever thread sends, so they should be short and not block.
pub trait PortHandler: Send + Sync + 'static {
    /// A message arrived.
    fn message(&self, message: Message<'_>) -> Delivery;

    /// The peer closed the channel; nothing follows.
    fn closed(&self);

    /// The channel failed; nothing follows.
    fn failed(&self, error: ChannelError);
}

/// What a handler did with a message.
#[derive(Debug)]
pub enum Delivery {
    /// It is done with.
    Taken,
    /// It goes back to the front of the queue, and this handler is detached: the port is about to move.
    Refused(OwnedMessage),
    /// It was not understood: the channel fails at both ends with this cause.
    Failed(ChannelError),
}

/// The owner's reference to an end; closes it when dropped.
struct EndRef(Arc<End>);

struct End {
    id: PortId,
    state: Mutex<State>,
}

struct State {
    /// Where this end's sends go; `None` once the peer is gone. The two ends hold each other until one is dropped.
    peer: Option<Arc<End>>,
    inbox: VecDeque<OwnedMessage>,
    /// How the peer ended, to be told after the inbox is empty.
    fate: Option<Fate>,
    /// Whether the present handler has been told.
    told: bool,
    /// Whether some thread is the pump.
    pumping: bool,
    sink: Sink,
}

#[derive(Clone)]
enum Fate {
    Closed,
    Failed(ChannelError),
}

enum Sink {
    Queue,
    Handler(Arc<dyn PortHandler>),
    /// To this end, or to nobody if it was gone already.
    Forward(Option<Arc<End>>),
    Gone,
}

/// Orders joins, so that a ring of forwarding ends without an owner is seen before it is made.
static BRIDGE: Mutex<()> = Mutex::new(());

impl Port {
    /// Two ends of a new channel.
    pub fn new_pair() -> (Self, Self) {
        let (left, right) = (End::new(), End::new());
        left.state.lock().peer = Some(right.clone());
        right.state.lock().peer = Some(left.clone());
        (Self(EndRef(left)), Self(EndRef(right)))
    }

    /// Names this end in diagnostics.
    pub fn id(&self) -> PortId {
        self.0.0.id
    }

    /// Sends a message to the peer. Never blocks; if the peer is gone the message is dropped.
    pub fn send(&self, message: OwnedMessage) {
        self.0.0.send(message);
    }

    /// Starts delivery to `handler`: first what has queued, on this thread, then what arrives, on the thread that sends.
    pub fn attach(self, handler: Arc<dyn PortHandler>) -> AttachedPort {
        let step = {
            let mut state = self.0.0.state.lock();
            state.sink = Sink::Handler(handler);
            state.told = false;
            state.begin()
        };
        pump(&self.0.0, step);
        AttachedPort(self.0)
    }

    /// Joins two channels: the peers of the two ports become peers of each other, and what has queued is delivered in order.
    pub fn bridge(self, other: Self) {
        bridge(&self.0.0, &other.0.0);
        // The ends live on, owned by their peers, until nothing can arrive at them any more.
    }

    /// Closes the channel with a cause, which the peer is told after everything that was sent.
    pub fn fail(self, error: ChannelError) {
        self.0.0.close(Fate::Failed(error));
    }
}

impl AttachedPort {
    /// Names this end in diagnostics.
    pub fn id(&self) -> PortId {
        self.0.0.id
    }

    /// Sends a message to the peer; see [`Port::send`].
    pub fn send(&self, message: OwnedMessage) {
        self.0.0.send(message);
    }

    /// Takes the handler off. Never blocks: a call in progress on another thread may still finish, and if it refuses its
    /// message, that waits in front of all others. A handler attached later is told again if this one had been told of the
    /// end.
    pub fn detach(self) -> Port {
        let sink = std::mem::replace(&mut self.0.0.state.lock().sink, Sink::Queue);
        drop(sink);
        Port(self.0)
    }

    /// Closes the channel with a cause; see [`Port::fail`].
    pub fn fail(self, error: ChannelError) {
        self.0.0.close(Fate::Failed(error));
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Port").field(&self.id().0).finish()
    }
}

impl fmt::Debug for AttachedPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AttachedPort").field(&self.id().0).finish()
    }
}

impl Drop for EndRef {
    fn drop(&mut self) {
        self.0.close(Fate::Closed);
    }
}

impl End {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            id: PortId::next(),
            state: Mutex::new(State {
                peer: None,
                inbox: VecDeque::new(),
                fate: None,
                told: false,
                pumping: false,
                sink: Sink::Queue,
            }),
        })
    }

    fn send(&self, message: OwnedMessage) {
        let peer = self.state.lock().peer.clone();
        if let Some(peer) = peer {
            push(&peer, message);
        }
    }

    /// Where messages to this end go on to, if they do: another end, or nobody.
    fn forwards_to(&self) -> Option<Option<Arc<Self>>> {
        match &self.state.lock().sink {
            Sink::Forward(next) => Some(next.clone()),
            _ => None,
        }
    }

    /// The owner lets go, unless the end forwards and has no owner any more.
    fn close(&self, fate: Fate) {
        let (peer, inbox, sink) = {
            let mut state = self.state.lock();
            if matches!(state.sink, Sink::Forward(_) | Sink::Gone) {
                return;
            }
            let sink = std::mem::replace(&mut state.sink, Sink::Gone);
            (state.peer.take(), std::mem::take(&mut state.inbox), sink)
        };
        drop(sink);
        if let Some(peer) = peer {
            push_fate(&peer, fate);
        }
        drop_flat(inbox);
    }
}

/// Puts a message into an end's inbox and delivers if nobody else does.
fn push(end: &Arc<End>, message: OwnedMessage) {
    let step = {
        let mut state = end.state.lock();
        if matches!(state.sink, Sink::Gone) || state.fate.is_some() {
            drop(state);
            drop_flat([message].into());
            return;
        }
        state.inbox.push_back(message);
        state.begin()
    };
    pump(end, step);
}

/// Tells an end that its peer is gone, after what is in its inbox.
fn push_fate(end: &Arc<End>, fate: Fate) {
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
enum Step {
    Deliver(Arc<dyn PortHandler>, OwnedMessage),
    Tell(Arc<dyn PortHandler>, Fate),
    Forward(Option<Arc<End>>, OwnedMessage),
    ForwardFate(Option<Arc<End>>, Fate),
    /// Nothing is left here: the peer may send there directly.
    Repoint(Option<Arc<End>>, Option<Arc<End>>),
    Stop,
}

/// Delivers what is in the inbox. `step` is what [`State::begin`] returned: the first step, if this thread is the pump.
fn pump(end: &Arc<End>, step: Option<Step>) {
    let Some(mut step) = step else { return };
    loop {
        match step {
            Step::Deliver(handler, message) => deliver(end, handler, message),
            Step::Tell(handler, fate) => tell(&*handler, fate),
            Step::Forward(to, message) => match to {
                Some(to) => push(&to, message),
                None => drop_flat([message].into()),
            },
            Step::ForwardFate(to, fate) => {
                if let Some(to) = to {
                    push_fate(&to, fate);
                }
            }
            Step::Repoint(peer, to) => {
                repoint(end, peer, to);
                return;
            }
            Step::Stop => return,
        }
        step = end.state.lock().next_step();
    }
}

impl State {
    /// Makes the caller the pump if there is something to do and no other thread is at it. It must then run [`pump`].
    fn begin(&mut self) -> Option<Step> {
        if self.pumping || matches!(self.sink, Sink::Queue | Sink::Gone) {
            return None;
        }
        self.pumping = true;
        Some(self.next_step())
    }

    fn next_step(&mut self) -> Step {
        match &self.sink {
            Sink::Handler(handler) => {
                let handler = handler.clone();
                if let Some(message) = self.inbox.pop_front() {
                    return Step::Deliver(handler, message);
                }
                if let Some(fate) = self.fate.clone().filter(|_| !self.told) {
                    self.told = true;
                    return Step::Tell(handler, fate);
                }
            }
            Sink::Forward(to) => {
                let to = to.clone();
                if let Some(message) = self.inbox.pop_front() {
                    return Step::Forward(to, message);
                }
                if let Some(fate) = self.fate.clone() {
                    self.sink = Sink::Gone;
                    return Step::ForwardFate(to, fate);
                }
                self.pumping = false;
                return Step::Repoint(self.peer.clone(), to);
            }
            Sink::Queue | Sink::Gone => {}
        }
        self.pumping = false;
        Step::Stop
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
        Delivery::Failed(error) => fail_both(end, error),
        Delivery::Refused(message) => {
            let refused = {
                let mut state = end.state.lock();
                if matches!(state.sink, Sink::Gone) {
                    Some(message)
                } else {
                    state.inbox.push_front(message);
                    if state.is_handler(&handler) {
                        state.sink = Sink::Queue;
                    }
                    None
                }
            };
            drop_flat(refused.into_iter().collect());
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
        push_fate(&peer, Fate::Failed(error));
    }
    drop_flat(inbox);
}

/// Lets `peer`, whose messages `end` forwards, send to `to` itself.
fn repoint(end: &Arc<End>, peer: Option<Arc<End>>, to: Option<Arc<End>>) {
    let Some(peer) = peer else { return };
    let old = {
        let mut state = peer.state.lock();
        match &state.peer {
            Some(present) if Arc::ptr_eq(present, end) => std::mem::replace(&mut state.peer, to),
            _ => None,
        }
    };
    drop(old);
}

fn bridge(left: &Arc<End>, right: &Arc<End>) {
    {
        let _order = BRIDGE.lock();
        let left_peer = resolve(left.state.lock().peer.clone());
        let right_peer = resolve(right.state.lock().peer.clone());
        let joined_to_itself = matches!(&left_peer, Some(peer) if Arc::ptr_eq(peer, right))
            || matches!(&right_peer, Some(peer) if Arc::ptr_eq(peer, left));
        if joined_to_itself {
            // Nobody is left to send or to receive; both close when the caller drops them.
            return;
        }
        left.state.lock().sink = Sink::Forward(right_peer);
        right.state.lock().sink = Sink::Forward(left_peer);
    }
    for end in [left, right] {
        let step = end.state.lock().begin();
        pump(end, step);
    }
}

/// Where what is sent to an end arrives in the end. The caller holds [`BRIDGE`], so forwarding ends stay as they are.
fn resolve(mut end: Option<Arc<End>>) -> Option<Arc<End>> {
    while let Some(next) = end.as_ref().and_then(|end| end.forwards_to()) {
        end = next;
    }
    end
}

thread_local! {
    /// Messages that this thread is to drop once it is done with the one it is dropping.
    static DROPPING: RefCell<Option<Vec<VecDeque<OwnedMessage>>>> = const { RefCell::new(None) };
}

/// Drops messages without recursion: a message may hold a port whose inbox holds a message, and so on without bound.
fn drop_flat(messages: VecDeque<OwnedMessage>) {
    if messages.is_empty() {
        return;
    }
    let nested = DROPPING.try_with(|dropping| match &mut *dropping.borrow_mut() {
        Some(pending) => {
            pending.push(messages);
            None
        }
        first => {
            *first = Some(Vec::new());
            Some(messages)
        }
    });
    // At the thread's end there is no list any more; then the closure, and the messages in it, were dropped directly.
    let Ok(Some(mut messages)) = nested else {
        return;
    };
    let _end_of_list = EndOfList;
    loop {
        drop(messages);
        let next = DROPPING.with_borrow_mut(|dropping| dropping.as_mut().and_then(Vec::pop));
        match next {
            Some(next) => messages = next,
            None => return,
        }
    }
}

/// Takes the list away when its owner is done with it, also if a message panicked while it was dropped.
struct EndOfList;

impl Drop for EndOfList {
    fn drop(&mut self) {
        drop(DROPPING.take());
    }
}

#[cfg(test)]
mod tests;
