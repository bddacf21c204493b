//! Catalogues on the server, built once from their PO files, and the language of a request.

use std::sync::LazyLock;

use http::{HeaderMap, header};
use leptos::prelude::use_context;
use messages::{Catalogue, po};

use super::{Language, key};

/// Cookie with the language that the user chose in this browser.
pub const COOKIE: &str = "smartcache_language";

static GERMAN: LazyLock<String> = LazyLock::new(|| {
    let read = |file| po::read(file).unwrap_or_default();
    po::compact(
        &read(include_str!("../../../languages/de/interface.po")),
        &read(include_str!("../../../languages/de/sentences.po")),
    )
});

static GERMAN_CATALOGUE: LazyLock<Catalogue<'static>> = LazyLock::new(|| Catalogue::read(&GERMAN));

/// Language of the page that is rendered, or of the function that answers it.
pub fn language() -> Language {
    use_context::<Language>().unwrap_or_default()
}

pub(super) fn catalogue() -> Option<&'static Catalogue<'static>> {
    (language() == Language::German).then(|| &*GERMAN_CATALOGUE)
}

/// Catalogue of a language as browsers load it; `None` for English, in which the messages are written.
pub fn compact(language: Language) -> Option<&'static str> {
    match language {
        Language::English => None,
        Language::German => Some(&GERMAN),
    }
}

/// Path of a language's catalogue. The name stands for its content, so that browsers may keep it for good.
pub fn address(language: Language) -> Option<String> {
    let hash = key(compact(language)?);
    Some(format!("/languages/{language}-{hash:08x}.txt"))
}

/// Language of a request: the one chosen in this browser, or the first that the browser prefers and we have.
pub fn of_request(headers: &HeaderMap) -> Language {
    let chosen = crate::cookies::value(headers, COOKIE).and_then(|word| word.parse().ok());
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    chosen.or_else(|| accepted.and_then(preferred)).unwrap_or_default()
}

/// First language of an `Accept-Language` header (RFC 9110, 12.5.4) that we have, by weight and by order.
fn preferred(header: &str) -> Option<Language> {
    let mut ranges: Vec<(f32, Language)> = header.split(',').take(32).filter_map(range).collect();
    ranges.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    ranges.first().map(|(_, language)| *language)
}

fn range(range: &str) -> Option<(f32, Language)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
    let weight = match parameters.trim().strip_prefix("q=") {
        Some(weight) => weight.parse().ok().filter(|weight| *weight > 0.0)?,
        None => 1.0,
    };
    let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
    primary.parse().ok().map(|language| (weight, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_is_the_one_that_weighs_most() {
        let cases = [
            ("de-AT,de;q=0.9,en;q=0.8", Some(Language::German)),
            ("en-GB,en;q=0.9,de;q=0.8", Some(Language::English)),
            ("fr, DE;q=0.4, en;q=0.3", Some(Language::German)),
            ("de;q=0, en;q=0.1", Some(Language::English)),
            ("fr, *;q=0.5", None),
            ("de;q=nonsense", None),
            ("", None),
        ];
        for (header, language) in cases {
            assert_eq!(preferred(header), language, "{header}");
        }
    }
}
