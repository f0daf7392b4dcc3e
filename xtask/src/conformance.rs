//! `cargo xtask conformance`: protobuf's own conformance suite against the codec.
//!
//! The suite is a program of the protobuf project that hands a few thousand messages to a *testee*, here the crate
//! `conformance`, and judges what it makes of them. All its cases are run, the recommended ones as strictly as the required
//! ones. What does not pass is listed in `conformance/not-passing.txt`, each case under its reason, and this fails on a
//! change in either direction: a case that newly passes has to leave the list as well.

mod suite;

use crate::command::Task;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use std::collections::BTreeSet;
use std::path::Path;

/// The committed list.
const LIST: &str = "conformance/not-passing.txt";

/// What every case of the second of the suite's two halves has in its name.
const TEXT: &str = "TextFormat";

/// The suite takes a second; this ends a testee that hangs.
const LIMIT_SECONDS: &str = "120";

/// Runs the suite, or says why it could not be had.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, String> {
    let folder = workspace.target().join("conformance");
    let source = match suite::source(&folder) {
        Ok(source) => source,
        Err(reason) => {
            let reason = format!("protobuf's conformance suite is not to be had: {reason}");
            eprintln!("    ! conformance was NOT checked: {reason}");
            return Ok(Outcome::NotChecked(reason));
        }
    };
    let runner = suite::build(&folder, &source)?;
    Task::cargo(
        workspace.root(),
        &["build", "--locked", "--package", "conformance"],
    )
    .run()?;
    let text = std::fs::read_to_string(workspace.root().join(LIST))
        .map_err(|error| format!("cannot read {LIST}: {error}"))?;
    let listed = List::parse(&text)?;
    let testee = workspace.target().join("debug/conformance");
    let output = run_suite(&folder, &runner, &testee, &listed)?;
    judge(&output, &listed).map(Outcome::Noted)
}

/// Runs both halves of the suite and returns what they print.
fn run_suite(
    folder: &Path,
    runner: &Path,
    testee: &Path,
    listed: &List<'_>,
) -> Result<String, String> {
    let mut lists = Vec::new();
    for (name, text) in [("failures.txt", false), ("text-failures.txt", true)] {
        let names: Vec<&str> = listed
            .failed
            .iter()
            .copied()
            .filter(|name| name.contains(TEXT) == text)
            .collect();
        let path = folder.join(name);
        std::fs::write(&path, names.join("\n"))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        lists.push(path);
    }
    // The runner reports on its standard error, and its exit status is part of the report.
    let script = "timeout \"$0\" \"$@\" 2>&1; echo \"runner ended with $?\"";
    let [runner, testee] = [runner, testee].map(|path| path.to_string_lossy());
    let [failures, text_failures] = [&lists[0], &lists[1]].map(|path| path.to_string_lossy());
    let arguments: [&str; 11] = [
        "-c",
        script,
        LIMIT_SECONDS,
        &runner,
        "--enforce_recommended",
        "--verbose",
        "--failure_list",
        &failures,
        "--text_format_failure_list",
        &text_failures,
        &testee,
    ];
    println!("    $ {runner} --enforce_recommended {testee}");
    Task::new(folder, "sh", &arguments).output()
}

/// The cases that are known not to pass.
#[derive(Debug, Default, PartialEq)]
struct List<'t> {
    skipped: BTreeSet<&'t str>,
    failed: BTreeSet<&'t str>,
}

impl<'t> List<'t> {
    /// Reads lines of `skipped NAME` and `failed NAME`. Each has to stand under a reason, a line that begins with `#`.
    fn parse(text: &'t str) -> Result<Self, String> {
        let mut list = Self::default();
        let mut reason = false;
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("#", _)) => reason = true,
                Some(("skipped", name)) if reason => _ = list.skipped.insert(name),
                Some(("failed", name)) if reason => _ = list.failed.insert(name),
                // A gap ends what a reason is the reason for.
                None if line.is_empty() => reason = false,
                _ => {
                    return Err(format!(
                        "{LIST}: a line that is no case under a reason: {line}"
                    ));
                }
            }
        }
        Ok(list)
    }
}

/// Compares what happened with what is listed; the counts, if it is the same.
fn judge(output: &str, listed: &List<'_>) -> Result<String, String> {
    let summaries: Vec<&str> = output
        .lines()
        .filter_map(|line| line.strip_prefix("CONFORMANCE SUITE "))
        .collect();
    for line in output.lines().filter(|line| line.starts_with("ERROR")) {
        eprintln!("    {line}");
    }
    for summary in &summaries {
        println!("    {summary}");
    }
    let ended = output.lines().last().unwrap_or_default();
    if summaries.len() != 2 || ended != "runner ended with 0" {
        return Err(format!(
            "the suite found a change; {LIST} has the failures it expects ({ended})"
        ));
    }
    let skipped: BTreeSet<&str> = output
        .lines()
        .filter_map(|line| line.strip_prefix("SKIPPED, test=")?.split(' ').next())
        .collect();
    let changed: Vec<String> = skipped
        .symmetric_difference(&listed.skipped)
        .map(|name| {
            let now = skipped.contains(name);
            format!(
                "\n    {} {name}",
                if now { "skipped" } else { "no longer skipped" }
            )
        })
        .collect();
    if !changed.is_empty() {
        return Err(format!("{LIST} differs:{}", changed.concat()));
    }
    let passed: usize = summaries
        .iter()
        .filter_map(|summary| successes(summary))
        .sum();
    if passed == 0 {
        return Err("the suite ran no case".to_owned());
    }
    Ok(format!(
        "{passed} cases passed, {} failed, {} skipped",
        listed.failed.len(),
        listed.skipped.len()
    ))
}

/// The first number of a line such as `PASSED: 1302 successes, 715 skipped, …`.
fn successes(summary: &str) -> Option<usize> {
    summary.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{List, judge};

    const LISTED: &str = "\
# The introduction.

# Not implemented.
skipped Required.A
# Known to be wrong.
failed Required.B
";

    fn output(skipped: &str, status: u32) -> String {
        format!(
            "SKIPPED, test={skipped} request=x\nCONFORMANCE SUITE PASSED: 7 successes, 1 skipped\n\
             CONFORMANCE SUITE PASSED: 2 successes, 0 skipped\nrunner ended with {status}\n"
        )
    }

    #[test]
    fn a_run_that_is_as_listed_gives_the_counts() {
        let listed = List::parse(LISTED).unwrap();
        let counts = judge(&output("Required.A", 0), &listed).unwrap();
        assert_eq!(counts, "9 cases passed, 1 failed, 1 skipped");
    }

    #[test]
    fn a_change_of_what_is_skipped_is_an_error_that_names_it() {
        let listed = List::parse(LISTED).unwrap();
        let message = judge(&output("Required.C", 0), &listed).unwrap_err();
        assert!(message.contains("\n    skipped Required.C"), "{message}");
        assert!(
            message.contains("no longer skipped Required.A"),
            "{message}"
        );
    }

    #[test]
    fn a_change_of_what_fails_or_a_runner_that_breaks_off_is_an_error() {
        let listed = List::parse(LISTED).unwrap();
        assert!(judge(&output("Required.A", 1), &listed).is_err());
        assert!(judge("runner ended with 0\n", &listed).is_err());
        assert!(judge("", &listed).is_err());
    }

    #[test]
    fn a_case_without_a_reason_is_refused() {
        assert!(List::parse("skipped Required.A\n").is_err());
        assert!(List::parse("# A reason.\n\nfailed Required.A\n").is_err());
        assert!(List::parse("# A reason.\nflaky Required.A\n").is_err());
    }
}
