//! What is left behind: nothing but one thread and its descriptor, which the first link starts.

use crate::alone::alone;
use crate::collector::start;
use mesh_remote::link::{Cause, Frame, Link};
use mesh_remote::unix;
use std::fs::{self, File};
use std::os::fd::OwnedFd;

fn entries(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// The descriptors and threads of this process.
fn held() -> (usize, usize) {
    (entries("/proc/self/fd"), entries("/proc/self/task"))
}

fn descriptors(count: usize) -> Vec<OwnedFd> {
    let file = File::open("/dev/null").unwrap();
    (0..count)
        .map(|_| file.try_clone().unwrap().into())
        .collect()
}

/// A link that carries frames both ways, and then ends in one of several ways.
fn live(end: usize) {
    let (ours, theirs) = unix::pair().unwrap();
    let ((ours, at_ours), (theirs, at_theirs)) = (start(ours), start(theirs));
    for number in 0..50 {
        let some = descriptors(number % 5);
        ours.send(Frame::with_descriptors(vec![1; number * 300], some))
            .unwrap();
        theirs
            .send(Frame::with_descriptors(vec![2; 100], descriptors(1)))
            .unwrap();
    }
    match end {
        0 => ours.close(),
        1 => drop(ours),
        2 => ours.abort(),
        3 => theirs.abort(),
        _ => {
            ours.close();
            theirs.close();
        }
    }
    // Both ends are told before their handles go.
    at_ours.to_the_end();
    at_theirs.to_the_end();
}

#[test]
fn no_descriptor_and_no_thread_is_left_after_any_end() {
    alone(
        "leaks::no_descriptor_and_no_thread_is_left_after_any_end",
        || {
            let (_, threads_before) = held();
            live(0);
            let after_the_first = held();
            assert_eq!(after_the_first.1, threads_before + 1);
            for number in 0..200 {
                live(number % 5);
            }
            assert_eq!(held(), after_the_first);
        },
    );
}

#[test]
fn hundreds_of_links_share_one_thread() {
    alone("leaks::hundreds_of_links_share_one_thread", || {
        let (_, threads_before) = held();
        let links: Vec<_> = (0..150)
            .map(|_| {
                let (ours, theirs) = unix::pair().unwrap();
                (start(ours), start(theirs))
            })
            .collect();
        assert_eq!(held().1, threads_before + 1);
        for ((ours, _), _) in &links {
            ours.send(Frame::new(b"hello")).unwrap();
        }
        for (_, (_, at_theirs)) in &links {
            assert_eq!(at_theirs.frame().0, b"hello");
        }
    });
}

/// The signals that a thread has blocked, from its status.
fn blocked(status: &str) -> u64 {
    let line = status.lines().find(|line| line.starts_with("SigBlk:"));
    u64::from_str_radix(line.unwrap()[7..].trim(), 16).unwrap()
}

#[test]
fn the_thread_has_all_signals_blocked() {
    alone("leaks::the_thread_has_all_signals_blocked", || {
        // It has its name once it runs.
        live(0);
        let mut found = false;
        for task in fs::read_dir("/proc/self/task").unwrap() {
            let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
            if status.contains("Name:\tmesh-io\n") {
                found = true;
                // KILL and STOP cannot be blocked; 32 and 33 are the C library's own.
                let exempt = 1 << 8 | 1 << 18 | 1 << 31 | 1 << 32;
                assert_eq!(blocked(&status) | exempt, u64::MAX);
            }
        }
        let own = fs::read_to_string("/proc/thread-self/status").unwrap();
        assert_eq!(blocked(&own), 0);
        assert!(found);
    });
}

#[test]
fn a_link_that_never_was_leaves_nothing() {
    alone("leaks::a_link_that_never_was_leaves_nothing", || {
        live(0);
        let before = held();
        let file: OwnedFd = File::open("/dev/null").unwrap().into();
        let (stream, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        let lonely = rustix::net::socket(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::SEQPACKET,
            None,
        )
        .unwrap();
        let unsuitable = [file, stream.into(), lonely];
        for descriptor in unsuitable {
            let (sender, _) = std::sync::mpsc::channel();
            let refused = unix::start(descriptor, Default::default(), Box::new(Silent(sender)));
            assert!(matches!(refused, Err(unix::StartError::NotASocket)));
        }
        drop(_other);
        assert_eq!(held(), before);
    });
}

/// A sink that must not be called.
struct Silent(std::sync::mpsc::Sender<Cause>);

impl mesh_remote::link::Sink for Silent {
    fn frame(&mut self, _: &[u8], _: Vec<mesh_remote::link::Attachment>) {
        unreachable!("there is no link");
    }

    fn descriptors_lost(&mut self, _: &[u8], _: mesh_remote::link::DescriptorsLost) {
        unreachable!("there is no link");
    }

    fn closed(self: Box<Self>, cause: Cause) {
        self.0.send(cause).expect("there is no link");
    }
}
