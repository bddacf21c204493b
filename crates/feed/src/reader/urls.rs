//! Resolves addresses, accepting only http and https.

use url::Url;

use super::limits::{MAX_ADDRESS, MAX_BASE};

/// An absolute http or https address; none for other schemes or if it is too long.
pub fn resolve(base: &Url, told: &str) -> Option<String> {
    // Unescapes an address that was escaped twice.
    let told = if told.contains("&amp;") { &told.replace("&amp;", "&") } else { told };
    let url = join(base, told)?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}

/// An absolute address of any scheme; none if it is too long.
pub fn join(base: &Url, told: &str) -> Option<Url> {
    let told = told.trim();
    if told.is_empty() || told.len() > MAX_ADDRESS {
        return None;
    }
    base.join(told).ok().filter(|url| url.as_str().len() <= MAX_ADDRESS)
}

/// The base that an `xml:base` sets; none if it is invalid or too long. An ftp base is accepted, so that
/// addresses relative to it do not resolve to the Web.
pub fn base(around: &Url, told: &str) -> Option<Url> {
    join(around, told)
        .filter(|url| matches!(url.scheme(), "http" | "https" | "ftp") && url.as_str().len() <= MAX_BASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(told: &str) -> Option<String> {
        resolve(&Url::parse("https://example.org/a/feed.xml").expect("a url"), told)
    }

    #[test]
    fn relative_addresses_become_absolute() {
        assert_eq!(resolved(" b.mp3\n").as_deref(), Some("https://example.org/a/b.mp3"));
        assert_eq!(resolved("//cdn.example/x y").as_deref(), Some("https://cdn.example/x%20y"));
        assert_eq!(resolved("/?a=1&amp;b=2").as_deref(), Some("https://example.org/?a=1&b=2"));
        assert_eq!(resolved("?p=1").as_deref(), Some("https://example.org/a/feed.xml?p=1"));
    }

    #[test]
    fn only_addresses_of_the_web_come_through() {
        for told in ["", "javascript:x()", "java\nscript:x()", "data:text/html,x", "mailto:a@b.c", "http://"]
        {
            assert_eq!(resolved(told), None, "{told}");
        }
        assert_eq!(resolved(&"x".repeat(2_501)), None);
    }
}
