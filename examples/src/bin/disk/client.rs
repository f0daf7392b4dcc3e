//! One client of the disk: it owns a region, and has one request under way at a time.
//!
//! A client knows the controller by its channel alone. Nothing here would change if that led into another process.

use crate::findings::Findings;
use crate::latency::Latencies;
use crate::phase::Signals;
use crate::random::Random;
use crate::region::Region;
use anyhow::Context;
use examples::disk::{DiskReadParams, DiskRequest, DiskWriteParams};
use mesh::rpc::RpcSend;
use std::ops::Range;
use std::time::{Duration, Instant};

/// A client, and what it has seen.
#[derive(Debug)]
pub(crate) struct Client {
    disk: mesh::Sender<DiskRequest>,
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
    /// All the requests that were answered with success.
    pub(crate) answered: Answered,
}

/// Requests of one kind.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) latencies: Latencies,
    pub(crate) bytes: u64,
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
    pub(crate) fn new(disk: mesh::Sender<DiskRequest>, region: Region, random: Random) -> Self {
        Self {
            disk,
            region,
            random,
            reads: Tally::new(),
            writes: Tally::new(),
            findings: Findings::default(),
            longest_pause: None,
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
        self.disk
            .call_failable(DiskRequest::Write, DiskWriteParams { offset, data })
            .await
            .with_context(|| format!("cannot write {len} bytes at offset {offset}"))?;
        self.region.written(&range);
        self.answered.writes += 1;
        self.answered.written_bytes += len as u64;
        Ok(())
    }

    async fn read(&mut self, range: &Range<usize>) -> anyhow::Result<Vec<u8>> {
        let offset = self.region.offset(range);
        let len = self.region.bytes(range);
        let data = self
            .disk
            .call_failable(DiskRequest::Read, DiskReadParams { offset, len })
            .await
            .with_context(|| format!("cannot read {len} bytes at offset {offset}"))?;
        self.answered.reads += 1;
        self.answered.read_bytes += data.len() as u64;
        Ok(data)
    }
}
