//! The lengths of functions and files, with a list of the ones that are already too long.
//!
//! The list, `xtask/tidy-ratchet.txt`, goes one way: an entry may be lowered or deleted, and what is not on it has to keep
//! the limit. A line reads `function PATH NAME LINES # why` or `file PATH LINES # why`. Functions of one name in one file that
//! are both too long are told apart by their order: `NAME`, `NAME#2`. `cargo xtask tidy --lower` lowers entries that have
//! shrunk; it never adds or raises one.

use super::files::is_test_file;
use super::functions::functions;
use super::source::Source;
use super::tree::Tree;
use super::{FILE_LINES, FUNCTION_LINES, Violation};
use std::collections::{BTreeMap, BTreeSet};

/// Where the list is.
pub(super) const PATH: &str = "xtask/tidy-ratchet.txt";

/// A header line that begins with this says why a file is long.
const REASON: &str = "//! Length:";

/// What an entry is about: `function PATH NAME` or `file PATH`.
type Subject = String;

/// The list: how long each subject may be.
#[derive(Debug, Default)]
pub(super) struct Ratchet {
    allowed: BTreeMap<Subject, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    lines: usize,
    /// The entry's own place in the list.
    at: usize,
}

/// Something longer than its limit.
struct Long {
    path: String,
    line: usize,
    lines: usize,
    limit: usize,
}

/// Nothing new is too long, nothing on the list has grown, and what has shrunk has been lowered.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let ratchet = match Ratchet::parse(tree.text(PATH).unwrap_or_default()) {
        Ok(ratchet) => ratchet,
        Err(violation) => return vec![violation],
    };
    let long = measure(tree);
    let mut violations = Vec::new();
    for (subject, long) in &long {
        let Long { lines, limit, .. } = *long;
        let message = match ratchet.allowed.get(subject) {
            None => format!("{subject} is {lines} lines long; the limit is {limit}"),
            Some(entry) if lines > entry.lines => {
                format!("{subject} has grown from {} to {lines} lines", entry.lines)
            }
            Some(_) => continue,
        };
        violations.push(Violation::at(&long.path, long.line, message));
    }
    for (subject, entry) in &ratchet.allowed {
        let message = match long.get(subject) {
            None => format!("{subject} keeps the limit now (or is gone): delete its line"),
            Some(long) if long.lines < entry.lines => {
                format!("{subject} has shrunk to {}: lower its line", long.lines)
            }
            Some(_) => continue,
        };
        violations.push(Violation::at(PATH, entry.at, message));
    }
    violations
}

/// Everything over its limit.
fn measure(tree: &Tree) -> BTreeMap<Subject, Long> {
    let mut found = BTreeMap::new();
    for (path, text) in tree.rust() {
        let source = Source::new(text);
        for function in functions(&source) {
            if function.lines <= FUNCTION_LINES {
                continue;
            }
            let first = format!("function {path} {}", function.name);
            let mut subject = first.clone();
            let mut number = 1;
            while found.contains_key(&subject) {
                number += 1;
                subject = format!("{first}#{number}");
            }
            let long = Long {
                path: path.to_owned(),
                line: function.line,
                lines: function.lines,
                limit: FUNCTION_LINES,
            };
            found.insert(subject, long);
        }
        let lines = lines_without_tests(path, &source);
        if lines > FILE_LINES && !text.lines().any(|line| line.starts_with(REASON)) {
            let long = Long {
                path: path.to_owned(),
                line: 1,
                lines,
                limit: FILE_LINES,
            };
            found.insert(format!("file {path}"), long);
        }
    }
    found
}

fn lines_without_tests(path: &str, source: &Source<'_>) -> usize {
    if is_test_file(path) {
        return 0;
    }
    let tests: BTreeSet<usize> = source
        .test_items()
        .into_iter()
        .flat_map(|item| source.line_of(item.start)..=source.line_of(item.end.saturating_sub(1)))
        .collect();
    source.text.lines().count().saturating_sub(tests.len())
}

