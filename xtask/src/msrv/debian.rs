//! An old compiler out of the package archive of Debian or a relative of it.
//!
//! Stable releases keep compilers that rustup would have to download from elsewhere, and a machine that can install packages can
//! reach them.

use crate::archive::{Archive, libraries};
use std::path::{Path, PathBuf};

/// The packages a compiler comes in: Debian has the one for the release, and newer ones for building browsers.
const FAMILIES: &[[&str; 3]] = &[
    ["rustc", "libstd-rust-dev", "libstd-rust-"],
    ["rustc-web", "libstd-rust-web-dev", "libstd-rust-web-"],
];

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
    libraries::fetch_missing(&archive, &unpacked.rustc, &unpacked.libraries)?;
    Ok(unpacked)
}

impl Unpacked {
    fn runs(&self) -> bool {
        self.rustc.is_file()
            && libraries::missing(&self.rustc, &self.libraries)
                .is_ok_and(|missing| missing.is_empty())
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
