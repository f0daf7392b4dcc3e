//! One client of the disk: it owns a region, and has one request under way at a time.
//!
//! A client knows the controller by its channel alone, and nothing here depends on where that leads. When the controller is
//! lost, with what was under way, the client is told so by the channel, and goes on with the next: what it had asked for it asks
//! for again, which does no harm, as it is the only one that writes there.

use crate::connection::{Connection, Generation};
use crate::findings::Findings;
use crate::latency::Latencies;
use crate::phase::Signals;
use crate::random::Random;
use crate::region::Region;
use anyhow::{Context, anyhow};
use examples::disk::{DiskReadParams, DiskRequest, DiskWriteParams};
use mesh::rpc::{RpcError, RpcSend};
use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A client, and what it has seen.
#[derive(Debug)]
pub(crate) struct Client {
    connection: Arc<Connection>,
    generation: Generation,
    pub(crate) region: Region,
    random: Random,
    /// The reads of the mixed load.
    pub(crate) reads: Tally,
    /// The writes of the mixed load.
    pub(crate) writes: Tally,
    /// What the reads of the mixed load have returned.
    pub(crate) findings: Findings,
    /// The longest request of those that a restart fell into.
    pub(crate) longest_pause: Option<Duration>,
    /// The requests that were lost with a controller and asked again.
    pub(crate) losses: Losses,
    /// The requests that the present instance of the controller has answered with success.
    pub(crate) answered: Answered,
}

/// Requests of one kind.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) latencies: Latencies,
    pub(crate) bytes: u64,
}

/// What a client has seen of controllers that were killed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Losses {
    pub(crate) requests: u64,
    /// The longest from a request that was lost to the answer that it got in the end.
    pub(crate) longest_outage: Option<Duration>,
    /// What the channel said.
    pub(crate) cause: Option<String>,
}

/// Counts of requests that were answered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answered {
    pub(crate) reads: u64,
    pub(crate) read_bytes: u64,
    pub(crate) writes: u64,
    pub(crate) written_bytes: u64,
}

impl Tally {
    fn new() -> Self {
        Self {
            latencies: Latencies::new(),
            bytes: 0,
        }
    }

    fn add(&mut self, time: Duration, bytes: usize) {
        self.latencies.add(time);
        self.bytes += bytes as u64;
    }

    /// All the requests of several clients.
    pub(crate) fn sum<'a>(tallies: impl Iterator<Item = &'a Self>) -> Self {
        tallies.fold(Self::new(), |mut sum, tally| {
            sum.latencies.merge(&tally.latencies);
            sum.bytes += tally.bytes;
            sum
        })
    }
}

impl Client {
    pub(crate) fn new(connection: Arc<Connection>, region: Region, random: Random) -> Self {
        Self {
            connection,
            generation: Generation::default(),
            region,
            random,
            reads: Tally::new(),
            writes: Tally::new(),
            findings: Findings::default(),
            longest_pause: None,
            losses: Losses::default(),
            answered: Answered::default(),
        }
    }

    /// Writes the whole region once.
    pub(crate) async fn fill(&mut self, signals: &Signals) -> anyhow::Result<()> {
        for range in self.region.pass() {
            if signals.stopped() {
                break;
            }
            let data = self.region.next_content(&range);
            let bytes = data.len();
            self.write(range, data).await?;
            signals.moved(bytes);
        }
        Ok(())
    }

    /// Reads and writes at random until the signal to stop, but at least once. Every read is checked.
    pub(crate) async fn mix(&mut self, signals: &Signals) -> anyhow::Result<()> {
        loop {
            let range = self.region.choose(&mut self.random);
            let writes = self.random.below(2) == 0;
            let data = writes.then(|| self.region.next_content(&range));
            let restarts_before = signals.restarts();
            let start = Instant::now();
            let bytes;
            let time;
            if let Some(data) = data {
                bytes = data.len();
                self.write(range, data).await?;
                time = start.elapsed();
                self.writes.add(time, bytes);
            } else {
                let data = self.read(&range).await?;
                time = start.elapsed();
                bytes = data.len();
                self.reads.add(time, bytes);
                self.region.check(&range, &data, &mut self.findings);
            }
            if restarts_before.met(signals.restarts()) {
                self.longest_pause = self.longest_pause.max(Some(time));
            }
            signals.moved(bytes);
            if signals.stopped() {
                return Ok(());
            }
        }
    }

    /// Reads the whole region and checks it.
    pub(crate) async fn verify(&mut self, signals: &Signals) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        for range in self.region.pass() {
            if signals.stopped() {
                break;
            }
            let data = self.read(&range).await?;
            self.region.check(&range, &data, &mut findings);
            signals.moved(data.len());
        }
        Ok(findings)
    }

    async fn write(&mut self, range: Range<usize>, data: Vec<u8>) -> anyhow::Result<()> {
        let offset = self.region.offset(&range);
        let len = data.len();
        let mut data = Some(data);
        let mut lost = None;
        let outcome = loop {
            let disk = self.disk(lost.is_some())?;
            // Of the blocks of a write that was lost some may have been written: until it is answered, nobody reads them.
            let data = (data.take()).unwrap_or_else(|| self.region.next_content(&range));
            let params = DiskWriteParams { offset, data };
            match disk.call_failable(DiskRequest::Write, params).await {
                Err(RpcError::Channel(cause)) => self.lose(&cause, &mut lost),
                outcome => break outcome,
            }
        };
        outcome.with_context(|| format!("cannot write {len} bytes at offset {offset}"))?;
        self.recover(lost);
        self.region.written(&range);
        self.answered.writes += 1;
        self.answered.written_bytes += len as u64;
        Ok(())
    }

    async fn read(&mut self, range: &Range<usize>) -> anyhow::Result<Vec<u8>> {
        let offset = self.region.offset(range);
        let len = self.region.bytes(range);
        let mut lost = None;
        let outcome = loop {
            let disk = self.disk(lost.is_some())?;
            let params = DiskReadParams { offset, len };
            match disk.call_failable(DiskRequest::Read, params).await {
                Err(RpcError::Channel(cause)) => self.lose(&cause, &mut lost),
                outcome => break outcome,
            }
        };
        let data =
            outcome.with_context(|| format!("cannot read {len} bytes at offset {offset}"))?;
        self.recover(lost);
        self.answered.reads += 1;
        self.answered.read_bytes += data.len() as u64;
        Ok(data)
    }

    /// The channel to the controller, or the next one if this one is `lost`.
    fn disk(&mut self, lost: bool) -> anyhow::Result<mesh::Sender<DiskRequest>> {
        let way = match lost {
            false => self.connection.current(),
            true => self.connection.later(self.generation),
        };
        let (generation, disk) = way.ok_or_else(|| {
            let cause = self.losses.cause.as_deref().unwrap_or("it has ended");
            anyhow!("the disk controller is gone: {cause}")
        })?;
        if generation != self.generation {
            // Another instance, which has answered nothing yet.
            self.generation = generation;
            self.answered = Answered::default();
        }
        Ok(disk)
    }

    fn lose(&mut self, cause: &dyn Error, since: &mut Option<Instant>) {
        self.losses.requests += 1;
        self.losses.cause.get_or_insert_with(|| in_full(cause));
        since.get_or_insert_with(Instant::now);
    }

    fn recover(&mut self, lost: Option<Instant>) {
        if let Some(since) = lost {
            let outage = since.elapsed();
            self.losses.longest_outage = self.losses.longest_outage.max(Some(outage));
        }
    }
}

/// An error with all that caused it.
fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}
