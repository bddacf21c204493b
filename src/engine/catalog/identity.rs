//! What makes an item the same item at the next reading of its feed.

use sha2::{Digest, Sha256};

/// The publisher's guid, else the link, else the enclosure, else a hash of what is left. Scoped to one source.
pub fn identity(guid: &str, link: Option<&str>, enclosure: Option<&str>, rest: &[&str]) -> String {
    let named = |kind: &str, text: &str| format!("{kind}:{}", text_hash(text));
    match (guid.trim(), link, enclosure) {
        (guid, _, _) if !guid.is_empty() => named("guid", guid),
        (_, Some(link), _) => named("link", link),
        (_, _, Some(enclosure)) => named("media", enclosure),
        _ => named("text", &rest.join("\u{1f}")),
    }
}

/// SHA-256 in lower-case hex.
pub fn text_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::identity;

    #[test]
    fn the_guid_counts_before_everything_that_may_change() {
        assert_eq!(identity("g", Some("a"), None, &["x"]), identity("g", Some("b"), Some("m"), &["y"]));
        assert_ne!(identity("g", Some("a"), None, &[]), identity("h", Some("a"), None, &[]));
    }

    #[test]
    fn kinds_of_identity_never_meet() {
        let all = [
            identity("x", None, None, &[]),
            identity("", Some("x"), None, &[]),
            identity("", None, Some("x"), &[]),
            identity("", None, None, &["x"]),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 4);
    }
}
