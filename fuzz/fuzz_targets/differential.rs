//! The codec beside prost, as a program of libFuzzer; see `fuzz::targets::differential`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::targets::differential::run(bytes));
