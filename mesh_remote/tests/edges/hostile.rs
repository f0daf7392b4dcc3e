//! A peer that writes what it likes to the socket.

use crate::collector::{Collected, Told, start_limited};
use mesh_remote::link::{Cause, Frame, FrameLimits, Link};
use mesh_remote::unix::{self, UnixLink};
use rustix::io::IoSlice;
use rustix::net::{
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, Shutdown, sendmsg, shutdown, sockopt,
};
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

const LIMITS: FrameLimits = FrameLimits {
    bytes: 1000,
    descriptors: 4,
};

/// A link, and the raw socket of its peer.
fn attacked() -> (UnixLink, Collected, OwnedFd) {
    let (ours, theirs) = unix::pair().unwrap();
    let (link, collected) = start_limited(ours, LIMITS);
    (link, collected, theirs)
}

/// Writes a packet. It fails where the link has ended already.
fn write(socket: &OwnedFd, bytes: &[u8], descriptors: usize) {
    let file = File::open("/dev/null").unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(253))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let borrowed = vec![file.as_fd(); descriptors];
    if descriptors > 0 {
        assert!(control.push(SendAncillaryMessage::ScmRights(&borrowed)));
    }
    sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &mut control,
        SendFlags::NOSIGNAL,
    )
    .ok();
}

/// What becomes of a link whose peer writes this packet.
fn cause_of(bytes: &[u8], descriptors: usize) -> String {
    let (_link, collected, socket) = attacked();
    write(&socket, bytes, descriptors);
    match collected.to_the_end() {
        (0, Cause::Malformed(malformed)) => malformed.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_malformed_ends_the_link_and_says_how() {
    assert_eq!(cause_of(&[1], 0), "a piece is cut off");
    assert_eq!(cause_of(&[5, 0, 0, 0, 1], 0), "a piece is cut off");
    assert_eq!(cause_of(&[0, 0, 0, 0xf0], 0), "flags that make no sense");
    assert_eq!(
        cause_of(&[255, 255, 255, 0], 0),
        "a piece longer than a packet"
    );
    assert_eq!(
        cause_of(&[1, 0, 0, 2, 1], 0),
        "a piece that does not follow from the one before"
    );
    let beyond = [[0xe9, 3, 0, 0].as_slice(), &[0; 1001]].concat();
    assert_eq!(
        cause_of(&beyond, 0),
        "a frame beyond the limits of the link"
    );
    assert_eq!(
        cause_of(&[1, 0, 0, 1, 255, 255, 255, 255, 0, 0, 1], 0),
        "a frame beyond the limits of the link"
    );
    assert_eq!(
        cause_of(&[0, 0, 0, 4, 2], 1),
        "descriptors were announced that did not come"
    );
    assert_eq!(
        cause_of(&[0, 0, 0, 4, 5], 5),
        "a frame beyond the limits of the link"
    );
    assert_eq!(cause_of(&[], 3), "descriptors came that were not announced");
    assert_eq!(
        cause_of(&[0, 0, 0, 8, 0, 0, 0, 0], 0),
        "something follows the farewell"
    );
    // Longer than any packet: what is cut off is not missed.
    let mut long = vec![0; 100_000];
    long[..4].copy_from_slice(&[100, 0, 0, 0]);
    assert_eq!(cause_of(&long, 0), "a packet of impossible length");
}

#[test]
fn what_stands_before_the_malformed_part_is_delivered() {
    let (_link, collected, socket) = attacked();
    write(&socket, &[1, 0, 0, 0, 7, 0, 0, 0, 0x80], 0);
    assert_eq!(collected.frame().0, [7]);
    assert!(matches!(collected.to_the_end(), (0, Cause::Malformed(_))));
}

#[test]
fn descriptors_that_were_not_announced_come_after_the_frames() {
    let (_link, collected, socket) = attacked();
    write(&socket, &[1, 0, 0, 4, 1, 7], 3);
    let (bytes, descriptors) = collected.frame();
    assert_eq!((bytes.as_slice(), descriptors.len()), (&[7][..], 1));
    assert!(matches!(collected.to_the_end(), (0, Cause::Malformed(_))));
}

#[test]
fn an_empty_packet_is_taken_for_the_end() {
    let (_link, collected, socket) = attacked();
    write(&socket, &[], 0);
    assert!(matches!(collected.to_the_end(), (0, Cause::PeerLost)));
}

#[test]
fn a_peer_that_stops_only_reading_ends_the_link_after_what_it_has_sent() {
    let (link, collected, socket) = attacked();
    write(&socket, &[1, 0, 0, 0, 7], 0);
    shutdown(&socket, Shutdown::Read).unwrap();
    while link.send(Frame::new(b"x")).is_ok() {}
    assert!(matches!(collected.to_the_end(), (1, Cause::PeerLost)));
}

#[test]
fn a_peer_that_stops_only_writing_ends_the_link() {
    let (_link, collected, socket) = attacked();
    write(&socket, &[1, 0, 0, 0, 7], 0);
    shutdown(&socket, Shutdown::Write).unwrap();
    assert!(matches!(collected.to_the_end(), (1, Cause::PeerLost)));
}

#[test]
fn other_messages_beside_the_bytes_are_ignored() {
    let (ours, theirs) = unix::pair().unwrap();
    // Whoever has a copy of the descriptor can ask the kernel for such messages.
    sockopt::set_socket_passcred(&ours, true).unwrap();
    let (_link, collected) = start_limited(ours, LIMITS);
    write(&theirs, &[1, 0, 0, 4, 2, 7], 2);
    let (bytes, descriptors) = collected.frame();
    assert_eq!((bytes.as_slice(), descriptors.len()), (&[7][..], 2));
}

#[test]
fn no_sequence_of_packets_does_more_than_end_the_link() {
    let mut random = 1u64;
    let mut draw = |bound: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 20) as usize % bound
    };
    let (mut delivered, mut malformed) = (0, 0);
    for _ in 0..1000 {
        let (_link, collected, socket) = attacked();
        for _ in 0..=draw(6) {
            let mut packet = Vec::new();
            for _ in 0..=draw(3) {
                let length = draw(12);
                let flags = [0, 0, 0, 1, 2, 3, 4, draw(256)][draw(8)] as u8;
                packet.extend([length as u8, 0, 0, flags]);
                if flags & 4 != 0 {
                    packet.push(draw(4) as u8);
                }
                if flags & 3 == 1 {
                    packet.extend([draw(30) as u8, 0, 0, 0, draw(3) as u8, 0]);
                }
                packet.resize(packet.len() + length, 1);
            }
            write(&socket, &packet, draw(3));
        }
        drop(socket);
        loop {
            match collected.next() {
                Told::Frame(bytes, descriptors) => {
                    delivered += 1;
                    assert!(bytes.len() <= LIMITS.bytes as usize);
                    assert!(descriptors.len() <= usize::from(LIMITS.descriptors));
                }
                Told::Lost(_, lost) => panic!("{lost}"),
                Told::Closed(Cause::Malformed(_)) => {
                    malformed += 1;
                    break;
                }
                Told::Closed(Cause::PeerLost | Cause::PeerClosed | Cause::Reset) => break,
                Told::Closed(other) => panic!("{other}"),
            }
        }
    }
    // Otherwise it would show nothing.
    assert!(
        delivered > 100 && malformed > 100,
        "{delivered} {malformed}"
    );
}

