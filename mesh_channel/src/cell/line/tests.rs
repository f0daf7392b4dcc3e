//! Lines whose port leaves or closes while a thread is sending. The peer runs on the sending thread, in the midst of a send,
//! so these are the moments that are rare between threads.

use super::*;
use mesh_node::Message;
use mesh_node::error::ChannelError;
use mesh_node::local_node::Delivery;

/// Logs what arrives, and does something when it gets message 1.
struct Peer {
    log: Mutex<Vec<u32>>,
    on_first: Box<dyn Fn() + Send + Sync>,
}

/// How a log shows that the port was closed.
const CLOSED: u32 = 1000;

impl Peer {
    fn new(on_first: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            log: Mutex::default(),
            on_first: Box::new(on_first),
        })
    }

    fn idle() -> Arc<Self> {
        Self::new(|| ())
    }
}

impl PortHandler for Peer {
    fn message(&self, message: Message<'_>) -> Delivery {
        let number = message.parse().unwrap();
        self.log.lock().push(number);
        if number == 1 {
            (self.on_first)();
        }
        Delivery::Taken
    }

    fn closed(&self) {
        self.log.lock().push(CLOSED);
    }

    fn failed(&self, error: ChannelError) {
        panic!("{error}");
    }
}

/// Refuses everything, as the handler of a state that has left does.
struct Left;

impl PortHandler for Left {
    fn message(&self, message: Message<'_>) -> Delivery {
        Delivery::Refused(message.into_owned())
    }

    fn closed(&self) {}

    fn failed(&self, _: ChannelError) {}
}

fn number(number: u32) -> OwnedMessage {
    OwnedMessage::new(number)
}

#[test]
fn messages_queue_until_the_port_is_attached_and_leave_in_order() {
    let line = Line::new();
    line.queue(number(1));
    line.flush();
    line.queue(number(2));
    let (near, far) = Port::new_pair();
    let peer = Peer::idle();
    let _far = far.attach(peer.clone());
    line.attach(near, Peer::idle());
    assert_eq!(*peer.log.lock(), [1, 2]);
    line.queue(number(3));
    line.flush();
    assert_eq!(*peer.log.lock(), [1, 2, 3]);
}

#[test]
fn what_is_queued_during_a_send_is_sent_by_the_thread_that_sends() {
    let line = Line::new();
    let (near, far) = Port::new_pair();
    let busy = line.clone();
    let peer = Peer::new(move || {
        busy.queue(number(2));
        busy.flush();
    });
    let _far = far.attach(peer.clone());
    line.attach(near, Peer::idle());
    line.queue(number(1));
    line.flush();
    assert_eq!(*peer.log.lock(), [1, 2]);
}

#[test]
fn a_line_that_closes_during_a_send_sends_the_rest_first() {
    let line = Line::new();
    let (near, far) = Port::new_pair();
    let busy = line.clone();
    let peer = Peer::new(move || {
        busy.queue(number(2));
        busy.close();
    });
    let _far = far.attach(peer.clone());
    line.attach(near, Peer::idle());
    line.queue(number(1));
    line.flush();
    assert_eq!(*peer.log.lock(), [1, 2, CLOSED]);
}

#[test]
fn a_line_that_closes_before_its_port_is_attached_closes_that_port() {
    let line = Line::new();
    line.queue(number(2));
    line.close();
    let (near, far) = Port::new_pair();
    let peer = Peer::idle();
    let _far = far.attach(peer.clone());
    line.attach(near, Peer::idle());
    assert_eq!(*peer.log.lock(), [2, CLOSED]);
}

#[test]
fn a_port_that_leaves_takes_what_is_queued_along_first() {
    let line = Line::new();
    let (near, far) = Port::new_pair();
    let peer = Peer::idle();
    let far = far.attach(peer.clone());
    line.attach(near, Arc::new(Left));
    line.queue(number(2));
    let port = line.leave();
    port.send(number(3));
    assert_eq!(*peer.log.lock(), [2, 3]);
    far.send(number(4));
    let home = Peer::idle();
    let _port = port.attach(home.clone());
    assert_eq!(*home.log.lock(), [4]);
}

#[test]
fn a_port_that_leaves_during_a_send_is_joined_to_the_one_that_went_ahead() {
    let line = Line::new();
    let (near, far) = Port::new_pair();
    let (busy, ahead) = (line.clone(), Arc::new(Mutex::new(None)));
    let slot = ahead.clone();
    let peer = Peer::new(move || {
        busy.queue(number(2));
        let port = busy.leave();
        // The new home is at work before the old one has finished.
        port.send(number(3));
        *slot.lock() = Some(port);
    });
    let far = far.attach(peer.clone());
    line.attach(near, Arc::new(Left));
    line.queue(number(1));
    line.flush();
    assert_eq!(*peer.log.lock(), [1, 2, 3]);
    far.send(number(4));
    let home = Peer::idle();
    let port = ahead.lock().take().unwrap().attach(home.clone());
    far.send(number(5));
    port.send(number(6));
    assert_eq!(*home.log.lock(), [4, 5]);
    assert_eq!(*peer.log.lock(), [1, 2, 3, 6]);
    drop(port);
    assert_eq!(*peer.log.lock(), [1, 2, 3, 6, CLOSED]);
}

#[test]
fn a_port_that_leaves_before_it_is_attached_is_joined_when_it_is() {
    let line = Line::new();
    line.queue(number(2));
    let ahead = line.leave();
    let (near, far) = Port::new_pair();
    let peer = Peer::idle();
    let far = far.attach(peer.clone());
    far.send(number(4));
    line.attach(near, Arc::new(Left));
    let home = Peer::idle();
    let _port = ahead.attach(home.clone());
    assert_eq!(*peer.log.lock(), [2]);
    assert_eq!(*home.log.lock(), [4]);
}
