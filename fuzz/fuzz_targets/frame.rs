//! The frame decoder, as a program of libFuzzer; see `fuzz::targets::frame`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::targets::frame::run(bytes));
