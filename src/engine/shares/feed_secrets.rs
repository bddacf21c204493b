//! Secrets in addresses. A feed that a user added is often opened by its address alone: neither that address
//! nor a part of it that looks like a secret may appear on a shared page, and no link that holds one.

mod plain;

use std::cmp::Reverse;
use std::ops::Range;

use percent_encoding::percent_decode_str;
use url::Url;

use self::plain::Plain;
use crate::domain::feed_login::{mark_in, unmarked};

/// Put in the place of a secret within a text.
const REDACTED: &str = "…";

/// Names of parameters that hold secrets, ends and parts of such names.
const SECRET_NAMES: [&str; 10] =
    ["email", "jwt", "pass", "pwd", "sid", "sig", "uid", "user", "userid", "username"];
const SECRET_NAME_ENDS: [&str; 3] = ["auth", "key", "token"];
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
/// Values that are no secrets under any name.
const SWITCHES: [&str; 4] = ["false", "none", "null", "true"];

/// Shortest value of a parameter that is taken for a secret by the parameter's name.
const MIN_NAMED: usize = 4;
/// Shortest text of letters and digits that is taken for a secret. A shorter secret, known by its name, is
/// found as a whole word only.
const MIN_RANDOM: usize = 8;
/// Shortest text that is taken for a secret although it has hyphens, as slugs have, or no digit.
const MIN_LONG: usize = 20;
/// Longest extension of a file's name. A longer one may be the last part of a token (RFC 7519).
const MAX_EXTENSION: usize = 5;

/// Texts that must not appear beside an item: the address of its feed, and what of it looks like a secret.
/// They are written as `Plain` writes, so that they are found however they are encoded.
#[derive(Debug, Clone, Default)]
pub(super) struct FeedSecrets(Vec<String>);

impl FeedSecrets {
    /// Secrets of the feed at an address. None for a public feed, whose default is empty.
    pub(super) fn of(feed_url: &str) -> Self {
        let address = unmarked(feed_url);
        let Ok(url) = Url::parse(address) else { return Self(spellings(address)) };
        let mut all = Vec::new();
        // The root of a host is no more than its site.
        if url.path() != "/" || url.query().is_some() {
            let bare = address.split_once("://").map_or(address, |(_, bare)| bare);
            all.extend(spellings(bare.split('#').next().unwrap_or(bare).trim_end_matches('/')));
        }
        all.extend(secret_parts(&url).into_iter().flat_map(spellings));
        all.retain(|secret| !secret.is_empty());
        all.sort();
        all.dedup();
        Self(all)
    }

    /// The text with its secrets replaced.
    pub(super) fn redact(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let plain = Plain::of(text);
        let mut places: Vec<_> = self.0.iter().flat_map(|secret| places_in(&plain, secret)).collect();
        places.sort_by_key(|place| (place.start, Reverse(place.end)));
        let (mut redacted, mut end) = (String::with_capacity(text.len()), 0);
        for place in places {
            // One within another goes with it.
            if place.start >= end {
                redacted.push_str(&text[end..place.start]);
                redacted.push_str(REDACTED);
            }
            end = end.max(place.end);
        }
        redacted.push_str(&text[end..]);
        redacted
    }

    /// Whether a link may be shown: an address of the web without a name and a password, without a secret of
    /// the feed, and without parameters that are secrets by their names.
    pub(super) fn may_show(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let decoded = percent_decode_str(address).decode_utf8_lossy();
        let is_of_the_web = matches!(url.scheme(), "http" | "https");
        let has_login = !url.username().is_empty() || url.password().is_some();
        let is_telling = |text: &str| {
            let plain = Plain::of(text);
            text.contains(REDACTED) || self.0.iter().any(|secret| places_in(&plain, secret).next().is_some())
        };
        is_of_the_web
            && !has_login
            && mark_in(address).is_none()
            && ![address, url.as_str(), decoded.as_ref()].into_iter().any(is_telling)
            && !url.query_pairs().any(|(name, value)| is_named_secret(&name, &value))
    }
}

/// Whether an address holds a secret: a login, a parameter that is one by its name, or a part that looks
/// generated.
pub fn holds_secret(feed_url: &str) -> bool {
    let url = Url::parse(unmarked(feed_url));
    url.is_ok_and(|url| !url.username().is_empty() || secret_parts(&url).iter().any(|part| !part.is_empty()))
}

/// Parts of an address that look like secrets, as they are written.
fn secret_parts(url: &Url) -> Vec<&str> {
    let mut all: Vec<_> = url.password().into_iter().collect();
    for parameter in url.query().unwrap_or_default().split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let (decoded_name, decoded_value) = (decoded(name), decoded(value));
        if is_named_secret(&decoded_name, &decoded_value) || looks_random(&decoded_value) {
            all.push(value);
        }
        // As in `rss?3f9a1c77d0`.
        if looks_random(&decoded_name) {
            all.push(name);
        }
    }
    let parts = url.path_segments().into_iter().flatten().map(without_extension);
    all.extend(parts.filter(|part| looks_random(&decoded(part))));
    all
}

/// Places of a secret in a text.
fn places_in<'a>(plain: &'a Plain, secret: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    plain.places(secret, secret.len() < MIN_RANDOM)
}

/// A part of an address as it may stand in a text: as it is written, and decoded. Both are the same but for
/// letters beyond ASCII.
fn spellings(part: &str) -> Vec<String> {
    let mut all = vec![Plain::of(part).into_text()];
    let decoded = decoded(part);
    if !decoded.is_ascii() {
        all.push(decoded.replace('+', " "));
    }
    all
}

/// A part of an address without percent-encoding. A `+` stays, because it is a space in forms alone.
fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8().map_or_else(|_| part.to_owned(), |decoded| decoded.into_owned())
}

/// Part of a path without the extension of a file's name.
fn without_extension(part: &str) -> &str {
    let is_short = |extension: &str| {
        (1..=MAX_EXTENSION).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    part.rsplit_once('.').filter(|(_, extension)| is_short(extension)).map_or(part, |(name, _)| name)
}

/// Whether a parameter holds a secret by its name.
fn is_named_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_named = SECRET_NAMES.contains(&name.as_str())
        || SECRET_NAME_ENDS.iter().any(|end| name.ends_with(*end))
        || SECRET_NAME_PARTS.iter().any(|part| name.contains(part));
    is_named && value.len() >= MIN_NAMED && !SWITCHES.contains(&value.to_ascii_lowercase().as_str())
}

/// Whether a text looks generated: letters and digits without a hyphen or the like, or a long text.
fn looks_random(text: &str) -> bool {
    let is_joint = |byte: u8| matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/' | b'~' | b':');
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'=' || is_joint(byte));
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|byte| kind(&byte));
    let is_word = !text.bytes().any(is_joint);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    is_plain
        && match is_word {
            true => (text.len() >= MIN_RANDOM && is_mixed) || text.len() >= MIN_LONG,
            false => text.len() >= MIN_LONG && is_mixed,
        }
}

#[cfg(test)]
mod tests;
