//! RSS feeds of the demo station, for podcast clients.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use smartcache::domain::source::Kind;

use super::{Files, mime, names, text};

/// One feed of `demo/station.json`. Its name and address are in the catalogue.
#[derive(Deserialize)]
pub struct DemoFeed {
    pub kind: Kind,
    description: String,
    category: String,
    items: Vec<DemoItem>,
}

#[derive(Deserialize)]
struct DemoItem {
    name: String,
    guid: String,
    title: String,
    description: String,
    published: DateTime<Utc>,
    /// Seconds; `None` for an article.
    duration: Option<u32>,
    categories: Vec<String>,
    episode: u32,
}

/// All feeds of the station.
pub fn all() -> serde_json::Result<Vec<DemoFeed>> {
    serde_json::from_str(include_str!("../../../demo/station.json"))
}

/// A feed's serialised XML with its validators (ETag and last modification).
#[derive(Clone)]
pub struct DemoDocument {
    xml: Bytes,
    etag: String,
    modified: DateTime<Utc>,
}

impl DemoFeed {
    /// Renders the feed with absolute addresses. `base` is the server's own address without a trailing slash.
    pub fn document(&self, name: &str, path: &str, base: &str) -> DemoDocument {
        let modified = self.items.iter().map(|item| item.published).max().unwrap_or_default();
        let xml = rss(self, name, path, base, modified);
        let mut hasher = DefaultHasher::new();
        xml.hash(&mut hasher);
        DemoDocument { etag: format!("\"{:016x}\"", hasher.finish()), xml: xml.into(), modified }
    }
}

impl DemoDocument {
    /// Returns the feed, or 304 if the client's copy is current (conditional request).
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let modified = self.modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let marks = [(header::ETAG, self.etag.clone()), (header::LAST_MODIFIED, modified)];
        let since = text(asked, header::IF_MODIFIED_SINCE).and_then(|s| DateTime::parse_from_rfc2822(s).ok());
        let known = match text(asked, header::IF_NONE_MATCH) {
            Some(tags) => names(tags, &self.etag),
            None => since.is_some_and(|since| self.modified <= since),
        };
        if known {
            return (StatusCode::NOT_MODIFIED, marks).into_response();
        }
        (marks, [(header::CONTENT_TYPE, "application/rss+xml; charset=utf-8")], self.xml.clone())
            .into_response()
    }
}

fn rss(feed: &DemoFeed, name: &str, path: &str, base: &str, modified: DateTime<Utc>) -> String {
    let (base, title, about) = (escape(base), escape(name), escape(&feed.description));
    let (category, built) = (escape(&feed.category), modified.to_rfc2822());
    let items: String = feed.items.iter().map(|item| entry(item, &base)).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel>
<title>{title}</title>
<link>{base}/</link>
<description>{about}</description>
<language>en</language>
<lastBuildDate>{built}</lastBuildDate>
<atom:link href="{base}{path}" rel="self" type="application/rss+xml"/>
<image><url>{base}/demo/logo.svg</url><title>{title}</title><link>{base}/</link></image>
<itunes:image href="{base}/demo/logo.svg"/>
<itunes:author>Demo Station</itunes:author>
<itunes:category text="{category}"/>
<itunes:explicit>false</itunes:explicit>
{items}</channel>
</rss>
"#
    )
}

