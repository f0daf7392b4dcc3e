//! Instructions of one operation, by callgrind.
//!
//! A row is run twice in a child process under `valgrind --tool=callgrind`: once for N operations and once for 2 N. The
//! difference divided by N is free of the start of the program and of the row. Instructions do not vary from run to
//! run as times do, so a change of a percent can be seen on a busy machine; they say nothing of cache misses, of atomics
//! that wait, or of system calls, whose work in the kernel is not counted.

use std::env;
use std::process::{Command, Stdio};

/// The hidden command by which the child is told what to run.
pub(crate) const CHILD: &str = "run-row";

/// Operations of the shorter of the two runs: enough that growth of a queue's storage is spread thin.
const OPERATIONS: u64 = 2_000;

/// Counts the instructions of one operation, or says why that cannot be done.
pub(crate) fn count(scenario: &str, row: &str) -> Result<f64, String> {
    let once = collected(scenario, row, OPERATIONS)?;
    let twice = collected(scenario, row, 2 * OPERATIONS)?;
    Ok((twice as f64 - once as f64) / OPERATIONS as f64)
}

fn collected(scenario: &str, row: &str, operations: u64) -> Result<u64, String> {
    let program = env::current_exe().map_err(|error| format!("where is this program: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([CHILD, scenario, row])
        .arg(operations.to_string())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("valgrind: {}: {}", output.status, said.trim_end()));
    }
    said.lines()
        .find_map(|line| line.split("Collected :").nth(1))
        .and_then(|number| number.trim().parse().ok())
        .ok_or_else(|| "valgrind printed no count".to_owned())
}
