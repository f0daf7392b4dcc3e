//! `cargo xtask msrv`: checks the workspace with a real compiler of the minimum version.
//!
//! The lint `incompatible_msrv` knows the standard library's versions but not the language's or the dependencies', so only the
//! old compiler itself can tell. It is looked for in three places: the path in `MESH_MSRV_TOOLCHAIN`, rustup, and the package
//! archive of Debian or Ubuntu, from which it is unpacked below `target/` and never installed. With none of them nothing
//! is checked, and the result says that. Library and programs are checked, not the tests: development dependencies may need
//! a newer compiler than users do.

mod debian;

use crate::command::Task;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use std::path::{Path, PathBuf};

/// Names a compiler to use: the path of a `rustc`.
const VARIABLE: &str = "MESH_MSRV_TOOLCHAIN";

/// A compiler, and the folder of shared libraries it needs where it is not installed.
#[derive(Debug)]
struct Compiler {
    rustc: PathBuf,
    libraries: Option<PathBuf>,
}

impl Compiler {
    fn prepare(&self, task: Task) -> Task {
        match &self.libraries {
            Some(folder) => task.env("LD_LIBRARY_PATH", folder),
            None => task,
        }
    }

    /// What `rustc --version` says, if the compiler runs at all.
    fn version(&self, root: &Path) -> Result<String, String> {
        let task = Task::new(root, &self.rustc.to_string_lossy(), &["--version"]);
        Ok(self.prepare(task).output()?.trim().to_owned())
    }
}

/// Checks the workspace with the minimum version of Rust, or says why it could not.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, String> {
    let wanted = workspace.rust_version()?;
    let compiler = match find(workspace, &wanted)? {
        Ok(compiler) => compiler,
        Err(reasons) => {
            let reason = format!("no rustc {wanted} to be had: {}", reasons.join("; "));
            eprintln!("    ! the minimum Rust version was NOT checked: {reason}");
            return Ok(Outcome::NotChecked(reason));
        }
    };
    let version = compiler.version(workspace.root())?;
    println!("    using {version}");
    let task = Task::cargo(workspace.root(), &["check", "--workspace", "--locked"])
        .env("RUSTC", &compiler.rustc)
        .env("CARGO_TARGET_DIR", workspace.target().join("msrv/build"));
    compiler.prepare(task).run()?;
    Ok(Outcome::Noted(version))
}

/// A compiler of the wanted version, or what was tried in vain. The outer error is a wrong `MESH_MSRV_TOOLCHAIN`: who sets it
/// wants that compiler and no other.
fn find(workspace: &Workspace, wanted: &str) -> Result<Result<Compiler, Vec<String>>, String> {
    if let Some(rustc) = std::env::var_os(VARIABLE) {
        let compiler = Compiler {
            rustc: PathBuf::from(rustc),
            libraries: None,
        };
        let version = compiler.version(workspace.root())?;
        if !is_version(&version, wanted) {
            return Err(format!("{VARIABLE} is {version}, not {wanted}"));
        }
        return Ok(Ok(compiler));
    }
    let mut reasons = Vec::new();
    for (place, candidate) in [
        ("rustup", from_rustup as fn(&Workspace, &str) -> _),
        ("Debian", from_debian),
    ] {
        let checked = candidate(workspace, wanted).and_then(|compiler: Compiler| {
            let version = compiler.version(workspace.root())?;
            if is_version(&version, wanted) {
                Ok(compiler)
            } else {
                Err(format!("it has {version}"))
            }
        });
        match checked {
            Ok(compiler) => return Ok(Ok(compiler)),
            Err(reason) => reasons.push(format!("{place}: {reason}")),
        }
    }
    Ok(Err(reasons))
}

fn from_rustup(workspace: &Workspace, wanted: &str) -> Result<Compiler, String> {
    // `which` only looks; `run` might download a toolchain that nobody asked for.
    let arguments = ["which", "--toolchain", wanted, "rustc"];
    let path = Task::new(workspace.root(), "rustup", &arguments).output()?;
    Ok(Compiler {
        rustc: PathBuf::from(path.trim()),
        libraries: None,
    })
}

fn from_debian(workspace: &Workspace, wanted: &str) -> Result<Compiler, String> {
    let folder = workspace.target().join("msrv");
    let unpacked = debian::unpack(&folder, wanted)?;
    Ok(Compiler {
        rustc: unpacked.rustc,
        libraries: Some(unpacked.libraries),
    })
}

/// Whether a line such as `rustc 1.85.1 (…)` is of the version `1.85`.
fn is_version(line: &str, wanted: &str) -> bool {
    line.strip_prefix("rustc ")
        .and_then(|rest| rest.strip_prefix(wanted))
        .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn a_version_matches_its_patch_releases_and_no_longer_number() {
        assert!(is_version("rustc 1.85.0 (4d91de4e4 2025-02-17)", "1.85"));
        assert!(is_version("rustc 1.85.1", "1.85"));
        assert!(!is_version("rustc 1.86.0", "1.85"));
        assert!(!is_version("rustc 1.850.0", "1.85"));
        assert!(!is_version("1.85.0", "1.85"));
    }
}
