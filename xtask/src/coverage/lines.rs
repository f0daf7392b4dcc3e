//! Counts of lines and regions, and the report of those that were not reached.
//!
//! A line can be reached and a part of it not: the other side of a `&&`, the closure of a `map_or` or the error of a `?`. LLVM
//! calls such parts regions, and shows where one begins that never ran. It counts branches only for nightly compilers.
//!
//! A generic function that nobody calls is not compiled, and so has no lines to count; such functions are found by their heads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// How often each line ran, by file.
type Counts = BTreeMap<String, BTreeMap<usize, u64>>;

/// Where a region begins: line and column, from one on.
type Place = (usize, usize);

/// What was reached by one kind of run.
#[derive(Debug, Default)]
pub(super) struct Reached {
    lines: Counts,
    /// Regions that never ran, on lines that did, by file.
    holes: BTreeMap<String, BTreeSet<Place>>,
    /// How many regions each file has, and how many of them never ran.
    regions: BTreeMap<String, (u64, u64)>,
}

impl Reached {
    /// Reads what `llvm-cov` prints: `export -format=lcov`, `show` with counts of lines and regions, and `report`.
    pub(super) fn read(exported: &str, shown: &str, summary: &str) -> Self {
        Self {
            lines: read_lines(exported),
            holes: read_holes(shown),
            regions: read_regions(summary),
        }
    }

    fn line(&self, file: &str, line: usize) -> u64 {
        let lines = self.lines.get(file);
        lines.and_then(|l| l.get(&line)).copied().unwrap_or(0)
    }

    fn has(&self, file: &str, place: Place) -> bool {
        let hole = self.holes.get(file).is_some_and(|h| h.contains(&place));
        self.line(file, place.0) > 0 && !hole
    }

    /// Of the regions of a file, how many there are and how many never ran. The summary leaves out the folders common to all.
    fn regions(&self, file: &str) -> (u64, u64) {
        let ends = |name: &&String| file.strip_suffix(name.as_str()).is_some_and(ends_folder);
        let found = self.regions.keys().find(ends);
        found.map_or((0, 0), |name| self.regions[name])
    }
}

fn ends_folder(path: &str) -> bool {
    path.is_empty() || path.ends_with('/')
}

fn read_lines(exported: &str) -> Counts {
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

/// Below each line of source stand the counts of the regions that begin in it, each behind a `^` in its column.
fn read_holes(shown: &str) -> BTreeMap<String, BTreeSet<Place>> {
    let mut holes: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    let mut file = String::new();
    let (mut number, mut margin) = (0, 0);
    for line in shown.lines() {
        if let Some(name) = line.strip_suffix(".rs:") {
            file = format!("{name}.rs");
        } else if let Some((before, rest)) = line.split_once('|') {
            if let (Ok(at), Some(count)) = (before.trim().parse(), rest.find('|')) {
                number = at;
                margin = before.len() + count + 2;
            }
        } else if line.trim_start().starts_with('^') {
            for (at, _) in line.match_indices('^') {
                let count = line[at + 1..].split([' ', '^']).next();
                if count == Some("0") && at >= margin {
                    let places = holes.entry(file.clone()).or_default();
                    places.insert((number, at - margin + 1));
                }
            }
        }
    }
    holes
}

/// The first columns of the summary: file, regions, regions that were missed.
fn read_regions(summary: &str) -> BTreeMap<String, (u64, u64)> {
    let rows = summary.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let file = words.next().filter(|name| name.ends_with(".rs"))?;
        let (all, missed) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some((file.to_owned(), (all, missed)))
    });
    rows.collect()
}

