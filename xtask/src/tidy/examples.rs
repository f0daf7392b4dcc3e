//! An example's first line is the command that runs it, and names it. CI runs that line.

use super::Violation;
use super::tree::Tree;

/// The folders in which cargo finds the programs of the `examples` crate.
const FOLDERS: &[&str] = &["examples/examples/", "examples/src/bin/"];

/// Every program opens with its command.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.rust() {
        let Some(name) = program(path) else {
            continue;
        };
        let first = text.lines().next().unwrap_or_default();
        let words: Vec<&str> = first
            .split([' ', '`'])
            .filter(|word| !word.is_empty())
            .collect();
        let runs = words.starts_with(&["//!", "cargo", "run"]);
        if !runs || !words.contains(&name) {
            let message = format!("opens with the command that runs it: `//! cargo run … {name}`");
            violations.push(Violation::at(path, 1, message));
        }
    }
    violations
}

/// The name of the program whose root a file is.
fn program(path: &str) -> Option<&str> {
    let rest = FOLDERS
        .iter()
        .find_map(|folder| path.strip_prefix(folder))?;
    let name = rest
        .strip_suffix("/main.rs")
        .or_else(|| rest.strip_suffix(".rs"))?;
    (!name.contains('/')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::Tree;

    #[test]
    fn an_example_that_opens_with_anything_else_is_found() {
        let tree = Tree::of(&[
            (
                "examples/examples/hello.rs",
                "//! cargo run --example hello\n",
            ),
            (
                "examples/examples/rpc.rs",
                "//! cargo run --example hello\n",
            ),
            ("examples/src/bin/disk/main.rs", "//! The disk job.\n"),
            ("examples/src/bin/disk/client.rs", "//! A client.\n"),
            ("examples/src/lib.rs", "//! Shared.\n"),
        ]);
        let found: Vec<_> = check(&tree).into_iter().map(|found| found.path).collect();
        assert_eq!(
            found,
            ["examples/examples/rpc.rs", "examples/src/bin/disk/main.rs"]
        );
    }
}
