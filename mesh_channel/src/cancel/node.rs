//! The tree behind cancellation contexts.
//!
//! A [`Node`] is something that can be cancelled: it has a list of those who want to know, and whoever cancels it takes the list.
//! A child is on its parent's list, weakly, and holds its parent; it leaves the list when it is dropped, so a parent that lives
//! long holds no more than its living children, pending tasks and ports. Ports are on the list to be closed by being dropped:
//! that is how other processes learn (see [`remote`](super::remote)).
//!
//! | state | `listeners` | left by |
//! |---|---|---|
//! | living | `Some` | `cancel` → cancelled |
//! | cancelled | `None` | – |
//!
//! Each node has a lock; no two are held together, and wakers, ports and other nodes are woken and dropped after unlocking.
//! Long rows of nodes are cancelled and dropped in loops, not by recursion.

use crate::timer::wake_all;
use mesh_node::local_node::AttachedPort;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;

/// Something that can be cancelled.
pub(super) struct Node {
    state: Mutex<State>,
    /// What cancels this one, too.
    parent: Option<Membership>,
    /// If the node stands for one in another process, the port that its cancellation comes by.
    upstream: OnceLock<AttachedPort>,
}

struct State {
    /// By numbers that are never used twice, so that one who comes late cannot touch another's entry. Unbounded: one for each
    /// child, pending future and port. None once cancelled.
    listeners: Option<BTreeMap<ListenerId, Listener>>,
    next_id: u64,
}

/// Names an entry in the list of one node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ListenerId(u64);

enum Listener {
    /// A pending future.
    Task(Waker),
    Child(Weak<Node>),
    /// Dropped when the node is cancelled, or with it. `None` until [`Node::set_port`].
    Port(Option<AttachedPort>),
}

/// A child's entry in its parent's list.
struct Membership {
    parent: Arc<Node>,
    id: ListenerId,
}

impl Node {
    pub(super) fn new() -> Arc<Self> {
        Self::with_parent(None)
    }

    /// A node that was cancelled from the start.
    pub(super) fn cancelled() -> Arc<Self> {
        let node = Self::new();
        node.cancel();
        node
    }

    fn with_parent(parent: Option<Membership>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                listeners: Some(BTreeMap::new()),
                next_id: 0,
            }),
            parent,
            upstream: OnceLock::new(),
        })
    }

    /// A node that is cancelled with this one, or by itself.
    pub(super) fn child(self: &Arc<Self>) -> Arc<Self> {
        let mut state = self.state.lock();
        let id = state.next_id();
        let Some(listeners) = &mut state.listeners else {
            drop(state);
            return Self::cancelled();
        };
        let parent = self.clone();
        let child = Self::with_parent(Some(Membership { parent, id }));
        listeners.insert(id, Listener::Child(Arc::downgrade(&child)));
        child
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state.lock().listeners.is_none()
    }

    /// Cancels the node and everything below it; then those who wait are woken, and the ports closed.
    pub(super) fn cancel(&self) {
        let mut wakers = Vec::new();
        let mut ports = Vec::new();
        let mut children = Vec::new();
        let mut listeners = self.take_listeners();
        loop {
            for listener in listeners.into_values() {
                match listener {
                    Listener::Task(waker) => wakers.push(waker),
                    Listener::Child(child) => children.extend(child.upgrade()),
                    Listener::Port(port) => ports.extend(port),
                }
            }
            let Some(child) = children.pop() else { break };
            listeners = child.take_listeners();
        }
        wake_all(wakers);
        drop(ports);
    }

    fn take_listeners(&self) -> BTreeMap<ListenerId, Listener> {
        self.state.lock().listeners.take().unwrap_or_default()
    }

    /// Puts a task on the list, or replaces the one under `id`. False if the node is cancelled.
    pub(super) fn watch(&self, id: &mut Option<ListenerId>, waker: &Waker) -> bool {
        match self.state.lock().holds(*id, waker) {
            Some(false) => {}
            Some(true) => return true,
            None => return false,
        }
        let listener = Listener::Task(waker.clone());
        let (entered, _old) = {
            let mut state = self.state.lock();
            match *id {
                None => {
                    *id = state.insert(listener);
                    (id.is_some(), None)
                }
                Some(id) => match state.replace(id, listener) {
                    Ok(old) => (true, Some(old)),
                    Err(listener) => (false, Some(listener)),
                },
            }
        };
        entered
    }

    /// Makes an entry for a port. None if the node is cancelled.
    pub(super) fn reserve_port(&self) -> Option<ListenerId> {
        self.state.lock().insert(Listener::Port(None))
    }

    /// Fills the entry; if it is gone, because the node was cancelled or [`remove`](Self::remove) was faster, closes the port.
    pub(super) fn set_port(&self, id: ListenerId, port: AttachedPort) {
        let replaced = self.state.lock().replace(id, Listener::Port(Some(port)));
        drop(replaced);
    }

    /// Takes an entry off the list, if it is still there.
    pub(super) fn remove(&self, id: ListenerId) {
        let removed = match &mut self.state.lock().listeners {
            Some(listeners) => listeners.remove(&id),
            None => None,
        };
        drop(removed);
    }

    /// Sets the port that the cancellation comes by. To be called once, by the maker of the node.
    pub(super) fn set_upstream(&self, port: AttachedPort) {
        let unused = self.upstream.set(port);
        drop(unused);
    }

    /// The port that the cancellation comes by, if the node stands for one in another process.
    pub(super) fn upstream(&self) -> Option<&AttachedPort> {
        self.upstream.get()
    }
}

impl State {
    /// None if cancelled.
    fn insert(&mut self, listener: Listener) -> Option<ListenerId> {
        let id = self.next_id();
        self.listeners.as_mut()?.insert(id, listener);
        Some(id)
    }

    fn next_id(&mut self) -> ListenerId {
        let id = ListenerId(self.next_id);
        self.next_id += 1;
        id
    }

    /// Exchanges an entry; gives back what is to be dropped after unlocking, `Err` if there was no such entry.
    fn replace(&mut self, id: ListenerId, new: Listener) -> Result<Listener, Listener> {
        match self.listeners.as_mut().and_then(|all| all.get_mut(&id)) {
            Some(listener) => Ok(std::mem::replace(listener, new)),
            None => Err(new),
        }
    }

    /// Whether the entry wakes what `waker` does. None if cancelled.
    fn holds(&self, id: Option<ListenerId>, waker: &Waker) -> Option<bool> {
        let listeners = self.listeners.as_ref()?;
        let holds = match id.and_then(|id| listeners.get(&id)) {
            Some(Listener::Task(held)) => held.will_wake(waker),
            _ => false,
        };
        Some(holds)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let mut membership = self.parent.take();
        while let Some(Membership { parent, id }) = membership {
            parent.remove(id);
            // If this child was the last to hold it, what it holds itself is let go in this loop.
            membership = Arc::into_inner(parent).and_then(|mut parent| parent.parent.take());
        }
    }
}

#[cfg(test)]
impl Node {
    /// How many entries the list has.
    pub(super) fn listeners(&self) -> usize {
        self.state
            .lock()
            .listeners
            .as_ref()
            .map_or(0, BTreeMap::len)
    }
}
