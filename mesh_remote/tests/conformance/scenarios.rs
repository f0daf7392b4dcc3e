//! What every link must do, written against the contract alone.

use crate::collector::{Collected, collector};
use crate::kinds::{Kind, Pair};
use mesh_remote::link::{
    Attachment, Cause, DescriptorsLost, Frame, FrameLimits, Link, Refusal, Sink,
};
use rustix::fs::{MemfdFlags, fstat, ftruncate, memfd_create};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;

/// A pair of links whose sinks are collectors.
fn collected(kind: &dyn Kind) -> (Pair, Collected, Collected) {
    limited(kind, FrameLimits::default())
}

fn limited(kind: &dyn Kind, limits: FrameLimits) -> (Pair, Collected, Collected) {
    let (left, at_left) = collector();
    let (right, at_right) = collector();
    (kind.pair(limits, left, right), at_left, at_right)
}

/// Bytes that tell at which offset they stand, and in which frame.
fn bytes(length: usize, salt: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at ^ (at >> 8) ^ (at >> 16) ^ salt) as u8)
        .collect()
}

/// A descriptor that can be told from others.
fn numbered(number: usize) -> OwnedFd {
    let file = memfd_create("numbered", MemfdFlags::CLOEXEC).unwrap();
    ftruncate(&file, number as u64).unwrap();
    file
}

fn numbers(descriptors: &[OwnedFd]) -> Vec<usize> {
    (descriptors.iter())
        .map(|descriptor| fstat(descriptor).unwrap().st_size as usize)
        .collect()
}

fn is_loss(cause: &Cause) -> bool {
    matches!(cause, Cause::PeerLost | Cause::Reset)
}

pub(crate) fn frames_of_every_size_arrive_whole_and_in_order_both_ways(kind: &dyn Kind) {
    let ((left, right), at_left, at_right) = collected(kind);
    let mut sizes: Vec<usize> = (0..20).collect();
    for power in [8, 12, 14, 16] {
        sizes.extend((1 << power) - 20..(1 << power) + 3);
    }
    // About the length of a packet.
    sizes.extend((72 << 10) - 16..(72 << 10) + 2);
    sizes.extend([1 << 20, (5 << 20) + 7, 3]);
    for (number, size) in sizes.iter().enumerate() {
        let content = bytes(*size, number);
        right.send(Frame::new(&content)).unwrap();
        let (head, tail) = content.split_at(size * (number % 5) / 4);
        // The rest lies in up to a dozen places.
        let chunk = tail.len().div_ceil(1 + number % 12).max(1);
        let chunks = tail.chunks(chunk).map(|chunk| chunk.to_vec().into());
        let frame = Frame {
            tail: chunks.collect(),
            ..Frame::new(head)
        };
        left.send(frame).unwrap();
    }
    for (number, size) in sizes.iter().enumerate() {
        let content = bytes(*size, number);
        assert!(at_right.frame().0 == content, "{size} bytes, rightwards");
        assert!(at_left.frame().0 == content, "{size} bytes, leftwards");
    }
}

pub(crate) fn frames_of_many_threads_arrive_once_and_in_the_order_of_each_thread(kind: &dyn Kind) {
    const THREADS: u8 = 8;
    const FRAMES: u32 = 2_000;
    let ((left, _right), _at_left, at_right) = collected(kind);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let left = &left;
            scope.spawn(move || {
                for number in 0..FRAMES {
                    let mut content = vec![thread; 5 + number as usize % 90];
                    content[1..5].copy_from_slice(&number.to_le_bytes());
                    if number % 300 == 299 {
                        content.resize(100_000, thread);
                    }
                    left.send(Frame::new(&content)).unwrap();
                }
            });
        }
    });
    let mut next = [0u32; THREADS as usize];
    for _ in 0..u32::from(THREADS) * FRAMES {
        let (content, _) = at_right.frame();
        let thread = usize::from(content[0]);
        assert_eq!(content[1..5], next[thread].to_le_bytes());
        assert!(content[5..].iter().all(|byte| *byte == content[0]));
        next[thread] += 1;
    }
    left.close();
    assert!(matches!(at_right.end(), Cause::PeerClosed));
}

