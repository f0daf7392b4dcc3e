//! The ends of a channel as parts of messages, and the ports between ends that have left each other.
//!
//! # On a port
//!
//! A channel puts [`Wire`] messages on its ports: a value, or another port whose messages are to be merged into
//! the channel's. What is in one process goes by value: the port hands over the `Wire` as it was made.
//!
//! # A receiver leaves
//!
//! Its channel is sealed; what is queued and the ports that brought messages to it go into the message, and if there are
//! senders here still, a new port goes along, whose near end becomes the route of all of them. A delivery from a port that
//! was in progress meanwhile finds the queue sealed and refuses its message, which then goes with the port. A loss
//! of a sender travels as a port that has failed for that cause, in front of the others.
//!
//! A receiver that was closed takes its queue along and nothing else: its senders have been told that it is gone.
//!
//! # A sender leaves
//!
//! - The receiver is here: one end of a new port brings messages to the channel in the sender's place, the other travels.
//! - The receiver is at the end of a port, and this is the last sender: the port itself travels.
//! - Otherwise one end of a new port follows what has been sent along the route, however long that is, and is merged
//!   where it ends: so all that the sender sent before is there before.
//!
//! # A slow receiver
//!
//! A source pauses after a [batch](BATCH) of values, and goes on when the receiver has taken all that is queued. So a channel
//! whose senders are elsewhere holds at most a batch for each port that brings messages; what the port's node has beyond that
//! it holds back, and its sender is not granted more.
//!
//! # Hostile peers
//!
//! A message that is not a `Wire` fails its port at both ends: the channel loses that sender and no other. Nothing is
//! ever sent from the receiver toward the sender, so anything that arrives there is a breach and fails the port.

use super::control::{Hold, Item, Loss, PortRoute, Route, Source};
use super::list::Pop;
use super::receiver::Receiver;
use super::routing;
use super::sender::Sender;
use crate::fields::{read_two, write_field};
use crate::recv_error::TryRecvError;
use crate::sync::{AtomicUsize, Mutex, Ordering};
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{AttachedPort, Delivery, Port, PortHandler, Resume};
use mesh_node::message::{MeshPayload, Message, OwnedMessage};
use mesh_node::resource::Resource;
use mesh_protobuf::encoding::{MessageDecode, MessageEncode};
use mesh_protobuf::{DefaultEncoding, Reader, Writer, encodings};
use std::sync::Arc;

/// How many values a source puts into the queue before it waits for the receiver.
const BATCH: usize = 64;

/// How the values of a channel get onto ports and off them: what is known of `T` where it is a payload, for the use of
/// code that does not know it.
pub(super) struct Codec<T> {
    /// The message of a value.
    pub(super) value: fn(T) -> OwnedMessage,
    /// Sends one.
    pub(super) send: fn(&AttachedPort, T),
    /// The message of a port to be merged.
    pub(super) source: fn(Port) -> OwnedMessage,
    /// Attaches a port to a channel whose receiver is here; gives it back if that is not so.
    pub(super) attach: fn(&Sender<T>, Port) -> Result<(), Port>,
}

impl<T> Clone for Codec<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Codec<T> {}

impl<T: MeshPayload> Codec<T> {
    fn new() -> Self {
        Self {
            value: |value| OwnedMessage::new(Wire::Value(value)),
            send: |port, value| port.send_value(Wire::Value(value)),
            source: |port| OwnedMessage::new(Wire::<T>::Source(port)),
            attach,
        }
    }
}

/// What is sent on the port of a channel.
enum Wire<T> {
    /// A message; field 1.
    Value(T),
    /// A port whose messages are to be merged; field 2.
    Source(Port),
}

impl<T> DefaultEncoding for Wire<T> {
    type Encoding = encodings::Message;
}

impl<T: MeshPayload> MessageEncode<Wire<T>, Resource> for encodings::Message {
    fn write_body(value: Wire<T>, writer: &mut Writer<Resource>) {
        let (value, source) = match value {
            Wire::Value(value) => (Some(value), None),
            Wire::Source(port) => (None, Some(port)),
        };
        write_field(2, source, writer);
        write_field(1, value, writer);
    }
}

impl<'de, T: MeshPayload> MessageDecode<'de, Wire<T>, Resource> for encodings::Message {
    fn read_body(
        _: Option<Wire<T>>,
        reader: &mut Reader<'de, '_, Resource>,
    ) -> mesh_protobuf::Result<Wire<T>> {
        let (value, source) = read_two::<Option<T>, Option<Port>>(reader)?;
        match (value, source) {
            (Some(value), None) => Ok(Wire::Value(value)),
            (None, Some(port)) => Ok(Wire::Source(port)),
            (Some(_), Some(_)) | (None, None) => Err(mesh_protobuf::ErrorKind::MissingField.into()),
        }
    }
}

