//! Marks of unfinished work: notes to self, debugging leftovers, tests that are switched off.
//!
//! An unfinished thing is either finished, or said plainly in the documents where users see it. In Markdown a mark may be
//! quoted in backticks, since the rules have to be written down somewhere.

use super::Violation;
use super::source::{Source, words};
use super::tree::Tree;

/// Notes to self, in comments and in text.
const NOTES: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

/// Macros that must not be called.
const MACROS: &[&str] = &["dbg", "todo", "unimplemented"];

/// No file has a mark of unfinished work.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.files() {
        if path.ends_with(".rs") {
            violations.extend(check_rust(path, text));
        } else if is_prose(path) {
            violations.extend(check_notes(path, text, text, '`'));
        } else if path.ends_with(".toml") || path.starts_with(".ci/") {
            violations.extend(check_notes(path, text, text, '\0'));
        }
    }
    violations
}

fn is_prose(path: &str) -> bool {
    path.ends_with(".md")
}

fn check_rust(path: &str, text: &str) -> Vec<Violation> {
    let source = Source::new(text);
    let mut violations = check_notes(path, text, &source.comments, '\0');
    violations.extend(check_notes(path, text, &source.code, '\0'));
    for name in MACROS {
        for offset in source.words(name) {
            if source.code[offset + name.len()..].starts_with('!') {
                let message = format!("`{name}!` is not for code that is kept");
                violations.push(Violation::at(path, source.line_of(offset), message));
            }
        }
    }
    for offset in source.words("ignore") {
        if source.code[..offset].trim_end().ends_with("#[") {
            let message = "a test that is switched off tests nothing: mend it or remove it";
            violations.push(Violation::at(path, source.line_of(offset), message));
        }
    }
    violations
}

/// Finds notes in `part`, a view of `text`, unless `quote` stands before them.
fn check_notes(path: &str, text: &str, part: &str, quote: char) -> Vec<Violation> {
    let mut violations = Vec::new();
    for note in NOTES {
        for offset in words(part, note) {
            if part[..offset].ends_with(quote) {
                continue;
            }
            let line = text[..offset].matches('\n').count() + 1;
            let message = format!("{note}: finish it, or say in the documents what is missing");
            violations.push(Violation::at(path, line, message));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::Tree;

    fn lines(path: &str, text: &str) -> Vec<Option<usize>> {
        let mut found: Vec<_> = check(&Tree::of(&[(path, text)]))
            .into_iter()
            .map(|found| found.line)
            .collect();
        found.sort();
        found
    }

    #[test]
    fn notes_are_found_in_comments_but_not_in_literals_or_longer_words() {
        let text = "//! X.\n// TODO: more\nconst A: &str = \"TODO\"; /* FIXME */\n// TODOS, XXXL\n";
        assert_eq!(lines("a.rs", text), [Some(2), Some(3)]);
    }

    #[test]
    fn debugging_and_missing_code_is_found() {
        let text =
            "//! X.\nfn f() {\n    dbg!(1);\n    todo!();\n    let todo = 1;\n    // todo!()\n}\n";
        assert_eq!(lines("a.rs", text), [Some(3), Some(4)]);
    }

    #[test]
    fn a_test_that_is_switched_off_is_found() {
        let text = "//! X.\n#[test]\n#[ignore = \"slow\"]\nfn t() {}\n#[ignore]\nfn ignore() {}\n";
        assert_eq!(lines("a.rs", text), [Some(3), Some(5)]);
    }

    #[test]
    fn notes_in_prose_are_found_unless_they_are_quoted() {
        assert_eq!(
            lines("a.md", "x\nTODO y\n`TODO` is not allowed\n"),
            [Some(2)]
        );
        assert_eq!(lines("Cargo.toml", "# FIXME\n"), [Some(1)]);
    }
}
