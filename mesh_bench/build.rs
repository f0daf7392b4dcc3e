//! Notes what this program is built with, and generates the messages of the peers' codecs.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=../.git/HEAD");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    println!(
        "cargo::rustc-env=MESH_BENCH_RUSTC={}",
        said(&rustc, &["--version"])
    );
    println!(
        "cargo::rustc-env=MESH_BENCH_REVISION={}",
        said("git", &["describe", "--always", "--dirty"])
    );
}

/// The first line a command prints, or "unknown".
fn said(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| text.lines().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}
