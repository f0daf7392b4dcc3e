//! Descriptors in messages between nodes: each is delivered once or closed, on every path.
//!
//! One test, as it counts the descriptors of its process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod world;

use futures_executor::block_on;
use mesh_channel::{Receiver, RecvError, Sender, TrySendError, channel};
use mesh_derive::{MeshPayload, Protobuf};
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::link::Capabilities;
use mesh_node::local_node::Port;
use mesh_node::node::Node;
use mesh_node::node::memory::Wire;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use world::{Two, settings, two, with_window};

#[derive(MeshPayload)]
#[mesh(crate = "mesh_node")]
struct Parcel {
    before: Option<Sender<u32>>,
    file: OwnedFd,
    after: Option<Sender<u32>>,
}

/// What an older program knows of a parcel.
#[derive(Protobuf)]
#[mesh(
    crate = "mesh_node::payload",
    resource = "mesh_node::resource::Resource"
)]
struct Part {
    #[mesh(1)]
    before: Option<Sender<u32>>,
}

fn parcel() -> Parcel {
    Parcel {
        before: None,
        file: File::open("/dev/null").unwrap().into(),
        after: None,
    }
}

fn open_descriptors() -> usize {
    // The folder's own descriptor is there whenever it is counted.
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn a_file_arrives_between_ports() {
    let Two {
        tx, mut rx, a, b, ..
    } = two::<Parcel>(settings());
    let (before, mut from_before) = channel();
    let (after, mut from_after) = channel();
    let mut sent = parcel();
    let mut file = File::from(OwnedFd::from(tempfile()));
    file.write_all(b"hello").unwrap();
    sent.file = file.into();
    (sent.before, sent.after) = (Some(before), Some(after));
    tx.send(sent);
    let got = rx.try_recv().unwrap();
    let mut file = File::from(got.file);
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
    got.before.unwrap().send(1);
    got.after.unwrap().send(2);
    assert_eq!(from_before.try_recv().unwrap(), 1);
    assert_eq!(from_after.try_recv().unwrap(), 2);
    drop((a, b));
}

fn tempfile() -> File {
    let path = std::env::temp_dir().join(format!("mesh-{}", std::process::id()));
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(path).unwrap();
    file
}

fn what_waits_or_is_on_its_way_is_closed_when_the_link_is_lost() {
    let Two {
        tx, mut rx, wire, ..
    } = two::<Parcel>(with_window(4));
    for _ in 0..200 {
        tx.send(parcel());
    }
    wire.hold(true);
    while rx.try_recv().is_ok() {}
    wire.cut(&ChannelError::new(ChannelErrorKind::LinkLost, "pulled"));
    while rx.try_recv().is_ok() {}
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Error(_))));
}

fn what_nobody_takes_is_closed_when_the_receiver_goes() {
    let Two { tx, rx, .. } = two::<Parcel>(with_window(4));
    for _ in 0..200 {
        tx.send(parcel());
    }
    drop(rx);
    assert!(tx.is_closed());
    tx.send(parcel());
}

fn what_a_link_cannot_carry_fails_its_port() {
    let none = Capabilities {
        descriptors: false,
        ..mesh_node::node::memory::CAPABILITIES
    };
    let root = Node::root(settings()).unwrap();
    let invitation = root.invite().unwrap();
    let child = Node::invited(&invitation, settings());
    let (near, far, _wire) = Wire::new();
    let here: Port = root
        .host(&invitation, none, |input| Ok(near.start(Box::new(input))))
        .unwrap();
    let there = child
        .join(&invitation, none, |input| Ok(far.start(Box::new(input))))
        .unwrap();
    let tx: Sender<Receiver<Parcel>> = world::sender(here);
    let mut rx: Receiver<Receiver<Parcel>> = world::receiver(there);
    let (parcels, far) = channel();
    tx.send(far);
    let mut far = rx.try_recv().unwrap();
    parcels.send(parcel());
    let Err(RecvError::Error(there)) = block_on(far.recv()) else {
        panic!("not failed");
    };
    let Err(TrySendError::Error(_, here)) = parcels.try_send(parcel()) else {
        panic!("not failed");
    };
    assert_eq!(here, there);
    assert!(
        there
            .to_string()
            .contains("a resource over a link that carries none"),
        "{there}"
    );
    assert!(!tx.is_closed());
}

fn what_no_field_claims_is_closed() {
    let (here, there, _wire) = mesh_node::node::memory::two_nodes(settings()).unwrap();
    let tx: Sender<Parcel> = world::sender(here.port);
    let mut rx: Receiver<Part> = world::receiver(there.port);
    tx.send(parcel());
    assert!(rx.try_recv().unwrap().before.is_none());
}

#[test]
fn every_descriptor_is_delivered_once_or_closed() {
    let before = open_descriptors();
    for path in [
        a_file_arrives_between_ports,
        what_waits_or_is_on_its_way_is_closed_when_the_link_is_lost,
        what_nobody_takes_is_closed_when_the_receiver_goes,
        what_a_link_cannot_carry_fails_its_port,
        what_no_field_claims_is_closed,
    ] {
        path();
        assert_eq!(open_descriptors(), before);
    }
}
