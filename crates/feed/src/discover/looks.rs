//! Guesses by address or text whether a link is a feed.

use url::Url;

use super::page::Link;
use super::{FeedCandidate, FeedKind};
use crate::reader::urls;

/// Last path segments and query values that indicate a feed.
const NAMES: [&str; 7] = ["feed", "feeds", "rss", "rss2", "atom", "rdf", "feed.json"];
const QUESTIONS: [&str; 9] = ["feed", "format", "type", "alt", "output", "mode", "view", "action", "rss"];
const ENDINGS: [&str; 4] = [".rss", ".xml", ".atom", ".rdf"];
const HOSTS: [&str; 4] = ["feeds.", "feed.", "rss.", "feeds2."];
/// XML documents that are not feeds.
const OTHERS: [&str; 4] = ["sitemap", "opensearch", "osd.xml", "crossdomain"];

/// The feed that an anchor seems to lead to.
pub fn seeming(anchor: &Link, base: &Url) -> Option<FeedCandidate> {
    let url = resolved(&anchor.href, base)?;
    (is_feed(&url) || says_feed(&anchor.title) && !is_other(&url)).then(|| FeedCandidate {
        kind: kind(&url),
        url: url.into(),
        title: anchor.title.clone(),
        declared: false,
    })
}

/// Cheap pre-check, before the address is resolved.
pub fn is_worth_a_look(anchor: &Link) -> bool {
    let href = anchor.href.to_ascii_lowercase();
    let names_one = ["rss", "feed", "atom", "xml", "rdf"].iter().any(|part| href.contains(part));
    !href.starts_with('#') && (names_one || says_feed(&anchor.title))
}

/// An absolute http or https address without its fragment. A leading `feed:` is dropped.
pub fn resolved(told: &str, base: &Url) -> Option<Url> {
    let is_marked = told.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("feed:"));
    let told = if is_marked { &told[5..] } else { told };
    let mut url = Url::parse(&urls::resolve(base, told)?).ok()?;
    url.set_fragment(None);
    Some(url)
}

/// Whether an address looks like a feed's.
pub fn is_feed(url: &Url) -> bool {
    let last = last_part(url);
    let ends_so = NAMES.contains(&last.as_str()) || ENDINGS.iter().any(|ending| last.ends_with(ending));
    let host = url.host_str().unwrap_or_default();
    !is_other(url) && (ends_so || HOSTS.iter().any(|start| host.starts_with(start)) || asks_for_feed(url))
}

/// Matches `?feed=rss2`, `?format=rss`, `?rss`, but not `?utm_source=rss`.
fn asks_for_feed(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| {
        let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
        QUESTIONS.contains(&name.as_str()) && NAMES.contains(&value.as_str())
            || NAMES.contains(&name.as_str()) && matches!(value.as_str(), "" | "1")
    })
}

/// Kind of a feed by its address.
pub fn kind(url: &Url) -> FeedKind {
    let (last, query) = (last_part(url), url.query().unwrap_or_default().to_ascii_lowercase());
    let says = |word: &str| last.contains(word) || query.contains(word);
    match () {
        () if last.ends_with(".json") => FeedKind::Json,
        () if says("atom") => FeedKind::Atom,
        () if says("rss") || last.ends_with(".rdf") => FeedKind::Rss,
        () => FeedKind::Unknown,
    }
}

fn is_other(url: &Url) -> bool {
    let last = last_part(url);
    OTHERS.iter().any(|other| last.starts_with(other))
}

/// The last non-empty path segment, in lower case.
fn last_part(url: &Url) -> String {
    url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether a short text names a feed: "RSS", "Atom feed", but not "Feed the birds in winter".
fn says_feed(text: &str) -> bool {
    if text.len() > 60 {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    words.len() <= 6 && has(&["rss", "rss2"]) || words.len() <= 2 && has(&["atom", "feed", "feeds"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(told: &str) -> Url {
        Url::parse(told).expect("a url")
    }

    #[test]
    fn addresses_of_feeds_are_known_by_their_looks() {
        for told in [
            "https://a.example/feed/",
            "https://a.example/RSS",
            "https://a.example/blog.atom",
            "https://a.example/x.xml?y",
            "https://a.example/feed.json",
            "https://feeds.a.example/x",
            "https://a.example/?feed=rss2",
            "https://a.example/news?format=rss",
            "https://a.example/?rss",
        ] {
            assert!(is_feed(&url(told)), "{told}");
        }
    }

    #[test]
    fn other_addresses_are_not() {
        for told in [
            "https://a.example/",
            "https://a.example/feeding",
            "https://a.example/sitemap.xml",
            "https://a.example/rss/about.html",
            "https://a.example/x.json",
            "https://a.example/post?utm_source=rss&utm_medium=feed",
        ] {
            assert!(!is_feed(&url(told)), "{told}");
        }
    }

    #[test]
    fn words_say_whether_a_link_is_a_feed() {
        for text in ["RSS", "Subscribe via RSS", "Atom feed", "rss-feed", "Feed"] {
            assert!(says_feed(text), "{text}");
        }
        for text in ["", "Feed the birds in winter", "Atoms", "The Atom editor", "Progress"] {
            assert!(!says_feed(text), "{text}");
        }
    }
}
