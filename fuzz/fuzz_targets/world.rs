//! The routing protocol in a simulated world, as a program of libFuzzer; see `fuzz::targets::world`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::targets::world::run(bytes));
