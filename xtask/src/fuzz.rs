//! `cargo xtask fuzz TARGET` looks for bytes that break something, `cargo xtask fuzz-replay` runs those that are committed.
//!
//! The targets are in `fuzz/`, a workspace of its own. The replay needs nothing but the ordinary compiler, and is a step of CI. The
//! fuzzer needs a nightly one, whose coverage counters steer it, and `cargo-fuzz`, which is installed if it is missing. What it
//! finds to be new it keeps below `target/`; what it finds to be broken, in `fuzz/artifacts/`.

use crate::command::Task;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use std::path::Path;
use std::time::Duration;

/// How long the fuzzer runs if nobody says.
const SECONDS: u64 = 60;

/// For the build that comes before, and for the last input.
const GRACE: Duration = Duration::from_secs(20 * 60);

/// Runs every committed file through its target, on the ordinary compiler, and holds the targets to the lints.
pub(crate) fn replay(workspace: &Workspace) -> Result<Outcome, String> {
    if !workspace.has("fuzz/Cargo.toml") {
        return Ok(Outcome::NotChecked("no fuzz folder yet".into()));
    }
    for command in [
        "test --release --locked --manifest-path fuzz/Cargo.toml",
        "clippy --release --locked --all-targets --manifest-path fuzz/Cargo.toml -- -D warnings",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().collect();
        Task::cargo(workspace.root(), &arguments)
            .env("CARGO_TARGET_DIR", workspace.target().join("fuzz"))
            .run()?;
    }
    let corpora = workspace.root().join("fuzz/corpus");
    let counts: Vec<String> = names_in(&corpora)?
        .into_iter()
        .map(|name| Ok(format!("{name} {}", names_in(&corpora.join(&name))?.len())))
        .collect::<Result<_, String>>()?;
    Ok(Outcome::Noted(counts.join(", ")))
}

/// Runs the fuzzer.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    let root = workspace.root();
    let (target, seconds) = parse(arguments)?;
    let targets = names_in(&root.join("fuzz/corpus"))?;
    if !targets.iter().any(|name| name == target) {
        let names = targets.join(", ");
        return Err(format!("no fuzz target `{target}`; there are {names}"));
    }
    // `which` only looks; `run` might download a toolchain that nobody asked for.
    Task::new(
        root,
        "rustup",
        &["which", "--toolchain", "nightly", "cargo"],
    )
    .output()
    .map_err(|_| {
        "the fuzzer needs a nightly compiler; `rustup toolchain install nightly` brings one"
            .to_owned()
    })?;
    let installed = Task::cargo(root, &["fuzz", "--version"]).output();
    if installed.is_err() {
        Task::cargo(root, &["install", "cargo-fuzz", "--locked"]).run()?;
    }
    let found = workspace.target().join("fuzz-corpus").join(target);
    std::fs::create_dir_all(&found)
        .map_err(|error| format!("cannot create {}: {error}", found.display()))?;
    let build = workspace.target().join("fuzz-nightly");
    let (found, build) = (found.to_string_lossy(), build.to_string_lossy());
    let (corpus, limit) = (
        format!("fuzz/corpus/{target}"),
        format!("-max_total_time={seconds}"),
    );
    // No sanitizer: what the targets call has hardly any unsafe code, and runs several times faster without.
    let arguments = [
        "run",
        "nightly",
        "cargo",
        "fuzz",
        "run",
        "--fuzz-dir",
        "fuzz",
        "--sanitizer",
        "none",
        "--features",
        "libfuzzer",
        "--target-dir",
        &build,
        target,
        &found,
        &corpus,
        "--",
        &limit,
        "-timeout=20",
        "-print_final_stats=1",
    ];
    Task::new(root, "rustup", &arguments)
        .limit(GRACE + Duration::from_secs(seconds))
        .run()
}

fn parse<'a>(arguments: &[&'a str]) -> Result<(&'a str, u64), String> {
    match arguments {
        [target] => Ok((target, SECONDS)),
        [target, "--seconds", seconds] => {
            let seconds = seconds.parse();
            Ok((target, seconds.map_err(|e| format!("--seconds: {e}"))?))
        }
        _ => Err("usage: cargo xtask fuzz TARGET [--seconds N]".to_owned()),
    }
}

/// The names of what is in a folder, in order.
fn names_in(path: &Path) -> Result<Vec<String>, String> {
    let entries =
        std::fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_target_is_needed_and_seconds_are_a_number() {
        assert_eq!(parse(&["frame"]), Ok(("frame", 60)));
        assert_eq!(parse(&["frame", "--seconds", "5"]), Ok(("frame", 5)));
        assert!(parse(&["frame", "--seconds", "soon"]).is_err());
        assert!(parse(&[]).is_err());
    }
}