/// What the simulator does not reach, file by file, and a table. `+` is before lines that the tests by hand reach; `~` before the
/// rest of a line from where a region begins that never ran, and `*` if it is such a region and the tests by hand reach it.
pub(super) fn report(
    root: &Path,
    simulator: &Reached,
    by_hand: &Reached,
) -> Result<String, String> {
    let mut text = String::new();
    let mut table =
        String::from("| file | regions | lines | with the tests by hand |\n|---|---|---|---|\n");
    let mut sum = Sum::default();
    for (file, lines) in &simulator.lines {
        let source = std::fs::read_to_string(file)
            .map_err(|error| format!("cannot read {file}: {error}"))?;
        let source: Vec<&str> = source.lines().collect();
        let short = Path::new(file)
            .strip_prefix(root)
            .unwrap_or(Path::new(file));
        writeln!(text, "\n{}:", short.display()).ok();
        let row = tell_file(&mut text, file, &source, (simulator, by_hand));
        for name in never_compiled(&source, lines) {
            writeln!(text, "       never called: {name}").ok();
        }
        writeln!(table, "| {} | {row} |", short.display()).ok();
        sum.add(&row);
    }
    Ok(format!("{text}\n{table}| all | {sum} |\n"))
}

/// Writes what is missing of a file, and gives its figures.
fn tell_file(
    text: &mut String,
    file: &str,
    source: &[&str],
    (simulator, by_hand): (&Reached, &Reached),
) -> Sum {
    let lines = &simulator.lines[file];
    let (regions, missed) = simulator.regions(file);
    let mut sum = Sum {
        regions: (regions - missed, regions),
        lines: (0, lines.len()),
        helped: 0,
    };
    let holes = simulator.holes.get(file);
    for (line, count) in lines {
        let code = source.get(line - 1).unwrap_or(&"");
        if *count == 0 {
            let tried = by_hand.line(file, *line) > 0;
            sum.helped += usize::from(tried);
            let mark = if tried { '+' } else { ' ' };
            writeln!(text, "{mark}{line:5} {code}").ok();
            continue;
        }
        sum.lines.0 += 1;
        let places = holes.into_iter().flatten().filter(|(at, _)| at == line);
        for place in places {
            let mark = if by_hand.has(file, *place) { '*' } else { '~' };
            let rest = code.get(place.1 - 1..).unwrap_or(code);
            writeln!(text, "{mark}{line:5}:{} {rest}", place.1).ok();
        }
    }
    sum
}

/// Figures of a file, or of all: reached and all there are.
#[derive(Debug, Default)]
struct Sum {
    regions: (u64, u64),
    lines: (usize, usize),
    /// Lines that only the tests by hand reach.
    helped: usize,
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.regions.0 += other.regions.0;
        self.regions.1 += other.regions.1;
        self.lines.0 += other.lines.0;
        self.lines.1 += other.lines.1;
        self.helped += other.helped;
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |part: f64, all: f64| part * 100.0 / all.max(1.0);
        let ((regions, all_regions), (lines, all_lines)) = (self.regions, self.lines);
        let helped = lines + self.helped;
        write!(
            f,
            "{regions} of {all_regions} ({:.1} %) | {lines} of {all_lines} ({:.1} %) | {helped} ({:.1} %)",
            share(regions as f64, all_regions as f64),
            share(lines as f64, all_lines as f64),
            share(helped as f64, all_lines as f64),
        )
    }
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
    use super::{Reached, function, never_compiled, read_holes, read_lines, read_regions};
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn a_line_counts_for_the_file_before_it_and_the_highest_count_stands() {
        let counts =
            read_lines("SF:a.rs\nDA:1,0\nDA:2,5\nDA:1,3\nend_of_record\nSF:b.rs\nDA:9,0\n");
        assert_eq!(counts["a.rs"], BTreeMap::from([(1, 3), (2, 5)]));
        assert_eq!(counts["b.rs"], BTreeMap::from([(9, 0)]));
    }

    #[test]
    fn a_region_that_never_ran_is_found_by_its_line_and_column() {
        let shown = "/m/a.rs:\n    1|     7|fn f(a: bool) { a && b() }\n                             ^7   ^0\n";
        let holes = read_holes(shown);
        assert_eq!(holes["/m/a.rs"], BTreeSet::from([(1, 22)]));
    }

    #[test]
    fn the_summary_tells_the_regions_of_a_file_by_the_end_of_its_path() {
        let summary = "Filename Regions Missed Cover\n---\nb/a.rs 10 2 80%\nTOTAL 10 2 80%\n";
        let reached = Reached {
            regions: read_regions(summary),
            ..Reached::default()
        };
        assert_eq!(reached.regions("/m/b/a.rs"), (10, 2));
        assert_eq!(reached.regions("/m/b/aa.rs"), (0, 0));
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
