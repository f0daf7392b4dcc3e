//! Endpoints that travel over sockets, in use all the while, and nodes that are introduced for their sake.

use crate::world::{Over, Star, add, ports_and_proxies, receiver, sender, settings, star, until};
use futures::executor::block_on;
use mesh_channel::rpc::{Rpc, RpcSend};
use mesh_channel::{Receiver, RecvError, Sender, channel};
use mesh_derive::MeshPayload;
use mesh_node::node::Node;

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
enum Parcel {
    /// Where parcels go from here.
    Way(Sender<Parcel>),
    /// Where parcels arrive here.
    Stop(Receiver<Parcel>),
    Luggage(Receiver<u32>, Sender<u32>),
    Receiver(Receiver<u32>),
    Sender(Sender<u32>),
}

/// A way round: from the root to a leaf, to the next, and home.
struct Lane {
    ways: Vec<Sender<Parcel>>,
    stops: Vec<Receiver<Parcel>>,
}

impl Lane {
    fn new(world: &mut Star<Parcel>) -> Self {
        let (mut way, mut stop) = channel();
        let (mut ways, mut stops) = (vec![], vec![]);
        for leaf in &mut world.leaves {
            leaf.tx.send(Parcel::Stop(stop));
            let Ok(Parcel::Stop(here)) = block_on(leaf.rx.recv()) else {
                panic!("no stop");
            };
            stops.push(here);
            ways.push(way);
            let (next, at_next) = channel();
            leaf.tx.send(Parcel::Way(next));
            let Ok(Parcel::Way(next)) = block_on(leaf.rx.recv()) else {
                panic!("no way");
            };
            (way, stop) = (next, at_next);
        }
        ways.push(way);
        stops.push(stop);
        Self { ways, stops }
    }

    /// Sends a parcel from where it is to the next stop, and takes it there.
    fn carry(&mut self, stop: usize, parcel: Parcel) -> Parcel {
        self.ways[stop].send(parcel);
        block_on(self.stops[stop].recv()).unwrap()
    }

    fn luggage(
        &mut self,
        stop: usize,
        luggage: (Receiver<u32>, Sender<u32>),
    ) -> (Receiver<u32>, Sender<u32>) {
        match self.carry(stop, Parcel::Luggage(luggage.0, luggage.1)) {
            Parcel::Luggage(rx, tx) => (rx, tx),
            _ => panic!("no luggage"),
        }
    }
}

fn nodes(world: &Star<Parcel>) -> Vec<&Node> {
    let leaves = world.leaves.iter().map(|leaf| &leaf.node);
    [&world.root].into_iter().chain(leaves).collect()
}

/// Waits until so many ports, and no proxy, are left in each node.
fn until_settled(world: &Star<Parcel>, ports: &[usize]) {
    for (node, ports) in nodes(world).into_iter().zip(ports) {
        until(|| ports_and_proxies(node) == (*ports, 0));
    }
}

#[test]
fn ten_thousand_messages_follow_an_endpoint_to_three_nodes_and_home() {
    const TOTAL: u32 = 10_000;
    let mut world = star::<Parcel>(Over::Sockets, 3);
    let mut lane = Lane::new(&mut world);
    // One to each leaf, and the lane's: two ends in the root, two at each stop.
    until_settled(&world, &[5, 3, 3, 3]);
    let (tx, mut rx) = channel();
    let (mut back, mut echo) = channel::<u32>();
    let sending = std::thread::spawn(move || {
        for i in 0..TOTAL {
            tx.send(i);
        }
        tx
    });
    let mut passed = 0;
    for stop in (0..=3).chain(0..=3) {
        (rx, back) = lane.luggage(stop, (rx, back));
        for _ in 0..TOTAL / 8 {
            back.send(block_on(rx.recv()).unwrap());
            passed += 1;
        }
    }
    assert_eq!(passed, TOTAL);
    for i in 0..TOTAL {
        assert_eq!(block_on(echo.recv()).unwrap(), i);
    }
    let tx = sending.join().unwrap();
    // Everybody is at home, and nothing of it is left in any node.
    until_settled(&world, &[5, 3, 3, 3]);
    drop((tx, back));
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
    assert!(matches!(block_on(echo.recv()), Err(RecvError::Closed)));
}

#[test]
fn threads_that_send_while_the_receiver_travels_lose_and_reorder_nothing() {
    const THREADS: usize = 4;
    const EACH: usize = 3000;
    let mut world = star::<Parcel>(Over::Sockets, 2);
    let mut lane = Lane::new(&mut world);
    let (tx, mut rx) = channel();
    let (mut companion, echo) = channel();
    let mut next = [0; THREADS];
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let tx = tx.clone();
            scope.spawn(move || {
                for i in 0..EACH {
                    tx.send((thread * EACH + i) as u32);
                }
            });
        }
        drop(tx);
        for stop in (0..3).cycle() {
            for _ in 0..50 {
                let Ok(value) = block_on(rx.recv()) else {
                    return;
                };
                let (thread, i) = (value as usize / EACH, value as usize % EACH);
                assert_eq!(next[thread], i);
                next[thread] += 1;
            }
            (rx, companion) = lane.luggage(stop, (rx, companion));
        }
    });
    assert_eq!(next, [EACH; THREADS]);
    drop(echo);
}

