//! `mesh_sim sim --runs N --seed S` runs the simulator, `mesh_sim hostile` the hostile peer,
//! `mesh_sim explore --states N` the exhaustive search, `mesh_sim script FILE...` what a fuzzer found.
#![allow(clippy::print_stdout, clippy::print_stderr)] // It is a program for people.

use mesh_sim::program::Program;
use mesh_sim::shrink::shrink;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: u64| {
        let at = args.iter().position(|a| a == name);
        at.and_then(|at| args.get(at + 1))
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    };
    let seed = number("--seed", 1);
    match args.get(1).map(String::as_str) {
        Some("sim") => sim(number("--runs", 10_000), seed),
        Some("explore") => explore(number("--states", 1_000_000) as usize),
        Some("script") => script(&args[2..]),
        Some("hostile") => hostile(number("--runs", 10_000), seed),
        _ => {
            eprintln!(
                "usage: mesh_sim sim|hostile [--runs N] [--seed S] [--trace] | explore [--states N] | script FILE... [--trace]"
            );
            ExitCode::FAILURE
        }
    }
}

fn sim(runs: u64, first: u64) -> ExitCode {
    let start = Instant::now();
    let (mut frames, mut messages, mut delivered, mut failures, mut stuck) = (0, 0, 0, 0, 0);
    for seed in first..first.saturating_add(runs) {
        let program = Program::random(seed);
        let outcome = std::panic::catch_unwind(|| program.run());
        match outcome {
            Ok(Ok(stats)) => {
                frames += stats.frames;
                messages += stats.messages;
                delivered += stats.delivered;
                failures += stats.failures;
                stuck += stats.stuck;
            }
            Ok(Err(reason)) => {
                println!("seed {seed}: {reason}");
                let (small, reason) = shrink(&program);
                println!(
                    "shrunk to {} steps: {reason}\n{:?} refuse {}\n{:?}",
                    small.steps.len(),
                    small.setup,
                    small.refuse,
                    small.steps
                );
                if args_have("--trace") {
                    small.trace();
                }
                println!("replay: mesh_sim sim --runs 1 --seed {seed}");
                return ExitCode::FAILURE;
            }
            Err(_) => {
                println!("seed {seed}: panicked");
                return ExitCode::FAILURE;
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{runs} runs from seed {first} in {seconds:.1} s ({:.0} a second): {frames} frames, \
         {messages} messages of which {delivered} delivered, {failures} failures seen, {stuck} proxies stayed",
        runs as f64 / seconds
    );
    ExitCode::SUCCESS
}

fn hostile(runs: u64, first: u64) -> ExitCode {
    let start = Instant::now();
    let (mut frames, mut failures) = (0, 0);
    for seed in first..first.saturating_add(runs) {
        match std::panic::catch_unwind(|| mesh_sim::hostile::run(seed)) {
            Ok(Ok(stats)) => {
                frames += stats.frames;
                failures += stats.failures;
            }
            other => {
                println!("seed {seed}: {other:?}");
                if args_have("--trace") {
                    mesh_sim::hostile::trace(seed);
                }
                println!("replay: mesh_sim hostile --runs 1 --seed {seed} --trace");
                return ExitCode::FAILURE;
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{runs} hostile runs from seed {first} in {seconds:.1} s ({:.0} a second): {frames} frames, {failures} failures seen",
        runs as f64 / seconds
    );
    ExitCode::SUCCESS
}

fn script(files: &[String]) -> ExitCode {
    for file in files.iter().filter(|arg| !arg.starts_with("--")) {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("{file}: {error}");
                return ExitCode::FAILURE;
            }
        };
        if args_have("--trace") {
            mesh_sim::scripted::trace(&bytes);
        }
        match mesh_sim::scripted::run(&bytes) {
            Ok(stats) => println!("{file}: {stats:?}"),
            Err(reason) => {
                println!("{file}: {reason}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn explore(bound: usize) -> ExitCode {
    for scene in mesh_sim::explore::scenes() {
        let start = Instant::now();
        match mesh_sim::explore::explore(&scene, bound) {
            Ok(found) => {
                let seconds = start.elapsed().as_secs_f64();
                println!("{}: {found:?} in {seconds:.1} s", scene.name);
            }
            Err(reason) => {
                println!("{reason}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn args_have(name: &str) -> bool {
    std::env::args().any(|arg| arg == name)
}
