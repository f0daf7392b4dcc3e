//! What is decoded and encoded again, as a program of libFuzzer; see `fuzz::targets::fixpoint`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::targets::fixpoint::run(bytes));
