//! What a channel has beside its queue: everything that a plain channel never needs, behind a pointer that is null till then.
//!
//! The queue ([`list`](super::list)) never asks this state anything; it only calls here when it has been sealed because the receiver
//! went elsewhere. Then [`Route`] says where:
//!
//! | from | to | when |
//! |---|---|---|
//! | `Here` | `Moving` | the receiver is being bridged, or leaves in a message |
//! | `Moving` | `Bridged` | its queue has arrived at the sender it was bridged to |
//! | `Moving` | `Port` | its queue is in the message, and a port leads after it |
//! | `Here` | `Gone` | the receiver was dropped while somebody watched (unwatched, `Here` and a sealed queue say so) |
//! | any but `Here` | `Gone` | the far end of the port is gone, a circle of bridges was found, or no sender is left |
//! | `Bridged` | `Bridged` | a shorter way to the same end was found |
//!
//! The lock here is a leaf: nothing is called while it is held but the queue's own atomics. Whatever is replaced in here is
//! carried out of the lock and dropped there, as it may own values, wakers, ports and other channels' senders.

use super::list::{Consumer, Observer, Side};
use super::remote::Codec;
use super::sender::Sender;
use crate::lazy::Lazy;
use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::wakers::{Wakers, Woken};
use mesh_node::error::ChannelError;
use mesh_node::local_node::{AttachedPort, Port, Resume};
use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::sync::Arc;
use std::task::Waker;

/// The state beside the queue of a channel, made at the first need, so that a plain channel is small and quickly made.
pub(super) struct Control<T>(Lazy<State<T>>);

struct State<T> {
    /// Whether a source waits for the receiver to come for more. Set before the source's last value is pushed, so whoever has
    /// taken that sees it.
    paused: AtomicBool,
    beyond: Mutex<Beyond<T>>,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self {
            paused: AtomicBool::new(false),
            beyond: Mutex::new(Beyond::default()),
        }
    }
}

/// What only channels with unusual lives have.
pub(super) struct Beyond<T> {
    /// Where messages go.
    pub(super) route: Route<T>,
    /// The ports that bring messages from senders which have left, by a number of our own. None while one is being attached.
    pub(super) sources: BTreeMap<u64, Option<Source<T>>>,
    pub(super) next_source: u64,
    /// What the sources that have paused are resumed by.
    pub(super) paused: Vec<Resume>,
    /// Who waits for the receiver to go, or for the route to change.
    pub(super) watchers: Wakers,
    /// Why a sender was lost, for the first that was.
    pub(super) loss: Option<ChannelError>,
}

impl<T> Default for Beyond<T> {
    fn default() -> Self {
        Self {
            route: Route::Here,
            sources: BTreeMap::new(),
            next_source: 0,
            paused: Vec::new(),
            watchers: Wakers::default(),
            loss: None,
        }
    }
}

impl<T> Beyond<T> {
    /// See [`Control::next`].
    fn next(&mut self) -> Option<Sender<T>> {
        match &self.route {
            Route::Bridged(next) => Some(next.clone()),
            Route::Moving { toward, .. } => toward.clone(),
            Route::Here | Route::Port(_) | Route::Gone(_) => None,
        }
    }

    /// Keeps the first cause; gives back any other, to be dropped outside of the lock.
    fn note_loss(&mut self, cause: Option<ChannelError>) -> Option<ChannelError> {
        if self.loss.is_some() {
            return cause;
        }
        self.loss = cause;
        None
    }
}

/// Where the messages of a channel go.
pub(super) enum Route<T> {
    /// Into the queue; if that is sealed, the receiver was dropped.
    Here,
    /// Here, in order, until the receiver's queue has gone ahead. `toward` is the way they will go, if that is a bridge.
    Moving {
        pending: VecDeque<Item<T>>,
        toward: Option<Sender<T>>,
    },
    /// Wherever the messages of that sender go.
    Bridged(Sender<T>),
    /// To the far end of a port.
    Port(PortRoute<T>),
    /// Nowhere.
    Gone(Option<Loss<T>>),
}

/// That the receiver was lost rather than dropped, why, and how to tell those who are inside of messages for it.
pub(super) struct Loss<T> {
    pub(super) cause: ChannelError,
    pub(super) codec: Codec<T>,
}

impl<T> Clone for Loss<T> {
    fn clone(&self) -> Self {
        Self {
            cause: self.cause.clone(),
            codec: self.codec,
        }
    }
}

