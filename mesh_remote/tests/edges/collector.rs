//! A sink that passes on what it is told.

use mesh_remote::link::{Attachment, Cause, DescriptorsLost, FrameLimits, Sink};
use mesh_remote::unix::{self, UnixLink};
use std::os::fd::OwnedFd;
use std::sync::mpsc;

/// What a sink was told.
#[derive(Debug)]
pub(crate) enum Told {
    Frame(Vec<u8>, Vec<OwnedFd>),
    Lost(Vec<u8>, DescriptorsLost),
    Closed(Cause),
}

struct Collector(mpsc::Sender<Told>);

impl Sink for Collector {
    fn frame(&mut self, bytes: &[u8], descriptors: Vec<Attachment>) {
        let descriptors = descriptors.into_iter();
        let descriptors = descriptors.filter_map(Attachment::into_descriptor);
        self.0
            .send(Told::Frame(bytes.to_vec(), descriptors.collect()))
            .ok();
    }

    fn descriptors_lost(&mut self, bytes: &[u8], lost: DescriptorsLost) {
        self.0.send(Told::Lost(bytes.to_vec(), lost)).ok();
    }

    fn closed(self: Box<Self>, cause: Cause) {
        self.0.send(Told::Closed(cause)).ok();
    }
}

/// What a link's sink was told, in order.
pub(crate) struct Collected(mpsc::Receiver<Told>);

/// Starts one side of a link, with a collector for its sink.
pub(crate) fn start(end: OwnedFd) -> (UnixLink, Collected) {
    start_limited(end, FrameLimits::default())
}

pub(crate) fn collector_of(told: mpsc::Sender<Told>) -> Box<dyn Sink> {
    Box::new(Collector(told))
}

pub(crate) fn start_limited(end: OwnedFd, limits: FrameLimits) -> (UnixLink, Collected) {
    let (sender, receiver) = mpsc::channel();
    let link = unix::start(end, limits, collector_of(sender)).unwrap();
    (link, Collected(receiver))
}

impl Collected {
    pub(crate) fn next(&self) -> Told {
        self.0.recv().expect("a sink is told of its end")
    }

    /// The next thing, which must be a frame.
    pub(crate) fn frame(&self) -> (Vec<u8>, Vec<OwnedFd>) {
        match self.next() {
            Told::Frame(bytes, descriptors) => (bytes, descriptors),
            other => panic!("instead of a frame: {other:?}"),
        }
    }

    /// How many frames come before the end, and the end.
    pub(crate) fn to_the_end(&self) -> (usize, Cause) {
        let mut frames = 0;
        loop {
            match self.next() {
                Told::Frame(..) | Told::Lost(..) => frames += 1,
                Told::Closed(cause) => {
                    assert!(self.0.recv().is_err(), "something follows the end");
                    return (frames, cause);
                }
            }
        }
    }
}
