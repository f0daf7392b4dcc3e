//! Tests that need a look inside: what is packed together on the socket.

use super::*;
use crate::link::{Attachment, Cause, DescriptorsLost};
use crate::packet::PACKET_BYTES;
use mesh_node::driver;

struct Quiet;

impl Sink for Quiet {
    fn frame(&mut self, _: &[u8], _: Vec<Attachment>) {}
    fn descriptors_lost(&mut self, _: &[u8], _: DescriptorsLost) {}
    fn closed(self: Box<Self>, _: Cause) {}
}

fn packet_length(socket: &OwnedFd) -> usize {
    let mut buffer = vec![0; PACKET_BYTES];
    rustix::net::recv(socket, &mut buffer[..], rustix::net::RecvFlags::empty())
        .unwrap()
        .1
}

#[test]
fn a_frame_goes_out_at_once_in_a_packet_of_its_own() {
    let (ours, theirs) = pair().unwrap();
    let link = start(ours, FrameLimits::default(), Box::new(Quiet)).unwrap();
    link.send(Frame::new(b"one")).unwrap();
    link.send(Frame::new(b"two!")).unwrap();
    assert_eq!(link.queued_bytes(), 0);
    assert_eq!(packet_length(&theirs), 7);
    assert_eq!(packet_length(&theirs), 8);
}

#[test]
fn the_frames_of_a_batch_go_out_in_one_packet_at_its_end() {
    let (ours, theirs) = pair().unwrap();
    let link = start(ours, FrameLimits::default(), Box::new(Quiet)).unwrap();
    batch(|| {
        batch(|| link.send(Frame::new(b"one")).unwrap());
        link.send(Frame::new(b"two!")).unwrap();
        assert_eq!(link.queued_bytes(), 15);
    });
    assert_eq!(link.queued_bytes(), 0);
    assert_eq!(packet_length(&theirs), 15);
}

#[test]
fn a_batch_that_panics_still_sends() {
    let (ours, theirs) = pair().unwrap();
    let link = start(ours, FrameLimits::default(), Box::new(Quiet)).unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        batch(|| {
            link.send(Frame::new(b"one")).unwrap();
            panic!("as the test wants it");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(packet_length(&theirs), 7);
}

#[test]
fn what_finds_the_socket_full_goes_out_in_few_packets() {
    let (ours, theirs) = pair().unwrap();
    let link = start(ours, FrameLimits::default(), Box::new(Quiet)).unwrap();
    let mut direct = 0;
    while link.queued_bytes() == 0 {
        link.send(Frame::new(&[1; 64])).unwrap();
        direct += 1;
    }
    for _ in 0..10_000 {
        link.send(Frame::new(&[2; 64])).unwrap();
    }
    let (mut bytes, mut packets) = (0, 0);
    while bytes < (direct + 10_000) * 68 {
        bytes += packet_length(&theirs);
        packets += 1;
    }
    assert!(packets < direct + 20, "{packets} packets, {direct} direct");
}

#[test]
fn who_looks_fills_a_socket_again_before_the_system_says_that_there_is_room() {
    let (ours, theirs) = pair().unwrap();
    let link = start(ours, FrameLimits::default(), Box::new(Quiet)).unwrap();
    let frame = vec![1; 30_000];
    let mut sent = 0;
    while link.queued_bytes() == 0 {
        link.send(Frame::new(&frame)).unwrap();
        sent += 1;
    }
    // The system would tell when three quarters have been read.
    assert!(sent > 5);
    packet_length(&theirs);
    packet_length(&theirs);
    let driver = driver::get().unwrap();
    let mut looks = 0;
    let mut look = |rounds: &mut dyn driver::Rounds| {
        while link.queued_bytes() > 0 && looks < 1000 {
            rounds.look();
            looks += 1;
        }
    };
    while !driver.drive(&|| false, &mut look) {
        // The links' thread lets others go first when it wakes.
        driver.interrupt();
        std::thread::yield_now();
    }
    assert_eq!(link.queued_bytes(), 0);
}
