//! Replacements for the arguments of a call that cannot be read, so that the stored call holds the reason.

use serde_json::{Value, json};

/// Key of the reason in the object that replaces unreadable arguments, so that the stored call contains it.
pub const UNUSABLE: &str = "unusable";

pub fn unusable(why: &str, text: &str) -> Value {
    json!({ UNUSABLE: why, "start": text::cut(text, 200) })
}

/// Maximum number of bytes of a call's arguments.
pub const MAX_ARGUMENTS: usize = 80_000;

/// Replacement for arguments of `bytes` bytes, of which `start` was kept.
pub fn too_long(bytes: usize, start: &str) -> Value {
    unusable(&format!("the arguments have {bytes} bytes; at most {MAX_ARGUMENTS} are read"), start)
}