pub(crate) fn any_number_of_descriptors_arrives_with_its_frame(kind: &dyn Kind) {
    let ((left, right), at_left, at_right) = collected(kind);
    if !left.capabilities().descriptors {
        return;
    }
    let counts = [1, 0, 252, 253, 254, 3, 506, 507, 600, 2];
    // Once with little beside them, and once with bytes that need several packets too.
    for size in [0, 200_000] {
        let mut first = 0;
        for count in counts {
            let content = bytes(size, count);
            let some = (first..first + count).map(numbered).collect();
            left.send(Frame::with_descriptors(&content, some)).unwrap();
            let (arrived, descriptors) = at_right.frame();
            assert!(arrived == content);
            assert_eq!(
                numbers(&descriptors),
                (first..first + count).collect::<Vec<_>>()
            );
            // And on, so that what has come can go.
            right
                .send(Frame::with_descriptors(&content, descriptors))
                .unwrap();
            let (_, descriptors) = at_left.frame();
            assert_eq!(
                numbers(&descriptors),
                (first..first + count).collect::<Vec<_>>()
            );
            first += count;
        }
    }
}

pub(crate) fn a_reader_that_stops_and_resumes_loses_nothing(kind: &dyn Kind) {
    const FRAMES: usize = 40_000;
    let ((left, _right), at_left, at_right) = collected(kind);
    at_right.shut();
    let content = |number: usize| match number % 1000 {
        999 => bytes(150_000, number),
        _ => bytes(number % 200, number),
    };
    for number in 0..FRAMES {
        left.send(Frame::new(content(number))).unwrap();
    }
    assert!(left.queued_bytes() > 0);
    at_right.open();
    for number in 0..FRAMES {
        assert!(at_right.frame().0 == content(number), "frame {number}");
    }
    left.close();
    assert!(matches!(at_right.end(), Cause::PeerClosed));
    assert!(matches!(at_left.end(), Cause::WeClosed));
    assert_eq!(left.queued_bytes(), 0);
}

pub(crate) fn closing_delivers_what_both_sides_have_queued(kind: &dyn Kind) {
    const FRAMES: usize = 20_000;
    let ((left, right), at_left, at_right) = collected(kind);
    at_left.shut();
    at_right.shut();
    for number in 0..FRAMES {
        left.send(Frame::new(bytes(100, number))).unwrap();
        right.send(Frame::new(bytes(100, number + 1))).unwrap();
    }
    left.close();
    let refused = left.send(Frame::new(b"too late")).unwrap_err();
    assert_eq!(refused.reason, Refusal::Ended);
    at_left.open();
    at_right.open();
    let (frames, cause) = at_right.to_the_end();
    assert!(frames == (0..FRAMES).map(|n| bytes(100, n)).collect::<Vec<_>>());
    assert!(matches!(cause, Cause::PeerClosed), "{cause}");
    let (frames, cause) = at_left.to_the_end();
    assert!(frames == (0..FRAMES).map(|n| bytes(100, n + 1)).collect::<Vec<_>>());
    assert!(matches!(cause, Cause::WeClosed), "{cause}");
    let refused = right.send(Frame::new(b"too late")).unwrap_err();
    assert_eq!(refused.reason, Refusal::Ended);
}

pub(crate) fn both_sides_can_close_at_once(kind: &dyn Kind) {
    for _ in 0..20 {
        let ((left, right), at_left, at_right) = collected(kind);
        thread::scope(|scope| {
            for side in [&left, &right] {
                scope.spawn(move || {
                    side.send(Frame::new(b"last words")).ok();
                    side.close();
                });
            }
        });
        for collected in [at_left, at_right] {
            let (frames, cause) = collected.to_the_end();
            assert!(frames.len() <= 1);
            assert!(
                matches!(cause, Cause::WeClosed | Cause::PeerClosed),
                "{cause}"
            );
        }
    }
}

pub(crate) fn dropping_the_handle_closes_in_order(kind: &dyn Kind) {
    let ((left, _right), at_left, at_right) = collected(kind);
    left.send(Frame::new(bytes(1 << 20, 1))).unwrap();
    left.send(Frame::new(b"last words")).unwrap();
    drop(left);
    assert_eq!(at_right.frame().0.len(), 1 << 20);
    assert_eq!(at_right.frame().0, b"last words");
    assert!(matches!(at_right.end(), Cause::PeerClosed));
    assert!(matches!(at_left.end(), Cause::WeClosed));
}

