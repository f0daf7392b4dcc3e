//! Sending from an end: finding out where to, and handing over.
//!
//! A value that goes to another process is written out as it is; one that stays becomes a message. Who sends learns nothing of a
//! peer that is gone: what was sent is thrown away, with the cause if there is one.

use super::drop_flat::throw_away;
use super::end::{End, Fate, Peer, push};
use crate::error::ChannelError;
use crate::message::{MeshPayload, OwnedMessage};
use std::sync::Arc;

impl End {
    /// Where what is sent goes now; or why nowhere, if that is known.
    fn way(self: &Arc<Self>) -> Result<Peer, Option<ChannelError>> {
        let mut state = self.state.lock();
        if state.half {
            drop(state);
            self.complete();
            state = self.state.lock();
        }
        state.peer.clone().ok_or_else(|| state.loss())
    }

    /// As [`way`](Self::way), for the last message: the owner lets go.
    fn last_way(self: &Arc<Self>) -> Result<Peer, Option<ChannelError>> {
        if self.state.lock().half {
            self.complete();
        }
        self.leave(Fate::Closed)
    }

    pub(super) fn send(self: &Arc<Self>, message: OwnedMessage) {
        match self.way() {
            Ok(peer) => peer.push(message, false),
            Err(cause) => throw_away([message], cause.as_ref()),
        }
    }

    pub(super) fn send_value<T: MeshPayload>(self: &Arc<Self>, value: T) {
        match self.way() {
            Ok(peer) => peer.push_value(value, false),
            Err(cause) => throw_away([OwnedMessage::new(value)], cause.as_ref()),
        }
    }

    pub(super) fn send_last(self: &Arc<Self>, message: OwnedMessage) {
        match self.last_way() {
            Ok(peer) => peer.push(message, true),
            Err(cause) => throw_away([message], cause.as_ref()),
        }
    }

    pub(super) fn send_last_value<T: MeshPayload>(self: &Arc<Self>, value: T) {
        match self.last_way() {
            Ok(peer) => peer.push_value(value, true),
            Err(cause) => throw_away([OwnedMessage::new(value)], cause.as_ref()),
        }
    }
}

impl Peer {
    /// Hands over a message; with `last`, its sender has closed behind it.
    pub(super) fn push(&self, message: OwnedMessage, last: bool) {
        match self {
            Self::Local(end) => push(end, message, last),
            Self::Node(port) => port.send(message, last),
        }
    }

    /// As [`push`](Self::push); what goes to another process is not made a message first.
    fn push_value<T: MeshPayload>(&self, value: T, last: bool) {
        match self {
            Self::Local(end) => push(end, OwnedMessage::new(value), last),
            Self::Node(port) => port.send_value(value, last),
        }
    }
}
