//! Tests that sleep: too short on a busy machine, too long on every other one.
//!
//! A test waits for what it needs (a channel, a barrier, a future driven by hand). A sleep that is not there to make an
//! order likely, such as one that stands for work, says so at the end of its line.

use super::Violation;
use super::files::is_test_file;
use super::source::Source;
use super::tree::Tree;

/// What excuses a sleep, followed by the reason.
const EXCUSE: &str = "// not synchronisation: ";

/// No test sleeps without an excuse.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.rust() {
        let source = Source::new(text);
        let whole = is_test_file(path);
        for offset in source.words("sleep") {
            let called = source.code[offset + "sleep".len()..].starts_with('(');
            let line = source.line_of(offset);
            let excused = source
                .line(line)
                .split_once(EXCUSE)
                .is_some_and(|(_, reason)| !reason.trim().is_empty());
            if called && !excused && (whole || source.is_test(offset)) {
                let message = format!("a test waits, it does not sleep (or `{EXCUSE}reason`)");
                violations.push(Violation::at(path, line, message));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::Tree;

    fn lines(path: &str, text: &str) -> Vec<Option<usize>> {
        let found = check(&Tree::of(&[(path, text)]));
        found.into_iter().map(|found| found.line).collect()
    }

    const SLEEPS: &str = "//! X.\nfn f() {\n    thread::sleep(a);\n    time::sleep(b).await;\n}\n";

    #[test]
    fn a_sleep_in_a_test_file_is_found() {
        assert_eq!(lines("a/tests/b.rs", SLEEPS), [Some(3), Some(4)]);
        assert_eq!(lines("a/src/b/tests.rs", SLEEPS), [Some(3), Some(4)]);
        assert_eq!(lines("a/src/b.rs", SLEEPS), []);
    }

    #[test]
    fn a_sleep_in_a_test_module_is_found() {
        let text = format!("{SLEEPS}#[cfg(test)]\nmod tests {{\n    fn t() {{ sleep(c) }}\n}}\n");
        assert_eq!(lines("a/src/b.rs", &text), [Some(8)]);
    }

    #[test]
    fn a_sleep_with_a_reason_is_excused_and_one_without_is_not() {
        let with = "//! X.\nfn t() { sleep(a) } // not synchronisation: stands for work\n";
        let without = "//! X.\nfn t() { sleep(a) } // not synchronisation: \n";
        assert_eq!(lines("a/tests/b.rs", with), []);
        assert_eq!(lines("a/tests/b.rs", without), [Some(2)]);
    }
}