pub(crate) fn aborting_ends_both_sides_and_hands_over_nothing_more(kind: &dyn Kind) {
    let ((left, right), at_left, at_right) = collected(kind);
    at_right.shut();
    for number in 0..100 {
        left.send(Frame::new(bytes(100_000, number))).unwrap();
        right.send(Frame::new(bytes(1000, number))).unwrap();
    }
    left.abort();
    assert_eq!(left.queued_bytes(), 0);
    let refused = left.send(Frame::new(b"too late")).unwrap_err();
    assert_eq!(refused.reason, Refusal::Ended);
    at_right.open();
    let (frames, cause) = at_right.to_the_end();
    // What the transport had taken arrives; it is a beginning of what was sent.
    for (number, frame) in frames.iter().enumerate() {
        assert!(*frame == bytes(100_000, number));
    }
    assert!(is_loss(&cause), "{cause}");
    let (_, cause) = at_left.to_the_end();
    assert!(matches!(cause, Cause::Aborted), "{cause}");
    assert!(right.send(Frame::new(b"nobody there")).is_err());
    // And again, which changes nothing.
    left.abort();
    left.close();
}

pub(crate) fn what_is_refused_is_given_back_and_harms_nothing(kind: &dyn Kind) {
    let limits = FrameLimits {
        bytes: 1000,
        descriptors: 2,
    };
    let ((left, _right), _at_left, at_right) = limited(kind, limits);
    let refused = left.send(Frame::new(vec![1; 1001])).unwrap_err();
    assert_eq!(refused.reason, Refusal::TooLarge);
    assert_eq!(refused.frame.bytes.len(), 1001);
    let many = (0..3).map(numbered).collect();
    let refused = left
        .send(Frame::with_descriptors(b"many".as_slice(), many))
        .unwrap_err();
    let given_back = refused.frame.attachments.into_iter();
    let given_back: Vec<OwnedFd> = given_back.filter_map(Attachment::into_descriptor).collect();
    assert_eq!(numbers(&given_back), [0, 1, 2]);
    if left.capabilities().descriptors {
        assert_eq!(refused.reason, Refusal::TooManyDescriptors);
    } else {
        assert_eq!(refused.reason, Refusal::Unsupported);
    }
    left.send(Frame::new(vec![2; 1000])).unwrap();
    assert_eq!(at_right.frame().0, vec![2; 1000]);
}

/// A sink that does what a scenario wants with each frame.
struct With<F> {
    frame: F,
    closed: mpsc::Sender<Cause>,
}

impl<F: FnMut(&[u8]) + Send + 'static> Sink for With<F> {
    fn frame(&mut self, bytes: &[u8], _descriptors: Vec<Attachment>) {
        (self.frame)(bytes);
    }

    fn descriptors_lost(&mut self, _bytes: &[u8], lost: DescriptorsLost) {
        panic!("{lost}");
    }

    fn closed(self: Box<Self>, cause: Cause) {
        self.closed.send(cause).ok();
    }
}

fn with(frame: impl FnMut(&[u8]) + Send + 'static) -> (Box<dyn Sink>, mpsc::Receiver<Cause>) {
    let (closed, cause) = mpsc::channel();
    (Box::new(With { frame, closed }), cause)
}

pub(crate) fn a_sink_that_panics_ends_its_link_and_no_other(kind: &dyn Kind) {
    let (left, at_left) = collector();
    let (right, cause) = with(|bytes| assert!(bytes != b"panic", "as the test wants it"));
    let (left, _right) = kind.pair(FrameLimits::default(), left, right);
    let ((other, _its_peer), _, at_other) = collected(kind);
    left.send(Frame::new(b"well")).unwrap();
    left.send(Frame::new(b"panic")).unwrap();
    left.send(Frame::new(b"not handed over")).ok();
    assert!(matches!(cause.recv().unwrap(), Cause::SinkPanicked));
    assert!(is_loss(&at_left.end()));
    other.send(Frame::new(b"still here")).unwrap();
    assert_eq!(at_other.frame().0, b"still here");
}

/// A sink's own link, which it gets after it is made.
type Own = Arc<OnceLock<Arc<dyn Link>>>;

