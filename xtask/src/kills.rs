//! `cargo xtask kills` kills real processes at numbered points of their lives, and looks whether everybody else goes on.
//!
//! The sweep is a test of `mesh_worker` that does nothing in ordinary builds; this one has the points. CI runs 300 kills, in an
//! order of steps that is always the same.

use crate::command::Task;
use crate::steps::Outcome;
use crate::workspace::Workspace;

/// What CI runs, and the command if nobody says.
const RUNS: &str = "300";

/// What CI runs.
pub(crate) fn step(workspace: &Workspace) -> Result<Outcome, String> {
    run(workspace, &[])?;
    Ok(Outcome::Noted(format!("{RUNS} kills")))
}

/// Runs the sweep.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    let (runs, order) = parse(arguments)?;
    Task::cargo(
        workspace.root(),
        &[
            "test",
            "--package",
            "mesh_worker",
            "--release",
            "--locked",
            "--test",
            "kills",
        ],
    )
    .env("RUSTFLAGS", "--cfg kill_points")
    // It costs more here than it saves.
    .env("CARGO_PROFILE_RELEASE_LTO", "off")
    .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
    .env("CARGO_TARGET_DIR", workspace.target().join("kills"))
    .env("MESH_KILLS", runs)
    .env("MESH_KILL_FIRST", order)
    .run()
}

/// How many kills, and the order of steps to begin with.
fn parse<'a>(arguments: &[&'a str]) -> Result<(&'a str, &'a str), String> {
    let (mut runs, mut order) = (RUNS, "0");
    let mut rest = arguments.iter();
    while let Some(option) = rest.next() {
        let value = rest.next().filter(|value| value.parse::<u32>().is_ok());
        match (*option, value) {
            ("--runs", Some(value)) => runs = value,
            ("--order", Some(value)) => order = value,
            ("--runs" | "--order", None) => return Err(format!("`{option}` needs a number")),
            _ => return Err(format!("the kill sweep has no option `{option}`")),
        }
    }
    Ok((runs, order))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn options_are_read_and_bad_ones_named() {
        assert_eq!(parse(&[]).unwrap(), ("300", "0"));
        let all = ["--order", "2", "--runs", "3000"];
        assert_eq!(parse(&all).unwrap(), ("3000", "2"));
        for bad in [&["--runs"] as &[&str], &["--runs", "x"], &["--kill", "1"]] {
            assert!(parse(bad).unwrap_err().contains(bad[0]));
        }
    }
}
