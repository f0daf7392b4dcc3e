//! Tables that are full: this process's descriptors, and those of a user that are under way.

#![allow(
    unsafe_code,
    reason = "rustix can change the user of a thread only, and that is unsafe too"
)]

use crate::alone::alone;
use crate::collector::{Told, collector_of, start};
use mesh_remote::link::{DescriptorsLost, Frame, FrameLimits, Link};
use mesh_remote::unix::{self, StartError};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    sendmsg, socketpair,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

fn descriptors(count: usize) -> Vec<OwnedFd> {
    let file = File::open("/dev/null").unwrap();
    (0..count)
        .map(|_| file.try_clone().unwrap().into())
        .collect()
}

/// The lowest number that is free for a descriptor.
fn lowest_free() -> u64 {
    File::open("/dev/null").unwrap().as_raw_fd() as u64
}

fn allow_below(number: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(number);
    setrlimit(Resource::Nofile, limit).unwrap();
}

#[test]
fn a_full_table_costs_a_frame_its_descriptors_and_no_other() {
    alone(
        "tables::a_full_table_costs_a_frame_its_descriptors_and_no_other",
        || {
            let (ours, theirs) = unix::pair().unwrap();
            let ((ours, _), (_theirs, collected)) = (start(ours), start(theirs));
            // Whether or not those of the first frame have been closed here when they arrive, there is room for ten at most.
            let lowest = lowest_free();
            let some = descriptors(50);
            allow_below(lowest + 10);
            unix::batch(|| {
                ours.send(Frame::with_descriptors(b"many".as_slice(), some))
                    .unwrap();
                ours.send(Frame::new(b"none")).unwrap();
            });
            match collected.next() {
                Told::Lost(bytes, lost) => {
                    assert_eq!(bytes, b"many");
                    let expected = DescriptorsLost {
                        announced: 50,
                        arrived: lost.arrived,
                    };
                    assert_eq!(lost, expected);
                    assert!(lost.arrived < 50);
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(collected.frame().0, b"none");
            // It has closed those that came, so that there is room for as many again.
            for _ in 0..20 {
                let frame = Frame::with_descriptors(b"few".as_slice(), descriptors(4));
                ours.send(frame).unwrap();
                let (bytes, descriptors) = collected.frame();
                assert_eq!((bytes.as_slice(), descriptors.len()), (&b"few"[..], 4));
            }
        },
    );
}

#[test]
fn a_frame_in_many_packets_loses_its_descriptors_as_a_whole() {
    alone(
        "tables::a_frame_in_many_packets_loses_its_descriptors_as_a_whole",
        || {
            let (ours, theirs) = unix::pair().unwrap();
            let ((ours, _), (_theirs, collected)) = (start(ours), start(theirs));
            let lowest = lowest_free();
            let some = descriptors(600);
            allow_below(lowest + 100);
            ours.send(Frame::with_descriptors(vec![1; 100_000], some))
                .unwrap();
            match collected.next() {
                Told::Lost(bytes, lost) => {
                    assert_eq!(bytes, vec![1; 100_000]);
                    assert_eq!(lost.announced, 600);
                    assert!(lost.arrived < 600);
                }
                other => panic!("{other:?}"),
            }
            let frame = Frame::with_descriptors(b"few".as_slice(), descriptors(20));
            ours.send(frame).unwrap();
            assert_eq!(collected.frame().1.len(), 20);
        },
    );
}

/// The kernel counts what is under way by user, and exempts a privileged one.
fn become_a_user_of_its_own() {
    if rustix::process::geteuid().is_root() {
        let user = 0x4000_0000 + std::process::id();
        // SAFETY: it changes who this process is, and nothing in memory.
        assert_eq!(unsafe { libc::setuid(user) }, 0);
    }
}

/// Puts descriptors under way until the kernel takes no more of them, as only a user without privileges can. How many.
fn fill_what_is_under_way(socket: &OwnedFd) -> usize {
    let file = File::open("/dev/null").unwrap();
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    for sent in 0.. {
        let borrowed = [file.as_fd()];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&borrowed)));
        let bytes = [rustix::io::IoSlice::new(b"x")];
        match sendmsg(socket, &bytes, &mut control, SendFlags::DONTWAIT) {
            Ok(_) => {}
            Err(Errno::TOOMANYREFS) => return sent,
            Err(error) => panic!("after {sent}: {error}"),
        }
    }
    unreachable!("there is a limit");
}

#[test]
fn too_many_descriptors_under_way_are_waited_for() {
    alone(
        "tables::too_many_descriptors_under_way_are_waited_for",
        || {
            become_a_user_of_its_own();
            allow_below(lowest_free() + 60);
            let (full, reader) = socketpair(
                AddressFamily::UNIX,
                SocketType::DGRAM,
                SocketFlags::CLOEXEC,
                None,
            )
            .unwrap();
            assert!(fill_what_is_under_way(&full) > 0);
            let (ours, theirs) = unix::pair().unwrap();
            let ((ours, _), (_theirs, collected)) = (start(ours), start(theirs));
            for number in 0..20 {
                let frame = Frame::with_descriptors(vec![number; 10], descriptors(1));
                ours.send(frame).unwrap();
            }
            ours.send(Frame::new(b"behind")).unwrap();
            assert!(ours.queued_bytes() > 0);
            // They are under way until whoever was sent them takes them, or closes.
            drop(reader);
            for number in 0..20 {
                let (bytes, descriptors) = collected.frame();
                assert_eq!((bytes, descriptors.len()), (vec![number; 10], 1));
            }
            assert_eq!(collected.frame().0, b"behind");
        },
    );
}

#[test]
fn without_a_thread_to_be_had_a_link_is_refused_and_leaves_nothing() {
    alone(
        "tables::without_a_thread_to_be_had_a_link_is_refused_and_leaves_nothing",
        || {
            become_a_user_of_its_own();
            let (ours, theirs) = unix::pair().unwrap();
            let limits = getrlimit(Resource::Nproc);
            let none = Rlimit {
                current: Some(1),
                ..limits
            };
            setrlimit(Resource::Nproc, none).unwrap();
            let lowest = lowest_free();
            for _ in 0..3 {
                let (sender, _) = std::sync::mpsc::channel();
                let end = ours.try_clone().unwrap();
                let refused = unix::start(end, FrameLimits::default(), collector_of(sender));
                assert!(matches!(refused, Err(StartError::Io(_))));
                assert_eq!(lowest_free(), lowest);
            }
            setrlimit(Resource::Nproc, limits).unwrap();
            let ((ours, _), (_theirs, collected)) = (start(ours), start(theirs));
            ours.send(Frame::new(b"after all")).unwrap();
            assert_eq!(collected.frame().0, b"after all");
        },
    );
}
