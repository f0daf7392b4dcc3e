//! A port that several threads send on, and that can leave at any moment.
//!
//! What is sent is queued first, under the lock of whatever it speaks of, so that the order on the port is the order of those
//! events. One thread at a time takes the port out and empties the queue without a lock; the others leave their messages to
//! it. So nobody waits, and no message is sent under a lock.
//!
//! | slot, then | meaning | left by |
//! |---|---|---|
//! | `Idle` | the queue is empty, or somebody is about to call `flush` | `flush` → `Busy`, `leave`, `close` |
//! | `Busy`, `Stay` | a thread is sending, or the port has not been attached yet | that thread → `Idle` |
//! | `Busy`, `Close` | the same, and the port is to be closed after the queue | that thread |
//! | `Busy`, `Join` | the same, and the port is to be joined to one that went on ahead | that thread |
//!
//! A line that has been closed or has left stays `Busy` for good; its owners have dropped it by then.
//!
//! The queue holds at most one message for an updater's cells, and for cells one acknowledgement and one message for each
//! cell that leaves while another thread is sending.

use mesh_node::OwnedMessage;
use mesh_node::local_node::{AttachedPort, Port, PortHandler};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Line(Mutex<State>);

#[derive(Debug)]
struct State {
    slot: Slot,
    then: Then,
    queue: VecDeque<OwnedMessage>,
}

#[derive(Debug)]
enum Slot {
    Idle(AttachedPort),
    Busy,
}

/// What becomes of the port once the queue is empty.
#[derive(Debug)]
enum Then {
    Stay,
    Close,
    Join(Port),
}

impl Line {
    /// A line whose port is still to be attached; messages queue until then.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            slot: Slot::Busy,
            then: Then::Stay,
            queue: VecDeque::new(),
        })))
    }

    /// Gives the line its port. To be called once.
    pub(super) fn attach(&self, port: Port, handler: Arc<dyn PortHandler>) {
        self.run(port.attach(handler));
    }

    /// Queues a message; a call of [`flush`](Self::flush) must follow, after unlocking what the message speaks of.
    pub(super) fn queue(&self, message: OwnedMessage) {
        self.0.lock().queue.push_back(message);
    }

    /// Sends what is queued, unless another thread is at it.
    pub(super) fn flush(&self) {
        let port = {
            let mut state = self.0.lock();
            if state.queue.is_empty() {
                return;
            }
            state.take_port()
        };
        if let Some(port) = port {
            self.run(port);
        }
    }

    /// Closes the port after what is queued.
    pub(super) fn close(&self) {
        let port = {
            let mut state = self.0.lock();
            state.then = Then::Close;
            state.take_port()
        };
        if let Some(port) = port {
            self.run(port);
        }
    }

    /// Takes the port, to be attached elsewhere, after what is queued. Messages that arrive here from now on must be refused.
    ///
    /// If another thread is sending, what is returned is a port that the line's port will be joined to.
    pub(super) fn leave(&self) -> Port {
        let mut ahead = None;
        loop {
            let mut state = self.0.lock();
            if let Some(port) = state.take_port() {
                let queue = mem::take(&mut state.queue);
                drop(state);
                send_all(&port, queue);
                return port.detach();
            }
            if let Some((stays, leaves)) = ahead.take() {
                state.then = Then::Join(stays);
                return leaves;
            }
            drop(state);
            ahead = Some(Port::new_pair());
        }
    }

    /// Empties the queue, as the one thread that has the port; then puts it back, or does what is to be done with it.
    fn run(&self, port: AttachedPort) {
        loop {
            let queue = {
                let mut state = self.0.lock();
                if state.queue.is_empty() {
                    match mem::replace(&mut state.then, Then::Stay) {
                        Then::Stay => {
                            state.slot = Slot::Idle(port);
                            return;
                        }
                        Then::Close => {
                            drop(state);
                            drop(port);
                            return;
                        }
                        Then::Join(ahead) => {
                            drop(state);
                            port.detach().bridge(ahead);
                            return;
                        }
                    }
                }
                mem::take(&mut state.queue)
            };
            send_all(&port, queue);
        }
    }
}

impl State {
    fn take_port(&mut self) -> Option<AttachedPort> {
        match mem::replace(&mut self.slot, Slot::Busy) {
            Slot::Idle(port) => Some(port),
            Slot::Busy => None,
        }
    }
}

fn send_all(port: &AttachedPort, queue: VecDeque<OwnedMessage>) {
    for message in queue {
        port.send(message);
    }
}

#[cfg(test)]
mod tests;
