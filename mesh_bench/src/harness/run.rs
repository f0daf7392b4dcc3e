//! A run: every selected row is started, tuned, and then measured in rounds.
//!
//! The rounds are interleaved: a round measures each row once, and only then does the next begin. Each round starts at
//! another row, so that no row always follows the same neighbour. A row's number of operations is found beforehand such
//! that one sample takes about the budget, which also warms the row up.

use std::time::Duration;

use super::scenario::{Owner, Probe, Scenario};
use super::summary::{Rank, RowResult, ScenarioResult};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Samples taken of each row.
    pub(crate) rounds: usize,
    /// What one sample should take.
    pub(crate) budget: Duration,
    /// Whether to take a single tiny sample of all rows but the peers', which shows that they run and nothing else.
    pub(crate) smoke: bool,
    /// What rows are compared by.
    pub(crate) rank: Rank,
}

/// Which of the registered rows take part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Parts of full scenario names, any of which selects; empty selects all.
    pub(crate) scenarios: Vec<String>,
    /// Parts of row names, any of which selects; empty selects all.
    pub(crate) rows: Vec<String>,
}

impl Selection {
    /// Whether a scenario takes part.
    pub(crate) fn has_scenario(&self, scenario: &Scenario) -> bool {
        let name = scenario.full_name();
        self.scenarios.is_empty() || self.scenarios.iter().any(|part| name.contains(part))
    }

    /// Whether a row takes part.
    pub(crate) fn has_row(&self, name: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|part| name.contains(part))
    }
}

struct Started {
    name: String,
    owner: Owner,
    probe: Probe,
    operations: u64,
    samples: Vec<f64>,
}

/// Measures one scenario, or returns `None` if no row of it is selected.
pub(crate) fn measure(
    scenario: &Scenario,
    selection: &Selection,
    effort: Effort,
) -> Option<ScenarioResult> {
    let mut rows: Vec<Started> = scenario
        .rows
        .iter()
        .filter(|row| selection.has_row(&row.name))
        .filter(|row| !effort.smoke || row.owner != Owner::Peer)
        .map(|row| Started {
            name: row.name.clone(),
            owner: row.owner,
            probe: row.start(),
            operations: 1,
            samples: Vec::new(),
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    if !effort.smoke {
        for row in &mut rows {
            row.operations = tune(&mut row.probe, effort.budget, scenario.most_operations);
        }
    }
    for round in 0..effort.rounds {
        let count = rows.len();
        for position in 0..count {
            sample(&mut rows[(position + round) % count]);
        }
    }
    Some(ScenarioResult {
        group: scenario.group,
        name: scenario.full_name(),
        about: scenario.about.clone(),
        unit: scenario.unit,
        rank: effort.rank,
        rows: rows
            .into_iter()
            .map(|row| RowResult {
                name: row.name,
                owner: row.owner,
                samples: row.samples,
            })
            .collect(),
    })
}

fn sample(row: &mut Started) {
    let cost = match &mut row.probe {
        Probe::Timed(probe) => probe(row.operations).as_nanos() as f64 / row.operations as f64,
        // Counting again would give the same.
        Probe::Counted(_) if !row.samples.is_empty() => return,
        Probe::Counted(probe) => probe(),
    };
    row.samples.push(cost);
}

/// Finds how many operations fill the budget.
///
/// The first operation is not looked at: it may wait for a process to start. Of each number tried the better of two
/// samples counts, so that one interruption does not pass for much work.
fn tune(probe: &mut Probe, budget: Duration, most: u64) -> u64 {
    let Probe::Timed(probe) = probe else {
        return 1;
    };
    probe(1);
    let mut operations = 1_u64;
    loop {
        let taken = probe(operations).min(probe(operations));
        let filled = taken.as_secs_f64() / budget.as_secs_f64();
        let wanted = (operations as f64 / filled.max(1e-6)).ceil() as u64;
        if filled >= 0.5 || operations >= most {
            return wanted.clamp(1, most);
        }
        // Costs of few operations say little of many: no more than tenfold at a time.
        operations = wanted.clamp(operations + 1, operations * 10).min(most);
    }
}
