//! A peer that is invited and then sends what it likes: its own ports fail, with the reason, and no other's.

use crate::world::{Over, add, receiver, sender, settings, until};
use futures::executor::block_on;
use mesh_channel::{Receiver, RecvError, Sender};
use mesh_node::error::ChannelErrorKind;
use mesh_node::link::{Attachment, Cause, DescriptorsLost, Frame, FrameLimits, Link, Sink};
use mesh_node::node::Node;
use mesh_remote::unix::{self, UnixLink};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::mpsc;

/// Keeps what a node says to the hostile peer.
struct Overhear(mpsc::Sender<Vec<u8>>);

impl Sink for Overhear {
    fn frame(&mut self, bytes: &[u8], _: Vec<Attachment>) {
        self.0.send(bytes.to_vec()).ok();
    }
    fn descriptors_lost(&mut self, _: &[u8], _: DescriptorsLost) {}
    fn closed(self: Box<Self>, _: Cause) {}
}

/// A node with a good neighbour and a hostile one.
struct Victim {
    node: Node,
    neighbour: (Node, Sender<u32>, Receiver<u32>),
    from_hostile: Receiver<u32>,
    hostile: UnixLink,
    heard: mpsc::Receiver<Vec<u8>>,
}

fn victim() -> Victim {
    let node = Node::root(settings()).unwrap();
    let (good, here, there) = add(&node, Over::Sockets, settings());
    let invitation = node.invite().unwrap();
    let (ours, theirs) = unix::pair().unwrap();
    let port = unix::host(&node, &invitation, ours).unwrap();
    let (overhear, heard) = mpsc::channel();
    let limits = FrameLimits::default();
    let hostile = unix::start(theirs, limits, Box::new(Overhear(overhear))).unwrap();
    Victim {
        node,
        neighbour: (good, sender(here), receiver(there)),
        from_hostile: receiver(port),
        hostile,
        heard,
    }
}

impl Victim {
    /// The kind and text of what the node makes of its hostile peer. The neighbour notices nothing.
    fn verdict(mut self) -> (ChannelErrorKind, String) {
        let Err(RecvError::Error(error)) = block_on(self.from_hostile.recv()) else {
            panic!("not failed");
        };
        let (_good, tx, rx) = &mut self.neighbour;
        tx.send(5);
        assert_eq!(block_on(rx.recv()).unwrap(), 5);
        until(|| self.node.inspect().links.len() == 1);
        (error.kind(), error.to_string())
    }
}

fn what_is_said_of(bytes: &[u8], attachments: Vec<Attachment>) -> String {
    let victim = victim();
    let frame = Frame::with_attachments(bytes, attachments);
    victim.hostile.send(frame).unwrap();
    let (kind, text) = victim.verdict();
    assert_eq!(kind, ChannelErrorKind::ProtocolBreach, "{text}");
    text
}

fn descriptor() -> Attachment {
    Attachment::Fd(File::open("/dev/null").unwrap().into())
}

#[test]
fn what_is_no_frame_of_the_protocol_ends_the_link_and_says_why() {
    for (bytes, why) in [
        (&b""[..], "truncated"),
        (b"\x00", "not known"),
        (b"\x7f\x01", "not known"),
        (b"\x01HTTP/1.1", "does not speak"),
        (b"\x03\x00", ""),
        (b"\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "range"),
    ] {
        let text = what_is_said_of(bytes, vec![]);
        assert!(text.contains(why), "{bytes:?}: {text}");
    }
}

#[test]
fn descriptors_that_belong_to_nothing_are_closed_with_the_link() {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    let text = what_is_said_of(b"\x03\x00", vec![Attachment::Fd(writer), descriptor()]);
    assert!(text.contains("resources"), "{text}");
    assert_eq!(rustix::io::read(&reader, &mut [0]).unwrap(), 0);
}

#[test]
fn malformed_packets_end_the_link_of_a_node_and_say_how() {
    let node = Node::root(settings()).unwrap();
    let invitation = node.invite().unwrap();
    let (ours, theirs) = unix::pair().unwrap();
    let port = unix::host(&node, &invitation, ours).unwrap();
    let mut rx: Receiver<u32> = receiver(port);
    rustix::net::send(&theirs, &[0xff; 9], rustix::net::SendFlags::empty()).unwrap();
    let Err(RecvError::Error(error)) = block_on(rx.recv()) else {
        panic!("not failed");
    };
    assert_eq!(
        error.to_string(),
        "the peer broke the protocol: flags that make no sense"
    );
}

#[test]
fn an_introduction_to_something_that_is_no_socket_harms_nobody() {
    // What the victim says first is a hello; sent back with its own name it is a breach, so the name is changed on the way.
    let victim = victim();
    let hello = victim.heard.recv().unwrap();
    assert_eq!(hello.first(), Some(&1));
    victim.hostile.send(Frame::new(hello)).unwrap();
    let introduce = [18; 40];
    let file: OwnedFd = File::open("/dev/null").unwrap().into();
    victim
        .hostile
        .send(Frame::with_descriptors(introduce.as_slice(), vec![file]))
        .ok();
    let (kind, text) = victim.verdict();
    assert_eq!(kind, ChannelErrorKind::ProtocolBreach, "{text}");
}

#[test]
fn no_sequence_of_frames_does_more_than_end_the_link() {
    let mut random = 1u64;
    let mut draw = |bound: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 20) as usize % bound
    };
    for _ in 0..200 {
        let victim = victim();
        let hello = victim.heard.recv().unwrap();
        for _ in 0..=draw(6) {
            let mut frame = match draw(3) {
                0 => hello.clone(),
                _ => (0..draw(40)).map(|_| draw(256) as u8).collect(),
            };
            if let Some(first) = frame.first_mut().filter(|_| draw(2) == 0) {
                *first = draw(22) as u8;
            }
            if draw(2) == 0 && !frame.is_empty() {
                let at = draw(frame.len());
                frame[at] = draw(256) as u8;
            }
            let attachments = (0..draw(3)).map(|_| descriptor()).collect();
            let frame = Frame::with_attachments(frame, attachments);
            if victim.hostile.send(frame).is_err() {
                break;
            }
        }
        victim.hostile.abort();
        victim.verdict();
    }
}

#[test]
fn a_shutdown_does_not_wait_for_one_that_broke_the_protocol_and_says_no_farewell() {
    let node = Node::root(settings()).unwrap();
    let invitation = node.invite().unwrap();
    let (ours, theirs) = unix::pair().unwrap();
    let port = unix::host(&node, &invitation, ours).unwrap();
    let mut rx: Receiver<u32> = receiver(port);
    // A packet with a frame of one byte, which is of no kind that is known.
    let flags = rustix::net::SendFlags::empty();
    rustix::net::send(&theirs, &[1, 0, 0, 0, 0x7f], flags).unwrap();
    assert!(matches!(block_on(rx.recv()), Err(RecvError::Error(_))));
    block_on(node.shutdown());
    assert!(node.inspect().links.is_empty());
    drop(theirs);
}
