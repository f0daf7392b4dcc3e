//! The files that the rules look at: what git tracks or would track, with their text.
//!
//! Rules work on this picture in memory rather than on the file system, so that their tests can paint a small one of their
//! own. Where git is not to be had, the folders are walked, leaving out build output.

use crate::command::Task;
use std::collections::BTreeMap;
use std::path::Path;

/// Relative paths, with `/` between the parts, and the text of each file. Files that are not text are listed without it.
#[derive(Debug, Default)]
pub(super) struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// Reads the repository at `root`.
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let paths = match listed(root) {
            Ok(paths) => paths,
            Err(reason) => {
                eprintln!("    tidy: walking the folders, since git does not list them: {reason}");
                let mut paths = Vec::new();
                walk(root, "", &mut paths)?;
                paths
            }
        };
        let mut files = BTreeMap::new();
        for path in paths {
            let full = root.join(&path);
            // A file deleted but not yet committed is still listed; what a symbolic link points at is listed itself.
            if !full.is_file() || full.is_symlink() {
                continue;
            }
            let bytes =
                std::fs::read(&full).map_err(|error| format!("cannot read {path}: {error}"))?;
            files.insert(path, String::from_utf8(bytes).ok());
        }
        Ok(Self { files })
    }

    /// A picture of a repository, for tests.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned())))
                .collect(),
        }
    }

    /// Every file that is text, in the order of the paths.
    pub(super) fn files(&self) -> Vec<(&str, &str)> {
        self.files
            .iter()
            .filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
            .collect()
    }

    /// Every Rust file, in the order of the paths.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files()
            .into_iter()
            .filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Every Markdown file, in the order of the paths.
    pub(super) fn markdown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files()
            .into_iter()
            .filter(|(path, _)| path.ends_with(".md"))
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Whether there is a file, or a folder with a file in it, at this path.
    pub(super) fn exists(&self, path: &str) -> bool {
        if path.is_empty() || self.files.contains_key(path) {
            return true;
        }
        let folder = format!("{path}/");
        self.files
            .range(folder.clone()..)
            .next()
            .is_some_and(|(path, _)| path.starts_with(&folder))
    }
}

fn listed(root: &Path) -> Result<Vec<String>, String> {
    // The checkout may belong to another user than the one who runs CI in it; reading a list of files is no danger.
    let arguments = [
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let output = Task::new(root, "git", &arguments).output()?;
    Ok(output
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect())
}

fn walk(root: &Path, below: &str, paths: &mut Vec<String>) -> Result<(), String> {
    let folder = root.join(below);
    let entries = std::fs::read_dir(&folder)
        .map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name.clone()
        } else {
            format!("{below}/{name}")
        };
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_file() {
            paths.push(path);
        } else if kind.is_dir() && name != ".git" && name != "target" {
            walk(root, &path, paths)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Tree, walk};
    use crate::workspace::Workspace;

    #[test]
    fn files_and_the_folders_above_them_exist() {
        let tree = Tree::of(&[("docs/a/b.md", ""), ("docs-old.md", "")]);
        assert!(tree.exists("docs/a/b.md") && tree.exists("docs/a") && tree.exists("docs"));
        assert!(!tree.exists("docs/a/b") && !tree.exists("doc") && !tree.exists("docs/c"));
    }

    #[test]
    fn the_repository_is_read_without_its_build_output() {
        let root = Workspace::find().unwrap().root().to_path_buf();
        let tree = Tree::read(&root).unwrap();
        assert!(tree.text("xtask/src/main.rs").is_some());
        assert!(!tree.exists("target"));
        let mut walked = Vec::new();
        walk(&root, "", &mut walked).unwrap();
        assert!(walked.contains(&"xtask/src/main.rs".to_owned()));
        assert!(walked.iter().all(|path| !path.starts_with("target/")));
    }
}