#[test]
fn both_ends_travel_at_once() {
    const ROUNDS: usize = 15;
    const AT_STOP: u32 = 40;
    let mut world = star::<Parcel>(Over::Sockets, 2);
    let (mut to, mut from) = (Lane::new(&mut world), Lane::new(&mut world));
    let (mut tx, mut rx) = channel();
    let sender = std::thread::spawn(move || {
        let mut sent = 0;
        for stop in (0..from.stops.len()).cycle().take(ROUNDS * 3) {
            for _ in 0..AT_STOP {
                tx.send(sent);
                sent += 1;
            }
            tx = match from.carry(stop, Parcel::Sender(tx)) {
                Parcel::Sender(tx) => tx,
                _ => panic!("no sender"),
            };
        }
        sent
    });
    let mut expected = 0;
    'all: for stop in (0..to.stops.len()).cycle() {
        for _ in 0..AT_STOP / 2 {
            match block_on(rx.recv()) {
                Ok(value) => assert_eq!(value, expected),
                Err(RecvError::Closed) => break 'all,
                Err(error) => panic!("{error}"),
            }
            expected += 1;
        }
        rx = match to.carry(stop, Parcel::Receiver(rx)) {
            Parcel::Receiver(rx) => rx,
            _ => panic!("no receiver"),
        };
    }
    assert_eq!(sender.join().unwrap(), expected);
    drop(to);
    // What is left is the channel to each leaf.
    until_settled(&world, &[2, 1, 1]);
}

/// Two channels of requests between two leaves, one each way, that were handed out by the root.
type Ends = (Sender<Rpc<u32, u32>>, Receiver<Rpc<u32, u32>>);

fn brought_together(world: &mut Star<Ends>) -> (Ends, Ends) {
    let ((to_second, at_second), (to_first, at_first)) = (channel(), channel());
    world.leaves[0].tx.send((to_second, at_first));
    world.leaves[1].tx.send((to_first, at_second));
    let first = block_on(world.leaves[0].rx.recv()).unwrap();
    let second = block_on(world.leaves[1].rx.recv()).unwrap();
    (first, second)
}

fn ask(from: &Ends, at: &mut Ends, n: u32) {
    let answer = from.0.call(|rpc| rpc, n);
    block_on(at.1.recv()).unwrap().handle_sync(|n| n + 1);
    assert_eq!(block_on(answer).unwrap(), n + 1);
}

#[test]
fn two_that_were_introduced_talk_directly_and_need_no_root() {
    let mut world = star::<Ends>(Over::Sockets, 2);
    let (mut first, mut second) = brought_together(&mut world);
    ask(&first, &mut second, 1);
    ask(&second, &mut first, 2);
    // The root has its two channels and nothing of theirs; they have a link of their own.
    until(|| ports_and_proxies(&world.root) == (2, 0));
    for leaf in &world.leaves {
        until(|| {
            leaf.node
                .inspect()
                .links
                .iter()
                .filter(|link| link.up)
                .count()
                == 2
        });
    }
    drop(world.root);
    for n in 0..100 {
        ask(&first, &mut second, n);
        ask(&second, &mut first, n);
    }
    drop(first);
    assert!(matches!(block_on(second.1.recv()), Err(RecvError::Closed)));
}

#[test]
fn introductions_reach_the_grandchildren() {
    let root = Node::root(settings()).unwrap();
    let (left, to_left, at_left) = add(&root, Over::Sockets, settings());
    let (right, to_right, at_right) = add(&root, Over::Sockets, settings());
    let (far_left, to_far_left, at_far_left) = add(&left, Over::Sockets, settings());
    let (far_right, to_far_right, at_far_right) = add(&right, Over::Sockets, settings());
    let (tx, rx) = channel::<u32>();
    let (to_left, to_right) = (sender(to_left), sender(to_right));
    to_left.send(tx);
    to_right.send(rx);
    let (mut at_left, mut at_right) = (receiver(at_left), receiver(at_right));
    let (to_far_left, to_far_right) = (sender(to_far_left), sender(to_far_right));
    let tx: Sender<u32> = block_on(at_left.recv()).unwrap();
    let rx: Receiver<u32> = block_on(at_right.recv()).unwrap();
    tx.send(0);
    to_far_left.send(tx);
    to_far_right.send(rx);
    let (mut at_far_left, mut at_far_right) = (receiver(at_far_left), receiver(at_far_right));
    let tx: Sender<u32> = block_on(at_far_left.recv()).unwrap();
    let mut rx: Receiver<u32> = block_on(at_far_right.recv()).unwrap();
    tx.send(1);
    for i in 0..2 {
        assert_eq!(block_on(rx.recv()).unwrap(), i);
    }
    for (node, own) in [
        (&root, 2),
        (&left, 2),
        (&right, 2),
        (&far_left, 2),
        (&far_right, 2),
    ] {
        until(|| ports_and_proxies(node) == (own, 0));
    }
    drop((root, left, right));
    tx.send(2);
    assert_eq!(block_on(rx.recv()).unwrap(), 2);
    drop((far_left, tx));
    assert!(block_on(rx.recv()).is_err());
}

#[test]
fn one_that_is_gone_is_not_introduced_and_its_channels_fail() {
    let mut world = star::<Ends>(Over::Sockets, 2);
    let ((to_second, at_second), (to_first, mut at_first)) =
        (channel(), channel::<Rpc<u32, u32>>());
    world.leaves[1].tx.send((to_first, at_second));
    let second = block_on(world.leaves[1].rx.recv()).unwrap();
    drop(world.leaves.remove(1).node);
    drop(second);
    // Its peer goes on to the first, and learns there that it is of no use.
    let (spare, at_spare) = channel();
    world.leaves[0].tx.send((to_second, at_spare));
    let first = block_on(world.leaves[0].rx.recv()).unwrap();
    assert!(block_on(first.0.call(|rpc| rpc, 1)).is_err());
    assert!(block_on(at_first.recv()).is_err());
    drop(spare);
    let mut rest = first.1;
    assert!(matches!(block_on(rest.recv()), Err(RecvError::Closed)));
}
