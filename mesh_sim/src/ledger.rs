//! What the world has promised: the oracle's own account of handles and messages.
//!
//! A *handle* is a port as its user knows it, wherever it is; it keeps its number through every move. The ledger
//! follows each message from send to its one end: delivered, discarded, or lost with a node or wire. Order is
//! checked at each receive: the messages of one sender come without a gap, whoever receives them.
//!
//! What may fail is decided at the moment of a fault, from the tables of all nodes (see [`taint`](crate::taint)); a
//! handle that fails without having been marked then is an error.

use mesh_node::protocol::PortId;
use std::collections::BTreeMap;

/// Where a handle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the hands of the user of a node.
    User(usize, PortId),
    /// Inside a message.
    Message(usize),
    /// Closed by its user, or with a message that was discarded.
    Closed,
    /// Lost with a node, a wire, or a message.
    Lost,
    /// Bridged away.
    Bridged,
}

/// One end of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handle {
    /// Where it is.
    pub place: Place,
    /// Whose messages it receives, in order; those before `source` are complete.
    pub sources: Vec<usize>,
    /// The one of `sources` whose messages come now.
    pub source: usize,
    /// The other end at the moment.
    pub peer: usize,
    /// Messages it sent.
    pub sent: u64,
    /// How many of them were received.
    pub received: u64,
    /// Beside a hostile node, the place behind the last message received from each sender.
    pub heard: BTreeMap<usize, u64>,
    /// Whether a fault touched its route.
    pub tainted: bool,
    /// Whether it saw the failure or the close.
    pub ended: Option<bool>,
    /// Whether the last receive gave nothing and no wake has come since.
    pub asleep: bool,
    /// The range of pairs it belongs to: bridging joins ranges. Keeps programs free of rings.
    pub range: (usize, usize),
    /// Messages with handles in them that it sent and that are on their way.
    pub carrying: usize,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Under way or waiting.
    Sent,
    /// Received.
    Delivered,
    /// Given back by a core to be dropped.
    Discarded,
    /// Gone with a node or a wire.
    Lost,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sent {
    /// Who sent it.
    pub sender: usize,
    /// Its place among the sender's messages.
    pub index: u64,
    /// The handles inside.
    pub handles: Vec<usize>,
    /// The resources inside.
    pub tokens: Vec<u64>,
    /// What became of it.
    pub fate: Fate,
}

/// All handles and messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ledger {
    /// The handles; two of a pair are neighbours.
    pub handles: Vec<Handle>,
    /// The messages, by number.
    pub messages: Vec<Sent>,
}

impl Ledger {
    /// A new pair, in the hands of users.
    pub fn pair(&mut self, places: [Place; 2]) -> usize {
        let first = self.handles.len();
        for (at, place) in places.into_iter().enumerate() {
            let peer = first + 1 - at;
            self.handles.push(Handle {
                place,
                sources: vec![peer],
                source: 0,
                peer,
                sent: 0,
                received: 0,
                heard: BTreeMap::new(),
                tainted: false,
                ended: None,
                asleep: false,
                range: (first, first),
                carrying: 0,
            });
        }
        first
    }

    /// Whether sending `inner` on `outer` could not close a ring of messages inside each other.
    pub fn may_enclose(&self, outer: usize, inner: usize) -> bool {
        self.handles[inner].range.0 > self.handles[outer].range.1
    }

    /// Notes a message about to be sent.
    pub fn send(&mut self, sender: usize, handles: Vec<usize>, tokens: Vec<u64>) -> u64 {
        let id = self.messages.len();
        for handle in &handles {
            self.handles[*handle].place = Place::Message(id);
        }
        let from = &mut self.handles[sender];
        from.carrying += usize::from(!handles.is_empty());
        self.messages.push(Sent {
            sender,
            index: from.sent,
            handles,
            tokens,
            fate: Fate::Sent,
        });
        from.sent += 1;
        id as u64
    }

    fn settle(&mut self, id: u64, fate: Fate) -> Result<&Sent, String> {
        let message = self
            .messages
            .get_mut(id as usize)
            .ok_or_else(|| format!("message {id} was never sent"))?;
        if message.fate != Fate::Sent {
            return Err(format!(
                "message {id} was {:?} and now {fate:?}",
                message.fate
            ));
        }
        message.fate = fate;
        if !message.handles.is_empty() {
            self.handles[message.sender].carrying -= 1;
        }
        Ok(message)
    }

