//! The summary of a run, for people and for programs.
//!
//! The keys of the JSON form are part of the program's interface. Durations are in seconds for whole stages and in nanoseconds
//! for single requests; sizes are in bytes.

use crate::arguments::Arguments;
use crate::client::{Client, Tally};
use crate::findings::Findings;
use crate::latency::{Percentiles, nanoseconds};
use crate::numbers::{bytes, count, duration, rate};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What the stages of a run have gathered.
pub(crate) struct Gathered {
    pub(crate) disk: Disk,
    pub(crate) times: Times,
    pub(crate) restarts: Vec<Restart>,
    pub(crate) kills: Vec<Kill>,
    pub(crate) by_controller: Findings,
    pub(crate) in_file: Findings,
    pub(crate) requests: Requests,
    pub(crate) clients: Vec<Client>,
}

/// How long the stages took.
#[derive(Debug)]
pub(crate) struct Times {
    pub(crate) fill: Duration,
    pub(crate) fill_flush: Duration,
    pub(crate) load: Duration,
    pub(crate) load_flush: Duration,
    pub(crate) check: Duration,
}

/// One hot restart.
#[derive(Debug)]
pub(crate) struct Restart {
    /// When it began, from the beginning of the load.
    pub(crate) at: Duration,
    /// How long it took.
    pub(crate) time: Duration,
}

/// One controller that was killed and launched again.
#[derive(Debug)]
pub(crate) struct Kill {
    /// When, from the beginning of the load.
    pub(crate) at: Duration,
    /// How long until the next one served.
    pub(crate) time: Duration,
    /// What its handle said.
    pub(crate) loss: String,
}

/// The summary.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) disk: Disk,
    /// The file on which the disk was, unless it was a temporary one.
    pub(crate) file: Option<PathBuf>,
    pub(crate) clients: u16,
    /// How many controllers there were.
    pub(crate) workers: u16,
    /// Whether they were threads, and not child processes.
    pub(crate) in_process: bool,
    pub(crate) seed: u64,
    pub(crate) fill: Fill,
    pub(crate) load: Load,
    pub(crate) restarts: Restarts,
    pub(crate) kills: Kills,
    pub(crate) check_seconds: f64,
    pub(crate) verification: Verification,
}

/// The disk.
#[derive(Debug, Serialize)]
pub(crate) struct Disk {
    pub(crate) size_bytes: u64,
    pub(crate) sector_size: u32,
}

/// The first pass over the disk.
#[derive(Debug, Serialize)]
pub(crate) struct Fill {
    pub(crate) seconds: f64,
    pub(crate) flush_seconds: f64,
    pub(crate) bytes: u64,
    pub(crate) bytes_per_second: u64,
}

/// The mixed load.
#[derive(Debug, Serialize)]
pub(crate) struct Load {
    pub(crate) seconds: f64,
    pub(crate) flush_seconds: f64,
    pub(crate) operations: u64,
    pub(crate) operations_per_second: u64,
    pub(crate) bytes: u64,
    pub(crate) bytes_per_second: u64,
    pub(crate) reads: Operations,
    pub(crate) writes: Operations,
}

/// Requests of one kind.
#[derive(Debug, Serialize)]
pub(crate) struct Operations {
    pub(crate) operations: u64,
    pub(crate) bytes: u64,
    pub(crate) latency_ns: Percentiles,
}

/// The hot restarts.
#[derive(Debug, Serialize)]
pub(crate) struct Restarts {
    pub(crate) count: usize,
    /// When each began, from the beginning of the load.
    pub(crate) at_seconds: Vec<f64>,
    /// How long each call of `restart` took.
    pub(crate) restart_ns: Vec<u64>,
    /// The longest that a client waited for an answer across a restart; nothing if none was waiting.
    pub(crate) longest_pause_ns: Option<u64>,
}

