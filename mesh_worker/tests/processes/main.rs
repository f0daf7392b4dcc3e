//! Workers in child processes: this program launches itself.
//!
//! It has a `main` of its own, which begins as that of every program with hosts does.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test"
)]

#[cfg(target_os = "linux")]
mod hosts;
#[cfg(target_os = "linux")]
mod ledger;
#[cfg(target_os = "linux")]
mod lives;
#[cfg(target_os = "linux")]
mod restarts;

use std::process::ExitCode;

macro_rules! tests {
    ($($module:ident: $($name:ident),+ $(,)?;)+) => {
        &[$($((concat!(stringify!($module), "::", stringify!($name)), $module::$name)),+),+]
    };
}

/// A test that is not listed is unused, which is an error.
#[cfg(target_os = "linux")]
const TESTS: &[(&str, fn())] = tests! {
    lives:
        a_worker_runs_in_the_process_its_host_was_sent_to,
        parameters_carry_descriptors_and_endpoints_into_the_child,
        a_worker_in_a_child_is_inspected_and_stopped,
        a_worker_that_cannot_be_made_there_says_why_here,
        a_child_knows_the_workers_of_its_program_by_name,
        a_worker_is_lost_with_its_process_and_the_handle_says_how,
        a_host_that_nobody_holds_any_more_lets_its_process_exit;
    restarts:
        requests_in_the_queue_reach_the_next_process_each_once,
        a_worker_goes_from_process_to_process_under_load,
        a_worker_comes_home_and_leaves_again,
        a_restart_into_a_dead_process_leaves_the_worker_where_it_is,
        a_worker_whose_process_exits_is_launched_again_in_another;
};

#[cfg(not(target_os = "linux"))]
const TESTS: &[(&str, fn())] = &[];

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if let Err(error) = hosts::try_run() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    let filters: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let (mut passed, mut failed) = (0, 0);
    for (name, test) in TESTS {
        if !filters.is_empty() && !filters.iter().any(|filter| name.contains(&**filter)) {
            continue;
        }
        let is_ok = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if is_ok { "ok" } else { "FAILED" });
        *(if is_ok { &mut passed } else { &mut failed }) += 1;
    }
    println!("\n{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}
