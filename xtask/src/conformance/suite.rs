//! The conformance suite's runner: fetched as source, and built from the few files it consists of.
//!
//! The source is protobuf's own release as Debian keeps it, known by its checksum. The compiler `protoc`, the headers and the
//! library that the runner is linked with are packages of the same release, unpacked below `target/`. Building takes
//! a quarter of a minute and is done once.

use crate::archive::Archive;
use crate::command::Task;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

/// The release of protobuf whose suite is run. Generated code, headers and library have to be of one release.
const RELEASE: &str = "3.21.12";

/// Its source, in Debian's pool and, once no release of Debian has it any more, where nothing is ever removed.
const SOURCES: &[&str] = &[
    "http://deb.debian.org/debian/pool/main/p/protobuf/protobuf_3.21.12.orig.tar.gz",
    "http://snapshot.debian.org/archive/debian/20250520T000000Z/pool/main/p/protobuf/protobuf_3.21.12.orig.tar.gz",
];

const CHECKSUM: &str = "SHA256:930c2c3b5ecc6c9c12615cf5ad93f1cd6e12d0aba862b572e076259970ac3a53";

/// A tool of Debian's package manager that fetches a file and checks it.
const FETCHER: &str = "/usr/lib/apt/apt-helper";

/// The packages of the release; a name that changed has both, the older one first.
const PACKAGES: &[&[&str]] = &[
    &["libprotobuf-dev"],
    &["protobuf-compiler"],
    &["libprotobuf32", "libprotobuf32t64"],
    &["libprotoc32", "libprotoc32t64"],
];

/// The descriptions that code is generated from.
const DESCRIPTIONS: &[&str] = &[
    "conformance/conformance.proto",
    "src/google/protobuf/test_messages_proto2.proto",
    "src/google/protobuf/test_messages_proto3.proto",
];

/// What the runner is made of, besides the generated code.
const FILES: &[&str] = &[
    "conformance/binary_json_conformance_suite.cc",
    "conformance/conformance_test.cc",
    "conformance/conformance_test_main.cc",
    "conformance/conformance_test_runner.cc",
    "conformance/text_format_conformance_suite.cc",
    "conformance/third_party/jsoncpp/jsoncpp.cpp",
];

/// What is needed to build the runner.
#[derive(Debug)]
pub(super) struct Source {
    /// The release's source.
    protobuf: PathBuf,
    /// The unpacked packages.
    packages: PathBuf,
}

/// Fetches what is needed below `folder`, or finds what was fetched earlier. An error says what cannot be had here.
pub(super) fn source(folder: &Path) -> Result<Source, String> {
    let source = Source {
        protobuf: folder.join(format!("protobuf-{RELEASE}")),
        packages: folder.join(format!("packages-{RELEASE}")),
    };
    // Written last, so that a fetch that was cut short is begun again.
    let complete = folder.join(format!("fetched-{RELEASE}"));
    if complete.is_file() {
        return Ok(source);
    }
    for (tool, arguments) in [("g++", ["--version"]), ("apt-get", ["--version"])] {
        Task::new(Path::new("/"), tool, &arguments).output()?;
    }
    let archive = Archive {
        packages: folder.join("downloads"),
        root: source.packages.clone(),
    };
    archive.create()?;
    fetch_source(&archive, folder)?;
    fetch_packages(&archive)?;
    fs::write(&complete, RELEASE)
        .map_err(|error| format!("cannot write {}: {error}", complete.display()))?;
    Ok(source)
}

fn fetch_source(archive: &Archive, folder: &Path) -> Result<(), String> {
    let file = archive.packages.join("protobuf.tar.gz");
    let file = file.to_string_lossy();
    let mut fetched = Err("no source is known".to_owned());
    for address in SOURCES {
        fetched = archive
            .tool(FETCHER, &["download-file", address, &file, CHECKSUM])
            .run();
        if fetched.is_ok() {
            break;
        }
    }
    fetched?;
    let folder = folder.to_string_lossy();
    archive.tool("tar", &["-xzf", &file, "-C", &folder]).run()
}

fn fetch_packages(archive: &Archive) -> Result<(), String> {
    let first = PACKAGES[0][0];
    if archive.listed(first, RELEASE)?.is_none() {
        archive.update();
    }
    for names in PACKAGES {
        let mut found = None;
        for &name in *names {
            if let Some(version) = archive.listed(name, RELEASE)? {
                found = Some((name, version));
                break;
            }
        }
        let (name, version) =
            found.ok_or_else(|| format!("the archive has no {} of release {RELEASE}", names[0]))?;
        archive.fetch(name, Some(&version))?;
    }
    Ok(())
}