impl<T> Loss<T> {
    /// Throws an item away that would have gone to the receiver.
    pub(super) fn throw_away(&self, item: Item<T>) {
        match item {
            Item::Value(value) => (self.codec.value)(value).fail(&self.cause),
            Item::Source(port, _) => port.fail(self.cause.clone()),
            Item::Loss(_) => {}
        }
    }
}

/// A port that leads to the receiver, and how to put things on it.
pub(super) struct PortRoute<T> {
    pub(super) port: Arc<AttachedPort>,
    pub(super) codec: Codec<T>,
}

impl<T> Clone for PortRoute<T> {
    fn clone(&self) -> Self {
        Self {
            port: self.port.clone(),
            codec: self.codec,
        }
    }
}

/// A port that brings messages, and how to attach it elsewhere.
pub(super) struct Source<T> {
    pub(super) port: AttachedPort,
    pub(super) codec: Codec<T>,
}

/// See [`Control::keep_source`].
type KeptSource<T> = Result<Option<Source<T>>, Source<T>>;

/// What goes along a route.
pub(super) enum Item<T> {
    /// A message.
    Value(T),
    /// A port whose messages are to be merged into the channel's.
    Source(Port, Codec<T>),
    /// A sender was lost.
    Loss(ChannelError),
}

/// What the route asks the holder of an item to do, after unlocking.
pub(super) enum Step<T> {
    /// Nothing: it waits for the receiver to have moved.
    Kept,
    /// Offer it to the channel of that sender.
    Follow(Sender<T>, Item<T>),
    /// Put it on the port.
    Transmit(PortRoute<T>, Item<T>),
    /// Nobody will receive it.
    Gone(Item<T>, Option<Loss<T>>),
}

/// What becomes of a task that wants to know when the receiver is gone; a waker that is not needed comes back.
pub(super) enum Watch<T> {
    /// It is woken when the receiver goes, or goes elsewhere.
    Registered(u64),
    /// The receiver is gone.
    Gone(Waker),
    /// Ask the channel of that sender.
    Follow(Sender<T>, Waker),
}

/// What the receiver leaves behind when it is taken off its channel.
pub(super) struct Departure<T> {
    sources: BTreeMap<u64, Option<Source<T>>>,
    pub(super) loss: Option<ChannelError>,
    /// To be dropped outside of the lock. The sources themselves are detached, which ends their pause.
    _paused: Vec<Resume>,
}

impl<T> Departure<T> {
    /// The ports that brought messages to it. One that is being attached right now finds out by itself, and follows.
    pub(super) fn into_sources(self) -> impl Iterator<Item = Source<T>> {
        self.sources.into_values().flatten()
    }
}

impl<T> State<T> {
    #[cold]
    fn resume_sources(&self) -> bool {
        self.paused.store(false, Ordering::Relaxed);
        let paused = mem::take(&mut self.beyond.lock().paused);
        for source in &paused {
            source.resume();
        }
        !paused.is_empty()
    }
}

impl<T> Control<T> {
    #[inline]
    pub(super) fn new() -> Self {
        Self(Lazy::new())
    }

    /// A source is going to pause: it is to be resumed once the receiver has taken all there is. To be called before the value
    /// is pushed with which it pauses.
    pub(super) fn pause(&self, source: Resume) {
        let unused = self.with(|beyond| {
            if matches!(beyond.route, Route::Here) {
                beyond.paused.push(source);
                return None;
            }
            Some(source)
        });
        // Published with the value, or not needed, as the receiver is gone.
        self.0.make().paused.store(true, Ordering::Relaxed);
        drop(unused);
    }

    /// The receiver has taken all there is: sources that have paused go on. True if there were any, and so there may be more.
    #[inline]
    pub(super) fn resume(&self) -> bool {
        match self.0.get() {
            Some(state) => state.paused.load(Ordering::Relaxed) && state.resume_sources(),
            None => false,
        }
    }

