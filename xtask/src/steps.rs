//! A list of named steps, run in order with their times, and the summary at the end.
//!
//! A step ends in one of three ways: it passed, it had nothing to check (and says what was missing), or it failed, which ends
//! the run. "Nothing to check" is printed as loudly as the others: a check that did not happen must not look like one that
//! passed.

use crate::workspace::Workspace;
use std::fmt;
use std::time::{Duration, Instant};

/// How a step that did not fail ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What the step is for was checked.
    Passed,
    /// As `Passed`, with something worth a line in the summary.
    Noted(String),
    /// Nothing was checked, for this reason.
    NotChecked(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Passed => f.write_str("passed"),
            Outcome::Noted(note) => write!(f, "passed: {note}"),
            Outcome::NotChecked(reason) => write!(f, "NOT CHECKED: {reason}"),
        }
    }
}

/// One thing to do, by name.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Workspace) -> Result<Outcome, String>,
}

/// Runs the steps in order until one fails, then prints the summary. The error names the step that failed.
pub(crate) fn run(workspace: &Workspace, steps: &[Step]) -> Result<(), String> {
    let started = Instant::now();
    let mut lines = Vec::new();
    let mut failed = None;
    for (index, step) in steps.iter().enumerate() {
        if failed.is_some() {
            lines.push(line("not run", None, step.name, ""));
            continue;
        }
        println!("\n=== [{}/{}] {}", index + 1, steps.len(), step.name);
        let began = Instant::now();
        let result = (step.run)(workspace);
        let took = Some(began.elapsed());
        lines.push(match result {
            Ok(Outcome::Passed) => line("ok", took, step.name, ""),
            Ok(Outcome::Noted(note)) => line("ok", took, step.name, &note),
            Ok(Outcome::NotChecked(reason)) => line("NOT CHECKED", took, step.name, &reason),
            Err(message) => {
                eprintln!("    {message}");
                failed = Some(step.name);
                line("FAILED", took, step.name, &message)
            }
        });
        if let Some(last) = lines.last() {
            println!("--- {}", last.trim_start());
        }
    }
    println!("\n=== summary ({})", seconds(started.elapsed()));
    for line in &lines {
        println!("{line}");
    }
    match failed {
        Some(name) => Err(format!("the step `{name}` failed")),
        None => Ok(()),
    }
}

fn line(state: &str, took: Option<Duration>, name: &str, note: &str) -> String {
    let took = took.map_or_else(|| "-".to_owned(), seconds);
    let separator = if note.is_empty() { "" } else { ": " };
    format!("{state:>11} {took:>9}  {name}{separator}{note}")
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Step, run};
    use crate::workspace::Workspace;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn the_first_failure_ends_the_run_and_is_named() {
        static LATER_RAN: AtomicBool = AtomicBool::new(false);
        let steps = [
            Step {
                name: "first",
                run: |_| Ok(Outcome::Passed),
            },
            Step {
                name: "second",
                run: |_| Err("broken".to_owned()),
            },
            Step {
                name: "third",
                run: |_| {
                    LATER_RAN.store(true, Ordering::SeqCst);
                    Ok(Outcome::Passed)
                },
            },
        ];
        let message = run(&Workspace::find().unwrap(), &steps).unwrap_err();
        assert_eq!(message, "the step `second` failed");
        assert!(!LATER_RAN.load(Ordering::SeqCst));
    }

    #[test]
    fn what_was_not_checked_does_not_fail_and_says_so() {
        let steps = [Step {
            name: "absent",
            run: |_| Ok(Outcome::NotChecked("no compiler".to_owned())),
        }];
        assert!(run(&Workspace::find().unwrap(), &steps).is_ok());
        let shown = Outcome::NotChecked("no compiler".to_owned()).to_string();
        assert_eq!(shown, "NOT CHECKED: no compiler");
    }
}
