//! ipc-channel: typed channels over packet sockets, serialized with serde.
//!
//! Calls come in two kinds: with one reply channel for all, and with a fresh one in each request. Large messages come as
//! typed `Vec<u8>` and on its channel for bare bytes.

use std::io;
use std::time::{Duration, Instant};

use ipc_channel::ipc::{
    self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcReceiver, IpcSender,
};
use serde::{Deserialize, Serialize};

use crate::harness::scenario::{Owner, Scenario};
use crate::ipc::child::OtherProcess;
use crate::ipc::job::{IN_FLIGHT, Job};

/// The word that makes the other process serve this peer.
pub(crate) const KIND: &str = "ipc-channel";

#[derive(Serialize, Deserialize)]
struct Request {
    number: u64,
    flags: u32,
    /// Where the answer goes, if not on the one channel for all.
    reply: Option<IpcSender<u64>>,
}

/// What the other process hands over when it starts.
#[derive(Serialize, Deserialize)]
enum Ends {
    Calls(IpcSender<Request>, IpcReceiver<u64>),
    Typed(IpcSender<Vec<u8>>, IpcReceiver<u64>),
    Bytes(IpcBytesSender, IpcReceiver<u64>),
}

/// Adds the rows that fit a job.
pub(super) fn rows(scenario: &mut Scenario, job: Job) {
    let kinds: &[(&str, &str)] = match job {
        Job::Call(_) | Job::Calls => &[
            ("ipc-channel, one reply channel", "fixed"),
            ("ipc-channel, fresh reply channels", "fresh"),
        ],
        Job::OneWay(_) => &[
            ("ipc-channel, typed", "typed"),
            ("ipc-channel, bytes", "bytes"),
        ],
    };
    for &(name, kind) in kinds {
        scenario.timed(name, Owner::Peer, move || {
            start(kind, job).expect("two processes and their channels can be had")
        });
    }
}

fn start(kind: &'static str, job: Job) -> io::Result<impl FnMut(u64) -> Duration> {
    let (server, name) = IpcOneShotServer::<Ends>::new()?;
    let other = OtherProcess::start(job.placement(), &[KIND, &name, kind], None)?;
    let (_, ends) = server.accept().map_err(io::Error::other)?;
    Ok(move |operations| {
        let _alive = &other;
        job.placement().while_first(|| {
            perform(&ends, kind == "fresh", job, operations).expect("the other side is there")
        })
    })
}

fn perform(ends: &Ends, fresh: bool, job: Job, operations: u64) -> Result<Duration, io::Error> {
    let start = Instant::now();
    match ends {
        Ends::Calls(sender, answers) => {
            let batch = if job == Job::Calls { IN_FLIGHT } else { 1 };
            let mut left = operations;
            while left > 0 {
                call(sender, answers, fresh, batch.min(left)).map_err(io::Error::other)?;
                left -= batch.min(left);
            }
        }
        Ends::Typed(sender, answers) => {
            let size = size(job);
            // The number of messages to expect comes first, as a message of its own.
            let count = operations.to_ne_bytes().to_vec();
            sender.send(count).map_err(io::Error::other)?;
            let message = vec![1; size];
            for _ in 0..operations {
                // The sender takes its message by value; making it anew is part of what a user of the typed channel does.
                sender.send(message.clone()).map_err(io::Error::other)?;
            }
            answers.recv().map_err(io::Error::other)?;
        }
        Ends::Bytes(sender, answers) => {
            let message = vec![1; size(job)];
            sender.send(&operations.to_ne_bytes())?;
            for _ in 0..operations {
                sender.send(&message)?;
            }
            answers.recv().map_err(io::Error::other)?;
        }
    }
    Ok(start.elapsed())
}

fn size(job: Job) -> usize {
    match job {
        Job::OneWay(size) => size,
        Job::Call(_) | Job::Calls => 0,
    }
}

fn call(
    sender: &IpcSender<Request>,
    answers: &IpcReceiver<u64>,
    fresh: bool,
    batch: u64,
) -> Result<(), ipc_channel::IpcError> {
    let mut replies = Vec::new();
    for number in 0..batch {
        let reply = if fresh {
            let (reply, answer) = ipc::channel()?;
            replies.push(answer);
            Some(reply)
        } else {
            None
        };
        sender.send(Request {
            number,
            flags: 7,
            reply,
        })?;
    }
    if fresh {
        for answer in replies {
            answer.recv()?;
        }
    } else {
        for _ in 0..batch {
            answers.recv()?;
        }
    }
    Ok(())
}

/// The other process's part.
pub(crate) fn serve(arguments: &[&str]) -> io::Result<()> {
    let [name, kind] = arguments else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let parent = IpcSender::connect((*name).to_owned())?;
    let (answers, receiver) = ipc::channel()?;
    match *kind {
        "typed" => {
            let (sender, messages) = ipc::channel()?;
            hand_over(&parent, Ends::Typed(sender, receiver))?;
            take_messages(&answers, || messages.recv().ok());
        }
        "bytes" => {
            let (sender, messages): (_, IpcBytesReceiver) = ipc::bytes_channel()?;
            hand_over(&parent, Ends::Bytes(sender, receiver))?;
            take_messages(&answers, || messages.recv().ok());
        }
        _ => {
            let (sender, requests) = ipc::channel()?;
            hand_over(&parent, Ends::Calls(sender, receiver))?;
            answer_calls(&answers, &requests);
        }
    }
    Ok(())
}

fn hand_over(parent: &IpcSender<Ends>, ends: Ends) -> io::Result<()> {
    parent.send(ends).map_err(io::Error::other)
}

fn answer_calls(answers: &IpcSender<u64>, requests: &IpcReceiver<Request>) {
    while let Ok(request) = requests.recv() {
        let answer = request.number.wrapping_add(u64::from(request.flags));
        let sent = match request.reply {
            Some(reply) => reply.send(answer),
            None => answers.send(answer),
        };
        if sent.is_err() {
            return;
        }
    }
}

fn take_messages(answers: &IpcSender<u64>, receive: impl Fn() -> Option<Vec<u8>>) {
    while let Some(count) = receive() {
        let Ok(count) = <[u8; 8]>::try_from(count.as_slice()) else {
            return;
        };
        for _ in 0..u64::from_ne_bytes(count) {
            if receive().is_none() {
                return;
            }
        }
        if answers.send(0).is_err() {
            return;
        }
    }
}
