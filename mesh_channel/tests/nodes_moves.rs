//! Endpoints that travel between nodes of one process, in use all the while.

#![allow(clippy::unwrap_used)]

mod world;

use futures_executor::block_on;
use mesh_channel::{Receiver, RecvError, Sender, channel};
use mesh_derive::MeshPayload;
use mesh_node::error::{ChannelError, ChannelErrorKind};
use std::cell::Cell;
use world::{Counted, WRITTEN, ports_and_proxies, settle, star};

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
enum Parcel {
    /// Where parcels go from here.
    Way(Sender<Parcel>),
    /// Where parcels arrive here.
    Stop(Receiver<Parcel>),
    Luggage(Receiver<Counted>, Sender<Counted>),
    Receiver(Receiver<Counted>),
    Sender(Sender<Counted>),
}

/// A way round: from the root to a leaf, to the next, and home.
struct Lane {
    ways: Vec<Sender<Parcel>>,
    stops: Vec<Receiver<Parcel>>,
}

impl Lane {
    fn new(world: &mut world::Star<Parcel>) -> Self {
        let (mut way, mut stop) = channel();
        let (mut ways, mut stops) = (vec![], vec![]);
        for leaf in &mut world.leaves {
            leaf.tx.send(Parcel::Stop(stop));
            let Ok(Parcel::Stop(here)) = leaf.rx.try_recv() else {
                panic!("no stop");
            };
            stops.push(here);
            ways.push(way);
            let (next, at_next) = channel();
            leaf.tx.send(Parcel::Way(next));
            let Ok(Parcel::Way(next)) = leaf.rx.try_recv() else {
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

    /// As [`carry`](Self::carry), and sends something by `meanwhile` before taking it.
    fn luggage(
        &mut self,
        stop: usize,
        luggage: (Receiver<Counted>, Sender<Counted>),
        meanwhile: impl FnOnce(),
    ) -> (Receiver<Counted>, Sender<Counted>) {
        self.ways[stop].send(Parcel::Luggage(luggage.0, luggage.1));
        meanwhile();
        match block_on(self.stops[stop].recv()) {
            Ok(Parcel::Luggage(rx, tx)) => (rx, tx),
            _ => panic!("no luggage"),
        }
    }
}

fn all_settled(world: &world::Star<Parcel>) -> Vec<(usize, usize)> {
    let leaves = world.leaves.iter().map(|leaf| &leaf.node);
    let nodes: Vec<_> = [&world.root].into_iter().chain(leaves).collect();
    settle(&nodes);
    nodes.into_iter().map(ports_and_proxies).collect()
}

#[test]
fn endpoints_travel_round_in_use_all_the_while_and_come_home() {
    let mut world = star::<Parcel>(3);
    let mut lane = Lane::new(&mut world);
    let before = all_settled(&world);
    let (tx, mut rx) = channel();
    let (mut back, mut echo) = channel::<Counted>();
    let sent = Cell::new(0);
    let send = |count| {
        for _ in 0..count {
            tx.send(Counted(sent.replace(sent.get() + 1)));
        }
    };
    let mut expected = 0;
    for stop in 0..=3 {
        send(1250);
        (rx, back) = lane.luggage(stop, (rx, back), || send(1250));
        for _ in 0..700 {
            back.send(rx.try_recv().unwrap());
        }
        for _ in 0..300 {
            assert_eq!(echo.try_recv().unwrap().0, expected);
            expected += 1;
        }
    }
    while let Ok(value) = rx.try_recv() {
        back.send(value);
    }
    while let Ok(value) = echo.try_recv() {
        assert_eq!(value.0, expected);
        expected += 1;
    }
    assert_eq!(expected, 10_000);

    // Everybody is at home: nothing of it is left in any node, and nothing is written out any more.
    assert_eq!(all_settled(&world), before);
    let written = WRITTEN.get();
    tx.send(Counted(1));
    back.send(rx.try_recv().unwrap());
    assert_eq!(echo.try_recv().unwrap().0, 1);
    assert_eq!(WRITTEN.get(), written);
    drop((tx, back));
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Closed)));
    assert!(matches!(block_on(echo.recv()), Err(RecvError::Closed)));
}