/// The controllers that were killed.
#[derive(Debug, Serialize)]
pub(crate) struct Kills {
    pub(crate) count: usize,
    /// When each was killed, from the beginning of the load.
    pub(crate) at_seconds: Vec<f64>,
    /// How long it took to launch the next one, from the kill on.
    pub(crate) relaunch_ns: Vec<u64>,
    /// Requests that were lost, and asked again.
    pub(crate) lost_requests: u64,
    /// The longest from a request that was lost to its answer; nothing if none was lost.
    pub(crate) longest_outage_ns: Option<u64>,
    /// What the handles of the controllers said.
    pub(crate) losses: Vec<String>,
    /// What the channel told a client whose request was lost.
    pub(crate) seen_by_client: Option<String>,
}

/// Whether everything was as it should be.
#[derive(Debug, Serialize)]
pub(crate) struct Verification {
    pub(crate) passed: bool,
    /// Blocks compared in the reads of the mixed load.
    pub(crate) blocks_checked_under_load: u64,
    /// Blocks compared in the end, through the controller.
    pub(crate) blocks_checked_by_controller: u64,
    /// Blocks compared in the end, in the file.
    pub(crate) blocks_checked_in_file: u64,
    /// Blocks that were wrong in any of the three.
    pub(crate) mismatches: u64,
    /// What was wrong with the first few.
    pub(crate) samples: Vec<String>,
    pub(crate) requests: Requests,
}

/// Requests in the eyes of both sides.
#[derive(Debug, Serialize)]
pub(crate) struct Requests {
    /// Those that clients made and got answered.
    pub(crate) asked: u64,
    /// Those that the controller has answered.
    pub(crate) served: u64,
    /// Whether the two agree for every kind of request, in number and in bytes: none was lost, and none served twice.
    pub(crate) agree: bool,
}

impl Report {
    pub(crate) fn new(arguments: &Arguments, gathered: Gathered) -> Self {
        let Gathered {
            disk,
            times,
            restarts,
            kills,
            clients,
            ..
        } = &gathered;
        Self {
            disk: Disk { ..*disk },
            file: arguments.file.clone(),
            clients: arguments.clients,
            workers: arguments.workers,
            in_process: arguments.in_process,
            seed: arguments.seed,
            fill: Fill {
                seconds: times.fill.as_secs_f64(),
                flush_seconds: times.fill_flush.as_secs_f64(),
                bytes: disk.size_bytes,
                bytes_per_second: rate(disk.size_bytes, times.fill),
            },
            load: Load::new(clients, times),
            restarts: Restarts::new(restarts, clients),
            kills: Kills::new(kills, clients),
            check_seconds: times.check.as_secs_f64(),
            verification: Verification::new(gathered),
        }
    }
}

impl Load {
    fn new(clients: &[Client], times: &Times) -> Self {
        let operations = |tally: Tally| Operations {
            operations: tally.latencies.count(),
            bytes: tally.bytes,
            latency_ns: tally.latencies.percentiles(),
        };
        let reads = operations(Tally::sum(clients.iter().map(|client| &client.reads)));
        let writes = operations(Tally::sum(clients.iter().map(|client| &client.writes)));
        let count = reads.operations + writes.operations;
        let bytes = reads.bytes + writes.bytes;
        Self {
            seconds: times.load.as_secs_f64(),
            flush_seconds: times.load_flush.as_secs_f64(),
            operations: count,
            operations_per_second: rate(count, times.load),
            bytes,
            bytes_per_second: rate(bytes, times.load),
            reads,
            writes,
        }
    }
}

impl Restarts {
    fn new(restarts: &[Restart], clients: &[Client]) -> Self {
        let longest = clients
            .iter()
            .filter_map(|client| client.longest_pause)
            .max();
        Self {
            count: restarts.len(),
            at_seconds: restarts
                .iter()
                .map(|restart| restart.at.as_secs_f64())
                .collect(),
            restart_ns: restarts
                .iter()
                .map(|restart| nanoseconds(restart.time))
                .collect(),
            longest_pause_ns: longest.map(nanoseconds),
        }
    }
}

