//! Counts of lines, and the report of those that were not reached.
//!
//! A generic function that nobody calls is not compiled, and so has no lines to count; such functions are found by their heads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// How often each line ran, by file.
pub(super) type Counts = BTreeMap<String, BTreeMap<usize, u64>>;

/// Reads what `llvm-cov export -format=lcov` writes.
pub(super) fn read(exported: &str) -> Counts {
    let mut counts = Counts::new();
    let mut file = String::new();
    for line in exported.lines() {
        if let Some(name) = line.strip_prefix("SF:") {
            name.clone_into(&mut file);
        } else if let Some((number, count)) =
            line.strip_prefix("DA:").and_then(|l| l.split_once(','))
        {
            let (Ok(number), Ok(count)) = (number.parse(), count.parse::<u64>()) else {
                continue;
            };
            let lines = counts.entry(file.clone()).or_default();
            let slot = lines.entry(number).or_default();
            *slot = (*slot).max(count);
        }
    }
    counts
}

/// The lines that the simulator does not reach, with their text, file by file; `+` before those that the tests by hand reach.
pub(super) fn report(root: &Path, simulator: &Counts, by_hand: &Counts) -> Result<String, String> {
    let mut text = String::new();
    let (mut all, mut reached, mut helped) = (0, 0, 0);
    for (file, lines) in simulator {
        let source = std::fs::read_to_string(file)
            .map_err(|error| format!("cannot read {file}: {error}"))?;
        let source: Vec<&str> = source.lines().collect();
        let none = BTreeMap::new();
        let hand = by_hand.get(file).unwrap_or(&none);
        let missed: Vec<usize> = lines
            .iter()
            .filter(|(_, n)| **n == 0)
            .map(|(l, _)| *l)
            .collect();
        let short = Path::new(file)
            .strip_prefix(root)
            .unwrap_or(Path::new(file));
        let there = lines.len() - missed.len();
        all += lines.len();
        reached += there;
        writeln!(
            text,
            "\n{}: {there} of {} lines",
            short.display(),
            lines.len()
        )
        .ok();
        for line in missed {
            let tried = hand.get(&line).is_some_and(|count| *count > 0);
            helped += usize::from(tried);
            let mark = if tried { '+' } else { ' ' };
            let code = source.get(line - 1).unwrap_or(&"");
            writeln!(text, "{mark}{line:5} {code}").ok();
        }
        for name in never_compiled(&source, lines) {
            writeln!(text, "       never called: {name}").ok();
        }
    }
    let share = |part: usize| part as f64 * 100.0 / all.max(1) as f64;
    writeln!(
        text,
        "\n{reached} of {all} lines ({:.1} %); with the tests by hand {} ({:.1} %)",
        share(reached),
        reached + helped,
        share(reached + helped)
    )
    .ok();
    Ok(text)
}

/// Functions of which no line was counted.
fn never_compiled<'a>(source: &[&'a str], lines: &BTreeMap<usize, u64>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (at, line) in source.iter().enumerate() {
        let head = line.trim_start();
        let indent = &line[..line.len() - head.len()];
        let Some(name) = function(head) else {
            continue;
        };
        let end = format!("{indent}}}");
        let length = source[at..].iter().position(|l| *l == end);
        let Some(length) = length.filter(|_| !head.ends_with(';')) else {
            continue;
        };
        if lines.range(at + 1..=at + length + 1).next().is_none() {
            names.insert(name);
        }
    }
    names
}

/// The name of the function whose head this is.
fn function(head: &str) -> Option<&str> {
    let mut rest = head;
    for word in ["pub(super) ", "pub(crate) ", "pub ", "const "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let name = rest.strip_prefix("fn ")?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

#[cfg(test)]
mod tests {
    use super::{function, never_compiled, read};
    use std::collections::BTreeMap;

    #[test]
    fn a_line_counts_for_the_file_before_it_and_the_highest_count_stands() {
        let counts = read("SF:a.rs\nDA:1,0\nDA:2,5\nDA:1,3\nend_of_record\nSF:b.rs\nDA:9,0\n");
        assert_eq!(counts["a.rs"], BTreeMap::from([(1, 3), (2, 5)]));
        assert_eq!(counts["b.rs"], BTreeMap::from([(9, 0)]));
    }

    #[test]
    fn functions_without_counted_lines_are_those_nobody_calls() {
        let source = [
            "fn called() {",
            "    1;",
            "}",
            "pub(super) fn not() {",
            "    2;",
            "}",
        ];
        let names = never_compiled(&source, &BTreeMap::from([(1, 1), (2, 1)]));
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["not"]);
        assert_eq!(function("pub const fn new<T>(x: T) {"), Some("new"));
        assert_eq!(function("let f = 1;"), None);
    }
}
