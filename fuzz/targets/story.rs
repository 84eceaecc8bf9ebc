#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| r53mon_fuzz::story(bytes));
