//! No bytes are a volume of a trusted node.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smartcache_bundle::fuzzed::volume(bytes));
