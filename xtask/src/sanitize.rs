//! `cargo xtask sanitize` runs tests under the sanitizers of the compiler: ThreadSanitizer, then AddressSanitizer.
//!
//! The crates are those whose own `unsafe` carries values from thread to thread, where loom explores small scenarios and
//! these watch large ones. The sanitizers see every access only if the standard library is built for them too, so this needs a
//! nightly compiler with `rust-src`, and takes minutes: it is no step of CI.

use crate::command::Task;
use crate::workspace::Workspace;

/// What is tested.
const CRATES: [&str; 1] = ["mesh_channel"];

/// The sanitizers, by the names that the compiler has for them.
const SANITIZERS: [&str; 2] = ["thread", "address"];

/// The standard library is built for a target that is named.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Runs the tests under each of the sanitizers; the first report ends it.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let root = workspace.root();
    // `which` only looks; `run` might download a toolchain that nobody asked for.
    Task::new(
        root,
        "rustup",
        &["which", "--toolchain", "nightly", "cargo"],
    )
    .output()
    .map_err(|_| {
        "the sanitizers need a nightly compiler; `rustup toolchain install nightly --component rust-src` brings one"
            .to_owned()
    })?;
    for sanitizer in SANITIZERS {
        for name in CRATES {
            let arguments = format!(
                "run nightly cargo test --locked -Zbuild-std --target {TARGET} --package {name} --lib --tests"
            );
            let arguments: Vec<&str> = arguments.split_whitespace().collect();
            let flags = format!("-Zsanitizer={sanitizer}");
            let folder = format!("sanitize-{sanitizer}");
            Task::new(root, "rustup", &arguments)
                .env("RUSTFLAGS", flags)
                // What a report shows of the program; frames of ours have lines.
                .env("CARGO_PROFILE_DEV_DEBUG", "1")
                .env("CARGO_TARGET_DIR", workspace.target().join(folder))
                .run()?;
        }
    }
    Ok(())
}
