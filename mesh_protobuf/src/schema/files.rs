//! A set of types to be written as `.proto` files.

use super::Describe;
use super::descriptor::ValueType;
use super::error::Error;
use super::gather::gather;
use super::render::{File, file_name};
use super::symbols::Symbols;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Types to be described to other languages, with all that they refer to: one `.proto` file for each package.
///
/// The file of the package `acme.disk.v1` is `acme.disk.v1.proto`; types without a package are in `no-package.proto`. The
/// text depends on the types alone and not on the order in which they were added.
///
/// # Examples
///
/// A program whose `.proto` files are committed holds them to its types with a test. Where the types have changed, it is run once
/// with a variable set, and the files are written anew.
///
/// ```
/// # fn describe() -> mesh_protobuf::schema::Files { mesh_protobuf::schema::Files::new() }
/// // #[test]
/// fn the_proto_files_are_current() -> Result<(), mesh_protobuf::schema::Error> {
///     let files = describe(); // Files::new().add::<Request>().add::<Event>()
///     let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/proto");
///     if std::env::var_os("BLESS").is_some() {
///         files.write_to(folder)?;
///     }
///     files.check_current(folder)
/// }
/// # the_proto_files_are_current().unwrap();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Files {
    roots: Vec<(&'static str, ValueType)>,
    imports: BTreeMap<String, String>,
}

impl Files {
    /// No types.
    pub const fn new() -> Self {
        Self {
            roots: Vec::new(),
            imports: BTreeMap::new(),
        }
    }

    /// Adds a message, or an enum, and all that it refers to.
    pub fn add<T: Describe + ?Sized>(mut self) -> Self {
        self.roots.push((core::any::type_name::<T>(), T::VALUE));
        self
    }

    /// Says that the message or enum `name`, with its package, is in a `.proto` file that comes from somewhere else.
    ///
    /// Needed for fields that hold messages of other implementations, and to import the well-known types from elsewhere.
    pub fn import(mut self, name: impl Into<String>, file: impl Into<String>) -> Self {
        self.imports.insert(name.into(), file.into());
        self
    }

    /// The text of all files, by their names.
    ///
    /// # Errors
    ///
    /// Types that cannot be described; see [`Error`].
    pub fn render_all(&self) -> Result<BTreeMap<String, String>, Error> {
        let packages = gather(&self.roots, &self.imports)?;
        let symbols = Symbols::new(&packages)?;
        let names: Vec<&str> = packages.keys().copied().collect();
        Ok(packages
            .iter()
            .map(|(name, package)| {
                let file = File {
                    name,
                    package,
                    symbols: &symbols,
                    packages: &names,
                };
                (file_name(name), file.to_string())
            })
            .collect())
    }

    /// The text of one package's file.
    ///
    /// # Errors
    ///
    /// Types that cannot be described, or none in this package; see [`Error`].
    pub fn render(&self, package: &str) -> Result<String, Error> {
        self.render_all()?
            .remove(&file_name(package))
            .ok_or_else(|| Error::NoPackage(package.into()))
    }
}

#[cfg(feature = "std")]
mod disk {
    //! Files on disk.

    use super::{Error, Files};
    use std::path::{Path, PathBuf};

    fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
        |source| Error::Io {
            path: path.into(),
            source,
        }
    }

    fn read(path: &Path) -> Result<Option<String>, Error> {
        match std::fs::read_to_string(path) {
            // A checkout may have its own idea of line ends.
            Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(path)(error)),
        }
    }

    impl Files {
        fn stale(&self, folder: &Path) -> Result<Vec<(PathBuf, String)>, Error> {
            let mut stale = Vec::new();
            for (name, text) in self.render_all()? {
                let path = folder.join(name);
                if read(&path)?.as_ref() != Some(&text) {
                    stale.push((path, text));
                }
            }
            Ok(stale)
        }

        /// Writes all files into a folder, which is made if it is not there. A file that is current is not touched.
        ///
        /// # Errors
        ///
        /// Types that cannot be described, or a file that cannot be read or written.
        pub fn write_to(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
            let folder = folder.as_ref();
            std::fs::create_dir_all(folder).map_err(failed(folder))?;
            for (path, text) in self.stale(folder)? {
                std::fs::write(&path, text).map_err(failed(&path))?;
            }
            Ok(())
        }

        /// Checks that the files in a folder are what [`write_to`](Self::write_to) would write. Other files in the folder do
        /// not matter.
        ///
        /// # Errors
        ///
        /// [`Error::Stale`] with the first file that is missing or differs; otherwise as `write_to`.
        pub fn check_current(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
            match self.stale(folder.as_ref())?.into_iter().next() {
                None => Ok(()),
                Some((path, _)) => Err(Error::Stale { path }),
            }
        }
    }
}