/// Merges what a port brings into the channel of `sender`, whose receiver is here; gives the port back if that is not so.
fn attach<T: MeshPayload>(sender: &Sender<T>, port: Port) -> Result<(), Port> {
    // From here on the receiver tells the control when it goes, which then closes the source.
    if !sender.producer().watch() {
        return Err(port);
    }
    let control = sender.control();
    let Some(key) = control.reserve_source() else {
        return Err(port);
    };
    let handler = SourceHandler {
        sender: Mutex::new(Some(sender.clone())),
        key,
        resume: port.resume(),
        room: AtomicUsize::new(BATCH),
    };
    let port = port.attach(Arc::new(handler));
    let source = Source {
        port,
        codec: Codec::new(),
    };
    match control.keep_source(key, source) {
        Ok(ended) => {
            drop(ended);
            Ok(())
        }
        // It ends here or goes on with the receiver, and where that is it will be told again of its end if it has ended.
        Err(source) => Err(source.port.detach()),
    }
}

/// Brings the messages of a port to a channel. While the port is open it counts as one of the channel's senders.
struct SourceHandler<T> {
    sender: Mutex<Option<Sender<T>>>,
    key: u64,
    resume: Resume,
    /// How many values it takes until it pauses. Only the pump of the port, one thread at a time, touches it.
    room: AtomicUsize,
}

impl<T: MeshPayload> SourceHandler<T> {
    fn take(&self, sender: &Sender<T>, value: T) -> Delivery {
        let room = self.room.load(Ordering::Relaxed);
        let last = room <= 1;
        if last {
            // Before the value, or the receiver could find the queue empty and nothing to resume.
            sender.control().pause(self.resume.clone());
        }
        self.room
            .store(if last { BATCH } else { room - 1 }, Ordering::Relaxed);
        match sender.producer().push(value) {
            Ok(()) if last => Delivery::Pause,
            Ok(()) => Delivery::Taken,
            Err(value) => Delivery::Refused(OwnedMessage::new(Wire::Value(value))),
        }
    }

    /// The port has ended.
    fn end(&self, cause: Option<ChannelError>) {
        let sender = self.sender.lock().take();
        if let Some(sender) = sender {
            let source = sender.control().end_source(self.key, cause);
            drop(source);
        }
    }
}

impl<T: MeshPayload> PortHandler for SourceHandler<T> {
    fn message(&self, message: Message<'_>) -> Delivery {
        let sender = self.sender.lock().clone();
        let Some(sender) = sender else {
            return Delivery::Refused(message.into_owned());
        };
        match message.parse() {
            Ok(Wire::Value(value)) => self.take(&sender, value),
            Ok(Wire::Source(port)) => match attach(&sender, port) {
                Ok(()) => Delivery::Taken,
                Err(port) => Delivery::Refused(OwnedMessage::new(Wire::<T>::Source(port))),
            },
            // The port then tells this handler, too, that it has failed.
            Err(error) => Delivery::Failed(error.into()),
        }
    }

    fn closed(&self) {
        self.end(None);
    }

    fn failed(&self, error: ChannelError) {
        self.end(Some(error));
    }
}

/// Hears on the near end of a route how its far end fares.
struct RouteHandler<T>(Hold<T>);

impl<T: MeshPayload> PortHandler for RouteHandler<T> {
    fn message(&self, _: Message<'_>) -> Delivery {
        let kind = ChannelErrorKind::ProtocolBreach;
        Delivery::Failed(ChannelError::new(
            kind,
            "a channel's receiver sent a message to its sender",
        ))
    }

    fn closed(&self) {
        self.0.side().gone(None);
    }

    fn failed(&self, error: ChannelError) {
        let loss = Loss {
            cause: error,
            codec: Codec::new(),
        };
        self.0.side().gone(Some(loss));
    }
}

/// What a receiver becomes in a message: the ports that bring its messages from now on, and those it had already.
fn take_apart<T: MeshPayload>(mut receiver: Receiver<T>) -> (Vec<Port>, Vec<T>) {
    if receiver.is_closed() {
        // Its senders know it as gone, and need no way to follow.
        let queue = receiver.try_iter().collect();
        let loss = match receiver.try_recv() {
            Err(TryRecvError::Error(cause)) => vec![failed_port(cause)],
            _ => Vec::new(),
        };
        return (loss, queue);
    }
    let consumer = receiver.depart();
    let departure = consumer.depart(None);
    let mut ports = Vec::new();
    ports.extend(departure.loss.clone().map(failed_port));
    ports.extend(departure.into_sources().map(|source| source.port.detach()));
    let mut queue = Vec::new();
    while let Pop::Value(value) = consumer.pop() {
        queue.push(value);
    }
    if !consumer.is_finished() {
        let (near, far) = Port::new_pair();
        ports.push(far);
        set_route(consumer.observe(), near, || consumer.is_finished());
        return (ports, queue);
    }
    // Nobody is left to follow, but some may have sent something since the receiver departed.
    for item in consumer.side().take_pending() {
        match item {
            Item::Value(value) => queue.push(value),
            Item::Source(port, _) => ports.push(port),
            Item::Loss(cause) => ports.push(failed_port(cause)),
        }
    }
    (ports, queue)
}

