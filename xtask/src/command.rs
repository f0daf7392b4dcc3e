//! Running other programs: shown before they start, in the root of the workspace, and never for ever.
//!
//! Every program gets a limit. One that exceeds it is ended together with everything it started, because a test that hangs
//! is often a grandchild that holds on to a pipe, and an error that names the step is worth more than a CI machine that
//! gives up after an hour. Output goes where ours goes; [`Task::run_reading`] passes it on line by line instead, for a
//! caller that wants to count something in it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for any single step of CI on a small machine, short enough to end a hang within the hour.
const DEFAULT_LIMIT: Duration = Duration::from_secs(20 * 60);

/// How often a running program is looked at. Steps take seconds; this adds nothing one could notice.
const POLL: Duration = Duration::from_millis(20);

/// A program to run, with the words to show for it.
#[derive(Debug)]
pub(crate) struct Task {
    command: Command,
    shown: String,
    limit: Duration,
}

impl Task {
    /// A program with its arguments, to be run in `root`.
    pub(crate) fn new<S: AsRef<OsStr>>(root: &Path, program: &str, arguments: &[S]) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root).args(arguments);
        let mut shown = Path::new(program)
            .file_name()
            .unwrap_or(OsStr::new(program))
            .to_string_lossy()
            .into_owned();
        for argument in arguments {
            shown.push(' ');
            shown.push_str(&argument.as_ref().to_string_lossy());
        }
        Self {
            command,
            shown,
            limit: DEFAULT_LIMIT,
        }
    }

    /// Cargo, by way of the cargo that runs us where there is one.
    pub(crate) fn cargo<S: AsRef<OsStr>>(root: &Path, arguments: &[S]) -> Self {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        Self::new(root, &cargo, arguments)
    }

    /// Sets an environment variable, and shows it.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref();
        self.shown = format!("{name}={:?} {}", value.to_string_lossy(), self.shown);
        self.command.env(name, value);
        self
    }

    /// Gives the program this long to finish.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs the program; anything but success is an error that names it.
    pub(crate) fn run(mut self) -> Result<(), String> {
        println!("    $ {}", self.shown);
        let child = self.spawn()?;
        self.finish(child)
    }

    /// As [`run`](Self::run), and hands each line of the program's output to `line` after printing it.
    pub(crate) fn run_reading(mut self, line: &mut dyn FnMut(&str)) -> Result<(), String> {
        println!("    $ {}", self.shown);
        self.command.stdout(Stdio::piped());
        let mut child = self.spawn()?;
        let Some(output) = child.stdout.take() else {
            return Err(format!("`{}` has no output to read", self.shown));
        };
        // The limit has to be watched while lines are read, so the watching moves to a thread of its own.
        thread::scope(|scope| {
            let watch = scope.spawn(|| self.finish(child));
            for text in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let text = String::from_utf8_lossy(&text);
                println!("{text}");
                line(&text);
            }
            std::io::stdout().flush().ok();
            watch
                .join()
                .unwrap_or_else(|_| Err(format!("`{}` could not be watched", self.shown)))
        })
    }

    /// Runs the program and returns what it printed; quiet, and an error when it fails.
    pub(crate) fn output(mut self) -> Result<String, String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot start `{}`: {error}", self.shown))?;
        if !output.status.success() {
            return Err(self.failure(output.status));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn spawn(&mut self) -> Result<Child, String> {
        self.command
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start `{}`: {error}", self.shown))
    }

    fn finish(&self, mut child: Child) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let status = child
                .try_wait()
                .map_err(|error| format!("cannot wait for `{}`: {error}", self.shown))?;
            match status {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(self.failure(status)),
                None if started.elapsed() > self.limit => {
                    end_with_descendants(&mut child);
                    let limit = self.limit.as_secs_f32();
                    return Err(format!("`{}` did not end within {limit} s", self.shown));
                }
                None => thread::sleep(POLL),
            }
        }
    }

    fn failure(&self, status: ExitStatus) -> String {
        format!("`{}` failed: {status}", self.shown)
    }
}

/// Kills a child and what it has started, so that nothing keeps its output open.
fn end_with_descendants(child: &mut Child) {
    let descendants = descendants(child.id());
    // The child first, lest it go on with what comes after the one it waited for.
    child.kill().ok();
    child.wait().ok();
    for pid in descendants {
        // A descendant may be gone by now; then there is nothing left to do for it.
        Command::new("kill")
            .args(["-KILL", &pid.to_string()])
            .stderr(Stdio::null())
            .status()
            .ok();
    }
}

/// The processes started by `root`, directly or not, as Linux tells it; none elsewhere.
fn descendants(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // `pid (name) state parent …`, and the name may hold anything, brackets too.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
            Some((pid, parent.parse().ok()?))
        })
        .collect();
    let mut found = Vec::new();
    let mut generation = vec![root];
    while !generation.is_empty() {
        generation = parents
            .iter()
            .filter(|(_, parent)| generation.contains(parent))
            .map(|(pid, _)| *pid)
            .collect();
        found.extend(&generation);
    }
    found
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Task;
    use std::path::Path;
    use std::time::Duration;

    fn shell(script: &str) -> Task {
        Task::new(Path::new("."), "sh", &["-c", script])
    }

    #[test]
    fn a_program_that_fails_is_an_error_that_names_it() {
        let message = shell("exit 3").run().unwrap_err();
        assert!(
            message.contains("exit 3") && message.contains("3"),
            "{message}"
        );
        assert!(shell("true").run().is_ok());
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let task = Task::new(Path::new("."), "no-such-program", &[] as &[&str]);
        assert!(task.run().unwrap_err().contains("no-such-program"));
    }

    #[test]
    fn a_program_over_its_limit_is_ended_with_the_one_it_waits_for() {
        // The inner shell holds the pipe; reading would not end if only the outer one were killed.
        let task = shell("sh -c 'echo started; while :; do sleep 1; done'; true");
        let mut lines = Vec::new();
        let message = task
            .limit(Duration::from_millis(200))
            .run_reading(&mut |line| lines.push(line.to_owned()))
            .unwrap_err();
        assert!(message.contains("did not end within"), "{message}");
    }

    #[test]
    fn each_line_of_output_is_handed_over() {
        let mut lines = Vec::new();
        shell("echo one; echo two")
            .run_reading(&mut |line| lines.push(line.to_owned()))
            .unwrap();
        assert_eq!(lines, ["one", "two"]);
    }

    #[test]
    fn variables_reach_the_program_and_are_shown() {
        let task = shell("echo $MESH_XTASK_TEST").env("MESH_XTASK_TEST", "seen");
        assert!(task.shown.contains("MESH_XTASK_TEST=\"seen\""));
        assert_eq!(task.output().unwrap(), "seen\n");
    }
}
