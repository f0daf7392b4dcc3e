//! `cargo xtask interop`: values exchanged with Python's protobuf.
//!
//! The crate `interop` writes descriptors and encoded values into a folder, a Python program reads them and writes its own, and
//! the crate reads those. Python's protobuf is installed into a virtual environment below the build folder, in one version,
//! from the package index; once it is there nothing is fetched again. Where it cannot be had this fails: an exchange that did
//! not happen must not look like one that succeeded.

use crate::command::Task;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The version of Python's protobuf.
const VERSION: &str = "6.33.1";

/// How long the package index may take.
const INSTALL_LIMIT: Duration = Duration::from_secs(300);

/// Makes the exchange.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, String> {
    let folder = workspace.target().join("interop");
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let python = environment(workspace.root(), &folder)?;
    // What an earlier run left must not be taken for this one's.
    let exchange = folder.join("exchange");
    if exchange.exists() {
        std::fs::remove_dir_all(&exchange)
            .map_err(|error| format!("cannot clear {}: {error}", exchange.display()))?;
    }
    let [python, exchange] = [python, exchange].map(|path| path.to_string_lossy().into_owned());
    let ours = |verb: &str| {
        let arguments = [
            "run",
            "--locked",
            "--quiet",
            "--package",
            "interop",
            "--",
            verb,
            &exchange,
        ];
        Task::cargo(workspace.root(), &arguments).run()
    };
    ours("write")?;
    let script = ["interop/python/exchange.py", &exchange];
    Task::new(workspace.root(), &python, &script).run()?;
    ours("check")?;
    Ok(Outcome::Noted(format!("Python's protobuf {VERSION}")))
}

/// A Python that has the package in this version, installed if need be.
fn environment(root: &Path, folder: &Path) -> Result<PathBuf, String> {
    let home = folder.join("python");
    let python = if cfg!(windows) {
        home.join("Scripts/python.exe")
    } else {
        home.join("bin/python")
    };
    let program = python.to_string_lossy().into_owned();
    if python.is_file() && has_package(root, &program) {
        return Ok(python);
    }
    let base = if cfg!(windows) { "python" } else { "python3" };
    Task::new(root, base, &["-m", "venv", "--clear", &home.to_string_lossy()])
        .run()
        .map_err(|error| {
            format!("Python's protobuf needs Python 3 with its modules venv and pip (Debian: python3-venv): {error}")
        })?;
    let package = format!("protobuf=={VERSION}");
    let arguments = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        &package,
    ];
    Task::new(root, &program, &arguments)
        .limit(INSTALL_LIMIT)
        .run()
        .map_err(|error| {
            format!(
                "cannot install {package}, for which the package index has to be reached: {error}"
            )
        })?;
    match has_package(root, &program) {
        true => Ok(python),
        false => Err(format!("{package} is installed and cannot be imported")),
    }
}

fn has_package(root: &Path, python: &str) -> bool {
    let script = "import google.protobuf; print(google.protobuf.__version__)";
    Task::new(root, python, &["-c", script])
        .output()
        .is_ok_and(|version| version.trim() == VERSION)
}
