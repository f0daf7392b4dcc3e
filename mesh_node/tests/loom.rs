//! Every interleaving of what threads do to local ports at once: one short scenario a race. `shuttle.rs` has those with nodes.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p mesh_node --release --test loom
//! ```
#![cfg(loom)]

use loom::thread;
use mesh_node::error::ChannelError;
use mesh_node::local_node::{AttachedPort, Delivery, Port, PortHandler};
use mesh_node::{Message, OwnedMessage};
use std::sync::{Arc, Mutex};

/// Notes what arrives.
#[derive(Default)]
struct Log(Mutex<Vec<u32>>);

impl Log {
    fn on(port: Port) -> (Arc<Self>, AttachedPort) {
        let log = Arc::new(Self::default());
        let port = port.attach(log.clone());
        (log, port)
    }

    fn take(&self) -> Vec<u32> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl PortHandler for Log {
    fn message(&self, message: Message<'_>) -> Delivery {
        self.0.lock().unwrap().push(message.parse().unwrap());
        Delivery::Taken
    }
    fn closed(&self) {}
    fn failed(&self, _: ChannelError) {}
}

fn number(value: u32) -> OwnedMessage {
    OwnedMessage::new(value)
}

/// Explores with a bound on preemptions; without one these scenarios are too large.
fn model(preemptions: usize, scenario: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(scenario);
}

#[test]
fn what_was_sent_before_a_move_is_not_overtaken_by_what_is_sent_after_it() {
    model(3, || {
        let (x, a) = Port::new_pair();
        let (b, y) = Port::new_pair();
        let (v, u) = Port::new_pair();
        let (log, _y) = Log::on(y);
        x.send(number(0));
        let other = thread::spawn(move || a.bridge(b));
        x.send(number(1));
        x.bridge(v);
        u.send(number(2));
        other.join().unwrap();
        u.send(number(3));
        assert_eq!(log.take(), [0, 1, 2, 3]);
    });
}

#[test]
fn both_ends_of_a_channel_move_at_once() {
    model(3, || {
        let (a, b) = Port::new_pair();
        let (c, d) = Port::new_pair();
        let (e, f) = Port::new_pair();
        c.send(number(0));
        f.send(number(10));
        let other = thread::spawn(move || {
            d.bridge(a);
            c.send(number(1));
            c
        });
        b.bridge(e);
        f.send(number(11));
        let c = other.join().unwrap();
        let ((near, c), (far, f)) = (Log::on(c), Log::on(f));
        c.send(number(2));
        f.send(number(12));
        assert_eq!(far.take(), [0, 1, 2]);
        assert_eq!(near.take(), [10, 11, 12]);
    });
}
