//! The chores of this repository, as one program: `cargo xtask COMMAND`.
//!
//! It has no dependencies, so that it builds in seconds and never stands in the way of the crates it checks. Everything
//! CI does is here rather than in a shell script or a service's configuration: what fails there can be run here, by the
//! same command. This file reads the arguments and nothing else; each command has a module of its own.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its user"
)]

mod archive;
mod ci;
mod command;
mod conformance;
mod coverage;
mod derive_cost;
mod fuzz;
mod interop;
mod kills;
mod msrv;
mod sanitize;
mod steps;
mod tidy;
mod workspace;

use std::process::ExitCode;
use steps::Outcome;
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

commands:
  ci [STEP...]     run what CI runs, in its order, and stop at the first failure;
                   with names, run only those steps
  ci --list        print the names of the steps
  tidy [--lower]   check the rules of the house that a program can check;
                   --lower writes shrunk lengths back to xtask/tidy-ratchet.txt
  msrv             check the workspace with the oldest supported compiler
  conformance      build protobuf's conformance suite and run the codec through it;
                   an error if that cannot be had
  interop          exchange values with Python's protobuf, by way of exported .proto files;
                   makes itself a virtual environment for that
  sim [--runs N] [--seed S]
                   run the routing protocol in N random worlds from seed S on;
                   a seed that fails is shrunk and printed
  hostile [--runs N] [--seed S]
                   likewise, in worlds where one node is malicious
  explore [--states N]
                   search small worlds through, each to its end or N states
  coverage [--runs N]
                   count what the simulator reaches of the routing protocol, and list
                   the lines and the parts of lines that it does not
  derive-cost      what a hundred derived messages cost to compile and in the
                   program, beside prost
  fuzz TARGET [--seconds N]
                   look for bytes that break a promise (needs a nightly compiler)
  fuzz-replay      run the committed bytes of all fuzz targets, as CI does
  sanitize         run the channels' tests under the thread and the address sanitizer
                   (needs a nightly compiler with rust-src, and takes minutes)
  kills [--runs N] [--order N]
                   kill a process N times, at each step of its life, with the
                   steps in the given order first, and look after everybody else
  help             print this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command that `arguments` name. The error is a sentence for the user.
fn dispatch(arguments: &[&str]) -> Result<(), String> {
    match arguments {
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        ["ci", "--list"] => {
            ci::list();
            Ok(())
        }
        ["ci", names @ ..] => ci::run(&Workspace::find()?, names),
        ["tidy"] => tidy::run(&Workspace::find()?),
        ["tidy", "--lower"] => tidy::lower(&Workspace::find()?),
        ["msrv"] => {
            let outcome = msrv::run(&Workspace::find()?)?;
            println!("xtask msrv: {outcome}");
            Ok(())
        }
        ["conformance"] => match conformance::run(&Workspace::find()?)? {
            Outcome::NotChecked(reason) => Err(reason),
            outcome => {
                println!("xtask conformance: {outcome}");
                Ok(())
            }
        },
        ["interop"] => {
            let outcome = interop::run(&Workspace::find()?)?;
            println!("xtask interop: {outcome}");
            Ok(())
        }
        ["sim" | "hostile" | "explore", ..] => ci::simulate(&Workspace::find()?, arguments),
        ["coverage", rest @ ..] => coverage::run(&Workspace::find()?, rest),
        ["derive-cost"] => derive_cost::run(&Workspace::find()?),
        ["fuzz", rest @ ..] => fuzz::run(&Workspace::find()?, rest),
        ["fuzz-replay"] => {
            let outcome = fuzz::replay(&Workspace::find()?)?;
            println!("xtask fuzz-replay: {outcome}");
            Ok(())
        }
        ["sanitize"] => sanitize::run(&Workspace::find()?),
        ["kills", rest @ ..] => kills::run(&Workspace::find()?, rest),
        [] => Err(format!("no command given\n\n{USAGE}")),
        other => Err(format!("cannot do `{}`\n\n{USAGE}", other.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::dispatch;

    #[test]
    fn an_unknown_command_is_an_error_that_shows_the_usage() {
        for arguments in [
            &["frobnicate"] as &[&str],
            &[],
            &["tidy", "--raise"],
            &["msrv", "now"],
        ] {
            let message = dispatch(arguments).unwrap_err();
            assert!(message.contains("usage: cargo xtask"), "{message}");
        }
    }

    #[test]
    fn an_unknown_ci_step_is_an_error_that_names_it() {
        let message = dispatch(&["ci", "frobnicate"]).unwrap_err();
        assert!(message.contains("frobnicate"), "{message}");
    }
}