#[test]
fn the_rest_of_a_frame_may_come_in_packets_of_any_make() {
    let (_link, collected, socket) = attacked();
    let first = [1, 0, 0, 1, 9, 0, 0, 0, 1, 0, 1];
    let rest: [(&[u8], usize); 4] = [
        (&[2, 0, 0, 3, 2, 3], 0),
        (&[1, 0, 0, 3, 4, 2, 0, 0, 3, 5, 6], 0),
        (&[1, 0, 0, 7, 1, 7], 1),
        (&[2, 0, 0, 2, 8, 9, 1, 0, 0, 0, 10], 0),
    ];
    for _ in 0..2 {
        write(&socket, &first, 0);
        for (packet, descriptors) in rest {
            write(&socket, packet, descriptors);
        }
        let (bytes, descriptors) = collected.frame();
        assert_eq!((bytes, descriptors.len()), ((1..10).collect(), 1));
        assert_eq!(collected.frame().0, [10]);
    }
}

#[test]
fn a_piece_that_is_cut_off_or_too_long_ends_the_link_within_a_frame_too() {
    let first = [1, 0, 0, 1, 9, 0, 0, 0, 0, 0, 1];
    for (packet, expected) in [
        (vec![9, 0, 0, 3, 1], "a piece is cut off"),
        (vec![2, 0, 0, 3, 1], "a piece is cut off"),
        (vec![0, 0, 0, 3], "a frame that is not as long as announced"),
        (
            [&[9, 0, 0, 3][..], &[1; 9]].concat(),
            "a frame that is not as long as announced",
        ),
        (
            vec![1, 0, 0, 0, 1],
            "a piece that does not follow from the one before",
        ),
        (
            vec![0, 0, 0, 8],
            "a piece that does not follow from the one before",
        ),
        (vec![0; 80_000], "a packet of impossible length"),
    ] {
        let (_link, collected, socket) = attacked();
        write(&socket, &first, 0);
        write(&socket, &packet, 0);
        match collected.to_the_end() {
            (0, Cause::Malformed(malformed)) => assert_eq!(malformed.to_string(), expected),
            other => panic!("{other:?}"),
        }
    }
}