    /// Runs `f` on the state under the lock, made if it is not there. `f` must call nothing of anybody else's.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut Beyond<T>) -> R) -> R {
        f(&mut self.0.make().beyond.lock())
    }

    /// As [`with`](Self::with), but only if the state is there.
    fn if_any<R>(&self, f: impl FnOnce(&mut Beyond<T>) -> R) -> Option<R> {
        self.0.get().map(|state| f(&mut state.beyond.lock()))
    }

    /// The cause of the first loss of a sender.
    pub(super) fn loss(&self) -> Option<ChannelError> {
        self.if_any(|beyond| beyond.loss.clone()).flatten()
    }

    /// Notes the loss of a sender, if the receiver is here to be told of it some day; gives the cause back if not.
    pub(super) fn lose(&self, cause: ChannelError) -> Result<(), ChannelError> {
        let unused = self.with(|beyond| match beyond.route {
            Route::Here => Ok(beyond.note_loss(Some(cause))),
            _ => Err(cause),
        })?;
        drop(unused);
        Ok(())
    }

    /// Makes a place for a source, if the receiver is here.
    pub(super) fn reserve_source(&self) -> Option<u64> {
        self.with(|beyond| {
            let key = beyond.next_source;
            let here = matches!(beyond.route, Route::Here);
            here.then(|| {
                beyond.next_source += 1;
                beyond.sources.insert(key, None);
                key
            })
        })
    }

    /// Puts a source in its place. If it has ended meanwhile, it comes back to be dropped; if the receiver has gone elsewhere,
    /// it comes back as an error.
    pub(super) fn keep_source(&self, key: u64, source: Source<T>) -> KeptSource<T> {
        self.with(|beyond| match beyond.sources.get_mut(&key) {
            Some(place) => {
                *place = Some(source);
                Ok(None)
            }
            None if matches!(beyond.route, Route::Here) => Ok(Some(source)),
            None => Err(source),
        })
    }

    /// A source has ended; it comes out, to be dropped. A receiver that has gone elsewhere hears of it there.
    pub(super) fn end_source(&self, key: u64, cause: Option<ChannelError>) -> Option<Source<T>> {
        let (source, unused) = self.with(|beyond| match beyond.route {
            Route::Here => {
                let source = beyond.sources.remove(&key).flatten();
                (source, beyond.note_loss(cause))
            }
            _ => (None, cause),
        });
        drop(unused);
        source
    }

    /// Registers a waker for when the receiver goes. `open` says that the queue was not sealed when last asked.
    pub(super) fn watch(&self, open: bool, waker: Waker) -> Watch<T> {
        self.with(|beyond| match &beyond.route {
            Route::Here if !open => Watch::Gone(waker),
            Route::Gone(_) => Watch::Gone(waker),
            Route::Bridged(next) => Watch::Follow(next.clone(), waker),
            Route::Here | Route::Moving { .. } | Route::Port(_) => {
                Watch::Registered(beyond.watchers.insert(waker))
            }
        })
    }

    /// True if nothing sent to this channel, whose queue is sealed, will be received.
    pub(super) fn is_gone(&self) -> bool {
        self.if_any(|beyond| matches!(beyond.route, Route::Here | Route::Gone(_)))
            .unwrap_or(true)
    }

    /// Asks the route what to do with an item that the queue, being sealed, did not take.
    pub(super) fn step(&self, item: Item<T>) -> Step<T> {
        let Some(state) = self.0.get() else {
            return Step::Gone(item, None);
        };
        match &mut state.beyond.lock().route {
            Route::Here => Step::Gone(item, None),
            Route::Moving { pending, .. } => {
                pending.push_back(item);
                Step::Kept
            }
            Route::Bridged(next) => Step::Follow(next.clone(), item),
            Route::Port(route) => Step::Transmit(route.clone(), item),
            Route::Gone(loss) => Step::Gone(item, loss.clone()),
        }
    }

    /// The next channel on the way, if this one is bridged, or being bridged, to one.
    pub(super) fn next(&self) -> Option<Sender<T>> {
        self.if_any(Beyond::next).flatten()
    }

    /// As [`next`](Self::next), for a caller that has made a bridge of its own visible before.
    ///
    /// Of two who each do that and then look at the other's channel, one sees the other's bridge. For that they have to meet at the
    /// state, which is made if it is not there: a pointer read as null says nothing of what another thread is doing.
    pub(super) fn next_for_certain(&self) -> Option<Sender<T>> {
        self.with(|beyond| beyond.next())
    }

    /// Replaces a bridge to `passed` by one to where that one leads.
    pub(super) fn shorten(&self, passed: &Sender<T>, end: Sender<T>) {
        let old = self.if_any(|beyond| match &mut beyond.route {
            Route::Bridged(next) if next.same_channel(passed) => mem::replace(next, end),
            _ => end,
        });
        drop(old);
    }

    /// Takes the receiver off the channel: what is sent from now on is kept in order until [`arrive`](Self::arrive).
    ///
    /// `seal` seals the queue, within the lock: whoever then finds it sealed finds the route changed.
    pub(super) fn depart(&self, toward: Option<Sender<T>>, seal: impl FnOnce()) -> Departure<T> {
        let (departure, old) = self.with(|beyond| {
            let moving = Route::Moving {
                pending: VecDeque::new(),
                toward,
            };
            let old = mem::replace(&mut beyond.route, moving);
            seal();
            let departure = Departure {
                sources: mem::take(&mut beyond.sources),
                loss: beyond.loss.take(),
                _paused: mem::take(&mut beyond.paused),
            };
            (departure, old)
        });
        drop(old);
        departure
    }

    /// Takes what came since the receiver departed. The last sender is gone, so nothing follows.
    pub(super) fn take_pending(&self) -> VecDeque<Item<T>> {
        self.with(|beyond| match &mut beyond.route {
            Route::Moving { pending, .. } => mem::take(pending),
            _ => VecDeque::new(),
        })
    }

    /// Ends a departure, once the receiver's queue has gone ahead: sends what came meanwhile after it, by way of `send`, then
    /// sets the route. If there is no sender left, or nowhere to go any more, `route` is dropped.
    pub(super) fn arrive(
        &self,
        route: Route<T>,
        finished: impl Fn() -> bool,
        send: impl Fn(Item<T>),
    ) {
        let mut route = Some(route);
        loop {
            let (pending, woken, old) = self.with(|beyond| match &mut beyond.route {
                Route::Moving { pending, .. } if !pending.is_empty() => {
                    (mem::take(pending), Woken::default(), None)
                }
                Route::Moving { .. } => {
                    let new = match route.take() {
                        // The last sender, when it goes, looks for the route under this lock and after having said so; if it
                        // is not gone yet, it will find the route.
                        Some(route) if !finished() => route,
                        unused => {
                            route = unused;
                            Route::Gone(None)
                        }
                    };
                    let old = mem::replace(&mut beyond.route, new);
                    (VecDeque::new(), beyond.watchers.take(), Some(old))
                }
                _ => (VecDeque::new(), Woken::default(), None),
            });
            drop((woken, old));
            if pending.is_empty() {
                return;
            }
            pending.into_iter().for_each(&send);
        }
    }

    /// The receiver is gone: messages go nowhere from here on. The first word on it holds.
    pub(super) fn gone(&self, loss: Option<Loss<T>>) {
        let mut new = Some(Route::Gone(loss.clone()));
        let (route, _rest) = self.with(|beyond| {
            let route = match beyond.route {
                Route::Gone(_) => None,
                _ => new.take(),
            };
            (
                route.map(|route| mem::replace(&mut beyond.route, route)),
                (
                    mem::take(&mut beyond.sources),
                    mem::take(&mut beyond.paused),
                    beyond.watchers.take(),
                ),
            )
        });
        if let (Some(Route::Moving { pending, .. }), Some(loss)) = (route, loss) {
            pending.into_iter().for_each(|item| loss.throw_away(item));
        }
    }

    /// Why the receiver was lost, if it was.
    pub(super) fn receiver_loss(&self) -> Option<ChannelError> {
        self.if_any(|beyond| match &beyond.route {
            Route::Gone(Some(loss)) => Some(loss.cause.clone()),
            _ => None,
        })
        .flatten()
    }

    /// True if the receiver is known to be elsewhere, and the way to it stands.
    pub(super) fn is_routed(&self) -> bool {
        self.if_any(|beyond| matches!(beyond.route, Route::Bridged(_) | Route::Port(_)))
            .unwrap_or(false)
    }

    /// Takes the route away, now that nobody sends. While the receiver is moving, that is left to [`arrive`](Self::arrive).
    pub(super) fn take_route(&self) -> Option<Route<T>> {
        self.if_any(|beyond| match &beyond.route {
            Route::Here | Route::Moving { .. } | Route::Gone(_) => None,
            Route::Bridged(_) | Route::Port(_) => {
                Some(mem::replace(&mut beyond.route, Route::Gone(None)))
            }
        })
        .flatten()
    }
}

impl<T> Side for Control<T> {
    #[cold]
    fn finished(&self) {
        let mut route = self.take_route();
        // A loop and not the drop of a sender within the drop of a sender: a row of bridges may be longer than the stack.
        while let Some(Route::Bridged(next)) = route {
            let Some(mut last) = next.into_producer().retire() else {
                return;
            };
            last.wake();
            route = if last.is_sealed() {
                last.side().take_route()
            } else {
                None
            };
        }
    }
}

/// A hold on a channel's control that is neither a sender nor the receiver.
pub(super) type Hold<T> = Observer<T, Control<T>>;

impl<T, M> Consumer<T, Control<T>, M> {
    /// Takes the receiver off its channel; see [`Control::depart`].
    pub(super) fn depart(&mut self, toward: Option<Sender<T>>) -> Departure<T> {
        let hold = self.observe();
        hold.side().depart(toward, || self.seal_and_watch())
    }
}