impl Kills {
    fn new(kills: &[Kill], clients: &[Client]) -> Self {
        let losses = || clients.iter().map(|client| &client.losses);
        let longest = losses().filter_map(|losses| losses.longest_outage).max();
        Self {
            count: kills.len(),
            at_seconds: kills.iter().map(|kill| kill.at.as_secs_f64()).collect(),
            relaunch_ns: kills.iter().map(|kill| nanoseconds(kill.time)).collect(),
            lost_requests: losses().map(|losses| losses.requests).sum(),
            longest_outage_ns: longest.map(nanoseconds),
            losses: kills.iter().map(|kill| kill.loss.clone()).collect(),
            seen_by_client: losses().find_map(|losses| losses.cause.clone()),
        }
    }
}

impl Verification {
    fn new(gathered: Gathered) -> Self {
        let under_load = Findings::sum(gathered.clients.iter().map(|client| &client.findings));
        let all = Findings::sum([&under_load, &gathered.by_controller, &gathered.in_file]);
        Self {
            passed: all.mismatches == 0 && gathered.requests.agree,
            blocks_checked_under_load: under_load.checked,
            blocks_checked_by_controller: gathered.by_controller.checked,
            blocks_checked_in_file: gathered.in_file.checked,
            mismatches: all.mismatches,
            samples: all.samples.iter().map(ToString::to_string).collect(),
            requests: gathered.requests,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.clients == 1 { "" } else { "s" };
        writeln!(
            f,
            "disk       {} in sectors of {}, {} client{plural}, seed {}",
            bytes(self.disk.size_bytes),
            bytes(self.disk.sector_size.into()),
            self.clients,
            self.seed,
        )?;
        let place = match (self.in_process, self.workers) {
            (true, 1) => "a thread",
            (true, _) => "threads",
            (false, 1) => "a child process",
            (false, _) => "child processes",
        };
        let plural = if self.workers == 1 { "" } else { "s" };
        writeln!(
            f,
            "served by  {} controller{plural} in {place}",
            self.workers
        )?;
        writeln!(
            f,
            "fill       {} in {}: {}/s; then a flush of {}",
            bytes(self.fill.bytes),
            seconds(self.fill.seconds),
            bytes(self.fill.bytes_per_second),
            seconds(self.fill.flush_seconds),
        )?;
        write!(
            f,
            "{}{}{}{}",
            self.load, self.restarts, self.kills, self.verification
        )
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "load       {} operations in {}: {}/s, {}/s; then a flush of {}\n",
            count(self.operations),
            seconds(self.seconds),
            count(self.operations_per_second),
            bytes(self.bytes_per_second),
            seconds(self.flush_seconds),
        )?;
        writeln!(
            f,
            "           {:>12} {:>12} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "operations", "bytes", "p50", "p90", "p99", "p99.9", "max"
        )?;
        for (name, kind) in [("reads", &self.reads), ("writes", &self.writes)] {
            let Percentiles {
                p50,
                p90,
                p99,
                p99_9,
                max,
            } = kind.latency_ns;
            let [p50, p90, p99, p99_9, max] = [p50, p90, p99, p99_9, max].map(span);
            writeln!(
                f,
                "  {name:<8} {:>12} {:>12} {p50:>9} {p90:>9} {p99:>9} {p99_9:>9} {max:>9}",
                count(kind.operations),
                bytes(kind.bytes),
            )?;
        }
        writeln!(f)
    }
}