/// A port that fails as soon as somebody listens.
fn failed_port(cause: ChannelError) -> Port {
    let (near, far) = Port::new_pair();
    near.fail(cause);
    far
}

/// Makes `port` the route of a channel whose receiver has departed.
fn set_route<T: MeshPayload>(hold: Hold<T>, port: Port, finished: impl Fn() -> bool) {
    let control = hold.clone();
    let route = PortRoute {
        port: Arc::new(port.attach(Arc::new(RouteHandler(hold)))),
        codec: Codec::new(),
    };
    let way = route.clone();
    control.side().arrive(Route::Port(route), finished, |item| {
        routing::transmit(&way, item);
    });
}

/// The receiver of what was queued, and of what the ports bring.
fn put_together<T: MeshPayload>(ports: Vec<Port>, queue: Vec<T>) -> Receiver<T> {
    let (sender, receiver) = super::channel();
    for value in queue {
        sender.send(value);
    }
    for port in ports {
        // The receiver is here, and nobody can have moved it.
        let _ = attach(&sender, port);
    }
    receiver
}

/// A receiver is a message of its ports and its queue.
impl<T> DefaultEncoding for Receiver<T> {
    type Encoding = encodings::Message;
}

impl<T: MeshPayload> MessageEncode<Receiver<T>, Resource> for encodings::Message {
    fn write_body(receiver: Receiver<T>, writer: &mut Writer<Resource>) {
        let (ports, queue) = take_apart(receiver);
        write_field(2, queue, writer);
        write_field(1, ports, writer);
    }
}

impl<'de, T: MeshPayload> MessageDecode<'de, Receiver<T>, Resource> for encodings::Message {
    fn read_body(
        _: Option<Receiver<T>>,
        reader: &mut Reader<'de, '_, Resource>,
    ) -> mesh_protobuf::Result<Receiver<T>> {
        let (ports, queue) = read_two(reader)?;
        Ok(put_together(ports, queue))
    }
}

/// A sender is a port.
impl<T> DefaultEncoding for Sender<T> {
    type Encoding = encodings::Resource;
}

/// Takes a sender off its channel: what is sent on the port arrives where the sender's messages would have.
impl<T: MeshPayload> From<Sender<T>> for Resource {
    fn from(sender: Sender<T>) -> Self {
        let sender = match routing::take_port(sender) {
            Ok(port) => return Self::Port(port),
            Err(sender) => sender,
        };
        let (near, far) = Port::new_pair();
        // If the receiver was dropped, so is the near end, and the far end hears of it. If it was lost, it hears why.
        routing::forward_or_lose(&sender, Item::Source(near, Codec::new()));
        Self::Port(far)
    }
}

/// Makes a sender of a port that came from one. Gives the resource back if it is not a port.
impl<T: MeshPayload> TryFrom<Resource> for Sender<T> {
    type Error = Resource;

    fn try_from(resource: Resource) -> Result<Self, Resource> {
        Ok(Port::try_from(resource)?.into())
    }
}

/// Makes a sender of a port, for a [`Receiver`] that is made of its peer. This is how the first channel over a link comes to be;
/// all others travel in messages.
impl<T: MeshPayload> From<Port> for Sender<T> {
    fn from(port: Port) -> Self {
        let (sender, mut receiver) = super::channel();
        let consumer = receiver.depart();
        consumer.depart(None);
        set_route(consumer.observe(), port, || false);
        sender
    }
}

/// Makes a receiver of a port, for a [`Sender`] that is made of its peer.
///
/// ```
/// use mesh_channel::{Receiver, Sender};
/// use mesh_node::local_node::Port;
///
/// let (left, right) = Port::new_pair();
/// let tx: Sender<String> = left.into();
/// let mut rx: Receiver<String> = right.into();
/// tx.send("hello".into());
/// assert_eq!(futures_executor::block_on(rx.recv()).unwrap(), "hello");
/// ```
impl<T: MeshPayload> From<Port> for Receiver<T> {
    fn from(port: Port) -> Self {
        put_together(vec![port], Vec::new())
    }
}
