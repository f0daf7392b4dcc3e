//! Tables for the terminal, printed scenario by scenario as the run goes on.

use std::fmt::Write as _;

use super::{digits, figure, ratio};
use crate::harness::count::RowCount;
use crate::harness::machine::Machine;
use crate::harness::scenario::{Group, Owner, Scenario};
use crate::harness::summary::{ScenarioResult, geometric_mean};

/// The machine, a line a fact.
pub(crate) fn header(machine: &Machine) -> String {
    let mut text = String::new();
    for (name, value) in &machine.facts {
        let _ = writeln!(text, "{name:>14}: {value}");
    }
    text
}

/// One scenario, its rows in order of merit.
pub(crate) fn scenario(result: &ScenarioResult) -> String {
    let mut text = format!("\n{} — {}\n", result.name, result.about);
    let _ = writeln!(
        text,
        "  {:<34} {:>12} {:>12} {:>12} {:>12}",
        "", "median", "best", "worst", "to best peer"
    );
    let mut rows: Vec<_> = result.rows.iter().collect();
    rows.sort_by(|a, b| result.cost(a).total_cmp(&result.cost(b)));
    for row in rows {
        let mark = match row.owner {
            Owner::Mesh => '*',
            Owner::Peer => ' ',
            Owner::Floor => '_',
        };
        let _ = writeln!(
            text,
            "{mark} {:<34} {:>12} {:>12} {:>12} {:>12}",
            row.name,
            figure(result.unit, row.median()),
            figure(result.unit, row.least()),
            figure(result.unit, row.most()),
            ratio(result.ratio(row)),
        );
    }
    text
}

/// The geometric means of mesh's ratios, and the rows where it is behind.
pub(crate) fn closing(results: &[ScenarioResult]) -> String {
    let mut text = String::new();
    for group in [Group::Channels, Group::Codec, Group::Ipc] {
        let Some((mean, scenarios)) = geometric_mean(results, group) else {
            continue;
        };
        let _ = writeln!(
            text,
            "\n{}: mesh is at {mean:.2} × the best peer of each scenario (geometric mean of {scenarios})",
            group.word()
        );
        for result in results.iter().filter(|result| result.group == group) {
            match result.ratio_of_mesh() {
                Some(behind) if behind < 1.0 => {
                    let best = result.best_peer().map_or("", |row| row.name.as_str());
                    let _ = writeln!(text, "  {behind:.2} ×  {} (best: {best})", result.name);
                }
                _ => {}
            }
        }
    }
    text
}

/// The counts of one scenario.
pub(crate) fn counts(scenario: &Scenario, counts: &[RowCount]) -> String {
    let mut text = format!("\n{} — {}\n", scenario.full_name(), scenario.about);
    let _ = writeln!(
        text,
        "  {:<34} {:>12} {:>12} {:>14}",
        "each operation", "allocations", "bytes", "instructions"
    );
    for row in counts {
        let mark = if row.owner == Owner::Mesh { '*' } else { ' ' };
        let instructions = match &row.instructions {
            None => String::new(),
            Some(Ok(instructions)) => digits(*instructions),
            Some(Err(reason)) => reason.clone(),
        };
        let _ = writeln!(
            text,
            "{mark} {:<34} {:>12} {:>12} {:>14}",
            row.name,
            digits(row.allocations),
            digits(row.bytes),
            instructions,
        );
    }
    text
}
