//! Ports against a handler that logs what it is told.

use super::*;
use crate::error::ChannelErrorKind;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};

#[derive(Default)]
struct Log {
    entries: Mutex<Vec<String>>,
    overlap: AtomicUsize,
}

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.entries.lock())
    }
}

impl PortHandler for Log {
    fn message(&self, message: Message<'_>) -> Delivery {
        assert_eq!(self.overlap.fetch_add(1, Ordering::SeqCst), 0);
        let delivery = match message.parse::<String>() {
            Ok(text) => {
                assert_ne!(text, "panic", "as told");
                self.entries.lock().push(text);
                Delivery::Taken
            }
            Err(error) => Delivery::Failed(error.into()),
        };
        self.overlap.fetch_sub(1, Ordering::SeqCst);
        delivery
    }

    fn closed(&self) {
        self.entries.lock().push("closed".into());
    }

    fn failed(&self, error: ChannelError) {
        self.entries.lock().push(error.to_string());
    }
}

fn text(text: &str) -> OwnedMessage {
    OwnedMessage::new(text.to_string())
}

fn attach(port: Port) -> (Arc<Log>, AttachedPort) {
    let log = Arc::new(Log::default());
    let port = port.attach(log.clone());
    (log, port)
}

#[test]
fn messages_wait_for_a_handler_and_then_flow() {
    let (a, b) = Port::new_pair();
    a.send(text("1"));
    a.send(text("2"));
    let (log, b) = attach(b);
    assert_eq!(log.take(), ["1", "2"]);
    a.send(text("3"));
    assert_eq!(log.take(), ["3"]);
    let (back, _a) = attach(a);
    b.send(text("4"));
    assert_eq!(back.take(), ["4"]);
}

#[test]
fn a_detached_port_keeps_what_arrives_and_tells_its_end_again() {
    let (a, b) = Port::new_pair();
    let (log, b) = attach(b);
    a.send(text("1"));
    let b = b.detach();
    a.send(text("2"));
    drop(a);
    assert_eq!(log.take(), ["1"]);
    let (log, b) = attach(b);
    assert_eq!(log.take(), ["2", "closed"]);
    let (log, _b) = attach(b.detach());
    assert_eq!(log.take(), ["closed"]);
}

#[test]
fn a_cause_arrives_after_the_messages() {
    let (a, b) = Port::new_pair();
    a.send(text("1"));
    a.fail(ChannelError::new(ChannelErrorKind::ShutDown, "enough"));
    let (log, b) = attach(b);
    assert_eq!(log.take(), ["1", "we shut down: enough"]);
    b.send(text("nobody is there"));
}

#[test]
fn a_message_of_another_type_fails_both_ends() {
    let (a, b) = Port::new_pair();
    let (a_log, a) = attach(a);
    let (b_log, _b) = attach(b);
    a.send(OwnedMessage::new(vec![0xffu8]));
    let expected = "a message could not be decoded: text is not UTF-8";
    assert_eq!(a_log.take(), [expected]);
    assert_eq!(b_log.take(), [expected]);
    a.send(text("too late"));
    assert!(b_log.take().is_empty());
}

#[test]
fn a_panic_in_a_handler_fails_both_ends_and_spares_the_sender() {
    let (a, b) = Port::new_pair();
    let (a_log, a) = attach(a);
    let (b_log, _b) = attach(b);
    a.send(text("panic"));
    assert!(a_log.take()[0].contains("handler panicked"));
    assert!(b_log.take()[0].contains("handler panicked"));
}

#[test]
fn what_a_failure_leaves_undelivered_fails_with_its_cause() {
    let (a, b) = Port::new_pair();
    let inside = [(); 2].map(|()| Port::new_pair());
    let [(first, first_log), (second, second_log)] =
        inside.map(|(port, peer)| (port, attach(peer)));
    // Behind the one that is not understood, and after the end of all.
    a.send(OwnedMessage::new(vec![0xffu8]));
    a.send(OwnedMessage::new(first));
    let (_log, _b) = attach(b);
    let cause = "a message could not be decoded: text is not UTF-8";
    assert_eq!(first_log.0.take(), [cause]);
    a.send_last(OwnedMessage::new(second));
    assert_eq!(second_log.0.take(), [cause]);
}

/// Refuses the message it is in the middle of when it is told to.
struct Refuser {
    entered: Barrier,
    go: Barrier,
}

impl PortHandler for Refuser {
    fn message(&self, message: Message<'_>) -> Delivery {
        self.entered.wait();
        self.go.wait();
        Delivery::Refused(message.into_owned())
    }
    fn closed(&self) {}
    fn failed(&self, _: ChannelError) {}
}

#[test]
fn a_message_refused_while_the_port_moves_is_delivered_first_elsewhere() {
    let (a, b) = Port::new_pair();
    let refuser = Arc::new(Refuser {
        entered: Barrier::new(2),
        go: Barrier::new(2),
    });
    let b = b.attach(refuser.clone());
    std::thread::scope(|scope| {
        let a = &a;
        scope.spawn(move || a.send(text("1")));
        refuser.entered.wait();
        // In the middle of a delivery: the port moves on, and more arrives.
        let b = b.detach();
        a.send(text("2"));
        let (log, _b) = attach(b);
        assert!(log.take().is_empty());
        let (done, wait) = mpsc::channel::<()>();
        scope.spawn(move || {
            a.send(text("3"));
            drop(done);
        });
        assert!(wait.recv().is_err());
        refuser.go.wait();
        // The refusing thread is the pump and goes on with the new handler; wait for it by joining below.
        while log.entries.lock().len() < 3 {
            std::thread::yield_now();
        }
        assert_eq!(log.take(), ["1", "2", "3"]);
    });
}

