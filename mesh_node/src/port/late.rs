//! Ports whose end is made at the first need.
//!
//! Most ports are on their way from one message into another, or are answered once. Such a port needs no [`End`] of its own: what
//! it is made of is kept instead, and turned into an end as soon as somebody attaches a handler to it, joins it, or sends on it.
//!
//! | origin | what it stands for | when it goes into a message to another process |
//! |---|---|---|
//! | `Node` | a port of a node, which has no record of it | if it is the same node: the node's port does |
//! | `Half` | the peer of an end that has a handler | that end gets a port of the node as its peer |
//!
//! What it keeps true: whatever arrives meanwhile waits, in the node or in the end that is made of it; an owner that goes closes
//! what the port stands for; of one origin an end is made once.
//!
//! # Half a pair
//! An end of which the peer is yet to be made says so in its state (`half`). Whoever needs the peer first makes it: this port, by
//! claiming it, or the end itself, by sending or being detached; then it keeps the peer (`made`) until it is claimed.

use super::end::{End, Fate, Peer, push_fate};
use super::{EndRef, PortHandler};
use crate::node::Shared;
use crate::protocol::PortId;
use std::sync::{Arc, OnceLock};

/// A port without an end, or with one that was made of its origin.
pub(super) struct Late {
    /// None once it was taken out.
    origin: Option<Origin>,
    made: OnceLock<EndRef>,
}

/// What a late port is made of.
pub(crate) enum Origin {
    /// A port of a node, open, in no message, and without a record in the node's shell.
    Node(Arc<Shared>, PortId),
    /// The peer of this end.
    Half(Arc<End>),
}

impl Late {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            origin: Some(origin),
            made: OnceLock::new(),
        }
    }

    /// The end, made if need be.
    pub(super) fn end(&self) -> &EndRef {
        self.made.get_or_init(|| match &self.origin {
            Some(origin) => origin.end(),
            // Only who has it by value takes the origin out.
            None => EndRef(End::over(Fate::Closed)),
        })
    }

    pub(super) fn into_end(mut self) -> EndRef {
        match (self.made.take(), self.origin.take()) {
            (Some(made), _) => made,
            (None, Some(origin)) => origin.end(),
            (None, None) => EndRef(End::over(Fate::Closed)),
        }
    }

    /// The end, if it was made.
    pub(super) fn made(&self) -> Option<&EndRef> {
        self.made.get()
    }

    /// What it stands for, if no end was made of it.
    pub(super) fn into_origin(mut self) -> Result<Origin, EndRef> {
        match (self.made.take(), self.origin.take()) {
            (None, Some(origin)) => Ok(origin),
            (Some(made), _) => Err(made),
            (None, None) => Err(EndRef(End::over(Fate::Closed))),
        }
    }

    /// Whether a message or an ending has arrived.
    pub(super) fn has_news(&self) -> bool {
        match (self.made.get(), &self.origin) {
            (Some(made), _) => made.0.has_news(),
            (None, Some(Origin::Node(node, id))) => node.has_news(*id),
            (None, Some(Origin::Half(near))) => near.has_left_half(),
            (None, None) => true,
        }
    }
}

impl Origin {
    fn end(&self) -> EndRef {
        match self {
            Self::Node(node, id) => node.claim(*id).into_end(),
            Self::Half(near) => EndRef(near.claim()),
        }
    }

    /// The owner lets go of a port of which no end was made.
    pub(super) fn close(&self, fate: Fate) {
        match self {
            Self::Node(node, id) => node.close(*id, &fate),
            Self::Half(near) => near.close_half(fate),
        }
    }
}

impl Drop for Late {
    fn drop(&mut self) {
        if let (None, Some(origin)) = (self.made.get(), &self.origin) {
            origin.close(Fate::Closed);
        }
    }
}

impl End {
    /// An end with a handler, whose peer is yet to be made.
    pub(super) fn half(handler: Arc<dyn PortHandler>) -> Arc<Self> {
        let end = Self::new(None);
        {
            let mut state = end.state.lock();
            state.half = true;
            state.attach(handler);
        }
        end
    }

    /// An end whose peer is gone.
    fn over(fate: Fate) -> Arc<Self> {
        let end = Self::new(None);
        end.state.lock().fate = Some(fate);
        end
    }

    /// Makes the peer, if that is yet to be done, and keeps it for whoever claims it.
    pub(super) fn complete(self: &Arc<Self>) {
        let mut state = self.state.lock();
        if state.half {
            let peer = Self::new(Some(Peer::Local(self.clone())));
            state.half = false;
            state.peer = Some(Peer::Local(peer.clone()));
            state.made = Some(peer);
        }
    }

    /// The peer that was made, or is made now; one that is over, if the end has gone before.
    fn claim(self: &Arc<Self>) -> Arc<Self> {
        self.complete();
        let (made, fate) = {
            let mut state = self.state.lock();
            (state.made.take(), state.fate.clone())
        };
        made.unwrap_or_else(|| Self::over(fate.unwrap_or(Fate::Closed)))
    }

    /// Makes a port of a node the peer, if there is none yet and the end has not gone.
    pub(crate) fn take_peer(&self, peer: Peer) -> bool {
        let mut state = self.state.lock();
        let half = std::mem::take(&mut state.half);
        if half {
            state.peer = Some(peer);
        }
        half
    }

    /// Nobody will claim the peer.
    fn close_half(self: &Arc<Self>, fate: Fate) {
        let (made, half) = {
            let mut state = self.state.lock();
            (state.made.take(), std::mem::take(&mut state.half))
        };
        if let Some(made) = made {
            made.close(fate);
        } else if half {
            push_fate(self, fate);
        }
    }

    /// Whether the end has sent something to its peer, or gone.
    fn has_left_half(&self) -> bool {
        let made = {
            let state = self.state.lock();
            if state.half {
                return false;
            }
            state.made.clone()
        };
        made.is_none_or(|made| made.has_news())
    }
}
