//! What CI runs: the steps, in their order, with the cheap and likely failures first.
//!
//! The steps share the ordinary target folder, so that what one builds the next one reuses; only those that need other
//! compiler flags or another compiler (kills, loom, the minimum version) and workspaces of their own (`fuzz`, `mesh_bench`) build
//! elsewhere. A step whose subject is not in the repository says so and checks nothing. Once the folder of the examples
//! exists, its programs have to be found: a renamed folder must not turn a check off.

use crate::command::Task;
use crate::conformance;
use crate::fuzz;
use crate::interop;
use crate::kills;
use crate::msrv;
use crate::steps::{self, Outcome, Step};
use crate::tidy;
use crate::workspace::Workspace;
use std::path::Path;
use std::time::Duration;

/// How long one example may run, without its build. They are demonstrations, and over in a second or two.
const EXAMPLE_LIMIT: Duration = Duration::from_secs(120);

/// A target without a standard library whose presence lets the no_std step build for one in earnest.
const BARE_TARGET: &str = "x86_64-unknown-none";

const STEPS: &[Step] = &[
    Step {
        name: "format",
        run: format,
    },
    Step {
        name: "tidy",
        run: |workspace| tidy::run(workspace).map(|()| Outcome::Passed),
    },
    Step {
        name: "clippy",
        run: clippy,
    },
    Step {
        name: "test",
        run: test,
    },
    Step {
        name: "doc",
        run: doc,
    },
    Step {
        name: "no_std",
        run: no_std,
    },
    Step {
        name: "miri",
        run: miri,
    },
    Step {
        name: "conformance",
        run: conformance::run,
    },
    Step {
        name: "interop",
        run: interop::run,
    },
    Step {
        name: "sim",
        run: sim,
    },
    Step {
        name: "fuzz",
        run: fuzz::replay,
    },
    Step {
        name: "kills",
        run: kills::step,
    },
    Step {
        name: "loom",
        run: loom,
    },
    Step {
        name: "examples",
        run: examples,
    },
    Step {
        name: "disk",
        run: disk,
    },
    Step {
        name: "bench",
        run: bench,
    },
    Step {
        name: "msrv",
        run: msrv::run,
    },
];

/// Prints the names of the steps.
pub(crate) fn list() {
    for step in STEPS {
        println!("{}", step.name);
    }
}

/// Runs the steps with these names, or all of them when none is given.
pub(crate) fn run(workspace: &Workspace, names: &[&str]) -> Result<(), String> {
    if let Some(unknown) = names
        .iter()
        .find(|name| STEPS.iter().all(|step| step.name != **name))
    {
        return Err(format!(
            "ci has no step `{unknown}`; `cargo xtask ci --list` prints them"
        ));
    }
    let chosen: Vec<Step> = STEPS
        .iter()
        .filter(|step| names.is_empty() || names.contains(&step.name))
        .map(|step| Step {
            name: step.name,
            run: step.run,
        })
        .collect();
    steps::run(workspace, &chosen)
}

fn cargo(workspace: &Workspace, arguments: &str) -> Task {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    Task::cargo(workspace.root(), &arguments)
}

fn format(workspace: &Workspace) -> Result<Outcome, String> {
    cargo(workspace, "fmt --all --check").run()?;
    Ok(Outcome::Passed)
}

fn clippy(workspace: &Workspace) -> Result<Outcome, String> {
    cargo(
        workspace,
        "clippy --workspace --all-targets --locked -- -D warnings",
    )
    .run()?;
    Ok(Outcome::Passed)
}

/// With all features; that the workspace builds without them is for the other steps.
fn test(workspace: &Workspace) -> Result<Outcome, String> {
    let mut totals = Totals::default();
    cargo(
        workspace,
        "test --workspace --features mesh/bytes,mesh_protobuf/heapless --locked",
    )
    .run_reading(&mut |line| totals.add(line))?;
    Ok(Outcome::Noted(totals.to_string()))
}

fn doc(workspace: &Workspace) -> Result<Outcome, String> {
    cargo(workspace, "doc --workspace --no-deps --locked")
        .env("RUSTDOCFLAGS", "-Dwarnings")
        .run()?;
    Ok(Outcome::Passed)
}

