//! Addresses: made absolute, and only those of the Web.

use url::Url;

use super::limits::{ADDRESS_MOST, BASE_MOST};

/// An absolute http or https address; none if it is another or too long.
pub fn resolve(base: &Url, told: &str) -> Option<String> {
    // An address that was escaped once too often.
    let told = if told.contains("&amp;") { &told.replace("&amp;", "&") } else { told };
    let url = join(base, told)?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}

/// Any absolute address of a bearable length.
pub fn join(base: &Url, told: &str) -> Option<Url> {
    let told = told.trim();
    if told.is_empty() || told.len() > ADDRESS_MOST {
        return None;
    }
    base.join(told).ok().filter(|url| url.as_str().len() <= ADDRESS_MOST)
}

/// The base that an `xml:base` makes of the one around it; none if it is not one, or too long. What is relative to one
/// of FTP is no address of the Web, and must not become one.
pub fn base(around: &Url, told: &str) -> Option<Url> {
    join(around, told)
        .filter(|url| matches!(url.scheme(), "http" | "https" | "ftp") && url.as_str().len() <= BASE_MOST)
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
