//! What ends have been told of the layout of the messages that come to them.
//!
//! In a world all builds differ, so whoever gets a message from another node must have been told how its sender lays it out: with it
//! or with one before, by whichever way it came and wherever the end has been.

use crate::world::Outcome;
use mesh_node::protocol::PortId;
use std::collections::{BTreeMap, BTreeSet};

/// How messages are laid out in a world.
pub(crate) const LAYOUT: u64 = 1;

/// The account of what was told to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Layouts {
    /// Where messages that are on their way were sent.
    born: BTreeMap<u64, usize>,
    told: BTreeSet<(usize, PortId)>,
}

impl Layouts {
    /// A message is sent in a node.
    pub(crate) fn send(&mut self, message: u64, node: usize) {
        self.born.insert(message, node);
    }

    /// A message arrives at a port of a node, with this fingerprint.
    pub(crate) fn receive(
        &mut self,
        message: u64,
        at: (usize, PortId),
        fingerprint: Option<u64>,
    ) -> Outcome {
        let born = self.born.remove(&message);
        match fingerprint {
            Some(LAYOUT) => {
                self.told.insert(at);
            }
            Some(other) => return Err(format!("message {message} came with the layout {other}")),
            None if born == Some(at.0) || self.told.contains(&at) => {}
            None => {
                return Err(format!(
                    "message {message} came to {at:?}, which was not told its layout"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: (usize, PortId) = (1, PortId(3));

    #[test]
    fn a_message_from_elsewhere_that_nothing_was_said_of_is_noticed() {
        let mut layouts = Layouts::default();
        for message in 0..4 {
            layouts.send(message, 0);
        }
        assert!(layouts.receive(0, AT, None).is_err());
        assert!(layouts.receive(1, AT, Some(LAYOUT)).is_ok());
        assert!(layouts.receive(2, AT, None).is_ok());
        assert!(layouts.receive(3, (1, PortId(4)), None).is_err());
    }

    #[test]
    fn what_stays_in_its_node_needs_no_layout_and_none_has_another() {
        let mut layouts = Layouts::default();
        layouts.send(0, 1);
        layouts.send(1, 0);
        assert!(layouts.receive(0, AT, None).is_ok());
        assert!(layouts.receive(1, AT, Some(LAYOUT + 1)).is_err());
    }
}
