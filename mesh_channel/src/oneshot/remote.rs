//! The ends of a oneshot channel as parts of messages, and the port between ends that have left each other.
//!
//! The port carries one message, the value itself, and then closes.
//!
//! Each end, when it leaves, looks whether the other one is elsewhere already. If so, the port between them goes along.
//! If not, it makes a port, leaves the near end in the [`Links`], tells the other by the slot's state to look there,
//! and takes the far end along. Both may leave at the same time: the link decides, under its lock, who was first, and the second
//! one takes what the first one left.
//!
//! A sender that comes out of a message has only the port. A slot with both its sides is made if it asks to be told when the
//! receiver goes, which few do.
//!
//! A value that is there when the receiver leaves goes along with it. A delivery in progress meanwhile either makes it
//! into the slot in time, or finds it closed and refuses its message, which then goes with the port.

use super::link::{Link, Links, Route, RoutePort};
use super::receiver::OneshotReceiver;
use super::sender::OneshotSender;
use super::slot::{self, Found, NotSent, Rx, Tx};
use crate::fields::{read_two, write_field};
use crate::sync::Mutex;
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{Delivery, Port, PortHandler};
use mesh_node::message::{MeshPayload, Message, OwnedMessage};
use mesh_node::resource::Resource;
use mesh_protobuf::encoding::{MessageDecode, MessageEncode};
use mesh_protobuf::{DefaultEncoding, Reader, Writer, encodings};
use std::sync::Arc;

/// Brings the value from a port to a receiver here. Empty before it has begun and after it has ended.
struct SourceHandler<T>(Mutex<Option<Tx<T, Links<T>>>>);

impl<T> SourceHandler<T> {
    fn take(&self) -> Option<Tx<T, Links<T>>> {
        self.0.lock().take()
    }

    fn keep(&self, tx: Tx<T, Links<T>>) {
        let old = self.0.lock().replace(tx);
        drop(old);
    }

    /// The sender was lost.
    fn lose(&self, cause: ChannelError) {
        if let Some(tx) = self.take() {
            let source = tx.side().lose(cause);
            drop(tx);
            drop(source);
        }
    }
}

impl<T: MeshPayload> PortHandler for SourceHandler<T> {
    fn message(&self, message: Message<'_>) -> Delivery {
        let value = match message.parse() {
            Ok(value) => value,
            // The port then tells this handler, too, that it has failed.
            Err(error) => return Delivery::Failed(error.into()),
        };
        let Some(tx) = self.take() else {
            let kind = ChannelErrorKind::ProtocolBreach;
            return Delivery::Failed(ChannelError::new(
                kind,
                "a second value for a oneshot channel",
            ));
        };
        // The link is this very source.
        match tx.send(value, true) {
            Ok(()) => Delivery::Taken,
            Err(NotSent::Gone(value) | NotSent::Linked(_, value)) => {
                Delivery::Refused(OwnedMessage::new(value))
            }
        }
    }

    fn closed(&self) {
        drop(self.take());
    }

    fn failed(&self, error: ChannelError) {
        self.lose(error);
    }
}

/// Hears on the near end of a route how its far end fares, and keeps the receiver's place until then.
struct RouteHandler<T>(Mutex<Option<Rx<T, Links<T>>>>);

impl<T> RouteHandler<T> {
    fn keep(&self, rx: Rx<T, Links<T>>) {
        let old = self.0.lock().replace(rx);
        drop(old);
    }

    /// The receiver is gone.
    fn end(&self) {
        let rx = self.0.lock().take();
        drop(rx);
    }
}

impl<T: MeshPayload> PortHandler for RouteHandler<T> {
    fn message(&self, _: Message<'_>) -> Delivery {
        let kind = ChannelErrorKind::ProtocolBreach;
        Delivery::Failed(ChannelError::new(
            kind,
            "a channel's receiver sent a message to its sender",
        ))
    }

    fn closed(&self) {
        self.end();
    }

    fn failed(&self, _: ChannelError) {
        self.end();
    }
}

fn route<T: MeshPayload>(port: RoutePort) -> Route<T> {
    Route {
        port,
        send: RoutePort::send,
        listen,
    }
}

/// The same route for a sender that wants to hear of the receiver's going.
fn listen<T: MeshPayload>(port: Port) -> Tx<T, Links<T>> {
    let (tx, rx) = slot::slot(Links::new());
    let handler = RouteHandler(Mutex::new(Some(rx)));
    let port = RoutePort::Attached(port.attach(Arc::new(handler)));
    // Nobody else can have put a link there.
    let _ = tx.side().put(Link::Route(route(port)));
    if !tx.link() {
        drop(tx.side().take());
    }
    tx
}

