//! Pairs of which one end is made to be sent: the reply port of a request.
//!
//! Such an end, a *twin*, mostly leaves for another node in the call after the one that made it, and then nothing is left of it but a
//! channel. So it has a number and no port, until something else happens to it or to its peer: then it is made as
//! [`Node::create`] would have.
//!
//! | a twin | event | next |
//! |---|---|---|
//! | no port | leaves in a message | gone: its peer's route is the channel |
//! | no port | its message has to wait, or was not taken; its peer sends, closes, fails, or is bridged | a port |
//!
//! What it keeps true: whoever looks from outside cannot tell a twin from a port, as nobody looks in between.

use super::effect::{Body, Message};
use super::event::{Amount, PortDesc};
use super::id::{Hop, LinkId, PortId};
use super::node::Node;
use super::port::{PeerState, Port, Route};

impl<B: Body, R> Node<B, R> {
    /// A new pair of ports, of which the second is to be sent: what is done with it next is [`send`](Self::send),
    /// [`send_last`](Self::send_last), [`refuse`](Self::refuse) or [`prepared`](Self::prepared) of a message that it is in, or
    /// [`not_sent`](Self::not_sent).
    pub fn create_to_send(&mut self) -> (PortId, PortId) {
        let (near, far) = (self.fresh_port(), self.fresh_port());
        let route = Route::new(Hop::Local(far, 0), Amount::default(), Amount::default());
        let port = Port::end(route, self.config.limits.window);
        self.ports.insert(near, port);
        self.twins.insert(far, near);
        (near, far)
    }

    /// A message was not sent after all: the ports in it are as [`create`](Self::create) makes them.
    pub fn not_sent(&mut self, message: &Message<B>) {
        self.make_twins(&message.ports);
        self.run();
    }

    pub(super) fn is_twin(&self, port: PortId) -> bool {
        self.twins.contains_key(&port)
    }

    /// Makes the ports of those of these that are twins.
    pub(super) fn make_twins(&mut self, ports: &[PortId]) {
        for port in ports {
            self.make_twin(*port);
        }
    }

    /// Makes the port of a twin.
    pub(super) fn make_twin(&mut self, far: PortId) {
        let Some(near) = self.twins.remove(&far) else {
            return;
        };
        let route = Route::new(Hop::Local(near, 0), Amount::default(), Amount::default());
        let mut port = Port::end(route, self.config.limits.window);
        let leads_here = |route: &Route<B>| route.out == Hop::Local(far, 0);
        if !self.route((near, 0)).is_some_and(leads_here) {
            // The peer has gone before.
            let peer = self.ports.get(&near).and_then(|near| near.as_end());
            let fate = match peer.map(|end| &end.peer) {
                Some(PeerState::Failed(cause)) => PeerState::Failed(cause.clone()),
                _ => PeerState::Closed,
            };
            port.first = None;
            if let Some(end) = port.as_end_mut() {
                end.peer = fate;
            }
        }
        self.ports.insert(far, port);
        self.unblock();
    }

    /// Makes the port of the twin that this port is the peer of, if it is.
    pub(super) fn make_twin_of(&mut self, port: PortId) {
        if self.twins.is_empty() {
            return;
        }
        if let Some(Hop::Local(peer, _)) = self.route((port, 0)).map(|route| route.out) {
            self.make_twin(peer);
        }
    }

    /// Exports a twin, if it is one and its peer is as it was made.
    pub(super) fn export_twin(&mut self, far: PortId, link: LinkId) -> Option<PortDesc> {
        let near = *self.twins.get(&far)?;
        let window = self.config.limits.window;
        let left = self.links.get(&link)?.window().min(window);
        let table = self.links.get_mut(&link)?;
        let port = self.ports.get_mut(&near)?;
        let end = port.as_end()?;
        let grant = (end.window - end.unread).max(Amount::default());
        let route = port.first.as_mut()?;
        if route.out != Hop::Local(far, 0) || !route.is_idle() {
            return None;
        }
        self.twins.remove(&far);
        let channel = table.issue((near, 0));
        // All else is as it was made.
        let hop = Hop::Link(link, channel);
        (route.out, route.inn) = (hop, hop);
        (route.room, route.grant) = (left, grant);
        self.unblock();
        Some(PortDesc {
            channel,
            grant: left,
            room: grant,
        })
    }
}
