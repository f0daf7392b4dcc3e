//! A peer that does not read for a while, and sockets that are full: nothing is lost, nobody is blocked, and it goes on.
//!
//! Between the two nodes of a test stands a relay, which passes packets on between two sockets until it is stopped, as a process is by
//! a signal. (One that is really stopped is in the tests of processes.)

use crate::world::{receiver, sender, settings, until, with_limits};
use futures::executor::block_on;
use mesh_channel::rpc::{Rpc, RpcSend};
use mesh_channel::{Receiver, Sender, channel};
use mesh_node::message::MeshPayload;
use mesh_node::node::{Amount, Node, Settings};
use mesh_remote::unix;
use rustix::net::{RecvFlags, SendFlags};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// Where both directions of a relay wait while it is stopped.
#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn set(&self, is_shut: bool) {
        *self.is_shut.lock().unwrap() = is_shut;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let shut = self.is_shut.lock().unwrap();
        drop(self.opened.wait_while(shut, |shut| *shut).unwrap());
    }
}

/// Passes packets on from one socket to the other until the first ends.
fn relay(from: Arc<OwnedFd>, to: Arc<OwnedFd>, gate: Arc<Gate>) {
    thread::spawn(move || {
        let mut packet = vec![0; 128 << 10];
        loop {
            gate.pass();
            match rustix::net::recv(&*from, &mut packet[..], RecvFlags::empty()) {
                Ok((length, _)) if length > 0 => {
                    gate.pass();
                    let flags = SendFlags::NOSIGNAL;
                    if rustix::net::send(&*to, &packet[..length], flags).is_err() {
                        break;
                    }
                }
                _ => break,
            }
        }
        let _ = rustix::net::shutdown(&*to, rustix::net::Shutdown::Both);
        let _ = rustix::net::shutdown(&*from, rustix::net::Shutdown::Both);
    });
}

/// Two nodes with a relay between them, and a channel from the first to the second.
struct Relayed<T> {
    tx: Sender<T>,
    rx: Receiver<T>,
    a: Node,
    b: Node,
    gate: Arc<Gate>,
}

fn relayed<T: MeshPayload>(settings: Settings) -> Relayed<T> {
    let (ours, left) = unix::pair().unwrap();
    let (right, theirs) = unix::pair().unwrap();
    let gate = Arc::new(Gate::default());
    let (left, right) = (Arc::new(left), Arc::new(right));
    relay(left.clone(), right.clone(), gate.clone());
    relay(right, left, gate.clone());
    let a = Node::root(settings.clone()).unwrap();
    let invitation = a.invite().unwrap();
    let here = unix::host(&a, &invitation, ours).unwrap();
    let b = Node::invited(&invitation, settings);
    let there = unix::join(&b, &invitation, theirs).unwrap();
    Relayed {
        tx: sender(here),
        rx: receiver(there),
        a,
        b,
        gate,
    }
}

/// So much may be under way that the windows do not keep the socket from filling.
fn wide() -> Settings {
    with_limits(|limits| limits.window = Amount::new(100_000, 1 << 30))
}

#[test]
fn nothing_is_lost_when_a_peer_stops_reading_and_goes_on() {
    const COUNT: u32 = 3000;
    let mut world = relayed::<(u32, Vec<u8>)>(wide());
    world.tx.send((0, vec![]));
    assert_eq!(block_on(world.rx.recv()).unwrap().0, 0);
    world.gate.set(true);
    // Far more than two sockets hold; none of the sends blocks, from several threads.
    thread::scope(|scope| {
        for thread in 0..4 {
            let tx = world.tx.clone();
            scope.spawn(move || {
                for i in 0..COUNT / 4 {
                    tx.send((i * 4 + thread, vec![i as u8; (i as usize * 97) % 9000]));
                }
            });
        }
    });
    assert!(world.rx.try_recv().is_err());
    world.gate.set(false);
    let mut next = [0, 1, 2, 3];
    for _ in 0..COUNT {
        let (number, bytes) = block_on(world.rx.recv()).unwrap();
        let next = &mut next[number as usize % 4];
        assert_eq!(*next, number);
        *next += 4;
        assert!(bytes.iter().all(|byte| *byte == (number / 4) as u8));
    }
}

#[test]
fn a_stopped_peer_holds_up_no_other() {
    let mut stopped = relayed::<Vec<u8>>(wide());
    let (_other, here, there) =
        crate::world::add(&stopped.a, crate::world::Over::Sockets, settings());
    let (tx, mut rx) = (
        sender::<Rpc<u32, u32>>(here),
        receiver::<Rpc<u32, u32>>(there),
    );
    stopped.gate.set(true);
    for _ in 0..200 {
        stopped.tx.send(vec![7; 20_000]);
    }
    for n in 0..100 {
        let answer = tx.call(|rpc| rpc, n);
        block_on(rx.recv()).unwrap().handle_sync(|n| n + 1);
        assert_eq!(block_on(answer).unwrap(), n + 1);
    }
    stopped.gate.set(false);
    for _ in 0..200 {
        assert!(block_on(stopped.rx.recv()).unwrap() == vec![7; 20_000]);
    }
}

#[test]
fn a_peer_that_ends_while_it_is_stopped_fails_what_waits_for_it() {
    let mut world = relayed::<Vec<u8>>(wide());
    let (reply, mut replies) = channel::<u32>();
    world.gate.set(true);
    for _ in 0..200 {
        world.tx.send(vec![7; 20_000]);
    }
    drop(reply);
    drop(world.b);
    world.gate.set(false);
    block_on(world.tx.closed());
    until(|| world.a.inspect().links.is_empty());
    assert!(block_on(replies.recv()).is_err());
    while block_on(world.rx.recv()).is_ok() {}
}

#[test]
fn a_narrow_window_keeps_the_socket_from_filling_and_loses_nothing() {
    let narrow = with_limits(|limits| limits.window = Amount::new(2, 1000));
    let mut world = relayed::<(u32, Vec<u8>)>(narrow);
    for i in 0..500u32 {
        world.tx.send((i, vec![i as u8; i as usize * 10]));
    }
    for i in 0..500u32 {
        let (number, bytes) = block_on(world.rx.recv()).unwrap();
        assert_eq!(number, i);
        assert!(bytes == vec![i as u8; i as usize * 10]);
    }
}
