//! A node at the end of a link, as a program of libFuzzer; see `fuzz::targets::link`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::targets::link::run(bytes));