/// What a receiver becomes in a message: the port that brings the value, or the value, or neither if none will come.
fn take_apart<T: MeshPayload>(receiver: OneshotReceiver<T>) -> (Option<Port>, Option<T>) {
    let Some(mut rx) = receiver.into_rx() else {
        return (None, None);
    };
    loop {
        match rx.take() {
            Found::Value(value) => return (None, Some(value)),
            Found::Gone => return (rx.side().loss().map(failed_port), None),
            Found::Nothing => {}
        }
        match rx.side().take() {
            Some(Link::Source(port)) => {
                let port = port.detach();
                // What was being delivered is here now, or goes back to the port.
                return match rx.close() {
                    Some(value) => (None, Some(value)),
                    None => (Some(port), None),
                };
            }
            Some(Link::Lost(cause)) => return (Some(failed_port(cause)), None),
            // A route is the sender's link: never where the receiver is.
            Some(Link::Route(_)) | None => {}
        }
        let (near, far) = Port::new_pair();
        let handler = Arc::new(RouteHandler(Mutex::new(None)));
        let port = RoutePort::Attached(near.attach(handler.clone()));
        if rx.side().put(Link::Route(route(port))).is_err() {
            // The sender has left meanwhile; its source is the one to use.
            continue;
        }
        if rx.link() {
            handler.keep(rx);
            return (Some(far), None);
        }
        // The sender has decided meanwhile: if the route is gone, then to leave, by that route.
        if rx.side().take_route().is_none() {
            return (Some(far), None);
        }
    }
}

/// A port that fails as soon as somebody listens.
fn failed_port(cause: ChannelError) -> Port {
    let (near, far) = Port::new_pair();
    near.fail(cause);
    far
}

/// The receiver of a value that is there, or is brought by a port.
fn put_together<T: MeshPayload>(port: Option<Port>, value: Option<T>) -> OneshotReceiver<T> {
    let (tx, rx) = slot::slot(Links::new());
    match (port, value) {
        (_, Some(value)) => drop(tx.send(value, false)),
        (Some(port), None) => {
            let handler = SourceHandler(Mutex::new(Some(tx)));
            let source = Link::Source(port.attach(Arc::new(handler)));
            // If there is a link already, the port has failed by now.
            drop(rx.side().put(source));
            rx.link();
        }
        (None, None) => drop(tx),
    }
    OneshotReceiver::new(rx)
}

/// A receiver is a message of a port or a value.
impl<T> DefaultEncoding for OneshotReceiver<T> {
    type Encoding = encodings::Message;
}

impl<T: MeshPayload> MessageEncode<OneshotReceiver<T>, Resource> for encodings::Message {
    fn write_body(receiver: OneshotReceiver<T>, writer: &mut Writer<Resource>) {
        let (port, value) = take_apart(receiver);
        write_field(2, value, writer);
        write_field(1, port, writer);
    }
}

impl<'de, T: MeshPayload> MessageDecode<'de, OneshotReceiver<T>, Resource> for encodings::Message {
    fn read_body(
        _: Option<OneshotReceiver<T>>,
        reader: &mut Reader<'de, '_, Resource>,
    ) -> mesh_protobuf::Result<OneshotReceiver<T>> {
        let (port, value) = read_two(reader)?;
        Ok(put_together(port, value))
    }
}

/// A sender is a port.
impl<T> DefaultEncoding for OneshotSender<T> {
    type Encoding = encodings::Resource;
}

/// Takes a sender off its channel: the value sent on the port arrives where the sender's would have.
impl<T: MeshPayload> From<OneshotSender<T>> for Resource {
    fn from(sender: OneshotSender<T>) -> Self {
        let tx = sender.into_tx();
        loop {
            if let Some(route) = tx.side().take_route() {
                return Self::Port(route.port.detach());
            }
            let handler = Arc::new(SourceHandler(Mutex::new(None)));
            let (near, far) = Port::attached_pair(handler.clone());
            let source = Link::Source(near);
            if tx.side().put(source).is_err() {
                // The receiver has left meanwhile; its route is the one to use.
                continue;
            }
            if tx.link() {
                handler.keep(tx);
            } else {
                // The receiver is gone, and so is this end of the port; or it has left and taken it along.
                drop(tx.side().take());
            }
            return Self::Port(far);
        }
    }
}

/// Makes a sender of a port that came from one. Gives the resource back if it is not a port.
impl<T: MeshPayload> TryFrom<Resource> for OneshotSender<T> {
    type Error = Resource;

    fn try_from(resource: Resource) -> Result<Self, Resource> {
        let port = RoutePort::Plain(Port::try_from(resource)?);
        let tx = slot::far(Links::new());
        // Nobody else can have put a link there.
        let _ = tx.side().put(Link::Route(route(port)));
        Ok(Self::new(tx))
    }
}
