//! Random interleavings of what threads do to the ports of nodes at once: one short scenario a race.
//!
//! ```text
//! RUSTFLAGS="--cfg shuttle" cargo test -p mesh_node --release --test shuttle
//! ```
//!
//! Each scenario runs many times, with schedules that few switches at unlikely places make. A failure prints the schedule.
#![cfg(shuttle)]

use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{AttachedPort, Delivery, Port, PortHandler};
use mesh_node::message::SerializedMessage;
use mesh_node::node::{Settings, memory};
use mesh_node::resource::Resource;
use mesh_node::{Message, OwnedMessage};
use shuttle::thread;
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

/// Runs a scenario with many random schedules.
fn model(scenario: impl Fn() + Sync + Send + 'static) {
    let mut config = shuttle::Config::new();
    config.stack_size = 1 << 20;
    let runs = std::env::var("SHUTTLE_RUNS")
        .ok()
        .and_then(|n| n.parse().ok());
    let scheduler = shuttle::scheduler::PctScheduler::new(3, runs.unwrap_or(2000));
    shuttle::Runner::new(scheduler, config).run(scenario);
}

/// Keeps the ports that arrive.
#[derive(Default)]
struct Ports(Mutex<Vec<Port>>);

impl Ports {
    /// Waits for the next: another thread may be delivering it.
    fn take(&self) -> Port {
        loop {
            if let Some(port) = self.0.lock().unwrap().pop() {
                return port;
            }
            thread::yield_now();
        }
    }
}

impl PortHandler for Ports {
    fn message(&self, message: Message<'_>) -> Delivery {
        for resource in message.into_owned().serialize().resources {
            if let Resource::Port(port) = resource {
                self.0.lock().unwrap().push(port);
            }
        }
        Delivery::Taken
    }
    fn closed(&self) {}
    fn failed(&self, _: ChannelError) {}
}

fn enclosing(port: Port) -> OwnedMessage {
    OwnedMessage::serialized(SerializedMessage {
        data: vec![],
        resources: vec![Resource::Port(port)],
    })
}

#[test]
fn a_port_goes_away_and_comes_home_while_its_peer_sends() {
    model(|| {
        let (here, there, _wire) = memory::two_nodes(Settings::default()).unwrap();
        let (at_home, away) = (Arc::new(Ports::default()), Arc::new(Ports::default()));
        let (home, far) = (
            here.port.attach(at_home.clone()),
            there.port.attach(away.clone()),
        );
        let (p, q) = Port::new_pair();
        p.send(number(0));
        let sender = thread::spawn(move || {
            p.send(number(1));
            p
        });
        home.send(enclosing(q));
        far.send(enclosing(away.take()));
        let q = at_home.take();
        let p = sender.join().unwrap();
        let (log, _q) = Log::on(q);
        p.send(number(2));
        assert_eq!(log.take(), [0, 1, 2]);
        // Only the invitation's own port is left, and nothing is written out any more.
        assert_eq!(here.node.inspect().ports.len(), 1);
        assert_eq!(there.node.inspect().ports.len(), 1);
    });
}

#[test]
fn a_port_is_joined_and_sent_on_while_messages_pass_through() {
    model(|| {
        let (here, there, _wire) = memory::two_nodes(Settings::default()).unwrap();
        let (at_home, away) = (Arc::new(Ports::default()), Arc::new(Ports::default()));
        let (home, far) = (
            here.port.attach(at_home.clone()),
            there.port.attach(away.clone()),
        );
        // `x` is here, and its peer comes back from there, to be joined to a channel of which the other end goes there too.
        let (x, a) = Port::new_pair();
        far.send(enclosing(a));
        let a = at_home.take();
        let (b, y) = Port::new_pair();
        x.send(number(0));
        let other = thread::spawn(move || a.bridge(b));
        x.send(number(1));
        home.send(enclosing(y));
        other.join().unwrap();
        let (log, _y) = Log::on(away.take());
        x.send(number(2));
        assert_eq!(log.take(), [0, 1, 2]);
        assert_eq!(here.node.inspect().ports.len(), 1);
        assert_eq!(there.node.inspect().ports.len(), 1);
    });
}

