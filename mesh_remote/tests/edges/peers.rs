//! Peers in processes of their own: that die, and that stop for a while.

use crate::alone::{is_peer, peer};
use crate::collector::{Told, start};
use mesh_remote::link::{Cause, DescriptorsLost, Frame, FrameLimits, Link, Sink};
use mesh_remote::unix;
use rustix::net::SendFlags;
use rustix::process::{Pid, Signal, kill_process};
use std::os::fd::AsFd;
use std::process::Child;
use std::sync::{Arc, OnceLock, mpsc};

/// Sends back what comes.
struct Echo {
    own: Arc<OnceLock<unix::UnixLink>>,
    ended: mpsc::Sender<()>,
}

impl Sink for Echo {
    fn frame(&mut self, bytes: &[u8], descriptors: Vec<mesh_remote::link::Attachment>) {
        while self.own.get().is_none() {
            std::thread::yield_now();
        }
        if let Some(link) = self.own.get() {
            link.send(Frame::with_attachments(bytes, descriptors)).ok();
        }
    }

    fn descriptors_lost(&mut self, _: &[u8], lost: DescriptorsLost) {
        panic!("{lost}");
    }

    fn closed(self: Box<Self>, _: Cause) {
        self.ended.send(()).ok();
    }
}

/// The peer's side of a test: echoes on its standard input until the link ends.
fn echo() {
    let socket = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    let own = Arc::new(OnceLock::new());
    let (ended, end) = mpsc::channel();
    let sink = Echo {
        own: own.clone(),
        ended,
    };
    let link = unix::start(socket, FrameLimits::default(), Box::new(sink)).unwrap();
    own.set(link).unwrap();
    end.recv().unwrap();
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_peer_that_is_stopped_and_continued_loses_nothing() {
    let name = "peers::a_peer_that_is_stopped_and_continued_loses_nothing";
    if is_peer(name) {
        return echo();
    }
    let (ours, theirs) = unix::pair().unwrap();
    let mut child = peer(name, theirs);
    let (link, collected) = start(ours);
    link.send(Frame::new(b"ready?")).unwrap();
    assert_eq!(collected.frame().0, b"ready?");
    signal(&child, Signal::STOP);
    let content = |number: u32| vec![number as u8; number as usize * 37 % 3000];
    for number in 0..5000 {
        link.send(Frame::new(content(number))).unwrap();
    }
    assert!(link.queued_bytes() > 0);
    signal(&child, Signal::CONT);
    for number in 0..5000 {
        assert!(collected.frame().0 == content(number));
    }
    link.close();
    assert!(matches!(collected.to_the_end(), (0, Cause::WeClosed)));
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_peer_that_is_killed_ends_the_link_without_traffic() {
    let name = "peers::a_peer_that_is_killed_ends_the_link_without_traffic";
    if is_peer(name) {
        return echo();
    }
    let (ours, theirs) = unix::pair().unwrap();
    let mut child = peer(name, theirs);
    let (link, collected) = start(ours);
    link.send(Frame::new(b"ready?")).unwrap();
    assert_eq!(collected.frame().0, b"ready?");
    signal(&child, Signal::KILL);
    assert!(matches!(collected.to_the_end(), (0, Cause::PeerLost)));
    assert!(link.send(Frame::new(b"too late")).is_err());
    child.wait().unwrap();
}

#[test]
fn a_peer_that_is_killed_while_it_is_sent_much_ends_the_link() {
    let name = "peers::a_peer_that_is_killed_while_it_is_sent_much_ends_the_link";
    if is_peer(name) {
        return echo();
    }
    for _ in 0..10 {
        let (ours, theirs) = unix::pair().unwrap();
        let mut child = peer(name, theirs);
        let (link, collected) = start(ours);
        // A write end goes along with each frame, and is closed wherever it is when the peer dies.
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        signal(&child, Signal::STOP);
        for _ in 0..2000 {
            let some = vec![writer.try_clone().unwrap()];
            link.send(Frame::with_descriptors(vec![0; 1000], some))
                .unwrap();
            if link.queued_bytes() > 100_000 {
                break;
            }
        }
        drop(writer);
        signal(&child, Signal::KILL);
        let (_, cause) = collected.to_the_end();
        assert!(matches!(cause, Cause::PeerLost | Cause::Reset), "{cause}");
        child.wait().unwrap();
        assert_eq!(rustix::io::read(&reader, &mut [0]).unwrap(), 0);
    }
}

#[test]
fn what_a_peer_sent_before_it_died_with_unread_frames_is_delivered() {
    let (ours, theirs) = unix::pair().unwrap();
    for number in 0..50u8 {
        rustix::net::send(&theirs, &[1, 0, 0, 0, number], SendFlags::empty()).unwrap();
    }
    // It dies without having read this.
    rustix::net::send(&ours, b"unread", SendFlags::empty()).unwrap();
    drop(theirs);
    let (_link, collected) = start(ours);
    for number in 0..50 {
        assert_eq!(collected.frame().0, [number]);
    }
    match collected.next() {
        Told::Closed(Cause::Reset) => {}
        other => panic!("{other:?}"),
    }
}
