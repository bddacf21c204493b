//! Secrets in addresses. A feed that a user added is often opened by its address alone: neither that address
//! nor a part of it that looks like a secret may appear on a shared page, and no link that holds one.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::domain::feed_login::{mark_in, unmarked};

/// Put in the place of a secret within a text.
const REDACTED: &str = "…";

/// Names of parameters that hold secrets, and parts of such names.
const SECRET_NAMES: [&str; 12] =
    ["auth", "email", "jwt", "key", "pass", "pwd", "sid", "sig", "uid", "user", "userid", "username"];
const SECRET_NAME_PARTS: [&str; 9] = [
    "access_key",
    "accesskey",
    "api_key",
    "apikey",
    "credential",
    "password",
    "secret",
    "session",
    "signature",
];

/// Shortest value of a parameter that is taken for a secret by the parameter's name.
const MIN_NAMED: usize = 4;
/// Shortest text of letters and digits that is taken for a secret.
const MIN_RANDOM: usize = 8;
/// Shortest text that is taken for a secret although it has hyphens, as slugs have, or no digit.
const MIN_LONG: usize = 20;

/// Texts that must not appear beside an item: the address of its feed, and what of it looks like a secret.
#[derive(Debug, Clone, Default)]
pub(super) struct FeedSecrets(Vec<String>);

impl FeedSecrets {
    /// Secrets of the feed at an address. None for a public feed, whose default is empty.
    pub(super) fn of(feed_url: &str) -> Self {
        let address = unmarked(feed_url);
        let Ok(url) = Url::parse(address) else { return Self(vec![address.to_owned()]) };
        let mut all = Vec::new();
        // The root of a host is no more than its site.
        if url.path() != "/" || url.query().is_some() {
            let bare = address.split_once("://").map_or(address, |(_, bare)| bare).trim_end_matches('/');
            // As it stands in a text of HTML, too.
            all.extend([bare.to_owned(), bare.replace('&', "&amp;")]);
        }
        all.extend(url.password().map(str::to_owned));
        let parameters = url.query_pairs().filter(|(name, value)| is_secret(name, value));
        all.extend(parameters.map(|(_, value)| value.into_owned()));
        let parts = url.path_segments().into_iter().flatten();
        let parts = parts.map(|part| part.rsplit_once('.').map_or(part, |(name, _)| name));
        all.extend(parts.filter(|part| looks_random(part)).map(str::to_owned));
        all.retain(|secret| !secret.is_empty());
        // Parts of a text go after it.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
        Self(all)
    }

    /// The text with its secrets replaced.
    pub(super) fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REDACTED))
    }

    /// Whether a link may be shown: an address of the web without a name and a password, without a secret of
    /// the feed, and without parameters that are secrets by their names.
    pub(super) fn may_show(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let decoded = percent_decode_str(address).decode_utf8_lossy();
        let is_of_the_web = matches!(url.scheme(), "http" | "https");
        let has_login = !url.username().is_empty() || url.password().is_some();
        let is_telling = |text: &str| {
            text.contains(REDACTED) || self.0.iter().any(|secret| text.contains(secret.as_str()))
        };
        is_of_the_web
            && !has_login
            && mark_in(address).is_none()
            && ![address, url.as_str(), decoded.as_ref()].into_iter().any(is_telling)
            && !url.query_pairs().any(|(name, value)| is_named_secret(&name, &value))
    }
}

fn is_secret(name: &str, value: &str) -> bool {
    is_named_secret(name, value) || looks_random(value)
}

/// Whether a parameter holds a secret by its name.
fn is_named_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_named = SECRET_NAMES.contains(&name.as_str())
        || name.ends_with("token")
        || SECRET_NAME_PARTS.iter().any(|part| name.contains(part));
    is_named && value.len() >= MIN_NAMED
}

/// Whether a text looks generated: letters and digits without a hyphen, or a long text.
fn looks_random(text: &str) -> bool {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'='));
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|byte| kind(&byte));
    let is_word = !text.contains(['-', '_']);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    is_plain
        && match is_word {
            true => (text.len() >= MIN_RANDOM && is_mixed) || text.len() >= MIN_LONG,
            false => text.len() >= MIN_LONG && is_mixed,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_and_its_secrets_are_redacted() {
        for (feed, secret) in [
            ("https://feeds.example.org/rss?show=7&auth=AbCdEf", "AbCdEf"),
            ("https://feeds.example.org/rss/3f9a1c77d0.xml", "3f9a1c77d0"),
            ("https://feeds.example.org/0a1b2c3d-4e5f-6071-8293", "0a1b2c3d-4e5f-6071-8293"),
            ("https://feeds.example.org/rss?u=hkjhsdkfjhsdkfjhskdjfhsdkjfh", "hkjhsdkfjhsdkfjhskdjfhsdkjfh"),
        ] {
            let secrets = FeedSecrets::of(&format!("{feed}#private-0123456789abcdef0123456789abcdef"));
            let html = feed.replace('&', "&amp;");
            let text = secrets.redact(&format!("{feed}, {html}, {secret}"));
            assert_eq!(text, "https://…, https://…, …");
            for link in [feed.to_owned(), format!("https://other.example/{secret}/1?p=2")] {
                assert!(!secrets.may_show(&link), "{link}");
            }
            assert!(secrets.may_show("https://example.org/2026/11/the-night-train-of-2026?p=123"));
        }
    }

    #[test]
    fn words_of_an_ordinary_address_stay() {
        let secrets = FeedSecrets::of("https://example.org/feeds/podcast.xml?format=episodes");
        let text = "All episodes of the podcast, in all feeds of example.org";
        assert_eq!(secrets.redact(text), text);
        assert!(secrets.may_show("https://example.org/feeds/episodes/podcast-7"));
        assert!(FeedSecrets::of("https://example.org/").may_show("https://example.org/7"));
    }

    #[test]
    fn no_link_has_a_login_a_secret_or_another_scheme() {
        let none = FeedSecrets::default();
        for shown in [
            "https://example.org/",
            "http://example.org/watch?v=dQw4w9WgXcQ&author=ada",
            "https://a.example/?key=1",
        ] {
            assert!(none.may_show(shown), "{shown}");
        }
        for hidden in [
            "https://mara:pin@example.org/",
            "https://mara@example.org/",
            "https://example.org/1?token=abcdef",
            "https://example.org/1?X-Amz-Signature=abcdef",
            "https://example.org/1?Auth=abcdef",
            "https://example.org/1.mp3#private-0123456789abcdef0123456789abcdef",
            "javascript:alert(1)",
            "mailto:mara@example.org",
            "/logout",
            "",
        ] {
            assert!(!none.may_show(hidden), "{hidden}");
        }
    }
}