impl Ratchet {
    /// Reads the list. A line that cannot be read, or gives no reason, is a violation.
    pub(super) fn parse(text: &str) -> Result<Self, Violation> {
        let mut allowed = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let at = index + 1;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((subject, lines)) = entry(line) else {
                let message = "not `function PATH NAME LINES # why` or `file PATH LINES # why`";
                return Err(Violation::at(PATH, at, message));
            };
            if allowed.insert(subject, Entry { lines, at }).is_some() {
                return Err(Violation::at(PATH, at, "listed twice"));
            }
        }
        Ok(Self { allowed })
    }

    /// The text of the list with what has shrunk lowered and what keeps its limit deleted.
    pub(super) fn lowered(&self, tree: &Tree, text: &str) -> String {
        let long = measure(tree);
        let mut result = String::new();
        for line in text.lines() {
            let line = match entry(line) {
                None => line.to_owned(),
                Some((subject, lines)) => match long.get(&subject) {
                    None => continue,
                    Some(now) if now.lines < lines => {
                        let why = line.split_once('#').map_or("", |(_, why)| why.trim());
                        format!("{subject} {} # {why}", now.lines)
                    }
                    Some(_) => line.to_owned(),
                },
            };
            result.push_str(&line);
            result.push('\n');
        }
        result
    }
}

/// The subject and the length of an entry that has a reason.
fn entry(line: &str) -> Option<(Subject, usize)> {
    // A `#` also tells functions of one name apart, so the reason begins at the one with spaces around it.
    let (entry, why) = line.split_once(" # ")?;
    let words: Vec<&str> = entry.split_whitespace().collect();
    let (lines, subject) = words.split_last()?;
    let known = matches!(subject, ["function", _, _] | ["file", _]);
    if !known || why.trim().is_empty() {
        return None;
    }
    Some((subject.join(" "), lines.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{PATH, Ratchet, check};
    use crate::tidy::tree::Tree;

    fn function(lines: usize) -> String {
        format!(
            "//! X.\nfn long() {{\n{}}}\n",
            "    x();\n".repeat(lines - 2)
        )
    }

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let violations = check(&Tree::of(files));
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_function_over_the_limit_is_found_and_one_at_it_is_not() {
        assert_eq!(messages(&[("a.rs", &function(70))]), [] as [&str; 0]);
        assert_eq!(
            messages(&[("a.rs", &function(71))]),
            ["a.rs:2: function a.rs long is 71 lines long; the limit is 70"]
        );
    }

    #[test]
    fn a_listed_function_may_stay_but_not_grow_and_has_to_be_lowered_when_it_shrinks() {
        let list = "# Old ones.\nfunction a.rs long 80 # a table\n";
        let with = |lines| messages(&[("a.rs", &function(lines)), (PATH, list)]);
        assert_eq!(with(80), [] as [&str; 0]);
        assert_eq!(
            with(81),
            ["a.rs:2: function a.rs long has grown from 80 to 81 lines"]
        );
        assert!(with(79)[0].contains("has shrunk to 79"));
        assert!(with(10)[0].contains("delete its line"));
    }

    #[test]
    fn two_long_functions_of_one_name_are_told_apart() {
        let text = format!("{0}{0}", function(71));
        let list = "function a.rs long 71 # a\nfunction a.rs long#2 71 # b\n";
        assert_eq!(messages(&[("a.rs", &text)]).len(), 2);
        assert_eq!(messages(&[("a.rs", &text), (PATH, list)]), [] as [&str; 0]);
    }

    #[test]
    fn a_long_file_needs_a_reason_in_its_header_and_its_tests_do_not_count() {
        let long = "//! X.\n".to_owned() + &"const A: u8 = 1;\n".repeat(600);
        assert!(messages(&[("a.rs", &long)])[0].contains("file a.rs is 601 lines long"));
        let reason = format!("//! Length: one table.\n{long}");
        assert_eq!(messages(&[("a.rs", &reason)]), [] as [&str; 0]);
        let tested = format!(
            "//! X.\n#[cfg(test)]\nmod tests {{\n{}}}\n",
            "    const A: u8 = 1;\n".repeat(700)
        );
        assert_eq!(messages(&[("a.rs", &tested)]), [] as [&str; 0]);
        assert_eq!(messages(&[("a/tests/b.rs", &long)]), [] as [&str; 0]);
    }

    #[test]
    fn an_entry_without_a_reason_is_found() {
        assert!(messages(&[(PATH, "file a.rs 700\n")])[0].contains("# why"));
        assert!(messages(&[(PATH, "flie a.rs 700 # x\n")])[0].contains("# why"));
    }

    #[test]
    fn lowering_lowers_and_deletes_but_never_adds_or_raises() {
        let list = "# Old.\nfunction a.rs long 80 # a table\nfile gone.rs 700 # x\n";
        let lowered = |lines| {
            let tree = Tree::of(&[("a.rs", &function(lines))]);
            Ratchet::parse(list).unwrap().lowered(&tree, list)
        };
        assert_eq!(lowered(75), "# Old.\nfunction a.rs long 75 # a table\n");
        assert_eq!(lowered(90), "# Old.\nfunction a.rs long 80 # a table\n");
        assert_eq!(lowered(9), "# Old.\n");
    }
}
