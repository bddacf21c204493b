//! Any bytes are a record or an error, and decompress within the bounds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smartcache_bundle::fuzzed::record(bytes));