/// The codec and the routing protocol without their `std` feature, the codec without `alloc` as well, and a guest that has
/// neither: always for this machine, where the standard library would still be found if a dependency linked it, and for a
/// target that has none where that is installed. There the guest's program links only if nothing in it can allocate.
fn no_std(workspace: &Workspace) -> Result<Outcome, String> {
    const CHECKS: &[&str] = &[
        "check --package mesh_protobuf --package mesh_node --no-default-features --locked",
        "check --package mesh_protobuf --no-default-features --features alloc,bytes,heapless --locked",
        "build --package guest --locked",
    ];
    // Alone, so that no other crate of the workspace asks the codec for `alloc`.
    cargo(workspace, "test --package guest --locked").run()?;
    cargo(
        workspace,
        "test --package mesh_protobuf --lib --no-default-features --locked",
    )
    .run()?;
    for check in CHECKS {
        cargo(workspace, check).run()?;
    }
    let sysroot = Task::new(workspace.root(), "rustc", &["--print", "sysroot"]).output()?;
    let installed = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(BARE_TARGET)
        .is_dir();
    if installed {
        for check in CHECKS {
            cargo(workspace, &format!("{check} --target {BARE_TARGET}")).run()?;
        }
        return Ok(Outcome::Noted(format!("also for {BARE_TARGET}")));
    }
    Ok(Outcome::Noted(format!(
        "for this machine only, {BARE_TARGET} is not installed"
    )))
}

/// The codec's unsafe code in an interpreter that knows what is undefined: its unit tests, the tests of golden bytes, and the
/// guest's. It comes with nightly compilers only, and is not fetched.
fn miri(workspace: &Workspace) -> Result<Outcome, String> {
    const TESTS: &[&str] = &[
        "--package mesh_protobuf --lib --test golden --test shared_bytes --features bytes,heapless",
        "--package guest",
    ];
    let nightly = |arguments: &str| {
        let arguments = format!("run nightly cargo miri {arguments}");
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        Task::new(workspace.root(), "rustup", &arguments)
            .env("CARGO_TARGET_DIR", workspace.target().join("miri"))
            // One of the unit tests writes files.
            .env("MIRIFLAGS", "-Zmiri-disable-isolation")
    };
    if nightly("--version").output().is_err() {
        let missing = "`rustup component add miri --toolchain nightly` brings it";
        return Ok(Outcome::NotChecked(format!("no Miri; {missing}")));
    }
    for tests in TESTS {
        nightly(&format!("test {tests} --locked")).run()?;
    }
    Ok(Outcome::Passed)
}

/// What CI runs of the simulator: always the same worlds.
pub(crate) const SIMULATIONS: [&str; 3] = [
    "sim --runs 100000 --seed 1",
    "hostile --runs 20000 --seed 1",
    "explore --states 50000",
];

/// The routing protocol in random worlds, beside a malicious node, and in all orders of small worlds.
fn sim(workspace: &Workspace) -> Result<Outcome, String> {
    for simulation in SIMULATIONS {
        let arguments: Vec<&str> = simulation.split_whitespace().collect();
        simulate(workspace, &arguments)?;
    }
    Ok(Outcome::Noted(SIMULATIONS.join("; ")))
}

/// Runs the simulator with these arguments.
pub(crate) fn simulate(workspace: &Workspace, options: &[&str]) -> Result<(), String> {
    let mut arguments: Vec<&str> = "run --release --locked --package mesh_sim --"
        .split_whitespace()
        .collect();
    arguments.extend(options);
    Task::cargo(workspace.root(), &arguments).run()
}

/// Every crate with a `tests/loom.rs` (all interleavings of small scenarios) or a `tests/shuttle.rs` (random ones of larger),
/// in release mode, since both run a scenario many times, but without the link-time optimisation of the release profile,
/// which costs more here than it saves.
fn loom(workspace: &Workspace) -> Result<Outcome, String> {
    let mut done = Vec::new();
    for model in ["loom", "shuttle"] {
        for name in crates_with(workspace, &format!("tests/{model}.rs")) {
            cargo(
                workspace,
                &format!("test --package {name} --release --locked --test {model}"),
            )
            .env("RUSTFLAGS", format!("--cfg {model}"))
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_TARGET_DIR", workspace.target().join(model))
            .run()?;
            done.push(format!("{name} ({model})"));
        }
    }
    Ok(Outcome::Noted(done.join(", ")))
}

