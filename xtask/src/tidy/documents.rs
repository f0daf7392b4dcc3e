//! The documents: links that lead somewhere, guarantees whose tests exist, chapters that are compiled.

use super::Violation;
use super::functions::functions;
use super::source::Source;
use super::tree::Tree;
use std::collections::BTreeSet;

/// Each promise, with the names of the tests that hold it.
const GUARANTEES: &str = "docs/guarantees.md";

/// What stands before the names of tests.
const TESTS: &str = "Tests:";

/// Every relative link in a document points at something that is in the repository.
pub(super) fn links(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.markdown() {
        for (line, target) in targets(text) {
            let file = target.split(['#', '?']).next().unwrap_or_default();
            if target.contains("://") || target.starts_with("mailto:") || file.is_empty() {
                continue;
            }
            let exists = resolve(path, file).is_some_and(|resolved| tree.exists(&resolved));
            if !exists {
                let message = format!("the link to `{target}` leads nowhere");
                violations.push(Violation::at(path, line, message));
            }
        }
    }
    violations
}

/// The targets of links with the lines they stand in, leaving out blocks and spans of code.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            continue;
        }
        // Within a line, what lies between an odd and the next backtick is code.
        let is_text = |offset: usize| line[..offset].matches('`').count() % 2 == 0;
        for (offset, _) in line.match_indices("](") {
            let rest = &line[offset + 2..];
            let target = rest[..rest.find(')').unwrap_or(rest.len())].trim();
            let target = target.split_whitespace().next().unwrap_or_default();
            if is_text(offset) {
                found.push((index + 1, target.trim_matches(['<', '>'])));
            }
        }
        // `[name]: target` on a line of its own.
        if let Some((_, target)) = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("]: "))
        {
            let target = target.split_whitespace().next().unwrap_or_default();
            found.push((index + 1, target));
        }
    }
    found
}

/// A path relative to a document's folder, as a path from the root; none if it leaves the repository.
fn resolve(document: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Every numbered promise names its tests (`Tests:` and their names in backticks), and they exist.
pub(super) fn guarantees(tree: &Tree) -> Vec<Violation> {
    let Some(text) = tree.text(GUARANTEES) else {
        return Vec::new();
    };
    let known: BTreeSet<String> = tree
        .rust()
        .flat_map(|(_, text)| functions(&Source::new(text)))
        .map(|function| function.name)
        .collect();
    let mut violations = Vec::new();
    let mut promise: Option<usize> = None;
    let mut naming = false;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let names = if is_numbered(line) || line.starts_with('#') {
            violations.extend(promise.map(unheld));
            promise = is_numbered(line).then_some(number);
            naming = false;
            line.split_once(TESTS)
        } else if naming {
            Some(("", line))
        } else {
            line.split_once(TESTS)
        };
        let Some((_, names)) = names else { continue };
        promise = None;
        // The names may go on over the next lines of the paragraph.
        naming = !line.trim().is_empty();
        for name in names.split('`').skip(1).step_by(2) {
            let function = name.rsplit("::").next().unwrap_or(name);
            if !known.contains(function) {
                let message = format!("there is no test `{name}`");
                violations.push(Violation::at(GUARANTEES, number, message));
            }
        }
    }
    violations.extend(promise.map(unheld));
    violations
}

fn unheld(line: usize) -> Violation {
    let message = format!("a promise without a test: end it with `{TESTS}` and their names");
    Violation::at(GUARANTEES, line, message)
}

fn is_numbered(line: &str) -> bool {
    line.split_once(". ")
        .is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

/// Every chapter in `docs/` is in the table of contents, and in `docs/lib.rs`, which has its code compiled.
pub(super) fn chapters(tree: &Tree) -> Vec<Violation> {
    let summary = tree.text("docs/SUMMARY.md").unwrap_or_default();
    let root = tree.text("docs/lib.rs").unwrap_or_default();
    let mut violations = Vec::new();
    for (path, _) in tree.markdown() {
        let Some(name) = path.strip_prefix("docs/") else {
            continue;
        };
        if name == "SUMMARY.md" || name.contains('/') {
            continue;
        }
        if !summary.contains(&format!("({name})")) {
            violations.push(Violation::of(path, "is not in docs/SUMMARY.md"));
        }
        if !root.contains(&format!("include_str!(\"{name}\")")) {
            violations.push(Violation::of(path, "is not compiled: docs/lib.rs lacks it"));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::{GUARANTEES, Violation, chapters, guarantees, links};
    use crate::tidy::tree::Tree;

    fn shown(violations: &[Violation]) -> Vec<String> {
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let text = "[a](b.md) [c](../README.md#x) [d](#e) [f](https://example.org/g)\n\
                    [h](gone.md) and [i](../../out.md)\n[j]: missing.md\n[k](folder)\n";
        let tree = Tree::of(&[
            ("docs/a.md", text),
            ("docs/b.md", ""),
            ("README.md", ""),
            ("docs/folder/x.md", ""),
        ]);
        assert_eq!(
            shown(&links(&tree)),
            [
                "docs/a.md:2: the link to `gone.md` leads nowhere",
                "docs/a.md:2: the link to `../../out.md` leads nowhere",
                "docs/a.md:3: the link to `missing.md` leads nowhere",
            ]
        );
    }

    #[test]
    fn what_looks_like_a_link_in_code_is_none() {
        let text = "```rust\nlet x = a[0](b);\n```\nand `[x](y)` here\n";
        assert_eq!(links(&Tree::of(&[("a.md", text)])), []);
    }

    #[test]
    fn a_promise_without_a_test_or_with_an_unknown_one_is_found() {
        let text = "# Promises\n\n1. First.\n   Tests: `node::it_holds`,\n   `it_is_gone`\n\n2. Second.\n\n## More\n\n3. Third. Tests: `it_holds`\n";
        let tree = Tree::of(&[
            (GUARANTEES, text),
            ("a/tests/b.rs", "#[test]\nfn it_holds() {}\n"),
        ]);
        assert_eq!(
            shown(&guarantees(&tree)),
            [
                "docs/guarantees.md:5: there is no test `it_is_gone`",
                "docs/guarantees.md:7: a promise without a test: end it with `Tests:` and their names",
            ]
        );
    }

    #[test]
    fn a_chapter_that_is_not_listed_or_not_compiled_is_found() {
        let tree = Tree::of(&[
            ("docs/SUMMARY.md", "- [A](a.md)\n- [B](b.md)\n"),
            ("docs/lib.rs", "#[doc = include_str!(\"a.md\")]\nmod a {}\n"),
            ("docs/a.md", ""),
            ("docs/b.md", ""),
            ("docs/c.md", ""),
        ]);
        assert_eq!(
            shown(&chapters(&tree)),
            [
                "docs/b.md: is not compiled: docs/lib.rs lacks it",
                "docs/c.md: is not in docs/SUMMARY.md",
                "docs/c.md: is not compiled: docs/lib.rs lacks it",
            ]
        );
    }
}