impl fmt::Display for Restarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(longest) = self.restart_ns.iter().max() else {
            return writeln!(f, "restarts   none");
        };
        let longest = span(*longest);
        match self.count {
            1 => write!(f, "restarts   1 under load, which took {longest}; ")?,
            count => write!(
                f,
                "restarts   {count} under load, the longest took {longest}; "
            )?,
        }
        match self.longest_pause_ns {
            Some(pause) => writeln!(f, "a request met by one took up to {}", span(pause)),
            None => writeln!(f, "no request was under way then"),
        }
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(longest) = self.relaunch_ns.iter().max() else {
            return Ok(());
        };
        let plural = if self.count == 1 { "" } else { "s" };
        write!(
            f,
            "killed     {} controller{plural} under load, launched again within {}; ",
            self.count,
            span(*longest)
        )?;
        match self.longest_outage_ns {
            Some(outage) => writeln!(
                f,
                "{} requests were lost and asked again, for up to {}",
                count(self.lost_requests),
                span(outage)
            )?,
            None => writeln!(f, "no request was under way then")?,
        }
        if let Some(seen) = &self.seen_by_client {
            writeln!(f, "           a client was told: {seen}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "checked    {} blocks in reads under load, then {} through the controller and {} in the file",
            count(self.blocks_checked_under_load),
            count(self.blocks_checked_by_controller),
            count(self.blocks_checked_in_file),
        )?;
        let Requests {
            asked,
            served,
            agree,
        } = self.requests;
        let verdict = if agree {
            "none lost, none served twice"
        } else {
            "SOME WERE LOST OR SERVED TWICE"
        };
        let [asked, served] = [asked, served].map(count);
        writeln!(f, "requests   {asked} asked, {served} served: {verdict}")?;
        if self.passed {
            return writeln!(
                f,
                "verdict    PASSED: every block is what was last written to it"
            );
        }
        writeln!(
            f,
            "verdict    FAILED: {} blocks were wrong",
            count(self.mismatches)
        )?;
        for sample in &self.samples {
            writeln!(f, "           {sample}")?;
        }
        if self.mismatches > self.samples.len() as u64 {
            writeln!(f, "           …")?;
        }
        Ok(())
    }
}

fn seconds(seconds: f64) -> String {
    duration(Duration::from_secs_f64(seconds))
}

fn span(nanoseconds: u64) -> String {
    duration(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::{Disk, Gathered, Report, Requests, Times};
    use crate::arguments::Arguments;
    use crate::findings::Findings;
    use crate::pattern::{self, BLOCK_BYTES};
    use clap::Parser;
    use std::time::Duration;

    fn report(in_file: Findings, agree: bool) -> Report {
        let gathered = Gathered {
            disk: Disk {
                size_bytes: 4096,
                sector_size: 4096,
            },
            times: Times {
                fill: Duration::from_millis(1),
                fill_flush: Duration::ZERO,
                load: Duration::from_secs(1),
                load_flush: Duration::ZERO,
                check: Duration::ZERO,
            },
            restarts: Vec::new(),
            kills: Vec::new(),
            by_controller: Findings::default(),
            in_file,
            requests: Requests {
                asked: 4,
                served: 5,
                agree,
            },
            clients: Vec::new(),
        };
        Report::new(&Arguments::parse_from(["disk"]), gathered)
    }

    #[test]
    fn a_run_without_a_fault_has_passed() {
        let report = report(Findings::default(), true);
        assert!(report.verification.passed);
        assert!(report.to_string().contains("PASSED"));
    }

    #[test]
    fn one_wrong_block_fails_the_run_and_is_named() {
        let mut findings = Findings::default();
        findings.add(Ok(()));
        findings.add(pattern::check(&[0; BLOCK_BYTES], 1, 7, 2));
        let report = report(findings, true);
        assert!(!report.verification.passed);
        let text = report.to_string();
        assert!(text.contains("FAILED: 1 blocks were wrong"), "{text}");
        assert!(text.contains("block 7 should be at version 2"), "{text}");
    }

    #[test]
    fn a_request_that_was_served_twice_fails_the_run() {
        let report = report(Findings::default(), false);
        assert!(!report.verification.passed);
        let text = report.to_string();
        assert!(text.contains("4 asked, 5 served: SOME WERE LOST"), "{text}");
    }
}