#[test]
fn both_ends_travel_while_both_send() {
    model(|| {
        let (here, there, _wire) = memory::two_nodes(Settings::default()).unwrap();
        let (at_home, away) = (Arc::new(Ports::default()), Arc::new(Ports::default()));
        let (home, far) = (
            here.port.attach(at_home.clone()),
            there.port.attach(away.clone()),
        );
        let (p, q) = Port::new_pair();
        let (a, b) = Port::new_pair();
        p.send(number(0));
        q.send(number(10));
        // One goes there and back and is joined to a channel here on the way; the other is joined here, and goes there.
        let other = thread::spawn(move || {
            p.send(number(1));
            p.bridge(a);
            b.send(number(2));
            b
        });
        home.send(enclosing(q));
        let q = away.take();
        q.send(number(11));
        far.send(enclosing(q));
        let q = at_home.take();
        q.send(number(12));
        let b = other.join().unwrap();
        b.send(number(3));
        let (near, q) = Log::on(q);
        home.send(enclosing(b));
        let (afar, b) = Log::on(away.take());
        b.send(number(4));
        q.send(number(13));
        assert_eq!(near.take(), [0, 1, 2, 3, 4]);
        assert_eq!(afar.take(), [10, 11, 12, 13]);
        assert_eq!(here.node.inspect().ports.len(), 2);
        assert_eq!(there.node.inspect().ports.len(), 2);
    });
}

#[test]
fn a_port_that_passes_through_is_sent_on_while_its_messages_arrive() {
    model(|| {
        let root = memory::two_nodes(Settings {
            introducer: Some(Arc::new(memory::Wires)),
            ..Settings::default()
        });
        let (here, left, _wire) = root.unwrap();
        let settings = Settings {
            introducer: Some(Arc::new(memory::Wires)),
            ..Settings::default()
        };
        let (right, to_right, _wire) = memory::add_node(&here.node, settings).unwrap();
        let (passing, arrived) = (Arc::new(Ports::default()), Arc::new(Ports::default()));
        let _from_left = here.port.attach(passing.clone());
        let _at_right = right.port.attach(arrived.clone());
        let (x, y) = Port::new_pair();
        x.send(number(0));
        let other = thread::spawn(move || {
            left.port.send(enclosing(y));
            x.send(number(1));
            x.send(number(2));
            (x, left)
        });
        to_right.send(enclosing(passing.take()));
        let (log, _y) = Log::on(arrived.take());
        let (x, left) = other.join().unwrap();
        x.send(number(3));
        assert_eq!(log.take(), [0, 1, 2, 3]);
        // The one in the middle has left, and the two have a link of their own.
        assert_eq!(here.node.inspect().ports.len(), 2);
        assert_eq!(left.node.inspect().ports.len(), 2);
        assert_eq!(right.node.inspect().ports.len(), 2);
    });
}

#[test]
fn the_peer_of_a_port_with_a_handler_leaves_while_that_is_detached_and_sends() {
    model(|| {
        let (here, there, _wire) = memory::two_nodes(Settings::default()).unwrap();
        let away = Arc::new(Ports::default());
        let _far = there.port.attach(away.clone());
        let (near, q) = Port::attached_pair(Arc::new(Log::default()));
        let other = thread::spawn(move || {
            let near = near.detach();
            near.send(number(1));
            Log::on(near)
        });
        here.port.send(enclosing(q));
        let (far_log, q) = Log::on(away.take());
        let (near_log, near) = other.join().unwrap();
        q.send(number(2));
        assert_eq!(far_log.take(), [1]);
        assert_eq!(near_log.take(), [2]);
        drop((near, q));
        assert_eq!(here.node.inspect().ports.len(), 1);
        assert_eq!(there.node.inspect().ports.len(), 1);
    });
}

/// Notes how the channel ended.
#[derive(Default)]
struct Ended(Mutex<Option<Option<ChannelError>>>);

impl Ended {
    /// Waits for that.
    fn take(&self) -> Option<ChannelError> {
        loop {
            if let Some(how) = self.0.lock().unwrap().take() {
                return how;
            }
            thread::yield_now();
        }
    }
}

impl PortHandler for Ended {
    fn message(&self, _: Message<'_>) -> Delivery {
        Delivery::Taken
    }
    fn closed(&self) {
        *self.0.lock().unwrap() = Some(None);
    }
    fn failed(&self, error: ChannelError) {
        *self.0.lock().unwrap() = Some(Some(error));
    }
}

#[test]
fn a_port_whose_message_meets_the_end_of_its_link_fails_with_the_cause() {
    model(|| {
        let (here, there, wire) = memory::two_nodes(Settings::default()).unwrap();
        let cause = ChannelError::new(ChannelErrorKind::PeerFailed, "it was killed");
        let told = cause.clone();
        let cutter = thread::spawn(move || wire.cut(&told));
        let ended = Arc::new(Ended::default());
        let (near, q) = Port::attached_pair(ended.clone());
        let (here_node, here_port) = (here.node, here.port);
        let (_log, here_port) = Log::on(here_port);
        here_port.send(enclosing(q));
        assert_eq!(ended.take(), Some(cause));
        cutter.join().unwrap();
        drop((near, here_port, here_node, there));
    });
}
