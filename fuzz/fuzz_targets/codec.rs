//! The codec alone, as a program of libFuzzer; see `fuzz::targets::codec`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::targets::codec::run(bytes));
