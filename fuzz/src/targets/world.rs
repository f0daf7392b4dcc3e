//! The routing protocol in a world whose every event the bytes choose, with the checks of the simulator after it.
//!
//! The bytes say how the world is made, what its users do, which frame arrives next, who dies, and what a malicious node sends:
//! `mesh_sim::scripted`. `mesh_sim script FILE --trace` tells the story of a file.

/// Runs the world that these bytes describe.
///
/// # Panics
/// A promise of the protocol is broken.
pub fn run(bytes: &[u8]) {
    if let Err(broken) = mesh_sim::scripted::run(bytes) {
        panic!("{broken}");
    }
}
