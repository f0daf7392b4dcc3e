//! What the Python side talks to, by way of files: `cargo xtask interop` runs it.
//!
//! `interop write FOLDER` writes the descriptors and every case as `name.bin`; `interop check FOLDER` reads what the other side made
//! of each, `name.out`.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its user"
)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [verb, folder] if verb == "write" => write(Path::new(folder)),
        [verb, folder] if verb == "check" => check(Path::new(folder)),
        _ => Err("usage: interop write FOLDER, or interop check FOLDER".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("interop: {message}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> Result<(), String> {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    fs::create_dir_all(folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    write("descriptors.bin", interop::DESCRIPTORS)?;
    for case in interop::cases::all() {
        write(&format!("{}.bin", case.name), &case.bytes)?;
    }
    Ok(())
}

fn check(folder: &Path) -> Result<(), String> {
    let cases = interop::cases::all();
    for case in &cases {
        let path = folder.join(format!("{}.out", case.name));
        let bytes =
            fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        case.check(&bytes)?;
    }
    println!("interop: {} values came back as they were", cases.len());
    Ok(())
}
