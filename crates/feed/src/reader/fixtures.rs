//! Test feeds with all the usual namespaces declared.

use super::*;

const NAMESPACES: &str = "xmlns:atom='http://www.w3.org/2005/Atom' xmlns:content='http://purl.org/rss/1.0/modules/content/' \
    xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/' \
    xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:media='http://search.yahoo.com/mrss/' \
    xmlns:podcast='https://podcastindex.org/namespace/1.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'";

pub fn base() -> Url {
    Url::parse("https://example.org/a/feed.xml").expect("a url")
}

/// The start of 2027.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_798_761_600, 0).expect("a date")
}

pub fn attempt(text: &str) -> Result<Feed, Unreadable> {
    read(text.as_bytes(), None, &base(), now())
}

pub fn feed(text: &str) -> Feed {
    attempt(text).expect("a feed")
}

pub fn rss(channel: &str) -> Feed {
    feed(&format!("<?xml version='1.0'?><rss version='2.0' {NAMESPACES}><channel>{channel}</channel></rss>"))
}

pub fn atom(inside: &str) -> Feed {
    feed(&format!(
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' {NAMESPACES}>{inside}</feed>"
    ))
}

pub fn rss_item(inside: &str) -> Item {
    rss(&format!("<title>T</title><item>{inside}</item>")).items.remove(0)
}

pub fn atom_entry(inside: &str) -> Item {
    atom(&format!("<title>T</title><entry>{inside}</entry>")).items.remove(0)
}

pub fn seconds(date: Option<DateTime<Utc>>) -> Option<i64> {
    date.map(|date| date.timestamp())
}

pub fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}
