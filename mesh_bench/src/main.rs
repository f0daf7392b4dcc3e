//! mesh beside its peers: channels in a process, the codec, messages between processes.
//!
//! `harness` measures and reports; `channels`, `codec` and `ipc` each register scenarios with it. See
//! docs/src/benchmarks.md for what every scenario does and how to run them.

// What micropb generates for a boxed field names it from the crate's root.
#[cfg(feature = "peers")]
extern crate alloc;

mod channels;
mod codec;
mod harness;
mod ipc;
mod options;

use std::env;
use std::fs;
use std::io;
use std::process::ExitCode;

use harness::count::{count, run_row};
use harness::machine::Machine;
use harness::report::{json, markdown, svg, text};
use harness::run::measure;
use harness::scenario::Scenario;
use harness::{cores, instructions};
use options::{Format, Options, USAGE};

fn main() -> ExitCode {
    if let Err(error) = ipc::serve_if_launched() {
        eprintln!("mesh_bench: {error}");
        return ExitCode::FAILURE;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    // Two hidden commands, by which this program starts itself as a child.
    match arguments.first().map(String::as_str) {
        Some(instructions::CHILD) => return run_row_of(&arguments[1..]),
        Some(ipc::CHILD) => return ipc::child(&arguments[1..]),
        _ => {}
    }
    match Options::parse(arguments.into_iter()) {
        Ok(options) => match run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("mesh_bench: {error}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("mesh_bench: {error}\n\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn scenarios() -> Vec<Scenario> {
    let mut scenarios = channels::scenarios();
    scenarios.extend(codec::scenarios());
    scenarios.extend(ipc::scenarios());
    scenarios
}

fn run_row_of(arguments: &[String]) -> ExitCode {
    let ran = match arguments {
        [scenario, row, operations] => operations
            .parse()
            .is_ok_and(|operations| run_row(&scenarios(), scenario, row, operations)),
        _ => false,
    };
    if ran {
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

fn run(options: &Options) -> io::Result<()> {
    if options.help {
        print!("{USAGE}");
        return Ok(());
    }
    if let Some((first, second)) = options.cores {
        cores::choose(first, second);
    }
    let mut scenarios = scenarios();
    scenarios.retain(|scenario| options.selection.has_scenario(scenario));
    if options.list {
        for scenario in &scenarios {
            let rows: Vec<&str> = scenario.rows.iter().map(|row| row.name.as_str()).collect();
            println!("{}: {}", scenario.full_name(), rows.join(", "));
        }
        return Ok(());
    }
    let machine = Machine::detect();
    match options.format {
        Format::Text => print!("{}", text::header(&machine)),
        Format::Markdown => print!("{}", markdown::header(&machine)),
    }
    if options.count {
        count_all(options, &scenarios);
        Ok(())
    } else {
        time_all(options, &machine, &scenarios)
    }
}

fn count_all(options: &Options, scenarios: &[Scenario]) {
    for scenario in scenarios {
        let counts = count(scenario, &options.selection, options.instructions);
        if counts.is_empty() {
            continue;
        }
        match options.format {
            Format::Text => print!("{}", text::counts(scenario, &counts)),
            Format::Markdown => {
                print!("{}", markdown::counts(scenario, &counts))
            }
        }
    }
}

fn time_all(options: &Options, machine: &Machine, scenarios: &[Scenario]) -> io::Result<()> {
    let mut results = Vec::new();
    for scenario in scenarios {
        let Some(result) = measure(scenario, &options.selection, options.effort) else {
            continue;
        };
        match options.format {
            // What one tiny sample took means nothing.
            _ if options.effort.smoke => println!("ran {}", result.name),
            Format::Text => print!("{}", text::scenario(&result)),
            Format::Markdown => print!("{}", markdown::scenario(&result)),
        }
        results.push(result);
    }
    if options.effort.smoke {
        return Ok(());
    }
    if options.format == Format::Text {
        print!("{}", text::closing(&results));
    }
    if let Some(file) = &options.overview {
        let table = markdown::header(machine) + &markdown::overview(&results);
        fs::write(file, table)?;
    }
    if let Some(file) = &options.json {
        fs::write(file, json::document(machine, &results))?;
    }
    if let Some(directory) = &options.svg {
        svg::write_all(directory, &results)?;
    }
    Ok(())
}
