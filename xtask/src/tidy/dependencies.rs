//! Every dependency has a line in `docs/dependencies.md` that says why it, and why not the next best.

use super::Violation;
use super::manifest::{Table, dependencies};
use super::tree::Tree;

/// Where the reasons are.
const DOCUMENT: &str = "docs/dependencies.md";

/// Every dependency of the workspace from outside it begins a heading, an item or a table row of the document.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let manifest = tree.text("Cargo.toml").unwrap_or_default();
    let document = tree.text(DOCUMENT).unwrap_or_default();
    let explained: Vec<&str> = document.lines().filter_map(subject).collect();
    dependencies(manifest)
        .into_iter()
        .filter(|dependency| dependency.table == Table::Workspace)
        // A crate of ours has its folder here, and its reason in ARCHITECTURE.md.
        .filter(|dependency| !tree.exists(&format!("{}/Cargo.toml", dependency.name)))
        .filter(|dependency| !explained.contains(&dependency.name))
        .map(|dependency| {
            let message = format!("`{}` has no line in {DOCUMENT}", dependency.name);
            Violation::at("Cargo.toml", dependency.line, message)
        })
        .collect()
}

/// The name in backticks with which a heading, an item or a table row begins.
fn subject(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(['#', '-', '*', '|', ' ']);
    line.strip_prefix('`')?.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENT, check};
    use crate::tidy::tree::Tree;

    #[test]
    fn a_dependency_without_a_line_is_found() {
        let manifest = "[workspace.dependencies]\nmesh = { path = \"mesh\" }\nslab = \"0.4\"\nsyn = \"2\"\nloom = \"1\"\n";
        let document = "# Dependencies\n\nWe do not mention `syn` here.\n\n- `slab`: because.\n| `loom` | x |\n";
        let tree = Tree::of(&[
            ("Cargo.toml", manifest),
            ("mesh/Cargo.toml", ""),
            (DOCUMENT, document),
        ]);
        let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["Cargo.toml:4: `syn` has no line in docs/dependencies.md"]
        );
    }
}
