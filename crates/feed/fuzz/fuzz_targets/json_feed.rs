//! Any text after an opening bracket is a JSON feed or an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smartcache_feed::fuzzed::json_feed(bytes));
