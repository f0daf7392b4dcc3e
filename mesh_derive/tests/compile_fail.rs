//! Every misuse has an error that points at the token to change and says how.
//!
//! The texts around the macros' own come from the compiler, so the expectations hold for one version of it; with another one
//! the test says so and passes. `TRYBUILD=overwrite cargo test -p mesh_derive --test compile_fail` writes them anew.

use std::process::Command;

/// The compiler whose texts are in `tests/ui`.
const REFERENCE: &str = "rustc 1.95.";

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("the compiler that built this test can be run");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn misuse_is_refused_with_advice() {
    let compiler = compiler();
    if !compiler.starts_with(REFERENCE) {
        println!("skipped: expectations are those of {REFERENCE}x, and this is {compiler}");
        return;
    }
    if !cfg!(unix) {
        println!("skipped: one of the cases is about a descriptor");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
