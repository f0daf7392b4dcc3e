//! LLVM's tools for counters, of the version that the compiler writes.

use crate::archive::{Archive, libraries};
use crate::command::Task;
use std::path::{Path, PathBuf};

/// `llvm-profdata` and `llvm-cov`, and the folder of shared libraries they need where they are not installed.
#[derive(Debug)]
pub(super) struct Tools {
    profdata: String,
    cov: String,
    libraries: Option<PathBuf>,
}

impl Tools {
    /// Finds the tools, or fetches them below `folder`.
    pub(super) fn find(root: &Path, folder: &Path) -> Result<Self, String> {
        let about = Task::new(root, "rustc", &["-vV"]).output()?;
        let (host, major) = version_of(&about).ok_or("rustc does not tell its LLVM version")?;
        let sysroot = Task::new(root, "rustc", &["--print", "sysroot"]).output()?;
        let rustup = Path::new(sysroot.trim()).join(format!("lib/rustlib/{host}/bin"));
        if let Some(tools) = Self::present(root, &rustup, &major) {
            return Ok(tools);
        }
        Task::new(root, "rustup", &["component", "add", "llvm-tools"])
            .run()
            .ok();
        if let Some(tools) = Self::present(root, &rustup, &major) {
            return Ok(tools);
        }
        Self::fetch(folder, &major).map_err(|reason| {
            format!(
                "no llvm-cov of LLVM {major}: {reason}; `rustup component add llvm-tools` brings it"
            )
        })
    }

    /// The tools in the folder of rustup's component, or on the path.
    fn present(root: &Path, rustup: &Path, major: &str) -> Option<Self> {
        let places = [
            (format!("{}/", rustup.display()), String::new()),
            (String::new(), format!("-{major}")),
            (String::new(), String::new()),
        ];
        places.into_iter().find_map(|(before, after)| {
            let tools = Self {
                profdata: format!("{before}llvm-profdata{after}"),
                cov: format!("{before}llvm-cov{after}"),
                libraries: None,
            };
            tools.are_of(root, major).then_some(tools)
        })
    }

    /// The tools out of the archive of Debian or a relative of it, unpacked below `folder` and never installed.
    fn fetch(folder: &Path, major: &str) -> Result<Self, String> {
        let archive = Archive {
            packages: folder.join("packages"),
            root: folder.join(format!("llvm-{major}")),
        };
        let programs = archive.root.join(format!("usr/lib/llvm-{major}/bin"));
        let place = archive
            .root
            .join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
        let cov = programs.join("llvm-cov");
        if !cov.is_file() {
            archive.create()?;
            archive.fetch(&format!("llvm-{major}"), None)?;
        }
        libraries::fetch_missing(&archive, &cov, &place)?;
        Ok(Self {
            profdata: programs
                .join("llvm-profdata")
                .to_string_lossy()
                .into_owned(),
            cov: cov.to_string_lossy().into_owned(),
            libraries: Some(place),
        })
    }

    fn are_of(&self, root: &Path, major: &str) -> bool {
        let version = self.cov(root, &["--version"]).output();
        version.is_ok_and(|text| text.contains(&format!("LLVM version {major}.")))
    }

    /// `llvm-profdata`, with these arguments.
    pub(super) fn profdata(&self, root: &Path, arguments: &[&str]) -> Task {
        self.prepare(Task::new(root, &self.profdata, arguments))
    }

    /// `llvm-cov`, with these arguments.
    pub(super) fn cov(&self, root: &Path, arguments: &[&str]) -> Task {
        self.prepare(Task::new(root, &self.cov, arguments))
    }

    fn prepare(&self, task: Task) -> Task {
        match &self.libraries {
            Some(folder) => task.env("LD_LIBRARY_PATH", folder),
            None => task,
        }
    }
}

/// The host and the first number of LLVM's version, from what `rustc -vV` prints.
fn version_of(about: &str) -> Option<(String, String)> {
    let field = |name: &str| about.lines().find_map(|line| line.strip_prefix(name));
    let major = field("LLVM version: ")?.split('.').next()?;
    Some((field("host: ")?.to_owned(), major.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn the_compiler_says_which_llvm_it_has() {
        let about = "rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nLLVM version: 22.1.2\n";
        let expected = ("x86_64-unknown-linux-gnu".to_owned(), "22".to_owned());
        assert_eq!(version_of(about), Some(expected));
        assert_eq!(version_of("rustc 1.95.0"), None);
    }
}
