//! Where `unsafe` may not appear at all: the facade, the derive, the workers and the node's protocol core.
//!
//! Elsewhere the compiler's own lint denies it, and a file opens it with a reason. Here even that would be wrong, tests
//! included. In the derive the rule also covers the code that it generates.

use super::Violation;
use super::source::Source;
use super::tree::Tree;

/// The folders without `unsafe`.
const FOLDERS: &[&str] = &[
    "mesh/",
    "mesh_derive/",
    "mesh_node/src/protocol/",
    "mesh_node/src/protocol.rs",
    "mesh_worker/",
    "xtask/",
];

/// None of these folders has the word in its code.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.rust() {
        if !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let source = Source::new(text);
        violations.extend(
            source
                .words("unsafe")
                .map(|offset| Violation::at(path, source.line_of(offset), "no `unsafe` here")),
        );
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::Tree;

    #[test]
    fn unsafe_code_is_found_where_it_is_forbidden_and_only_there() {
        let text = "//! No unsafe.\n#![forbid(unsafe_code)]\nfn f() { unsafe { g() } }\n";
        let tree = Tree::of(&[
            ("mesh/src/lib.rs", text),
            ("mesh_channel/src/queue.rs", text),
            ("mesh_node/src/port.rs", text),
            ("mesh_node/src/protocol/route.rs", text),
        ]);
        let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "mesh/src/lib.rs:3: no `unsafe` here",
                "mesh_node/src/protocol/route.rs:3: no `unsafe` here"
            ]
        );
    }
}
