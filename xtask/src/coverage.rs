//! `cargo xtask coverage`: what the simulator reaches of the routing protocol, line by line.
//!
//! The simulator is built with the compiler's counters, runs what CI runs of it and the committed worlds of the fuzzer, and LLVM's
//! tools turn the counters into lines. The tests that drive cores by hand are counted apart, so that a line only they reach can
//! be told from one that nobody does. The tools must be of the compiler's LLVM: they are taken from rustup's `llvm-tools`, from
//! the path, or from the archive of Debian or a relative of it, unpacked below `target/` and never installed.
//!
//! What is found is written up, with the reasons, in `mesh_sim/COVERAGE.md`.

mod lines;
mod tools;

use crate::ci::SIMULATIONS;
use crate::command::Task;
use crate::workspace::Workspace;
use lines::Counts;
use std::path::{Path, PathBuf};
use tools::Tools;

/// What is counted.
const SOURCES: &str = "mesh_node/src/protocol";

/// Runs everything and prints the lines that were not reached.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
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
    let simulator = job.simulate(workspace)?;
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
    fn simulate(&self, workspace: &Workspace) -> Result<Counts, String> {
        self.cargo("build --release --locked --package mesh_sim")
            .run()?;
        let program = self.folder.join("build/release/mesh_sim");
        for line in SIMULATIONS {
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
        self.count(&program, "sim")
    }

    /// The tests that drive cores by hand.
    fn by_hand(&self) -> Result<Counts, String> {
        let built = self
            .cargo("test --release --locked --package mesh_sim --test nodes --no-run --message-format json")
            .output()?;
        let program = executable(&built).ok_or("cargo does not say where the test program is")?;
        self.counted(Path::new(program), &[], "hand").output()?;
        self.count(Path::new(program), "hand")
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
    fn count(&self, program: &Path, kind: &str) -> Result<Counts, String> {
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
        let program = program.to_string_lossy();
        let arguments = [
            "export",
            "-format=lcov",
            &program,
            &profile,
            "-sources",
            SOURCES,
        ];
        let exported = self.tools.cov(self.root, &arguments).output()?;
        Ok(lines::read(&exported))
    }
}

/// The test program that cargo says it built, in its messages in JSON, a line each.
fn executable(messages: &str) -> Option<&str> {
    let mut tests = messages
        .lines()
        .filter(|line| line.contains("\"kind\":[\"test\"]"));
    let (_, rest) = tests.find_map(|line| line.split_once("\"executable\":\""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::executable;

    #[test]
    fn the_test_program_is_found_in_cargos_messages() {
        let messages = "{\"kind\":[\"lib\"],\"executable\":null}\n\
            {\"kind\":[\"bin\"],\"executable\":\"/t/sim\"}\n\
            {\"kind\":[\"test\"],\"executable\":\"/t/nodes-1\",\"fresh\":true}\n";
        assert_eq!(executable(messages), Some("/t/nodes-1"));
        assert_eq!(executable("{}"), None);
    }
}