pub(crate) fn a_sink_can_send_and_close(kind: &dyn Kind) {
    const FRAMES: usize = 5_000;
    let own = Own::default();
    let (left, at_left) = collector();
    let (right, cause) = with({
        let own = own.clone();
        move |bytes| match bytes {
            b"close" => own.wait_for_it().close(),
            bytes => own.wait_for_it().send(Frame::new(bytes)).unwrap(),
        }
    });
    let (left, right) = kind.pair(FrameLimits::default(), left, right);
    own.set(right).unwrap();
    for number in 0..FRAMES {
        left.send(Frame::new(bytes(50, number))).unwrap();
    }
    left.send(Frame::new(b"close")).unwrap();
    for number in 0..FRAMES {
        assert_eq!(at_left.frame().0, bytes(50, number));
    }
    assert!(matches!(at_left.end(), Cause::PeerClosed));
    assert!(matches!(cause.recv().unwrap(), Cause::WeClosed));
}

pub(crate) fn a_sink_that_aborts_is_handed_nothing_more(kind: &dyn Kind) {
    let own = Own::default();
    let seen = Arc::new(Mutex::new(0));
    let (left, at_left) = collector();
    let (right, cause) = with({
        let (own, seen) = (own.clone(), seen.clone());
        move |_| {
            own.wait_for_it().abort();
            *seen.lock().unwrap() += 1;
        }
    });
    let (left, right) = kind.pair(FrameLimits::default(), left, right);
    for _ in 0..100 {
        left.send(Frame::new(b"abort")).unwrap();
    }
    own.set(right).unwrap();
    assert!(matches!(cause.recv().unwrap(), Cause::Aborted));
    assert!(is_loss(&at_left.end()));
    assert_eq!(*seen.lock().unwrap(), 1);
}

trait WaitForIt {
    fn wait_for_it(&self) -> &Arc<dyn Link>;
}

impl WaitForIt for Own {
    fn wait_for_it(&self) -> &Arc<dyn Link> {
        loop {
            match self.get() {
                Some(link) => return link,
                None => thread::yield_now(),
            }
        }
    }
}

pub(crate) fn descriptors_that_are_not_delivered_are_closed(kind: &dyn Kind) {
    let ((left, right), at_left, at_right) = collected(kind);
    if !left.capabilities().descriptors {
        return;
    }
    // Each frame carries a write end; the reader sees the end of the file when all copies are closed.
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    at_right.shut();
    for size in [10, 100_000] {
        for _ in 0..50 {
            let some = (0..4).map(|_| writer.try_clone().unwrap()).collect();
            left.send(Frame::with_descriptors(bytes(size, 0), some))
                .unwrap();
        }
    }
    drop(writer);
    left.abort();
    at_right.open();
    let (_, cause) = at_left.to_the_end();
    assert!(matches!(cause, Cause::Aborted));
    assert!(is_loss(&at_right.to_the_end().1));
    drop((left, right));
    assert_eq!(rustix::io::read(&reader, &mut [0]).unwrap(), 0);
}

pub(crate) fn whatever_is_sent_in_whatever_order_arrives(kind: &dyn Kind) {
    for seed in 1..=8u64 {
        let ((left, right), mut at_left, mut at_right) = collected(kind);
        let with_descriptors = left.capabilities().descriptors;
        let plan = |side: u64| {
            let mut random = seed * 2 + side;
            (0..400).map(move |number| {
                random = random
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                let size = match random >> 60 {
                    0 => 100_000 + (random >> 40) as usize % 100_000,
                    1 => 16_000 + (random >> 40) as usize % 1000,
                    _ => (random >> 40) as usize % 300,
                };
                let count = match random >> 36 & 15 {
                    0 if with_descriptors => (random >> 24) as usize % 20,
                    _ => 0,
                };
                (bytes(size, number), count)
            })
        };
        thread::scope(|scope| {
            for (side, link) in [&left, &right].into_iter().enumerate() {
                scope.spawn(move || {
                    for (content, count) in plan(side as u64) {
                        let some = (0..count).map(numbered).collect();
                        link.send(Frame::with_descriptors(content, some)).unwrap();
                    }
                });
            }
            for (side, collected) in [&mut at_right, &mut at_left].into_iter().enumerate() {
                scope.spawn(move || {
                    for (content, count) in plan(side as u64) {
                        let (arrived, descriptors) = collected.frame();
                        assert!(arrived == content);
                        assert_eq!(numbers(&descriptors), (0..count).collect::<Vec<_>>());
                    }
                });
            }
        });
        right.close();
        assert!(matches!(at_left.end(), Cause::PeerClosed));
        assert!(matches!(at_right.end(), Cause::WeClosed));
    }
}
