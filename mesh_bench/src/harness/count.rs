//! The `count` command: allocations, bytes and instructions of one operation.
//!
//! Only scenarios in which one thread does all the work are counted. Allocations are counted in this process by the same
//! difference as instructions: between N and 2 N operations.

use super::allocations::tally;
use super::instructions;
use super::run::Selection;
use super::scenario::{Owner, Probe, Scenario};

/// Operations of the shorter run: a power of two, so that both end where a queue's blocks end.
const OPERATIONS: u64 = 1 << 12;

/// The counts of one row.
#[derive(Debug, Clone)]
pub(crate) struct RowCount {
    /// The name of the implementation.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) owner: Owner,
    /// Calls of the allocator for each operation.
    pub(crate) allocations: f64,
    /// Bytes asked for in each operation.
    pub(crate) bytes: f64,
    /// Instructions of each operation, if they were asked for.
    pub(crate) instructions: Option<Result<f64, String>>,
}

/// Counts each selected row of a scenario. Empty if the scenario cannot be counted.
pub(crate) fn count(
    scenario: &Scenario,
    selection: &Selection,
    with_instructions: bool,
) -> Vec<RowCount> {
    if !scenario.countable {
        return Vec::new();
    }
    let mut counts = Vec::new();
    for row in scenario
        .rows
        .iter()
        .filter(|row| selection.has_row(&row.name))
    {
        let Probe::Timed(mut probe) = row.start() else {
            continue;
        };
        // What is set up once and kept, such as thread-local state, is set up before counting.
        probe(OPERATIONS);
        let (once, _) = tally(|| probe(OPERATIONS));
        let (twice, _) = tally(|| probe(2 * OPERATIONS));
        let per_operation =
            |once: u64, twice: u64| (twice as f64 - once as f64) / OPERATIONS as f64;
        counts.push(RowCount {
            name: row.name.clone(),
            owner: row.owner,
            allocations: per_operation(once.allocations, twice.allocations),
            bytes: per_operation(once.allocated, twice.allocated),
            instructions: with_instructions
                .then(|| instructions::count(&scenario.full_name(), &row.name)),
        });
    }
    counts
}

/// Runs one row for a number of operations and prints nothing: what the child under callgrind does.
pub(crate) fn run_row(scenarios: &[Scenario], scenario: &str, row: &str, operations: u64) -> bool {
    let row = scenarios
        .iter()
        .find(|candidate| candidate.full_name() == scenario)
        .and_then(|scenario| scenario.rows.iter().find(|candidate| candidate.name == row));
    let Some(Probe::Timed(mut probe)) = row.map(|row| row.start()) else {
        return false;
    };
    probe(operations);
    true
}