/// RSS element of one item. `base` is already escaped.
fn entry(item: &DemoItem, base: &str) -> String {
    let DemoItem { name, guid, title, description, published, duration, categories, episode } = item;
    let (mime, date) = (mime(name), published.to_rfc2822());
    let (guid, title, description) = (escape(guid), escape(title), escape(description));
    let categories: String =
        categories.iter().map(|c| format!("<category>{}</category>\n", escape(c))).collect();
    let folder = if duration.is_some() { "media" } else { "articles" };
    let file = Files::get(&format!("{folder}/{name}")).map(|file| file.data).unwrap_or_default();
    let link = format!("{base}/demo/{folder}/{}", escape(name));
    let body = match duration {
        Some(seconds) => format!(
            "<itunes:duration>{seconds}</itunes:duration>\n<enclosure url=\"{link}\" length=\"{}\" type=\"{mime}\"/>\n",
            file.len()
        ),
        None => {
            let page = String::from_utf8_lossy(&file);
            let (_, rest) = page.split_once("<article>").unwrap_or_default();
            let (text, _) = rest.split_once("</article>").unwrap_or_default();
            format!("<content:encoded>{}</content:encoded>\n", escape(text.trim()))
        }
    };
    format!(
        r#"<item>
<title>{title}</title>
<link>{link}</link>
<guid isPermaLink="false">{guid}</guid>
<pubDate>{date}</pubDate>
<description>{description}</description>
{categories}<itunes:author>Demo Station</itunes:author>
<itunes:image href="{base}/demo/logo.svg"/>
<itunes:episode>{episode}</itunes:episode>
<itunes:explicit>false</itunes:explicit>
{body}</item>
"#
    )
}

fn escape(text: &str) -> String {
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;")]
        .iter()
        .fold(text.to_owned(), |text, (sign, name)| text.replace(*sign, name))
}

#[cfg(test)]
mod tests {
    use super::super::FEEDS;
    use super::*;

    fn every_item() -> Vec<DemoItem> {
        all().expect("a list").into_iter().flat_map(|feed| feed.items).collect()
    }

    fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
        text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).expect("both ends").0
    }

    #[test]
    fn three_feeds_hold_twenty_four_items_that_nobody_mixes_up() {
        let kinds: Vec<_> = all().expect("a list").into_iter().map(|feed| feed.kind).collect();
        assert_eq!(kinds, FEEDS.map(|(kind, ..)| kind));
        let guids: std::collections::HashSet<_> = every_item().into_iter().map(|item| item.guid).collect();
        assert_eq!(guids.len(), 24);
    }

    #[test]
    fn every_enclosure_exists_with_the_length_it_claims() {
        let played: Vec<_> = every_item().into_iter().filter(|item| item.duration.is_some()).collect();
        assert_eq!(played.len(), 16);
        for xml in played.iter().map(|item| entry(item, "http://127.0.0.1:3000")) {
            let path = between(&xml, "<enclosure url=\"http://127.0.0.1:3000/demo/", "\"");
            let file = Files::get(path).expect("a file");
            assert_eq!(between(&xml, "length=\"", "\""), file.data.len().to_string(), "{path}");
        }
    }

    #[test]
    fn every_file_is_what_its_name_says() {
        for item in every_item().iter().filter(|item| item.duration.is_some()) {
            let data = Files::get(&format!("media/{}", item.name)).expect("a file").data;
            assert!(
                match mime(&item.name) {
                    "audio/mpeg" => data.starts_with(b"ID3"),
                    "audio/mp4" => data[4..].starts_with(b"ftypM4A "),
                    "audio/ogg" => data.starts_with(b"OggS") && data[28..].starts_with(b"\x01vorbis"),
                    "audio/opus" => data.starts_with(b"OggS") && data[28..].starts_with(b"OpusHead"),
                    "video/mp4" => data[4..].starts_with(b"ftypisom"),
                    _ => false,
                },
                "{}",
                item.name
            );
        }
    }

    #[test]
    fn every_article_brings_its_full_text() {
        for item in every_item().iter().filter(|item| item.duration.is_none()) {
            let xml = entry(item, "");
            let text = between(&xml, "<content:encoded>", "</content:encoded>");
            assert!(text.starts_with("&lt;p&gt;") && text.len() > 1000, "{}", item.name);
        }
    }

    #[test]
    fn nothing_in_a_text_can_end_its_element() {
        assert_eq!(escape("<a href=\"x\">R&B's</a>"), "&lt;a href=&quot;x&quot;&gt;R&amp;B&apos;s&lt;/a&gt;");
    }
}
