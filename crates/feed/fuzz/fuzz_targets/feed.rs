//! Any bytes are a feed or an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smartcache_feed::fuzzed::feed(bytes));
