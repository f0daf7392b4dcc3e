//! JSON: everything a run found out, every sample included, for other programs to read.
//!
//! Written by hand, since the shape is small and fixed: an object with `machine` (names to values) and `scenarios`, each
//! with `name`, `about`, `unit` and `rows`; a row has `name`, `owner`, `median`, `least`, `most`, `ratio` (to the best peer,
//! above one is ahead; `null` without a peer) and `samples`. Costs are in nanoseconds for each operation, or in the unit
//! counted.

use std::fmt::Write as _;

use crate::harness::machine::Machine;
use crate::harness::summary::ScenarioResult;

/// The whole run.
pub(crate) fn document(machine: &Machine, results: &[ScenarioResult]) -> String {
    let facts: Vec<String> = machine
        .facts
        .iter()
        .map(|(name, value)| format!("    {}: {}", text(name), text(value)))
        .collect();
    let scenarios: Vec<String> = results.iter().map(scenario).collect();
    format!(
        "{{\n  \"machine\": {{\n{}\n  }},\n  \"scenarios\": [\n{}\n  ]\n}}\n",
        facts.join(",\n"),
        scenarios.join(",\n"),
    )
}

fn scenario(result: &ScenarioResult) -> String {
    let rows: Vec<String> = result
        .rows
        .iter()
        .map(|row| {
            let samples: Vec<String> = row.samples.iter().copied().map(number).collect();
            format!(
                "      {{\"name\": {}, \"owner\": {}, \"median\": {}, \"least\": {}, \"most\": {}, \"ratio\": {}, \
                 \"samples\": [{}]}}",
                text(&row.name),
                text(row.owner.word()),
                number(row.median()),
                number(row.least()),
                number(row.most()),
                result.ratio(row).map_or_else(|| "null".to_owned(), number),
                samples.join(", "),
            )
        })
        .collect();
    format!(
        "    {{\"name\": {}, \"about\": {}, \"unit\": {}, \"rows\": [\n{}\n    ]}}",
        text(&result.name),
        text(&result.about),
        text(result.unit.symbol()),
        rows.join(",\n"),
    )
}

/// A number, or `null` for what JSON has no number for.
fn number(value: f64) -> String {
    if value.is_finite() {
        format!("{value}")
    } else {
        "null".to_owned()
    }
}

/// A string with what JSON wants escaped.
fn text(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            control if u32::from(control) < 0x20 => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::{number, text};

    #[test]
    fn quotes_and_control_characters_are_escaped() {
        assert_eq!(text("a\"b\\c\nd\u{1}"), "\"a\\\"b\\\\c\\nd\\u0001\"");
    }

    #[test]
    fn what_is_no_number_becomes_null() {
        assert_eq!(number(f64::INFINITY), "null");
        assert_eq!(number(1.5), "1.5");
    }
}
