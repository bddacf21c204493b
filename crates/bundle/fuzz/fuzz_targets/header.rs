//! Any bytes are a header or an error, and what was read is written and read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smartcache_bundle::fuzzed::header(bytes));
