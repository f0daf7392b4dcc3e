//! A sink that passes on what it is told, through a gate that a scenario can shut.

use mesh_remote::link::{Attachment, Cause, DescriptorsLost, Sink};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, mpsc};

/// What a sink was told.
#[derive(Debug)]
pub(crate) enum Told {
    Frame(Vec<u8>, Vec<OwnedFd>),
    Lost(DescriptorsLost),
    Closed(Cause),
}

/// What a sink was told, in order.
pub(crate) struct Collected {
    told: mpsc::Receiver<Told>,
    gate: Arc<Gate>,
}

/// Where a sink waits while it is shut.
#[derive(Default)]
pub(crate) struct Gate {
    is_shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let shut = self.is_shut.lock().unwrap();
        drop(self.opened.wait_while(shut, |shut| *shut).unwrap());
    }
}

struct Collector {
    told: mpsc::Sender<Told>,
    gate: Arc<Gate>,
}

/// A sink, and what it is told.
pub(crate) fn collector() -> (Box<dyn Sink>, Collected) {
    let (sender, told) = mpsc::channel();
    let gate = Arc::new(Gate::default());
    let collector = Collector {
        told: sender,
        gate: gate.clone(),
    };
    (Box::new(collector), Collected { told, gate })
}

impl Sink for Collector {
    fn frame(&mut self, bytes: &[u8], descriptors: Vec<Attachment>) {
        self.gate.pass();
        // A scenario may have seen enough.
        let descriptors = descriptors.into_iter();
        let descriptors = descriptors.filter_map(Attachment::into_descriptor);
        let told = Told::Frame(bytes.to_vec(), descriptors.collect());
        let _ = self.told.send(told);
    }

    fn descriptors_lost(&mut self, _bytes: &[u8], lost: DescriptorsLost) {
        let _ = self.told.send(Told::Lost(lost));
    }

    fn closed(self: Box<Self>, cause: Cause) {
        let _ = self.told.send(Told::Closed(cause));
    }
}

impl Collected {
    /// Keeps the sink from taking frames.
    pub(crate) fn shut(&self) {
        *self.gate.is_shut.lock().unwrap() = true;
    }

    /// Lets the sink take frames again.
    pub(crate) fn open(&self) {
        *self.gate.is_shut.lock().unwrap() = false;
        self.gate.opened.notify_all();
    }

    /// The next thing, which must be a frame.
    pub(crate) fn frame(&self) -> (Vec<u8>, Vec<OwnedFd>) {
        match self.told.recv().expect("a sink is told of its end") {
            Told::Frame(bytes, descriptors) => (bytes, descriptors),
            other => panic!("instead of a frame: {other:?}"),
        }
    }

    /// The next thing, which must be the end, and the last thing.
    pub(crate) fn end(&self) -> Cause {
        match self.told.recv().expect("a sink is told of its end") {
            Told::Closed(cause) => {
                assert!(self.told.recv().is_err(), "something follows the end");
                cause
            }
            other => panic!("instead of the end: {other:?}"),
        }
    }

    /// Everything up to the end.
    pub(crate) fn to_the_end(&self) -> (Vec<Vec<u8>>, Cause) {
        let mut frames = Vec::new();
        loop {
            match self.told.recv().expect("a sink is told of its end") {
                Told::Frame(bytes, _) => frames.push(bytes),
                Told::Lost(lost) => panic!("{lost}"),
                Told::Closed(cause) => {
                    assert!(self.told.recv().is_err(), "something follows the end");
                    return (frames, cause);
                }
            }
        }
    }
}
