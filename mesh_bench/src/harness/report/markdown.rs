//! Markdown: a table a scenario, ready to be put into docs.

use std::fmt::Write as _;

use super::{digits, figure, ratio};
use crate::harness::count::RowCount;
use crate::harness::machine::Machine;
use crate::harness::scenario::{Owner, Scenario};
use crate::harness::summary::ScenarioResult;

/// The machine as a list.
pub(crate) fn header(machine: &Machine) -> String {
    let mut text = String::new();
    for (name, value) in &machine.facts {
        let _ = writeln!(text, "- {name}: {value}");
    }
    text
}

/// All results on few lines: a row for each scenario, with mesh, the best peers, the best floor and the ratio.
pub(crate) fn overview(results: &[ScenarioResult]) -> String {
    let mut text = String::from(
        "\n| scenario | mesh | best peer | next | floor | ratio |\n|---|---|---|---|---|---|\n",
    );
    for result in results {
        let mut rows: Vec<_> = result.rows.iter().collect();
        rows.sort_by(|a, b| result.cost(a).total_cmp(&result.cost(b)));
        let of = |owner| rows.iter().filter(move |row| row.owner == owner);
        let told = |row: &&&_| {
            let row: &crate::harness::summary::RowResult = row;
            format!("{} {}", row.name, figure(result.unit, result.cost(row)))
        };
        let mesh: Vec<String> = of(Owner::Mesh).map(|row| told(&row)).collect();
        let best: Vec<String> = of(Owner::Peer).take(1).map(|row| told(&row)).collect();
        let next: Vec<String> = of(Owner::Peer)
            .skip(1)
            .take(2)
            .map(|row| told(&row))
            .collect();
        let floor: Vec<String> = of(Owner::Floor).take(1).map(|row| told(&row)).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            result.name,
            mesh.join(", "),
            best.join(", "),
            next.join(", "),
            floor.join(", "),
            ratio(result.ratio_of_mesh()),
        );
    }
    text
}

/// One scenario in full.
pub(crate) fn scenario(result: &ScenarioResult) -> String {
    let mut text = format!("\n### {}\n\n{}.\n\n", result.name, result.about);
    text.push_str("| | median | best | worst | to best peer |\n|---|---:|---:|---:|---:|\n");
    let mut rows: Vec<_> = result.rows.iter().collect();
    rows.sort_by(|a, b| result.cost(a).total_cmp(&result.cost(b)));
    for row in rows {
        let emphasis = if row.owner == Owner::Mesh { "**" } else { "" };
        let floor = if row.owner == Owner::Floor {
            " (floor)"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "| {emphasis}{}{emphasis}{floor} | {} | {} | {} | {} |",
            row.name,
            figure(result.unit, row.median()),
            figure(result.unit, row.least()),
            figure(result.unit, row.most()),
            ratio(result.ratio(row)),
        );
    }
    text
}

/// The counts of one scenario.
pub(crate) fn counts(scenario: &Scenario, counts: &[RowCount]) -> String {
    let mut text = format!("\n### {}\n\n{}.\n\n", scenario.full_name(), scenario.about);
    text.push_str(
        "| each operation | allocations | bytes | instructions |\n|---|---:|---:|---:|\n",
    );
    for row in counts {
        let emphasis = if row.owner == Owner::Mesh { "**" } else { "" };
        let instructions = match &row.instructions {
            None => "",
            Some(Ok(instructions)) => &digits(*instructions),
            Some(Err(_)) => "–",
        };
        let _ = writeln!(
            text,
            "| {emphasis}{}{emphasis} | {} | {} | {} |",
            row.name,
            digits(row.allocations),
            digits(row.bytes),
            instructions,
        );
    }
    text
}
