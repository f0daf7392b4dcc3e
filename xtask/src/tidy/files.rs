//! What every Rust file owes its reader: a header that opens it, and a name that says what is inside.

use super::Violation;
use super::tree::Tree;

/// Names under which everything and nothing can be put.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "util", "utils"];

/// Every Rust file opens with `//!` and something after it.
pub(super) fn headers(tree: &Tree) -> Vec<Violation> {
    tree.rust()
        .filter(|(_, text)| {
            let first = text.lines().next().unwrap_or_default();
            first
                .strip_prefix("//!")
                .is_none_or(|rest| rest.trim().is_empty())
        })
        .map(|(path, _)| {
            Violation::at(
                path,
                1,
                "a file opens with `//!`: what it is, keeps true, leaves out",
            )
        })
        .collect()
}

/// No Rust file, and no folder of them, has a name that says nothing.
pub(super) fn names(tree: &Tree) -> Vec<Violation> {
    tree.rust()
        .filter_map(|(path, _)| {
            let empty = path
                .split('/')
                .map(|part| part.strip_suffix(".rs").unwrap_or(part))
                .find(|part| EMPTY_NAMES.contains(part))?;
            let message = format!("`{empty}` says nothing: name the file for its one concept");
            Some(Violation::of(path, message))
        })
        .collect()
}

/// Whether a file holds nothing but tests or measurements, to be told by its path.
pub(super) fn is_test_file(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    parts.next() == Some("tests.rs") || parts.any(|part| part == "tests" || part == "benches")
}

#[cfg(test)]
mod tests {
    use super::{headers, is_test_file, names};
    use crate::tidy::tree::Tree;

    #[test]
    fn a_file_without_a_header_is_found() {
        let tree = Tree::of(&[
            ("a/src/good.rs", "//! What it is.\nfn f() {}\n"),
            ("a/src/late.rs", "fn f() {}\n//! Too late.\n"),
            ("a/src/bare.rs", "//!\n//! Below.\n"),
            ("a/src/none.rs", ""),
        ]);
        let found: Vec<_> = headers(&tree).into_iter().map(|found| found.path).collect();
        assert_eq!(found, ["a/src/bare.rs", "a/src/late.rs", "a/src/none.rs"]);
    }

    #[test]
    fn a_name_that_says_nothing_is_found() {
        let tree = Tree::of(&[
            ("a/src/util.rs", ""),
            ("a/tests/common/mod.rs", ""),
            ("a/src/utility_bill.rs", ""),
            ("a/common.md", ""),
        ]);
        let found: Vec<_> = names(&tree).into_iter().map(|found| found.path).collect();
        assert_eq!(found, ["a/src/util.rs", "a/tests/common/mod.rs"]);
    }

    #[test]
    fn test_files_are_told_by_their_path() {
        assert!(is_test_file("a/tests/x.rs") && is_test_file("a/src/b/tests.rs"));
        assert!(is_test_file("a/benches/x.rs") && is_test_file("tests/ui/x.rs"));
        assert!(!is_test_file("a/src/tests_of_time.rs"));
    }
}
