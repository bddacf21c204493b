//! RSS feeds of the demo station, for podcast clients.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use feed::rss::{self, Visibility};
use feed::{Enclosure, Feed, ItemContent};
use serde::Deserialize;
use smartcache::domain::source::Kind;

use super::{Files, covers, mime};
use crate::conditional_requests::etag_matches;

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
        let xml = rss::write(&self.model(name, path, base, modified), Visibility::Public);
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
        let text = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
        let since = text(header::IF_MODIFIED_SINCE).and_then(|s| DateTime::parse_from_rfc2822(s).ok());
        let known = match text(header::IF_NONE_MATCH) {
            Some(tags) => etag_matches(tags, &self.etag),
            None => since.is_some_and(|since| self.modified <= since),
        };
        if known {
            return (StatusCode::NOT_MODIFIED, marks).into_response();
        }
        (marks, [(header::CONTENT_TYPE, "application/rss+xml; charset=utf-8")], self.xml.clone())
            .into_response()
    }
}

/// Author of every item.
const AUTHOR: &str = "Demo Station";

impl DemoFeed {
    fn model(&self, name: &str, path: &str, base: &str, modified: DateTime<Utc>) -> Feed {
        let mut feed = Feed {
            title: name.to_owned(),
            description: self.description.clone(),
            site_url: Some(format!("{base}/")),
            self_url: Some(format!("{base}{path}")),
            image_url: Some(format!("{base}{}", covers::path(self.kind))),
            updated_at: Some(modified),
            items: self.items.iter().map(|item| item.model(base)).collect(),
            ..Feed::default()
        };
        feed.details.language = Some("en".into());
        feed.details.authors = vec![AUTHOR.into()];
        feed.details.categories = vec![self.category.clone()];
        feed.details.explicit = Some(false);
        feed
    }
}

impl DemoItem {
    /// The item with its file as the enclosure, or with its text if it is an article.
    fn model(&self, base: &str) -> feed::Item {
        let folder = if self.duration.is_some() { "media" } else { "articles" };
        let file = Files::get(&format!("{folder}/{}", self.name)).map(|file| file.data).unwrap_or_default();
        let link = format!("{base}/demo/{folder}/{}", self.name);
        let enclosure = self.duration.map(|_| Enclosure {
            url: link.clone(),
            mime_type: Some(mime(&self.name).to_owned()),
            bytes: Some(file.len() as i64),
            ..Enclosure::default()
        });
        let content = ItemContent {
            guid: self.guid.clone(),
            title: self.title.clone(),
            url: Some(link),
            authors: vec![AUTHOR.into()],
            published_at: Some(self.published),
            summary_html: self.description.clone(),
            content_html: if enclosure.is_none() { article(&file) } else { String::new() },
            duration_seconds: self.duration.map(i64::from),
            explicit: Some(false),
            episode: Some(i64::from(self.episode)),
            categories: self.categories.clone(),
            enclosures: enclosure.into_iter().collect(),
            ..ItemContent::default()
        };
        content.into()
    }
}

/// Text of an article without the page around it.
fn article(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let (_, rest) = page.split_once("<article>").unwrap_or_default();
    let (text, _) = rest.split_once("</article>").unwrap_or_default();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::FEEDS;
    use super::*;

    fn every_item() -> Vec<DemoItem> {
        all().expect("a list").into_iter().flat_map(|feed| feed.items).collect()
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
        for item in played.iter().map(|item| item.model("http://127.0.0.1:3000")) {
            let enclosure = &item.enclosures[0];
            let path = enclosure.url.strip_prefix("http://127.0.0.1:3000/demo/").expect("of the station");
            let file = Files::get(path).expect("a file");
            assert_eq!(enclosure.bytes, Some(file.data.len() as i64), "{path}");
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
            let text = item.model("").content.content_html;
            assert!(text.starts_with("<p>") && text.len() > 1000, "{}", item.name);
        }
    }
}