    /// Notes a message received by `receiver`, and checks order.
    pub fn deliver(
        &mut self,
        receiver: usize,
        id: u64,
        tokens: &[u64],
        hostile: bool,
    ) -> Result<Vec<usize>, String> {
        let message = self.settle(id, Fate::Delivered)?.clone();
        if message.tokens != tokens {
            return Err(format!("message {id} came with the wrong resources"));
        }
        let sender = message.sender;
        let to = &self.handles[receiver];
        if hostile && to.tainted {
            // A hostile proxy may have left something out, or have joined the sender to somebody else; it cannot repeat or turn round.
            let heard = self.handles[receiver].heard.entry(sender).or_default();
            if message.index < *heard {
                return Err(format!("message {id} came again or too late"));
            }
            *heard = message.index + 1;
            let from = &mut self.handles[sender];
            from.received = from.received.max(message.index + 1);
            return Ok(message.handles);
        }
        let found = to.sources[to.source..].iter().position(|s| *s == sender);
        let Some(skipped) = found else {
            return Err(format!(
                "handle {receiver} got message {id} of handle {sender}, which is not its peer"
            ));
        };
        let at = to.source;
        for source in &to.sources.clone()[at..at + skipped] {
            let source = &self.handles[*source];
            if source.received != source.sent {
                return Err(format!(
                    "handle {receiver} got message {id} before all of an earlier sender"
                ));
            }
        }
        self.handles[receiver].source += skipped;
        let from = &mut self.handles[sender];
        if from.received != message.index {
            let expected = from.received;
            return Err(format!(
                "handle {receiver} got message {} of handle {sender}, expected {expected}",
                message.index
            ));
        }
        from.received += 1;
        Ok(message.handles)
    }

    /// Notes a message dropped by a core or lost with a node or wire; the handles inside that are now gone.
    pub fn drop_message(&mut self, id: u64, fate: Fate) -> Result<Vec<usize>, String> {
        let handles = self.settle(id, fate)?.handles.clone();
        let place = match fate {
            Fate::Discarded => Place::Closed,
            _ => Place::Lost,
        };
        for handle in &handles {
            self.handles[*handle].place = place;
        }
        Ok(handles)
    }

    /// Whether a fault touched the way of what a handle has sent: its own route, or since it was bridged away, the route of
    /// whoever receives its messages.
    pub fn is_touched(&self, sender: usize) -> bool {
        let receives = |handle: &Handle| handle.sources.contains(&sender);
        self.handles[sender].tainted || self.handles.iter().any(|h| h.tainted && receives(h))
    }

    /// Joins two handles: their peers are each other's from here on.
    pub fn bridge(&mut self, a: usize, b: usize) {
        let (peer_a, peer_b) = (self.handles[a].peer, self.handles[b].peer);
        let rest = |h: &Handle| h.sources[h.source..].to_vec();
        let (rest_a, rest_b) = (rest(&self.handles[a]), rest(&self.handles[b]));
        let (range_a, range_b) = (self.handles[a].range, self.handles[b].range);
        let range = (range_a.0.min(range_b.0), range_a.1.max(range_b.1));
        self.handles[peer_a].sources.extend(rest_b);
        self.handles[peer_b].sources.extend(rest_a);
        let tainted = self.handles[a].tainted || self.handles[b].tainted;
        for (handle, peer) in [(peer_a, peer_b), (peer_b, peer_a)] {
            let handle = &mut self.handles[handle];
            handle.peer = peer;
            handle.range = range;
            handle.tainted |= tainted;
        }
        for handle in [a, b] {
            self.handles[handle].place = Place::Bridged;
        }
    }

    /// Checks that a receiver may see the close of its peer now. `parted`: the peer's node shuts down.
    pub fn check_closed(&self, receiver: usize, parted: bool) -> Result<(), String> {
        let to = &self.handles[receiver];
        let peer = &self.handles[to.peer];
        if peer.place != Place::Closed && !parted {
            return Err(format!(
                "handle {receiver} saw its peer {} closed, which is {:?}",
                to.peer, peer.place
            ));
        }
        for source in &to.sources[to.source..] {
            let from = &self.handles[*source];
            if from.received != from.sent && !to.tainted {
                return Err(format!(
                    "handle {receiver} saw the close before message {} of handle {source}",
                    from.received
                ));
            }
        }
        Ok(())
    }
}
