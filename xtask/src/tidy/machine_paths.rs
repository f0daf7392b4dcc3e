//! Paths of somebody's machine, which mean nothing on anybody else's.

use super::Violation;
use super::tree::Tree;

/// Folders in which people keep their work. In pieces, so that this file does not trip over itself.
const FOLDERS: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
];

/// No file names an absolute path of a machine it was written on.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            if let Some(folder) = FOLDERS.iter().find(|folder| names(line, folder)) {
                let message = format!("`{folder}` is a path of one machine");
                violations.push(Violation::at(path, index + 1, message));
            }
        }
    }
    violations
}

/// Whether the folder is named from the root, not in the middle of another path or address.
fn names(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(offset, _)| {
        let before = line[..offset].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "._-/~}".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::{FOLDERS, check};
    use crate::tidy::tree::Tree;

    #[test]
    fn a_path_of_one_machine_is_found_in_any_file() {
        for folder in FOLDERS {
            let text = format!("fine\nsee {folder}someone/mesh\n");
            let found = check(&Tree::of(&[("a.toml", &text)]));
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].line, Some(2));
        }
    }

    #[test]
    fn the_same_words_inside_another_path_are_not() {
        for folder in FOLDERS {
            let text =
                format!("https://example.org{folder}x and ../..{folder}x and $ROOT/a{folder}x");
            assert_eq!(check(&Tree::of(&[("a.md", &text)])), []);
        }
    }
}
