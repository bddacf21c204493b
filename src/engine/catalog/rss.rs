//! Writes RSS 2.0 with iTunes and Podcasting 2.0 elements, to pass on the metadata of the source feeds.

use super::feed::xml::{allowed, escape, escape_value};
use crate::domain::item::{Item, Person, Soundbite, Transcript};
use crate::domain::{DateTime, Utc};

pub struct RssChannel<'a> {
    pub title: &'a str,
    pub link: &'a str,
    pub self_url: &'a str,
    pub description: &'a str,
}

/// An item with the file that is served for it.
pub struct RssEntry {
    pub guid: String,
    pub url: String,
    pub mime_type: String,
    pub bytes: i64,
    pub ready_at: Option<DateTime<Utc>>,
    pub item: Item,
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel>
"#;

pub fn write(channel: &RssChannel<'_>, entries: &[RssEntry]) -> String {
    let mut xml = Xml(HEAD.to_owned());
    xml.text("title", channel.title);
    xml.text("link", channel.link);
    xml.text("description", channel.description);
    xml.empty("atom:link", &[("rel", "self"), ("type", "application/rss+xml"), ("href", channel.self_url)]);
    // The secret address gives access to the whole feed, so directories must not list it.
    xml.text("itunes:block", "Yes");
    for entry in entries {
        xml.item(entry);
    }
    xml.0.push_str("</channel>\n</rss>\n");
    xml.0
}

struct Xml(String);

impl Xml {
    fn item(&mut self, entry: &RssEntry) {
        let RssEntry { item, .. } = entry;
        self.0.push_str("<item>\n");
        self.text("title", &item.title);
        self.with("guid", &[("isPermaLink", "false")], &entry.guid);
        self.some("link", item.url.as_deref());
        self.text("dc:source", &item.source_name);
        item.authors.iter().for_each(|author| self.text("dc:creator", author));
        // By the time of readiness, regardless of the publication date.
        self.some("pubDate", entry.ready_at.or(item.published_at).map(|at| at.to_rfc2822()).as_deref());
        self.text("description", item.summary.as_deref().unwrap_or(&item.summary_html));
        if !item.content_html.is_empty() {
            self.text("content:encoded", &item.content_html);
        }
        let bytes = entry.bytes.to_string();
        self.empty("enclosure", &[("url", &entry.url), ("length", &bytes), ("type", &entry.mime_type)]);
        self.itunes(item);
        self.podcasting(item);
        self.0.push_str("</item>\n");
    }

    fn itunes(&mut self, item: &Item) {
        self.some("itunes:duration", item.duration_seconds.map(|it| it.to_string()).as_deref());
        self.text("itunes:explicit", if item.explicit { "true" } else { "false" });
        self.some("itunes:season", item.season.map(|it| it.to_string()).as_deref());
        self.some("itunes:episode", item.episode.map(|it| it.to_string()).as_deref());
        self.some("itunes:episodeType", item.details.episode_type.as_deref());
        if let Some(image) = &item.image_url {
            self.empty("itunes:image", &[("href", image)]);
        }
        item.categories.iter().for_each(|category| self.text("category", category));
    }

    fn podcasting(&mut self, item: &Item) {
        for Transcript { url, mime_type, .. } in &item.transcripts {
            let kind = mime_type.as_deref().unwrap_or("text/plain");
            self.empty("podcast:transcript", &[("url", url), ("type", kind)]);
        }
        if let Some(url) = &item.chapters_url {
            let kind = item.details.chapters_mime_type.as_deref().unwrap_or("application/json+chapters");
            self.empty("podcast:chapters", &[("url", url), ("type", kind)]);
        }
        for Person { name, role, group, .. } in &item.details.persons {
            self.with("podcast:person", &[("role", role), ("group", group)], name);
        }
        for Soundbite { start_seconds, duration_seconds, title } in &item.details.soundbites {
            let (start, length) = (start_seconds.to_string(), duration_seconds.to_string());
            self.with("podcast:soundbite", &[("startTime", &start), ("duration", &length)], title);
        }
        self.some("podcast:location", item.details.location.as_deref());
    }

    fn some(&mut self, name: &str, text: Option<&str>) {
        text.into_iter().for_each(|text| self.text(name, text));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.with(name, &[], text);
    }

    fn with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.0.push('>');
        escape(&allowed(text), &mut self.0);
        self.0.extend(["</", name, ">\n"]);
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.open(name, attributes);
        self.0.push_str("/>\n");
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.extend(["<", name]);
        for (name, value) in attributes {
            self.0.extend([" ", name, "=\""]);
            escape_value(&allowed(value), &mut self.0);
            self.0.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::engine::agents::ranking::tests::item;
    use crate::engine::catalog::feed;

    fn read_again(item: Item) -> feed::Item {
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
        let url = "http://host/feed/x/files/1".to_owned();
        let entry = RssEntry {
            guid: "g".into(),
            url,
            mime_type: "audio/mpeg".into(),
            bytes: 12,
            ready_at: Some(at),
            item,
        };
        let channel =
            RssChannel { title: "T", link: "http://host", self_url: "http://host/feed/x", description: "" };
        let xml = write(&channel, &[entry]);
        let base = Url::parse("http://host/feed/x").expect("a url");
        let mut feed =
            feed::read(xml.as_bytes(), None, &base, at + chrono::TimeDelta::days(1)).expect("a feed");
        feed.items.remove(0)
    }

    #[test]
    fn what_a_feed_told_is_told_again() {
        let mut told = item(1, "One & <two>");
        told.season = Some(2);
        told.duration_seconds = Some(65);
        told.explicit = true;
        told.content_html = "<p>Hi</p>".into();
        told.chapters_url = Some("http://host/c.json".into());
        told.transcripts = vec![Transcript {
            url: "http://host/t.vtt".into(),
            mime_type: Some("text/vtt".into()),
            ..Default::default()
        }];
        told.details.persons = vec![Person {
            name: "Ann".into(),
            role: "guest".into(),
            group: "cast".into(),
            ..Default::default()
        }];
        let read = read_again(told.clone());
        assert_eq!((read.guid.as_str(), read.title.as_str()), ("g", "One & <two>"));
        assert_eq!((read.season, read.duration_seconds, read.explicit), (Some(2), Some(65), Some(true)));
        assert_eq!((read.content_html.as_str(), &read.chapters_url), ("<p>Hi</p>", &told.chapters_url));
        assert_eq!((&read.transcripts, &read.details.persons), (&told.transcripts, &told.details.persons));
        let file = &read.enclosures[0];
        assert_eq!(
            (file.url.as_str(), file.bytes, file.mime_type.as_deref()),
            ("http://host/feed/x/files/1", Some(12), Some("audio/mpeg"))
        );
    }

    proptest! {
        #[test]
        fn whatever_stands_in_an_item_breaks_no_feed(text in any::<String>()) {
            let mut told = item(1, &text);
            told.summary_html = text.clone();
            told.authors = vec![text.clone()];
            told.details.location = Some(text.clone());
            prop_assert_eq!(read_again(told).enclosures.len(), 1);
        }
    }
}
