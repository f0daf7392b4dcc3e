//! `cargo xtask coverage`: what the simulator reaches of the routing protocol, line by line.
//!
//! The simulator is built with the compiler's counters, runs what CI runs of it (or more or less of it: `--runs` random worlds,
//! and the rest in proportion) and the committed worlds of the fuzzer, and LLVM's tools turn the counters into lines and regions. The tests that drive cores by hand are counted apart, so that a line only they reach can
//! be told from one that nobody does. The tools must be of the compiler's LLVM: they are taken from rustup's `llvm-tools`, or
//! from the path; where there are none, rustup is asked for them, and where that fails the archive of Debian or a relative of it.
//!
//! What is found is written up, with the reasons, in `mesh_sim/COVERAGE.md`.

mod lines;
mod tools;

use crate::ci::SIMULATIONS;
use crate::command::Task;
use crate::workspace::Workspace;
use lines::Reached;
use std::path::{Path, PathBuf};
use tools::Tools;

/// What is counted.
const SOURCES: &str = "mesh_node/src/protocol";

/// Runs everything and prints the lines that were not reached.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    let simulations = simulations(arguments)?;
    let folder = workspace.target().join("coverage");
    let profiles = folder.join("profiles");
    std::fs::remove_dir_all(&profiles).ok();
    std::fs::create_dir_all(&profiles)
        .map_err(|error| format!("cannot create {}: {error}", profiles.display()))?;
    let job = Job {
        root: workspace.root(),
        tools: Tools::find(workspace.root(), &folder)?,
        folder,
        profiles,
    };
    let simulator = job.simulate(workspace, &simulations)?;
    let by_hand = job.by_hand()?;
    print!("{}", lines::report(workspace.root(), &simulator, &by_hand)?);
    Ok(())
}

struct Job<'a> {
    root: &'a Path,
    tools: Tools,
    folder: PathBuf,
    profiles: PathBuf,
}

impl Job<'_> {
    /// The simulator on what CI gives it and on what the fuzzer found.
    fn simulate(&self, workspace: &Workspace, simulations: &[String]) -> Result<Reached, String> {
        self.cargo("build --release --locked --package mesh_sim")
            .run()?;
        let program = self.folder.join("build/release/mesh_sim");
        for line in simulations {
            self.counted(
                &program,
                &line.split_whitespace().collect::<Vec<_>>(),
                "sim",
            )
            .run()?;
        }
        let mut scripts = vec!["script".to_owned()];
        let worlds = workspace.root().join("fuzz/corpus/world");
        for entry in std::fs::read_dir(worlds).into_iter().flatten().flatten() {
            scripts.push(entry.path().to_string_lossy().into_owned());
        }
        let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
        self.counted(&program, &scripts, "sim").output()?;
        self.count(&[program], "sim")
    }

    /// The tests that drive cores by hand, and those of the core itself.
    fn by_hand(&self) -> Result<Reached, String> {
        let mut programs = Vec::new();
        for tests in [
            "--package mesh_sim --test nodes --test requests --test wire",
            "--package mesh_node --lib",
        ] {
            let build = format!("test --release --locked {tests} --no-run --message-format json");
            let built = self.cargo(&build).output()?;
            programs.extend(executables(&built).map(PathBuf::from));
        }
        for program in &programs {
            self.counted(program, &[], "hand").output()?;
        }
        self.count(&programs, "hand")
    }

    fn cargo(&self, arguments: &str) -> Task {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        Task::cargo(self.root, &arguments)
            .env("RUSTFLAGS", "-Cinstrument-coverage")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_TARGET_DIR", self.folder.join("build"))
            // Macros run while the compiler does, and count, too.
            .env("LLVM_PROFILE_FILE", self.folder.join("build/%m.profraw"))
    }

    fn counted(&self, program: &Path, arguments: &[&str], kind: &str) -> Task {
        Task::new(self.root, &program.to_string_lossy(), arguments).env(
            "LLVM_PROFILE_FILE",
            self.profiles.join(format!("{kind}-%p.profraw")),
        )
    }

    /// Merges what the runs of a kind have counted.
    fn count(&self, programs: &[PathBuf], kind: &str) -> Result<Reached, String> {
        let merged = self.profiles.join(format!("{kind}.profdata"));
        let merged = merged.to_string_lossy();
        let mut arguments = vec!["merge", "-sparse", "-o", &merged];
        let raw: Vec<String> = std::fs::read_dir(&self.profiles)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.starts_with(kind) && name.ends_with(".profraw")
            })
            .map(|entry| entry.path().to_string_lossy().into_owned())
            .collect();
        arguments.extend(raw.iter().map(String::as_str));
        self.tools.profdata(self.root, &arguments).output()?;
        let profile = format!("-instr-profile={merged}");
        let objects: Vec<String> = programs
            .iter()
            .map(|program| format!("-object={}", program.display()))
            .collect();
        let cov = |command: &str| {
            let mut arguments: Vec<&str> = command.split_whitespace().collect();
            arguments.extend(objects.iter().map(String::as_str));
            arguments.extend([&profile, "-sources", SOURCES]);
            self.tools.cov(self.root, &arguments).output()
        };
        Ok(Reached::read(
            &cov("export -format=lcov")?,
            &cov("show -show-line-counts -show-regions -show-instantiations=false")?,
            &cov("report")?,
        ))
    }
}

