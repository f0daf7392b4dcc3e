//! The program `disk` as a whole: its exit status, its summaries, and what it says about arguments and files it cannot use.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Arguments that make a run short; more can be added.
const SHORT: &[&str] = &["--seconds", "0.2", "--clients", "3"];

fn disk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_disk"));
    command.stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    disk().args(SHORT).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn summary(output: &Output) -> Value {
    serde_json::from_str(stdout(output)).unwrap()
}

/// The program must refuse, say why, and print no summary.
fn refuse(arguments: &[&str], reason: &str) {
    let output = disk().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    let text = stderr(&output);
    assert!(text.contains(reason), "{arguments:?}: {text}");
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_run_passes_and_its_summary_as_json_has_all_the_keys() {
    let output = run(&["--size", "1MiB", "--restarts", "3", "--seed", "9", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    assert_eq!(stdout(&output).lines().count(), 1);

    let summary = summary(&output);
    assert_eq!(summary["disk"]["size_bytes"], 1 << 20);
    assert_eq!(summary["disk"]["sector_size"], 4096);
    assert_eq!(summary["file"], Value::Null);
    assert_eq!(summary["clients"], 3);
    assert_eq!(summary["workers"], 1);
    assert_eq!(summary["in_process"], false);
    assert_eq!(summary["seed"], 9);
    assert_eq!(summary["fill"]["bytes"], 1 << 20);
    for key in [
        "/fill/seconds",
        "/fill/flush_seconds",
        "/fill/bytes_per_second",
        "/load/seconds",
        "/load/flush_seconds",
        "/load/operations_per_second",
        "/load/bytes",
        "/load/bytes_per_second",
        "/load/reads/operations",
        "/load/reads/bytes",
        "/load/writes/operations",
        "/load/writes/bytes",
        "/check_seconds",
    ] {
        assert!(summary.pointer(key).is_some_and(Value::is_number), "{key}");
    }
    assert!(summary["load"]["operations"].as_u64().unwrap() >= 3);
    for kind in ["reads", "writes"] {
        let latency = &summary["load"][kind]["latency_ns"];
        let times = ["p50", "p90", "p99", "p99_9", "max"].map(|key| latency[key].as_u64().unwrap());
        assert!(times.is_sorted(), "{latency}");
    }
}

#[test]
fn the_summary_as_json_tells_of_restarts_and_verification() {
    let output = run(&["--size", "1MiB", "--restarts", "3", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let summary = summary(&output);
    let restarts = &summary["restarts"];
    assert_eq!(restarts["count"], 3);
    assert_eq!(restarts["at_seconds"].as_array().unwrap().len(), 3);
    assert_eq!(restarts["restart_ns"].as_array().unwrap().len(), 3);
    assert!(restarts.get("longest_pause_ns").is_some());

    let verification = &summary["verification"];
    assert_eq!(verification["passed"], true);
    assert_eq!(verification["mismatches"], 0);
    assert_eq!(verification["samples"], Value::Array(Vec::new()));
    assert_eq!(verification["blocks_checked_by_controller"], 256);
    assert_eq!(verification["blocks_checked_in_file"], 256);
    assert!(verification["blocks_checked_under_load"].is_number());
    let requests = &verification["requests"];
    assert!(requests["asked"].as_u64().unwrap() >= 6);
    assert_eq!(requests["asked"], requests["served"]);
    assert_eq!(requests["agree"], true);
}

#[test]
fn controllers_that_are_killed_are_launched_again_and_every_request_is_answered() {
    let arguments = "--size 1MiB --workers 2 --restarts 2 --kills 3 --json".split(' ');
    let output = run(&arguments.collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let summary = summary(&output);
    assert_eq!(summary["workers"], 2);
    assert_eq!(summary["restarts"]["count"], 2);
    let kills = &summary["kills"];
    assert_eq!(kills["count"], 3);
    for key in ["at_seconds", "relaunch_ns", "losses"] {
        assert_eq!(kills[key].as_array().unwrap().len(), 3, "{key}");
    }
    for loss in kills["losses"].as_array().unwrap() {
        let loss = loss.as_str().unwrap();
        assert!(loss.contains("process \"disk controller"), "{loss}");
        assert!(loss.contains("was killed by signal 9"), "{loss}");
    }
    // Clients without a pause meet a loss, unless one falls between two requests of all of them.
    if let Some(seen) = kills["seen_by_client"].as_str() {
        assert!(seen.contains("was killed by signal 9"), "{seen}");
        assert!(kills["lost_requests"].as_u64().unwrap() > 0);
        assert!(kills["longest_outage_ns"].is_number());
    }
    assert_eq!(summary["verification"]["passed"], true);
}

#[test]
fn on_threads_nothing_is_killed_and_the_summary_is_the_same() {
    let output = run(&[
        "--size",
        "256KiB",
        "--in-process",
        "--workers",
        "2",
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let summary = summary(&output);
    assert_eq!(summary["in_process"], true);
    assert_eq!(summary["restarts"]["count"], 1);
    assert_eq!(summary["kills"]["count"], 0);
    assert_eq!(summary["verification"]["passed"], true);
    refuse(&["--in-process", "--kills", "1"], "cannot be used with");
}

#[test]
fn the_summary_for_people_says_what_was_done() {
    let output = run(&["--size", "256KiB"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = stdout(&output);
    for part in [
        "256.00 KiB in sectors of 4.00 KiB, 3 clients, seed 1",
        "p99.9",
        "reads",
        "writes",
        "served by  1 controller in a child process",
        "restarts   1 under load",
        "killed     1 controller under load",
        "none lost, none served twice",
        "PASSED",
    ] {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[test]
fn one_client_on_one_block_without_a_restart_is_enough() {
    let arguments = "--size 4KiB --clients 1 --seconds 0.05 --restarts 0 --json";
    let output = disk().args(arguments.split(' ')).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(summary(&output)["restarts"]["count"], 0);
}

#[test]
fn an_existing_file_is_used_at_its_size_and_a_new_one_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let existing = folder.path().join("existing");
    File::create(&existing).unwrap().set_len(40 << 10).unwrap();
    let output = run(&["--file", text_of(&existing), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(summary(&output)["disk"]["size_bytes"], 40 << 10);
    assert_eq!(summary(&output)["file"], text_of(&existing));
    let content = fs::read(&existing).unwrap();
    assert_eq!(content.len(), 40 << 10);
    // The last block, too, carries its number.
    assert_eq!(content[9 * 4096], 9);

    let new = folder.path().join("new");
    let output = run(&["--file", text_of(&new), "--size", "64KiB"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(fs::metadata(&new).unwrap().len(), 64 << 10);
}

#[test]
fn a_file_that_changes_behind_the_disk_fails_the_verification() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    let file = File::create(&path).unwrap();
    file.set_len(256 << 10).unwrap();
    let mut child = disk()
        .args(SHORT)
        .args(["--file", text_of(&path), "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Zeros are no version of any block. Whatever the program writes, they come again until it ends.
    while child.try_wait().unwrap().is_none() {
        file.write_all_at(&[0; 256 << 10], 0).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let verification = &summary(&output)["verification"];
    assert_eq!(verification["passed"], false);
    assert!(verification["mismatches"].as_u64().unwrap() > 0);
    let sample = verification["samples"][0].as_str().unwrap();
    assert!(sample.contains("is damaged from byte"), "{sample}");
}

#[test]
fn arguments_that_make_no_sense_are_refused_with_the_reason() {
    refuse(&["--clients", "0"], "0 is not in 1..=256");
    refuse(&["--clients", "many"], "invalid digit");
    refuse(&["--seconds", "0"], "it is not above 0");
    refuse(&["--seconds", "-1"], "it is not above 0");
    refuse(&["--size", "0"], "a disk cannot be empty");
    refuse(
        &["--size", "1000"],
        "not a multiple of the sector size of 4096",
    );
    refuse(&["--size", "64MB"], "there is no unit `MB`");
    refuse(&["--restarts", "-1"], "invalid digit");
    refuse(&["--seed", "x"], "invalid digit");
    refuse(&["--speed", "1"], "--speed");
    refuse(&["disk.img"], "disk.img");
    refuse(
        &["--size", "16KiB", "--clients", "5"],
        "a disk of 16.00 KiB is too small for 5 clients",
    );
}

#[test]
fn files_that_cannot_be_a_disk_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let odd = file("odd", &[7; 5000]);
    let empty = file("empty", &[]);
    let small = file("small", &[7; 8192]);
    let missing = folder.path().join("missing");
    let nowhere = folder.path().join("no folder/disk");

    refuse(&["--file", text_of(&odd)], "5000 bytes are not a multiple");
    refuse(&["--file", text_of(&empty)], "it is empty");
    refuse(&["--file", text_of(&small)], "too small for 4 clients");
    let larger = ["--file", text_of(&small), "--size", "64KiB"];
    refuse(&larger, "it exists and has 8192 bytes, not 65536");
    refuse(&["--file", text_of(folder.path())], "directory");
    refuse(
        &["--file", text_of(&missing)],
        "it does not exist; --size makes it",
    );
    let tiny = ["--file", text_of(&missing), "--size", "8KiB"];
    refuse(&tiny, "too small for 4 clients");
    let astray = ["--file", text_of(&nowhere), "--size", "64KiB"];
    refuse(&astray, "No such file");
    refuse(&["--file", "/dev/null"], "it is empty");

    assert!(!missing.exists());
    assert_eq!(fs::read(odd).unwrap(), [7; 5000]);
    assert_eq!(fs::read(small).unwrap(), [7; 8192]);
}

#[test]
fn a_summary_that_cannot_be_printed_is_an_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = disk()
        .args(SHORT)
        .args(["--size", "64KiB"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = stderr(&output);
    assert!(text.contains("cannot print the summary"), "{text}");
}

#[test]
fn help_lists_the_arguments() {
    let output = disk().arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    for argument in [
        "--clients",
        "--seconds",
        "--size",
        "--file",
        "--restarts",
        "--seed",
        "--json",
        "--help",
    ] {
        assert!(stdout(&output).contains(argument), "{argument}");
    }
}
