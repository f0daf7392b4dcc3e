//! mesh itself: typed channels into a child that it launches.
//!
//! A call is a request with a fresh reply channel in it, as always. Messages one way are sent without waiting, but no more than two
//! *rounds* of them ahead of the receiver, which answers each: a channel has no bound, and a sample of large messages would
//! otherwise be in memory all at once.
//!
//! Large messages come as vectors, each made anew, as a channel takes its messages by value; and as shared bytes, of which the sender keeps
//! one and sends it again and again. A descriptor goes with its message, so each is a duplicate of one that the sender keeps.

use std::error::Error;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mesh::rpc::{Rpc, RpcSend};
use mesh::{MeshPayload, block_on};
use mesh_process::{Mesh, ProcessConfig, ProcessHandle, try_run_mesh_host};

use super::job::{IN_FLIGHT, Job};
use crate::harness::cores::{self, Placement};
use crate::harness::scenario::{Owner, Scenario};

/// What the mesh of the two processes is called.
const MESH: &str = "mesh_bench";

/// The most bytes and messages in a round.
const ROUND_BYTES: usize = 512 << 10;
const ROUND_MESSAGES: u64 = 4096;

/// The same of descriptors, of which a process may commonly have a thousand.
const ROUND_DESCRIPTORS: u64 = 128;

/// What the other process is to do.
#[derive(MeshPayload)]
struct Start {
    core: u32,
    calls: mesh::Receiver<Rpc<Request, u64>>,
    small: mesh::Receiver<Round<Small>>,
    large: mesh::Receiver<Round<Vec<u8>>>,
    shared: mesh::Receiver<Round<Bytes>>,
    descriptors: mesh::Receiver<Round<OwnedFd>>,
    taken: mesh::Sender<u64>,
}

#[derive(MeshPayload)]
struct Request {
    number: u64,
    flags: u32,
}

/// Bytes of a small message.
const SMALL: usize = 64;

/// Sixty-four bytes.
#[derive(Clone, MeshPayload)]
struct Small {
    words: [u64; 8],
}

/// A message, and whether it ends a round.
#[derive(MeshPayload)]
struct Round<T> {
    message: T,
    last: bool,
}

/// Becomes the other process, if this one was launched for that, and does not return then.
pub(crate) fn serve_if_launched() -> io::Result<()> {
    try_run_mesh_host(MESH, serve).map_err(io::Error::other)
}

async fn serve(start: Start) {
    cores::pin_process(start.core as usize);
    let Start {
        mut calls,
        small,
        large,
        shared,
        descriptors,
        taken,
        ..
    } = start;
    let calls = async {
        while let Ok(request) = calls.recv().await {
            request.handle_sync(|request| request.number + u64::from(request.flags));
        }
    };
    let large = futures::future::join(take(large, &taken), take(shared, &taken));
    let descriptors = take(descriptors, &taken);
    futures::join!(calls, take(small, &taken), large, descriptors);
}

async fn take<T>(mut messages: mesh::Receiver<Round<T>>, taken: &mesh::Sender<u64>) {
    let mut count = 0;
    while let Ok(Round { last, .. }) = messages.recv().await {
        count += 1;
        if last {
            taken.send(count);
        }
    }
}

/// Adds the rows of a job.
pub(super) fn rows(scenario: &mut Scenario, job: Job) {
    let mut row = |name: &str, shared| {
        scenario.timed(name, Owner::Mesh, move || {
            Ends::start(job.placement())
                .map(|mut ends| move |operations| ends.run(job, shared, operations))
                .expect("a child and its channels can be had")
        });
    };
    row("mesh", false);
    if matches!(job, Job::OneWay(size) if size > SMALL) {
        row("mesh, shared bytes", true);
    }
}

/// Adds the row that passes descriptors.
pub(super) fn descriptor_row(scenario: &mut Scenario) {
    scenario.timed("mesh, one to a message", Owner::Mesh, || {
        let passed = File::open("/dev/null").expect("every system has it");
        Ends::start(Placement::TwoCores)
            .map(|mut ends| move |operations| ends.pass(&passed, operations))
            .expect("a child and its channels can be had")
    });
}

