//! Where the repository lies, and the few things its root manifest says that the commands need.
//!
//! The minimum Rust version is read from `Cargo.toml`, so that it is written in one place.

use std::path::{Path, PathBuf};

/// The repository this program was built from.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the repository: cargo names this crate's folder when it runs the program, and the root is the one above.
    pub(crate) fn find() -> Result<Self, String> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here
            .parent()
            .ok_or_else(|| format!("{} has no folder above it", here.display()))?;
        if !root.join("Cargo.toml").is_file() {
            return Err(format!("{} holds no Cargo.toml", root.display()));
        }
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    /// The folder of the root manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the repository has a file or folder at this relative path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// Where build output goes: cargo's folder, so that `cargo clean` clears what these commands leave.
    pub(crate) fn target(&self) -> PathBuf {
        match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => self.root.join(dir),
            None => self.root.join("target"),
        }
    }

    /// The minimum Rust version of the workspace, such as `1.85`.
    pub(crate) fn rust_version(&self) -> Result<String, String> {
        let path = self.root.join("Cargo.toml");
        let manifest = std::fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        rust_version(&manifest)
            .map(str::to_owned)
            .ok_or_else(|| format!("{} states no rust-version", path.display()))
    }

    /// The programs cargo would find in `folder`: its `.rs` files and the `main.rs` of its subfolders, sorted.
    pub(crate) fn programs(&self, folder: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let Ok(entries) = std::fs::read_dir(self.root.join(folder)) else {
            return found;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            } else if path.join("main.rs").is_file() {
                found.push(path.join("main.rs"));
            }
        }
        found.sort();
        found
    }
}

fn rust_version(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| {
        let value = line.trim().strip_prefix("rust-version")?.trim_start();
        Some(value.strip_prefix('=')?.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::{Workspace, rust_version};

    #[test]
    fn the_minimum_version_is_read_from_the_manifest() {
        assert_eq!(
            rust_version("[workspace.package]\nrust-version = \"1.85\"\n"),
            Some("1.85")
        );
        assert_eq!(rust_version("[package]\nname = \"x\"\n"), None);
    }

    #[test]
    fn this_repository_is_found_and_states_its_version() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.has("xtask/src/main.rs"));
        assert!(workspace.rust_version().unwrap().starts_with("1."));
    }
}
