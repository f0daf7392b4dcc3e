//! Meshes of real processes: this program launches itself.
//!
//! It has a `main` of its own, which begins as that of every program with hosts does. The tests run one after the other, since they
//! count what this process holds.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test"
)]

mod causes;
mod counted;
mod ends;
mod held;
mod inheritance;
mod joining;
mod listening;
mod roles;
mod routes;
mod talking;

use std::panic::catch_unwind;
use std::process::ExitCode;

macro_rules! tests {
    ($($module:ident: $($name:ident),+ $(,)?;)+) => {
        &[$($((concat!(stringify!($module), "::", stringify!($name)), $module::$name)),+),+]
    };
}

/// A test that is not listed is unused, which is an error.
const TESTS: &[(&str, fn())] = tests! {
    talking:
        requests_are_answered_both_ways,
        descriptors_and_large_messages_travel;
    inheritance:
        a_child_has_nothing_but_its_standard_streams_and_its_link,
        a_child_is_listed_under_its_name,
        arguments_environment_and_streams_are_as_configured,
        a_process_with_the_variable_and_without_the_descriptor_is_no_host,
        the_running_program_is_launched_though_its_file_is_gone;
    joining:
        a_program_that_forgets_to_ask_is_an_error_and_no_fork_bomb,
        a_program_that_cannot_be_executed_is_an_error_with_its_name,
        a_program_that_exits_before_joining_is_quoted_with_its_status,
        a_message_of_another_type_is_refused_with_the_reason,
        a_launch_that_is_dropped_leaves_no_process,
        a_host_of_another_mesh_is_not_taken_for_one,
        what_a_child_says_before_it_joins_does_not_stop_it;
    ends:
        the_exit_status_is_told_to_all_who_wait,
        a_host_that_returns_has_delivered_everything_it_sent,
        a_dropped_handle_does_not_end_its_process,
        a_child_ends_with_its_parent_and_its_children_with_it,
        a_child_that_is_to_stay_outlives_its_parent,
        a_shutdown_lets_children_finish,
        who_does_not_finish_after_a_shutdown_ends_with_the_process_of_its_parent,
        processes_of_one_executable_are_of_one_build,
        children_that_are_not_of_the_mesh_are_left_alone;
    causes:
        a_killed_process_is_named_with_its_signal,
        a_hundred_kills_fail_every_pending_call_and_nobody_else,
        a_process_that_exits_at_once_is_named_with_its_status,
        a_process_that_loses_its_link_and_lives_on_is_named_all_the_same,
        a_handler_that_panics_ends_its_process_as_main_would;
    listening:
        a_process_that_connects_gets_its_first_message,
        the_file_goes_with_the_listener_and_a_stale_one_is_replaced,
        nobody_is_replaced_who_listens,
        who_is_not_allowed_is_sent_away,
        who_is_not_trusted_is_not_joined;
    routes:
        an_endpoint_travels_on_in_order_and_the_children_need_no_parent;
    counted:
        a_launch_with_too_few_descriptors_fails_and_leaves_nothing,
        nothing_is_left_behind;
};

fn main() -> ExitCode {
    inheritance::note_what_was_inherited();
    if let Err(error) = roles::try_run() {
        eprintln!("{error}");
        return ExitCode::from(roles::NOT_JOINED);
    }
    if let Some(code) = joining::play_the_forgetful() {
        return code;
    }
    if let Some(path) = std::env::var_os("MESH_TEST_REMOVE") {
        std::fs::remove_file(path).unwrap();
    }
    let filters: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let mut failed = 0;
    let mut passed = 0;
    for (name, test) in TESTS {
        if !filters.is_empty() && !filters.iter().any(|filter| name.contains(&**filter)) {
            continue;
        }
        let outcome = catch_unwind(test);
        println!(
            "test {name} ... {}",
            if outcome.is_ok() { "ok" } else { "FAILED" }
        );
        failed += usize::from(outcome.is_err());
        passed += usize::from(outcome.is_ok());
    }
    println!("\n{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}