/// Builds the runner, or finds the one built earlier.
pub(super) fn build(folder: &Path, source: &Source) -> Result<PathBuf, String> {
    let runner = folder.join(format!("runner-{RELEASE}"));
    if runner.is_file() {
        return Ok(runner);
    }
    let built = folder.join(format!("built-{RELEASE}"));
    fs::create_dir_all(&built)
        .map_err(|error| format!("cannot create {}: {error}", built.display()))?;
    source.generate(&built)?;
    let mut files: Vec<PathBuf> = FILES
        .iter()
        .map(|file| source.protobuf.join(file))
        .collect();
    for description in DESCRIPTIONS {
        let generated = description
            .trim_start_matches("conformance/")
            .trim_start_matches("src/");
        files.push(built.join(generated).with_extension("pb.cc"));
    }
    let objects = source.compile(&built, &files)?;
    // Under another name until it is whole, since a runner that is there is taken to be.
    let unfinished = folder.join("runner-unfinished");
    let mut arguments = objects;
    arguments.extend([
        "-o".to_owned(),
        unfinished.to_string_lossy().into_owned(),
        source.library("libprotobuf.a"),
        "-lpthread".to_owned(),
    ]);
    Task::new(&built, "g++", &arguments).run()?;
    fs::rename(&unfinished, &runner)
        .map_err(|error| format!("cannot rename {}: {error}", unfinished.display()))?;
    Ok(runner)
}

impl Source {
    fn library(&self, name: &str) -> String {
        let triplet = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        let path = self.packages.join(triplet).join(name);
        path.to_string_lossy().into_owned()
    }

    /// Runs `protoc` on the descriptions.
    fn generate(&self, built: &Path) -> Result<(), String> {
        let protoc = self.packages.join("usr/bin/protoc");
        let mut arguments: Vec<String> = ["-Iconformance", "-Isrc"].map(str::to_owned).into();
        arguments.push(format!("--cpp_out={}", built.display()));
        arguments.extend(
            DESCRIPTIONS
                .iter()
                .map(|&description| description.to_owned()),
        );
        Task::new(&self.protobuf, &protoc.to_string_lossy(), &arguments)
            .env("LD_LIBRARY_PATH", self.library(""))
            .run()
    }

    /// Compiles the files, as many at once as there are cores, and returns the names of the objects.
    fn compile(&self, built: &Path, files: &[PathBuf]) -> Result<Vec<String>, String> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let waiting = Mutex::new(files.iter().enumerate());
        let results: Vec<_> = thread::scope(|scope| {
            let workers: Vec<_> = (0..workers)
                .map(|_| {
                    scope.spawn(|| {
                        loop {
                            // In a statement of its own, so that the lock is given back before the compiler starts.
                            let next = waiting.lock().map_or(None, |mut files| files.next());
                            let Some((index, file)) = next else {
                                return Ok(());
                            };
                            self.compile_one(built, index, file)?;
                        }
                    })
                })
                .collect();
            workers
                .into_iter()
                .map(|worker| {
                    worker
                        .join()
                        .unwrap_or_else(|_| Err("a compiler could not be watched".to_owned()))
                })
                .collect()
        });
        results.into_iter().collect::<Result<(), String>>()?;
        Ok((0..files.len()).map(object).collect())
    }

    fn compile_one(&self, built: &Path, index: usize, file: &Path) -> Result<(), String> {
        let file = file.to_string_lossy();
        // Without optimisation: the runner is run for a second, and compiled for a quarter of a minute.
        let mut arguments: Vec<String> = ["-std=c++17", "-O0", "-w"].map(str::to_owned).into();
        for folder in [
            built.to_path_buf(),
            built.join("google/protobuf"),
            self.protobuf.join("conformance"),
            self.protobuf.join("conformance/third_party/jsoncpp"),
            self.protobuf.join("src"),
        ] {
            arguments.push(format!("-I{}", folder.display()));
        }
        arguments.extend(["-c".to_owned(), file.into_owned()]);
        arguments.extend(["-o".to_owned(), object(index)]);
        Task::new(built, "g++", &arguments).run()
    }
}

fn object(index: usize) -> String {
    format!("{index}.o")
}