/// Runs each example by the command in its own first line, so that this line stays true.
fn examples(workspace: &Workspace) -> Result<Outcome, String> {
    if !workspace.has("examples") {
        return Ok(Outcome::NotChecked("no examples folder yet".into()));
    }
    let mut programs = workspace.programs("examples/examples");
    programs.extend(workspace.programs("examples/src/bin"));
    // The disk job is made to run until it is stopped; the step after this one gives it short arguments.
    programs.retain(|path| !is_disk(path));
    if programs.is_empty() {
        return Err("the examples folder holds no example".into());
    }
    cargo(
        workspace,
        "build --release --locked --package examples --bins --examples",
    )
    .run()?;
    for path in &programs {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let arguments = command_of(&text).ok_or_else(|| {
            format!(
                "{} does not open with the command that runs it: `//! cargo run …`",
                path.display()
            )
        })?;
        Task::cargo(workspace.root(), &arguments)
            .limit(EXAMPLE_LIMIT)
            .run()?;
    }
    Ok(Outcome::Noted(format!("{} programs", programs.len())))
}

fn disk(workspace: &Workspace) -> Result<Outcome, String> {
    if !workspace.has("examples") {
        return Ok(Outcome::NotChecked("no examples folder yet".into()));
    }
    if !workspace
        .programs("examples/src/bin")
        .iter()
        .any(|path| is_disk(path))
    {
        return Err("the examples folder holds no program `disk`".into());
    }
    cargo(workspace, "build --release --locked --bin disk").run()?;
    cargo(
        workspace,
        "run --release --locked --bin disk -- --seconds 2 --clients 4 --size 16MiB --json",
    )
    .limit(EXAMPLE_LIMIT)
    .run()?;
    Ok(Outcome::Passed)
}

/// The measurements are not repeated in CI, whose machines are too noisy for that; their program has to build and run.
fn bench(workspace: &Workspace) -> Result<Outcome, String> {
    if !workspace.has("mesh_bench/Cargo.toml") {
        return Ok(Outcome::NotChecked("no mesh_bench folder yet".into()));
    }
    cargo(
        workspace,
        "run --release --manifest-path mesh_bench/Cargo.toml -- --smoke",
    )
    .env("CARGO_TARGET_DIR", workspace.target().join("mesh_bench"))
    .run()?;
    Ok(Outcome::Passed)
}

/// The top-level folders that hold this file; a crate is named as its folder is.
fn crates_with(workspace: &Workspace, file: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(workspace.root())
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join(file).is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn is_disk(path: &Path) -> bool {
    path.ends_with("bin/disk.rs") || path.ends_with("bin/disk/main.rs")
}

/// The arguments for cargo in an example's first line, `//! cargo run …`, with or without backticks.
fn command_of(text: &str) -> Option<Vec<&str>> {
    let line = text.lines().next()?.strip_prefix("//!")?;
    let line = line.trim().trim_matches('`');
    let arguments: Vec<&str> = line.strip_prefix("cargo ")?.split_whitespace().collect();
    (arguments.first() == Some(&"run")).then_some(arguments)
}

/// What the test programs' closing lines add up to.
#[derive(Debug, Default)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
    programs: u64,
}

impl Totals {
    /// Counts a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`; other lines are no concern of ours.
    fn add(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else {
            return;
        };
        self.programs += 1;
        let words: Vec<&str> = rest.split([' ', ';', '.']).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<u64>() else {
                continue;
            };
            match pair[1] {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} ignored in {} test programs",
            self.passed, self.failed, self.ignored, self.programs
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Totals, command_of};

    #[test]
    fn an_examples_first_line_is_the_command_that_runs_it() {
        let text = "//! cargo run --release -p examples --example hello\n//!\n//! Hello.\n";
        let expected = ["run", "--release", "-p", "examples", "--example", "hello"];
        assert_eq!(command_of(text).unwrap(), expected);
        assert!(command_of("//! `cargo run --example hello`\n").is_some());
    }

    #[test]
    fn a_first_line_without_a_run_command_is_refused() {
        assert!(command_of("//! Hello.\n//! cargo run\n").is_none());
        assert!(command_of("//! cargo install x\n").is_none());
        assert!(command_of("").is_none());
    }

    #[test]
    fn the_closing_lines_of_the_test_programs_are_added_up() {
        let mut totals = Totals::default();
        totals.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        totals.add("test x ... ok");
        totals.add("test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        assert_eq!(
            totals.to_string(),
            "7 passed, 2 failed, 1 ignored in 2 test programs"
        );
    }
}