/// What to run of the simulator: what CI does, or with `--runs` so many random worlds and the rest in proportion.
fn simulations(arguments: &[&str]) -> Result<Vec<String>, String> {
    match arguments {
        [] => Ok(SIMULATIONS.iter().map(|line| (*line).to_owned()).collect()),
        ["--runs", runs] => {
            let runs: u64 = runs.parse().map_err(|error| format!("--runs: {error}"))?;
            Ok(vec![
                format!("sim --runs {runs} --seed 1"),
                format!("hostile --runs {} --seed 1", runs.div_ceil(5)),
                format!("explore --states {}", runs.div_ceil(2)),
            ])
        }
        _ => Err("usage: cargo xtask coverage [--runs N]".to_owned()),
    }
}

/// The test programs that cargo says it built, in its messages in JSON, a line each.
fn executables(messages: &str) -> impl Iterator<Item = &str> {
    let tests = messages
        .lines()
        .filter(|line| line.contains("\"test\":true},\"features\""));
    tests.filter_map(|line| {
        let (_, rest) = line.split_once("\"executable\":\"")?;
        rest.split('"').next()
    })
}

#[cfg(test)]
mod tests {
    use super::{executables, simulations};
    use crate::ci::SIMULATIONS;

    #[test]
    fn without_a_number_the_simulator_runs_what_ci_runs_and_with_one_in_proportion() {
        assert_eq!(
            simulations(&[]).as_deref(),
            Ok(&SIMULATIONS.map(String::from)[..])
        );
        assert_eq!(
            simulations(&["--runs", "100000"]).as_deref(),
            simulations(&[]).as_deref()
        );
        assert!(simulations(&["--runs", "some"]).is_err());
        assert!(simulations(&["--all"]).is_err());
    }

    #[test]
    fn the_test_programs_are_found_in_cargos_messages() {
        let line = |test: bool, executable: &str| {
            let target = "\"target\":{\"test\":true}";
            let profile = format!("\"profile\":{{\"test\":{test}}},\"features\":[]");
            format!("{{{target},{profile},\"executable\":{executable},\"fresh\":true}}\n")
        };
        let messages = [
            line(false, "null"),
            line(false, "\"/t/sim\""),
            line(true, "\"/t/nodes-1\""),
            line(true, "\"/t/wire-1\""),
        ];
        let found = executables(&messages.concat()).count();
        assert_eq!(found, 2);
        assert_eq!(executables(&messages[2]).next(), Some("/t/nodes-1"));
    }
}
