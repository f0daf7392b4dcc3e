//! Packages out of the archive of Debian or a relative of it, unpacked and never installed.
//!
//! They are fetched by `apt-get download` and unpacked by `dpkg`, neither of which needs root or changes the system.
//! A machine that has never asked for the lists of packages is asked to fetch them, which does need root.

pub(crate) mod libraries;

use crate::command::Task;
use std::path::PathBuf;

/// The package archive as this machine is set up to use it, and the folders its packages go to.
#[derive(Debug)]
pub(crate) struct Archive {
    /// Where packages are downloaded to.
    pub(crate) packages: PathBuf,
    /// What they are unpacked below.
    pub(crate) root: PathBuf,
}

impl Archive {
    /// Makes the folder for packages.
    pub(crate) fn create(&self) -> Result<(), String> {
        std::fs::create_dir_all(&self.packages)
            .map_err(|error| format!("cannot create {}: {error}", self.packages.display()))
    }

    /// The exact version of a package that begins with `wanted`, if the archive is known to have it.
    pub(crate) fn listed(&self, package: &str, wanted: &str) -> Result<Option<String>, String> {
        let list = self.tool("apt-cache", &["madison", package]).output()?;
        Ok(listed_version(&list, wanted).map(str::to_owned))
    }

    /// Asks for the lists of packages. Without root this fails, and the next look at the lists tells all there is to know.
    pub(crate) fn update(&self) {
        println!("    fetching the lists of packages");
        self.tool("apt-get", &["-qq", "update"]).run().ok();
    }

    /// Downloads a package and unpacks it below the root.
    pub(crate) fn fetch(&self, package: &str, version: Option<&str>) -> Result<(), String> {
        let exact = match version {
            Some(version) => format!("{package}={version}"),
            None => package.to_owned(),
        };
        self.tool("apt-get", &["-q", "download", &exact]).run()?;
        let file = self
            .file_of(package)
            .ok_or_else(|| format!("`apt-get download {exact}` left no file"))?;
        let arguments = ["-x", &file.to_string_lossy(), &self.root.to_string_lossy()];
        self.tool("dpkg", &arguments).run()?;
        // Unpacked, the archive file is of no more use, and these are large.
        std::fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn file_of(&self, package: &str) -> Option<PathBuf> {
        let prefix = format!("{package}_");
        std::fs::read_dir(&self.packages)
            .ok()?
            .flatten()
            .find(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
            .map(|entry| entry.path())
    }

    /// A tool of the archive, run where packages are downloaded to.
    pub(crate) fn tool(&self, program: &str, arguments: &[&str]) -> Task {
        Task::new(&self.packages, program, arguments)
    }
}

/// The first version in the table that `apt-cache madison` prints that belongs to the wanted release.
fn listed_version<'a>(list: &'a str, wanted: &str) -> Option<&'a str> {
    list.lines()
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .find(|version| {
            version
                .strip_prefix(wanted)
                .is_some_and(|rest| rest.starts_with(['.', '+', '-', '~']))
        })
}

#[cfg(test)]
mod tests {
    use super::listed_version;

    #[test]
    fn the_version_of_the_wanted_release_is_taken_from_the_list() {
        let list = "\
 rustc-web | 1.96.0+dfsg1-1~deb12u2 | http://deb.example bookworm-security/main amd64 Packages
 rustc-web | 1.85.0+dfsg3-1~deb12u3 | http://deb.example bookworm/main amd64 Packages
";
        assert_eq!(listed_version(list, "1.85"), Some("1.85.0+dfsg3-1~deb12u3"));
        assert_eq!(listed_version(list, "1.8"), None);
        assert_eq!(listed_version("", "1.85"), None);
    }
}