#[test]
fn the_middleman_leaves_and_may_exit() {
    let mut world = star::<Parcel>(2);
    let mut lane = Lane::new(&mut world);
    let before = all_settled(&world);
    let (tx, rx) = channel();
    let (back, mut echo) = channel();
    // The receiver and a sender go to the first stop and from there to the second; their counterparts stay with the root.
    let (rx, back) = lane.luggage(0, (rx, back), || tx.send(Counted(0)));
    let (mut rx, back) = lane.luggage(1, (rx, back), || tx.send(Counted(1)));
    let held = |at: usize, more| (before[at].0 + more, 0);
    assert_eq!(all_settled(&world), [held(0, 2), held(1, 0), held(2, 2)]);

    let first = world.leaves.remove(0);
    let cause = ChannelError::new(ChannelErrorKind::PeerFailed, "it exited");
    first.wire.cut(&cause);
    drop(first);
    tx.send(Counted(2));
    for i in 0..3 {
        let value = rx.try_recv().unwrap();
        assert_eq!(value.0, i);
        back.send(value);
        assert_eq!(echo.try_recv().unwrap().0, i);
    }
    // Both ends of another channel go round to a stop, and meet there.
    let (tx, rx) = channel();
    let leaf = &mut world.leaves[0];
    leaf.tx.send(Parcel::Luggage(rx, tx));
    let Ok(Parcel::Luggage(mut rx, tx)) = leaf.rx.try_recv() else {
        panic!("no luggage");
    };
    block_on(leaf.node.settled());
    let written = WRITTEN.get();
    tx.send(Counted(5));
    assert_eq!(rx.try_recv().unwrap().0, 5);
    assert_eq!(WRITTEN.get(), written);
}

#[test]
fn threads_that_send_while_the_receiver_travels_lose_and_reorder_nothing() {
    const THREADS: usize = 4;
    const EACH: usize = 3000;
    let mut world = star::<Parcel>(2);
    let mut lane = Lane::new(&mut world);
    let (tx, mut rx) = channel();
    let (companion, echo) = channel();
    let mut next = [0; THREADS];
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let tx = tx.clone();
            scope.spawn(move || {
                for i in 0..EACH {
                    tx.send(Counted((thread * EACH + i) as u32));
                }
            });
        }
        drop(tx);
        let mut companion = companion;
        for stop in (0..3).cycle() {
            for _ in 0..50 {
                let Ok(value) = block_on(rx.recv()) else {
                    return;
                };
                let (thread, i) = (value.0 as usize / EACH, value.0 as usize % EACH);
                assert_eq!(next[thread], i);
                next[thread] += 1;
            }
            (rx, companion) = lane.luggage(stop, (rx, companion), || {});
        }
    });
    assert_eq!(next, [EACH; THREADS]);
    drop(echo);
}

fn both_ends_travel(mut to: Lane, mut from: Lane) {
    const ROUNDS: usize = 20;
    const AT_STOP: u32 = 40;
    let (mut tx, mut rx) = channel();
    let sender = std::thread::spawn(move || {
        for round in 0..ROUNDS {
            for stop in 0..from.stops.len() {
                for i in 0..AT_STOP {
                    let before = round * from.stops.len() + stop;
                    tx.send(Counted(before as u32 * AT_STOP + i));
                }
                tx = match from.carry(stop, Parcel::Sender(tx)) {
                    Parcel::Sender(tx) => tx,
                    _ => panic!("no sender"),
                };
            }
        }
        (ROUNDS * from.stops.len()) as u32 * AT_STOP
    });
    let mut expected = 0;
    'all: for stop in (0..to.stops.len()).cycle() {
        for _ in 0..AT_STOP / 2 {
            match block_on(rx.recv()) {
                Ok(value) => assert_eq!(value.0, expected),
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
}

fn drivers(world: &world::Star<Parcel>) -> world::Drivers {
    world::Drivers::new(world.leaves.iter().map(|leaf| leaf.wire.clone()).collect())
}

#[test]
fn both_ends_travel_at_once_over_links_with_threads_of_their_own() {
    let mut world = star::<Parcel>(2);
    let (to, from) = (Lane::new(&mut world), Lane::new(&mut world));
    let before = all_settled(&world);
    let driven = drivers(&world);
    both_ends_travel(to, from);
    drop(driven);
    // The lanes are gone as well: for each stop they held two ports, one of the root's and one of the stop's, or of the two stops'.
    let after = all_settled(&world);
    assert!(
        after
            .iter()
            .zip(&before)
            .all(|(after, before)| after.0 < before.0),
        "{after:?} {before:?}"
    );
    assert!(after.iter().all(|node| node.1 == 0), "{after:?}");
}

#[test]
fn a_channel_may_span_two_meshes_of_one_process() {
    let (mut left, mut right) = (star::<Parcel>(2), star::<Parcel>(2));
    let (to, from) = (Lane::new(&mut left), Lane::new(&mut right));
    let _driven = (drivers(&left), drivers(&right));
    both_ends_travel(to, from);
}