/// This process's part. The child ends with it.
struct Ends {
    calls: mesh::Sender<Rpc<Request, u64>>,
    small: mesh::Sender<Round<Small>>,
    large: mesh::Sender<Round<Vec<u8>>>,
    shared: mesh::Sender<Round<Bytes>>,
    descriptors: mesh::Sender<Round<OwnedFd>>,
    taken: mesh::Receiver<u64>,
    _child: ProcessHandle,
    _mesh: Mesh,
}

impl Ends {
    fn start(placement: Placement) -> io::Result<Self> {
        let mesh = Mesh::new(MESH)?;
        let (calls, to_call) = mesh::channel();
        let (small, to_take_small) = mesh::channel();
        let (large, to_take_large) = mesh::channel();
        let (shared, to_take_shared) = mesh::channel();
        let (descriptors, to_take_descriptors) = mesh::channel();
        let (to_tell, taken) = mesh::channel();
        let start = Start {
            core: placement.second() as u32,
            calls: to_call,
            small: to_take_small,
            large: to_take_large,
            shared: to_take_shared,
            descriptors: to_take_descriptors,
            taken: to_tell,
        };
        let launch = mesh.launch_host(ProcessConfig::new("other"), start);
        Ok(Self {
            calls,
            small,
            large,
            shared,
            descriptors,
            taken,
            _child: block_on(launch).map_err(io::Error::other)?,
            _mesh: mesh,
        })
    }

    fn run(&mut self, job: Job, shared: bool, operations: u64) -> Duration {
        job.placement().while_all_first(|| {
            let taken = &mut self.taken;
            let start = Instant::now();
            let done = match job {
                Job::Call(_) => block_on(call(&self.calls, operations, 1)),
                Job::Calls => block_on(call(&self.calls, operations, IN_FLIGHT)),
                Job::OneWay(SMALL) => {
                    let message = Small { words: [1; 8] };
                    let make = || message.clone();
                    block_on(send(&self.small, taken, make, round(SMALL), operations))
                }
                Job::OneWay(size) if shared => {
                    let message = Bytes::from(vec![1; size]);
                    let make = || message.clone();
                    block_on(send(&self.shared, taken, make, round(size), operations))
                }
                Job::OneWay(size) => {
                    let message = vec![1; size];
                    // The sender takes its message by value; making it anew is part of what a user does.
                    let make = || message.clone();
                    block_on(send(&self.large, taken, make, round(size), operations))
                }
            };
            done.expect("the other side is there");
            start.elapsed()
        })
    }

    fn pass(&mut self, passed: &File, operations: u64) -> Duration {
        let duplicate = || passed.try_clone().map(OwnedFd::from);
        let make = || duplicate().expect("there is room for a round of them");
        Placement::TwoCores.while_all_first(|| {
            let start = Instant::now();
            let sent = send(
                &self.descriptors,
                &mut self.taken,
                make,
                ROUND_DESCRIPTORS,
                operations,
            );
            block_on(sent).expect("the other side is there");
            start.elapsed()
        })
    }
}

async fn call(
    calls: &mesh::Sender<Rpc<Request, u64>>,
    operations: u64,
    in_flight: u64,
) -> Result<(), Box<dyn Error>> {
    let request = |number| Request { number, flags: 7 };
    if in_flight == 1 {
        for number in 0..operations {
            calls.call(|rpc| rpc, request(number)).await?;
        }
        return Ok(());
    }
    let mut left = operations;
    let mut answers = Vec::new();
    while left > 0 {
        let batch = left.min(in_flight);
        answers.extend((0..batch).map(|number| calls.call(|rpc| rpc, request(number))));
        for answer in answers.drain(..) {
            answer.await?;
        }
        left -= batch;
    }
    Ok(())
}

/// How many messages of this size are a round.
fn round(size: usize) -> u64 {
    ((ROUND_BYTES / size) as u64).clamp(1, ROUND_MESSAGES)
}

async fn send<T>(
    messages: &mesh::Sender<Round<T>>,
    taken: &mut mesh::Receiver<u64>,
    make: impl Fn() -> T,
    round: u64,
    operations: u64,
) -> Result<(), Box<dyn Error>> {
    let mut ahead = 0;
    for number in 1..=operations {
        let last = number % round == 0 || number == operations;
        let message = make();
        messages.send(Round { message, last });
        ahead += u32::from(last);
        if ahead == 2 {
            taken.recv().await?;
            ahead = 1;
        }
    }
    for _ in 0..ahead {
        taken.recv().await?;
    }
    Ok(())
}