#[test]
fn bridged_ports_connect_their_peers_in_both_directions() {
    let (a, b) = Port::new_pair();
    let (c, d) = Port::new_pair();
    a.send(text("1"));
    d.send(text("2"));
    b.bridge(c);
    a.send(text("3"));
    d.send(text("4"));
    let (a_log, a) = attach(a);
    let (d_log, d) = attach(d);
    assert_eq!(a_log.take(), ["2", "4"]);
    assert_eq!(d_log.take(), ["1", "3"]);
    // The middle is gone: the ends know each other.
    let a_peer = a.0.0.peer().unwrap();
    assert!(a_peer.is_end(&d.0.0));
    drop(a);
    assert_eq!(d_log.take(), ["closed"]);
}

#[test]
fn a_long_chain_of_bridges_collapses() {
    let (first, mut last) = Port::new_pair();
    first.send(text("0"));
    for _ in 0..1000 {
        let (near, far) = Port::new_pair();
        last.bridge(near);
        last = far;
    }
    first.send(text("1"));
    let (log, last) = attach(last);
    assert_eq!(log.take(), ["0", "1"]);
    let peer = first.end().peer().unwrap();
    assert!(peer.is_end(&last.0.0));
}

#[test]
fn bridging_to_a_closed_channel_closes() {
    let (a, b) = Port::new_pair();
    let (c, d) = Port::new_pair();
    d.send(text("last words"));
    drop(d);
    b.bridge(c);
    let (log, a) = attach(a);
    assert_eq!(log.take(), ["last words", "closed"]);
    a.send(text("nobody"));
}

#[test]
fn bridges_in_a_ring_end_instead_of_going_round() {
    let (a, b) = Port::new_pair();
    let (c, d) = Port::new_pair();
    a.send(text("1"));
    b.bridge(c);
    a.bridge(d);
    let (a, b) = Port::new_pair();
    let counted = Arc::new(());
    a.send(OwnedMessage::new(Counted(counted.clone())));
    a.bridge(b);
    assert_eq!(Arc::strong_count(&counted), 1);
}

/// Tells by its count whether a message was dropped.
struct Counted(#[allow(dead_code, reason = "held for its count")] Arc<()>);

impl mesh_protobuf::DefaultEncoding for Counted {
    type Encoding = mesh_protobuf::encodings::Message;
}

impl mesh_protobuf::encoding::MessageEncode<Counted, crate::resource::Resource>
    for mesh_protobuf::encodings::Message
{
    fn write_body(_: Counted, _: &mut mesh_protobuf::Writer<crate::resource::Resource>) {}
}

impl<'de> mesh_protobuf::encoding::MessageDecode<'de, Counted, crate::resource::Resource>
    for mesh_protobuf::encodings::Message
{
    fn read_body(
        _: Option<Counted>,
        _: &mut mesh_protobuf::Reader<'de, '_, crate::resource::Resource>,
    ) -> mesh_protobuf::Result<Counted> {
        Ok(Counted(Arc::new(())))
    }
}

#[test]
fn a_closed_port_drops_its_queue_and_frees_both_ends() {
    let (a, b) = Port::new_pair();
    let counted = Arc::new(());
    a.send(OwnedMessage::new(Counted(counted.clone())));
    let (a_end, b_end) = (Arc::downgrade(a.end()), Arc::downgrade(b.end()));
    drop(b);
    assert_eq!(Arc::strong_count(&counted), 1);
    a.send(OwnedMessage::new(Counted(counted.clone())));
    assert_eq!(Arc::strong_count(&counted), 1);
    drop(a);
    assert!(a_end.upgrade().is_none() && b_end.upgrade().is_none());
}

#[test]
fn ports_nested_in_messages_without_bound_drop_without_recursion() {
    let (mut outer, far) = Port::new_pair();
    let mut keep = vec![far];
    for _ in 0..100_000 {
        let (near, next) = Port::new_pair();
        near.send(OwnedMessage::new(outer));
        keep.push(near);
        outer = next;
    }
    drop(outer);
}

/// A stop on the way of a port: takes messages until the port moves on.
#[derive(Default)]
struct Stop(Mutex<(bool, Vec<String>)>);

impl PortHandler for Stop {
    fn message(&self, message: Message<'_>) -> Delivery {
        let text: String = message.parse().expect("only text is sent");
        let mut state = self.0.lock();
        if state.0 {
            return Delivery::Refused(OwnedMessage::new(text));
        }
        state.1.push(text);
        Delivery::Taken
    }
    fn closed(&self) {}
    fn failed(&self, _: ChannelError) {}
}

#[test]
fn many_senders_keep_their_own_order_while_the_port_moves() {
    const EACH: usize = 2000;
    let (a, mut b) = Port::new_pair();
    let mut all = Vec::new();
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let a = &a;
            scope.spawn(move || {
                for i in 0..EACH {
                    a.send(text(&format!("{thread} {i}")));
                }
            });
        }
        while all.len() < 3 * EACH {
            let stop = Arc::new(Stop::default());
            let attached = b.attach(stop.clone());
            std::thread::yield_now();
            b = attached.detach();
            let mut state = stop.0.lock();
            state.0 = true;
            all.append(&mut state.1);
        }
    });
    for thread in 0..3 {
        let prefix = format!("{thread} ");
        let own = all.iter().filter_map(|entry| entry.strip_prefix(&prefix));
        let own: Vec<usize> = own.map(|number| number.parse().unwrap()).collect();
        assert_eq!(own, (0..EACH).collect::<Vec<_>>());
    }
}
