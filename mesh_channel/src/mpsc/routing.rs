//! What happens to messages whose receiver is not where it was: following the route, and joining channels.
//!
//! Nothing here holds a lock. Each step asks one channel's control what to do, and then does it; the way is followed in
//! a loop, so that a long row of bridges costs no stack, and is shortened on the fly.
//!
//! # Circles
//!
//! A bridge is visible to everybody (as the `toward` of `Moving`) before its maker walks along the row that starts with it.
//! Of several bridges that form a circle at the same time, the one whose maker is last to make it visible is seen by
//! that maker to lead back to where it starts. That maker takes its bridge away, and the others lead to a channel whose receiver is gone.

use super::control::{Item, Loss, PortRoute, Route, Step};
use super::list::Pop;
use super::receiver::Receiver;
use super::sender::Sender;
use crate::recv_error::TryRecvError;
use mesh_node::local_node::Port;
use std::sync::Arc;

/// An item that nobody will receive.
pub(super) struct Refused<T> {
    pub(super) item: Item<T>,
    /// Set if the receiver was lost.
    pub(super) loss: Option<Loss<T>>,
}

impl<T> Refused<T> {
    /// Throws it away, to be called where no lock is held. Endpoints in it learn of the loss.
    pub(super) fn throw_away(self) {
        match self.loss {
            Some(loss) => loss.throw_away(self.item),
            None => drop(self.item),
        }
    }
}

/// As [`forward`], for an item that is thrown away if nobody receives it.
#[cold]
pub(super) fn forward_or_lose<T>(start: &Sender<T>, item: Item<T>) {
    if let Err(refused) = forward(start, item) {
        refused.throw_away();
    }
}

/// Sends an item to wherever the receiver of `start`'s channel is.
#[cold]
pub(super) fn forward<T>(start: &Sender<T>, mut item: Item<T>) -> Result<(), Refused<T>> {
    let mut first = None;
    let mut at = None;
    let sent = loop {
        let here = at.as_ref().unwrap_or(start);
        item = match offer(here, item) {
            Ok(()) => break Ok(()),
            Err(item) => item,
        };
        match here.control().step(item) {
            Step::Kept => break Ok(()),
            Step::Gone(item, loss) => break Err(Refused { item, loss }),
            Step::Transmit(route, item) => {
                transmit(&route, item);
                break Ok(());
            }
            Step::Follow(next, back) => {
                item = back;
                if let Some(passed) = at.replace(next) {
                    first.get_or_insert(passed);
                }
            }
        }
    };
    // Every bridge on the way stands, that is, all that went before has arrived where it leads; so a direct one keeps the
    // order.
    if let (Some(first), Some(end)) = (first, at) {
        start.control().shorten(&first, end);
    }
    sent
}

/// Gives an item to a channel whose receiver is here; gives it back if that is not so.
fn offer<T>(sender: &Sender<T>, item: Item<T>) -> Result<(), Item<T>> {
    match item {
        Item::Value(value) => sender.producer().push(value).map_err(Item::Value),
        Item::Source(port, codec) => {
            (codec.attach)(sender, port).map_err(|port| Item::Source(port, codec))
        }
        Item::Loss(cause) => sender.control().lose(cause).map_err(Item::Loss),
    }
}

/// Puts an item on a port.
pub(super) fn transmit<T>(route: &PortRoute<T>, item: Item<T>) {
    let message = match item {
        Item::Value(value) => return (route.codec.send)(&route.port, value),
        Item::Source(port, _) => (route.codec.source)(port),
        Item::Loss(cause) => {
            let (near, far) = Port::new_pair();
            near.fail(cause);
            (route.codec.source)(far)
        }
    };
    route.port.send(message);
}

/// True if nothing sent to the channel will be received. The channel's queue is sealed.
pub(super) fn is_gone<T>(start: &Sender<T>) -> bool {
    let mut at = start.clone();
    loop {
        if !at.producer().is_sealed() {
            return false;
        }
        match at.control().next() {
            Some(next) => at = next,
            None => return at.control().is_gone(),
        }
    }
}

/// Joins `receiver`'s channel to that of `sender`.
pub(super) fn bridge<T>(sender: Sender<T>, mut receiver: Receiver<T>) {
    if receiver.is_closed() {
        while let Ok(value) = receiver.try_recv() {
            sender.send(value);
        }
        if let Err(TryRecvError::Error(cause)) = receiver.try_recv() {
            forward_or_lose(&sender, Item::Loss(cause));
        }
        return;
    }
    let consumer = receiver.depart();
    let departure = consumer.depart(Some(sender.clone()));
    if leads_to(&sender, |at| at.producer().is_of(consumer)) {
        consumer.side().gone(None);
        return;
    }
    while let Pop::Value(value) = consumer.pop() {
        sender.send(value);
    }
    if let Some(cause) = departure.loss.clone() {
        forward_or_lose(&sender, Item::Loss(cause));
    }
    for source in departure.into_sources() {
        let item = Item::Source(source.port.detach(), source.codec);
        forward_or_lose(&sender, item);
    }
    let way = sender.clone();
    consumer.side().arrive(
        Route::Bridged(sender),
        || consumer.is_finished(),
        |item| forward_or_lose(&way, item),
    );
}

/// Turns a sender into the port that its messages go to, if it is the only one whose messages go there.
pub(super) fn take_port<T>(mut sender: Sender<T>) -> Result<Port, Sender<T>> {
    loop {
        if !sender.control().is_routed() {
            return Err(sender);
        }
        let last = match sender.into_producer().retire_last() {
            Ok(last) => last,
            Err(producer) => return Err(Sender::new(producer)),
        };
        let side = last.side();
        match side.take_route() {
            Some(Route::Bridged(next)) => sender = next,
            Some(Route::Port(route)) => {
                let codec = route.codec;
                return Ok(match Arc::try_unwrap(route.port) {
                    Ok(port) => port.detach(),
                    Err(shared) => {
                        // Whoever holds it is about to let go of it; what follows goes after what was sent all the same.
                        let (near, far) = Port::new_pair();
                        shared.send((codec.source)(near));
                        far
                    }
                });
            }
            // The far end of the port has just gone, which ends a new one in the same way.
            _ => {
                let (near, far) = Port::new_pair();
                if let Some(cause) = side.receiver_loss() {
                    near.fail(cause);
                }
                return Ok(far);
            }
        }
    }
}

/// True if the row of bridges that starts at `sender` comes to a channel that `is_it`.
fn leads_to<T>(sender: &Sender<T>, is_it: impl Fn(&Sender<T>) -> bool) -> bool {
    let mut at = sender.clone();
    loop {
        if is_it(&at) {
            return true;
        }
        match at.control().next_for_certain() {
            Some(next) => at = next,
            None => return false,
        }
    }
}
