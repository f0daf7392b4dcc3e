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
    work: Work,
    taken: mesh::Sender<u64>,
}

/// What it receives.
#[derive(MeshPayload)]
enum Work {
    Calls(mesh::Receiver<Rpc<Request, u64>>),
    Small(mesh::Receiver<Round<Small>>),
    Large(mesh::Receiver<Round<Vec<u8>>>),
    Shared(mesh::Receiver<Round<Bytes>>),
    Descriptors(mesh::Receiver<Round<OwnedFd>>),
}

/// The other ends.
enum Ours {
    Calls(mesh::Sender<Rpc<Request, u64>>),
    Small(mesh::Sender<Round<Small>>),
    Large(mesh::Sender<Round<Vec<u8>>>),
    Shared(mesh::Sender<Round<Bytes>>),
    Descriptors(mesh::Sender<Round<OwnedFd>>, File),
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
    let taken = start.taken;
    match start.work {
        Work::Calls(mut calls) => {
            while let Ok(request) = calls.recv().await {
                request.handle_sync(|request| request.number + u64::from(request.flags));
            }
        }
        Work::Small(messages) => take(messages, taken).await,
        Work::Large(messages) => take(messages, taken).await,
        Work::Shared(messages) => take(messages, taken).await,
        Work::Descriptors(messages) => take(messages, taken).await,
    }
}

async fn take<T>(mut messages: mesh::Receiver<Round<T>>, taken: mesh::Sender<u64>) {
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
    let small = matches!(job, Job::OneWay(SMALL));
    row(scenario, "mesh", job, move || match job {
        Job::Call(_) | Job::Calls => ends(Ours::Calls, Work::Calls),
        Job::OneWay(_) if small => ends(Ours::Small, Work::Small),
        Job::OneWay(_) => ends(Ours::Large, Work::Large),
    });
    if matches!(job, Job::OneWay(_)) && !small {
        row(scenario, "mesh, shared bytes", job, || {
            ends(Ours::Shared, Work::Shared)
        });
    }
}

/// Adds the row that passes descriptors.
pub(super) fn descriptor_row(scenario: &mut Scenario) {
    // Of which the size does not matter.
    let job = Job::OneWay(SMALL);
    row(scenario, "mesh, one to a message", job, || {
        let passed = File::open("/dev/null").expect("every system has it");
        ends(|ours| Ours::Descriptors(ours, passed), Work::Descriptors)
    });
}

fn row(
    scenario: &mut Scenario,
    name: &str,
    job: Job,
    channel: impl Fn() -> (Ours, Work) + 'static,
) {
    scenario.timed(name, Owner::Mesh, move || {
        Ends::start(channel(), job.placement())
            .map(|mut ends| move |operations| ends.run(job, operations))
            .expect("a child and its channels can be had")
    });
}

fn ends<T: 'static>(
    ours: impl FnOnce(mesh::Sender<T>) -> Ours,
    work: impl FnOnce(mesh::Receiver<T>) -> Work,
) -> (Ours, Work) {
    let (sender, receiver) = mesh::channel();
    (ours(sender), work(receiver))
}

/// This process's part. The child ends with it.
struct Ends {
    ours: Ours,
    taken: mesh::Receiver<u64>,
    _child: ProcessHandle,
    _mesh: Mesh,
}

impl Ends {
    fn start((ours, work): (Ours, Work), placement: Placement) -> io::Result<Self> {
        let mesh = Mesh::new(MESH)?;
        let (to_tell, taken) = mesh::channel();
        let start = Start {
            core: placement.second() as u32,
            work,
            taken: to_tell,
        };
        let launch = mesh.launch_host(ProcessConfig::new("other"), start);
        Ok(Self {
            ours,
            taken,
            _child: block_on(launch).map_err(io::Error::other)?,
            _mesh: mesh,
        })
    }

    fn run(&mut self, job: Job, operations: u64) -> Duration {
        let Self { ours, taken, .. } = self;
        let size = match job {
            Job::OneWay(size) => size,
            Job::Call(_) | Job::Calls => 0,
        };
        let in_flight = if job == Job::Calls { IN_FLIGHT } else { 1 };
        job.placement().while_all_first(|| {
            let start = Instant::now();
            let done = match ours {
                Ours::Calls(calls) => block_on(call(calls, operations, in_flight)),
                Ours::Small(messages) => {
                    let make = || Small { words: [1; 8] };
                    block_on(send(messages, taken, make, round(size), operations))
                }
                Ours::Large(messages) => {
                    // The sender takes its message by value; making it anew is part of what a user does.
                    let message = vec![1; size];
                    let make = || message.clone();
                    block_on(send(messages, taken, make, round(size), operations))
                }
                Ours::Shared(messages) => {
                    let message = Bytes::from(vec![1; size]);
                    let make = || message.clone();
                    block_on(send(messages, taken, make, round(size), operations))
                }
                Ours::Descriptors(messages, passed) => {
                    let duplicate = || passed.try_clone().map(OwnedFd::from);
                    let make = || duplicate().expect("there is room for a round of them");
                    block_on(send(messages, taken, make, ROUND_DESCRIPTORS, operations))
                }
            };
            done.expect("the other side is there");
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
