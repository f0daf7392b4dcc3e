//! cargo run --release --bin disk
//!
//! A disk controller under load: the controller runs as a worker in a child process, several clients fill the disk and then read
//! and write at random, while the controller is restarted hot into a fresh process, and another time killed and launched
//! again; in the end every block is checked, through the controller and directly in the file. A summary follows, with `--json` for programs. `--help` lists what can be chosen.
//!
//! The exit status is 0 if everything was as it should be, 1 if the verification failed, and 2 if the job could not be done:
//! the arguments are wrong, or the file or the controller failed.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stderr,
    reason = "a program tells its user what went wrong"
)]

mod arguments;
mod backing;
mod client;
mod connection;
mod controller;
mod findings;
mod job;
mod latency;
mod numbers;
mod pattern;
mod phase;
mod progress;
mod random;
mod region;
mod report;

use anyhow::Context;
use arguments::Arguments;
use clap::Parser;
use report::Report;
use std::io::Write;
use std::process::ExitCode;

/// Some block, or some count of requests, was not what it should be.
const VERIFICATION_FAILED: u8 = 1;

/// The job could not be done.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    if let Err(error) = controller::serve_if_launched() {
        eprintln!("disk: {error:#}");
        return ExitCode::from(FAILED);
    }
    // Wrong arguments end the program here, with status 2 as well.
    let arguments = Arguments::parse();
    let outcome = job::run(&arguments).and_then(|report| {
        print(&report, arguments.json).context("cannot print the summary")?;
        Ok(report)
    });
    match outcome {
        Ok(report) if report.verification.passed => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(VERIFICATION_FAILED),
        Err(error) => {
            eprintln!("disk: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, report)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(out.flush()?)
}
