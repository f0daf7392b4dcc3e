//! The kinds of links, each as something that makes pairs.

use crate::{pipe, tcp};
use futures::executor::block_on;
use mesh_remote::link::{FrameLimits, Link, Sink};
use mesh_remote::node::memory::Wire;
use mesh_remote::simulated::Network;
use mesh_remote::{stream, unix};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// The two sides of a link.
pub(crate) type Pair = (Arc<dyn Link>, Arc<dyn Link>);

/// Makes links.
pub(crate) trait Kind {
    fn pair(&self, limits: FrameLimits, left: Box<dyn Sink>, right: Box<dyn Sink>) -> Pair;
}

/// Links over Unix sockets.
#[derive(Default)]
pub(crate) struct UnixKind;

impl Kind for UnixKind {
    fn pair(&self, limits: FrameLimits, left: Box<dyn Sink>, right: Box<dyn Sink>) -> Pair {
        let (a, b) = unix::pair().unwrap();
        (
            Arc::new(unix::start(a, limits, left).unwrap()),
            Arc::new(unix::start(b, limits, right).unwrap()),
        )
    }
}

/// Links over a pipe in memory that takes and gives as little as it likes.
#[derive(Default)]
pub(crate) struct StreamKind {
    seed: AtomicU64,
}

impl Kind for StreamKind {
    fn pair(&self, limits: FrameLimits, left: Box<dyn Sink>, right: Box<dyn Sink>) -> Pair {
        let (a, b) = pipe::pair(self.seed.fetch_add(1, Ordering::Relaxed));
        let (left, left_driver) = stream::start(a, limits, left);
        let (right, right_driver) = stream::start(b, limits, right);
        thread::spawn(|| block_on(left_driver));
        thread::spawn(|| block_on(right_driver));
        (Arc::new(left), Arc::new(right))
    }
}

/// Links over TCP, driven by a runtime.
#[derive(Default)]
pub(crate) struct TcpKind;

impl Kind for TcpKind {
    fn pair(&self, limits: FrameLimits, left: Box<dyn Sink>, right: Box<dyn Sink>) -> Pair {
        let (left, right) = tcp::pair(limits, left, right);
        (Arc::new(left), Arc::new(right))
    }
}

/// Simulated links, stepped by a thread of their own.
#[derive(Default)]
pub(crate) struct SimulatedKind {
    seed: AtomicU64,
}

impl Kind for SimulatedKind {
    fn pair(&self, limits: FrameLimits, left: Box<dyn Sink>, right: Box<dyn Sink>) -> Pair {
        let network = Network::new(self.seed.fetch_add(1, Ordering::Relaxed));
        let (left, right) = network.pair(limits, left, right);
        thread::spawn(move || network.run());
        (Arc::new(left), Arc::new(right))
    }
}

/// Links within a process, each direction stepped by a thread of its own.
#[derive(Default)]
pub(crate) struct MemoryKind;

impl Kind for MemoryKind {
    fn pair(&self, limits: FrameLimits, left: Box<dyn Sink>, right: Box<dyn Sink>) -> Pair {
        let (a, b, wire) = Wire::with_limits(limits);
        wire.hold(true);
        for side in [0, 1] {
            let wire = wire.clone();
            thread::spawn(move || {
                while !wire.has_ended() {
                    if !wire.step(side) {
                        thread::yield_now();
                    }
                }
            });
        }
        (Arc::new(a.start(left)), Arc::new(b.start(right)))
    }
}
