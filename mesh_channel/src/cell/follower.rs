//! The cells of a process whose updater is elsewhere.

use super::state::{MAX_RECEIVED_VERSION, Shared, Source};
use super::wire::{ToUpdater, Update};
use crate::recv_error::RecvError;
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{Delivery, PortHandler};
use mesh_node::{MeshPayload, Message, OwnedMessage};
use std::sync::Arc;

/// What the port of these cells is told.
pub(super) struct FromUpdater<T>(pub(super) Arc<Shared<T>>);

impl<T: MeshPayload + Clone + Sync> PortHandler for FromUpdater<T> {
    fn message(&self, message: Message<'_>) -> Delivery {
        match message.parse() {
            Ok(update) => self.updated(update),
            Err(error) => Delivery::Failed(error.into()),
        }
    }

    fn closed(&self) {
        self.ended(RecvError::Closed);
    }

    fn failed(&self, error: ChannelError) {
        self.ended(RecvError::Error(error));
    }
}

impl<T: MeshPayload + Clone + Sync> FromUpdater<T> {
    fn updated(&self, update: Update<T>) -> Delivery {
        let Update { version, value } = update;
        let (line, _old, woken) = {
            let mut state = self.0.state.lock();
            let Source::Upstream(line) = &state.source else {
                drop(state);
                return Delivery::Refused(OwnedMessage::new(Update { version, value }));
            };
            if version <= state.version || version > MAX_RECEIVED_VERSION {
                let reason = format!(
                    "version {version} of a cell after version {}",
                    state.version
                );
                drop(state);
                return Delivery::Failed(ChannelError::new(
                    ChannelErrorKind::ProtocolBreach,
                    reason,
                ));
            }
            let line = line.clone();
            line.queue(OwnedMessage::new(ToUpdater::Ack(version)));
            let (old, woken) = state.store(version, value);
            (line, old, woken)
        };
        drop(woken);
        line.flush();
        Delivery::Taken
    }

    fn ended(&self, end: RecvError) {
        let (_line, woken) = {
            let mut state = self.0.state.lock();
            if !matches!(state.source, Source::Upstream(_)) {
                return;
            }
            let line = std::mem::replace(&mut state.source, Source::Ended(end));
            (line, state.changed.take())
        };
        drop(woken);
    }
}
