//! An old compiler out of the package archive of Debian or a relative of it.
//!
//! Stable releases keep compilers that rustup would have to download from elsewhere, and a machine that can install packages can
//! reach them. Libraries the compiler needs and the machine lacks are found by asking the dynamic linker, not by
//! following package dependencies, most of which a type check has no use for.

use crate::archive::Archive;
use crate::command::Task;
use std::path::{Path, PathBuf};

/// The packages a compiler comes in: Debian has the one for the release, and newer ones for building browsers.
const FAMILIES: &[[&str; 3]] = &[
    ["rustc", "libstd-rust-dev", "libstd-rust-"],
    ["rustc-web", "libstd-rust-web-dev", "libstd-rust-web-"],
];

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

/// Where the compiler and its libraries ended up.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) rustc: PathBuf,
    pub(super) libraries: PathBuf,
}

/// Fetches and unpacks a compiler of the wanted version below `folder`, or finds the one unpacked earlier.
pub(super) fn unpack(folder: &Path, wanted: &str) -> Result<Unpacked, String> {
    let root = folder.join(format!("rust-{wanted}"));
    let triplet = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let unpacked = Unpacked {
        rustc: root.join("usr/bin/rustc"),
        libraries: root.join(triplet),
    };
    if unpacked.runs() {
        return Ok(unpacked);
    }
    let archive = Archive {
        packages: folder.join("packages"),
        root,
    };
    archive.create()?;
    let (family, version) = choose(&archive, wanted)?;
    let [compiler, library, runtime] = *family;
    for package in [compiler, library, &format!("{runtime}{wanted}")] {
        archive.fetch(package, Some(&version))?;
    }
    fetch_missing_libraries(&archive, &unpacked)?;
    Ok(unpacked)
}

impl Unpacked {
    fn runs(&self) -> bool {
        self.rustc.is_file() && self.missing().is_ok_and(|missing| missing.is_empty())
    }

    /// The shared libraries that the dynamic linker does not find for the compiler.
    fn missing(&self) -> Result<Vec<String>, String> {
        let rustc = self.rustc.to_string_lossy();
        let output = Task::new(Path::new("/"), "ldd", &[rustc.as_ref()])
            .env("LD_LIBRARY_PATH", &self.libraries)
            .output()?;
        Ok(missing_libraries(&output))
    }
}

/// The family of packages that has the wanted version, and the exact version.
fn choose(archive: &Archive, wanted: &str) -> Result<(&'static [&'static str; 3], String), String> {
    if let Some(choice) = listed(archive, wanted)? {
        return Ok(choice);
    }
    archive.update();
    listed(archive, wanted)?.ok_or_else(|| format!("the archive has no rustc {wanted}"))
}

fn listed(
    archive: &Archive,
    wanted: &str,
) -> Result<Option<(&'static [&'static str; 3], String)>, String> {
    for family in FAMILIES {
        if let Some(version) = archive.listed(family[0], wanted)? {
            return Ok(Some((family, version)));
        }
    }
    Ok(None)
}

fn fetch_missing_libraries(archive: &Archive, unpacked: &Unpacked) -> Result<(), String> {
    for _ in 0..MAX_ROUNDS {
        let missing = unpacked.missing()?;
        let mut packages: Vec<String> = Vec::new();
        for library in missing {
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
fn missing_libraries(output: &str) -> Vec<String> {
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
    use super::{missing_libraries, package_of};

    #[test]
    fn missing_libraries_are_read_from_the_linkers_answer() {
        let output = "\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibLLVM.so.19.1 => not found\n";
        assert_eq!(missing_libraries(output), ["libLLVM.so.19.1"]);
    }

    #[test]
    fn libraries_lead_to_their_packages() {
        assert_eq!(package_of("libLLVM.so.19.1").unwrap(), "libllvm19");
        assert_eq!(package_of("libLLVM-15.so.1").unwrap(), "libllvm15");
        assert_eq!(package_of("libz3.so.4").unwrap(), "libz3-4");
        assert_eq!(package_of("libunheard.so.1"), None);
    }
}
