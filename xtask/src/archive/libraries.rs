//! The shared libraries that an unpacked program needs and the machine lacks.
//!
//! They are found by asking the dynamic linker, not by following package dependencies, most of which a program that is run
//! once has no use for.

use super::Archive;
use crate::command::Task;
use std::path::Path;

/// Which package brings a shared library that the compiler's LLVM may need; LLVM itself is named by its number.
const LIBRARIES: &[(&str, &str)] = &[
    ("libz3.so.4", "libz3-4"),
    ("libedit.so.2", "libedit2"),
    ("libxml2.so.2", "libxml2"),
    ("libbsd.so.0", "libbsd0"),
    ("libmd.so.0", "libmd0"),
    ("libffi.so.8", "libffi8"),
    ("libtinfo.so.6", "libtinfo6"),
    ("libzstd.so.1", "libzstd1"),
    ("liblzma.so.5", "liblzma5"),
    ("libz.so.1", "zlib1g"),
    ("libicuuc.so.72", "libicu72"),
    ("libicudata.so.72", "libicu72"),
    ("libstdc++.so.6", "libstdc++6"),
];

/// Rounds of asking for missing libraries: each may bring one that misses another. The longest chain known has four.
const MAX_ROUNDS: usize = 8;

/// The shared libraries that the dynamic linker does not find for a program, neither on the machine nor in the folder.
pub(crate) fn missing(program: &Path, folder: &Path) -> Result<Vec<String>, String> {
    let program = program.to_string_lossy();
    let output = Task::new(Path::new("/"), "ldd", &[program.as_ref()])
        .env("LD_LIBRARY_PATH", folder)
        .output()?;
    Ok(missing_in(&output))
}

/// Fetches what is missing for a program; `folder` is where the archive's packages have their libraries.
pub(crate) fn fetch_missing(
    archive: &Archive,
    program: &Path,
    folder: &Path,
) -> Result<(), String> {
    for _ in 0..MAX_ROUNDS {
        let mut packages: Vec<String> = Vec::new();
        for library in missing(program, folder)? {
            let package = package_of(&library)
                .ok_or_else(|| format!("no package is known to bring {library}"))?;
            if !packages.contains(&package) {
                packages.push(package);
            }
        }
        if packages.is_empty() {
            return Ok(());
        }
        for package in packages {
            archive.fetch(&package, None)?;
        }
    }
    Err("libraries are still missing".to_owned())
}

/// The names in `ldd`'s output that stand before `=> not found`.
fn missing_in(output: &str) -> Vec<String> {
    output
        .lines()
        .filter_map(|line| line.trim().strip_suffix("=> not found"))
        .map(|name| name.trim().to_owned())
        .collect()
}

fn package_of(library: &str) -> Option<String> {
    if let Some(number) = library.strip_prefix("libLLVM") {
        // `libLLVM.so.19.1` lately, `libLLVM-15.so.1` before.
        let digits: String = number
            .chars()
            .skip_while(|character| !character.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        return Some(format!("libllvm{digits}"));
    }
    LIBRARIES
        .iter()
        .find(|(name, _)| *name == library)
        .map(|(_, package)| (*package).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{missing_in, package_of};

    #[test]
    fn missing_libraries_are_read_from_the_linkers_answer() {
        let output = "\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibLLVM.so.19.1 => not found\n";
        assert_eq!(missing_in(output), ["libLLVM.so.19.1"]);
    }

    #[test]
    fn libraries_lead_to_their_packages() {
        assert_eq!(package_of("libLLVM.so.19.1").unwrap(), "libllvm19");
        assert_eq!(package_of("libLLVM-15.so.1").unwrap(), "libllvm15");
        assert_eq!(package_of("libz3.so.4").unwrap(), "libz3-4");
        assert_eq!(package_of("libunheard.so.1"), None);
    }
}
