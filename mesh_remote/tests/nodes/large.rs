//! Large payloads, which are neither copied into their message nor out of the frame it came in, arrive as they were sent.

use crate::world::{Over, Two, add, receiver, sender, settings, two};
use futures::executor::block_on;
use mesh_channel::{Receiver, Sender, channel};
use mesh_derive::MeshPayload;

/// Payloads of all sizes between things that are not.
#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
struct Parcel {
    number: u32,
    first: Vec<u8>,
    name: String,
    several: Vec<Vec<u8>>,
    answer: Sender<u32>,
    last: Option<Vec<u8>>,
}

/// Around what is kept, what keeps the memory of its packet, a packet, and what is reserved at once.
const SIZES: [usize; 9] = [
    0,
    100,
    (16 << 10) - 1,
    16 << 10,
    40 << 10,
    70 << 10,
    100_000,
    (1 << 20) - 1,
    (3 << 20) + 5,
];

fn bytes(size: usize, salt: usize) -> Vec<u8> {
    (0..size)
        .map(|at| (at ^ (at >> 8) ^ (at >> 16) ^ salt) as u8)
        .collect()
}

fn parcel(number: usize, answer: Sender<u32>) -> Parcel {
    let size = |step| SIZES[(number + step) % SIZES.len()];
    Parcel {
        number: number as u32,
        first: bytes(size(0), number),
        name: "between".repeat(number % 3),
        several: (1..4)
            .map(|step| bytes(size(step), number + step))
            .collect(),
        answer,
        last: (number % 2 == 0).then(|| bytes(size(4), 7)),
    }
}

fn check(number: usize, arrived: Parcel) {
    let (answer, _answers) = channel();
    let expected = parcel(number, answer);
    assert_eq!(arrived.number, expected.number);
    assert!(arrived.first == expected.first, "{number}");
    assert_eq!(arrived.name, expected.name);
    assert!(arrived.several == expected.several, "{number}");
    assert!(arrived.last == expected.last, "{number}");
    arrived.answer.send(arrived.number);
}

fn exchange(tx: &Sender<Parcel>, rx: &mut Receiver<Parcel>) {
    let (answer, mut answers) = channel();
    for number in 0..2 * SIZES.len() {
        tx.send(parcel(number, answer.clone()));
    }
    for number in 0..2 * SIZES.len() {
        check(number, block_on(rx.recv()).unwrap());
    }
    let mut heard: Vec<u32> = (0..2 * SIZES.len())
        .map(|_| block_on(answers.recv()).unwrap())
        .collect();
    heard.sort_unstable();
    let expected: Vec<u32> = (0..2 * SIZES.len() as u32).collect();
    assert_eq!(heard, expected);
}

fn between_two_nodes(over: Over) {
    let mut world = two::<Parcel>(over, settings());
    exchange(&world.tx, &mut world.rx);
}

/// Over streams the node between has to pass on what it gets; over sockets the two are introduced while the messages flow.
fn through_a_node_between(over: Over) {
    let mut left = two::<Receiver<Parcel>>(over, settings());
    let (_right, here, there) = add(&left.a, over, settings());
    let (to_right, mut at_right) = (sender::<Sender<Parcel>>(here), receiver(there));
    let (tx, rx) = channel();
    left.tx.send(rx);
    to_right.send(tx);
    let mut rx = block_on(left.rx.recv()).unwrap();
    let tx: Sender<Parcel> = block_on(at_right.recv()).unwrap();
    exchange(&tx, &mut rx);
}

#[test]
fn large_payloads_cross_a_socket() {
    between_two_nodes(Over::Sockets);
}

#[test]
fn large_payloads_cross_a_stream() {
    between_two_nodes(Over::Streams);
}

#[test]
fn large_payloads_are_passed_on_over_sockets() {
    through_a_node_between(Over::Sockets);
}

#[test]
fn large_payloads_are_passed_on_over_streams() {
    through_a_node_between(Over::Streams);
}

#[test]
fn a_large_message_that_waits_for_its_receiver_to_come_home_is_whole() {
    let Two { tx, rx, .. } =
        &mut two::<(Receiver<Parcel>, Sender<Receiver<Parcel>>)>(Over::Sockets, settings());
    let (parcels, receiver) = channel();
    let (back, mut returned) = channel();
    tx.send((receiver, back));
    let (receiver, back) = block_on(rx.recv()).unwrap();
    let (answer, _answers) = channel();
    for number in 0..SIZES.len() {
        parcels.send(parcel(number, answer.clone()));
    }
    back.send(receiver);
    let mut receiver = block_on(returned.recv()).unwrap();
    for number in 0..SIZES.len() {
        check(number, block_on(receiver.recv()).unwrap());
    }
}
