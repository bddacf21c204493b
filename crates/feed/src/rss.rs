//! Writes RSS 2.0 with the elements of iTunes and Podcasting 2.0.

use crate::xml_writer::XmlWriter;
use crate::{Enclosure, Feed, Item, Person, Soundbite, Transcript};

const NAMESPACES: [(&str, &str); 6] = [
    ("version", "2.0"),
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("xmlns:podcast", "https://podcastindex.org/namespace/1.0"),
];

/// Whether directories may list a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Anyone may list it.
    Public,
    /// Its address is a secret, so that no directory may list it (`itunes:block`).
    Private,
}

/// Writes a feed; [`read`](crate::read) reads the same from it, but for soundbites' and other details that
/// RSS has no element for.
pub fn write(feed: &Feed, visibility: Visibility) -> String {
    let mut xml = XmlWriter::new();
    xml.start("rss", &NAMESPACES);
    xml.start("channel", &[]);
    channel(&mut xml, feed);
    if visibility == Visibility::Private {
        xml.text("itunes:block", "Yes");
    }
    feed.items.iter().for_each(|each| item(&mut xml, each));
    xml.end("channel");
    xml.end("rss");
    xml.finish()
}

fn channel(xml: &mut XmlWriter, feed: &Feed) {
    let link = feed.site_url.as_deref().unwrap_or_default();
    xml.text("title", &feed.title);
    xml.text("link", link);
    xml.text("description", &feed.description);
    xml.optional("language", feed.details.language.as_deref());
    xml.optional("lastBuildDate", feed.updated_at.map(|at| at.to_rfc2822()).as_deref());
    if let Some(url) = &feed.self_url {
        xml.empty("atom:link", &[("rel", "self"), ("type", "application/rss+xml"), ("href", url)]);
    }
    if let Some(url) = &feed.image_url {
        xml.start("image", &[]);
        xml.text("url", url);
        xml.text("title", &feed.title);
        xml.text("link", link);
        xml.end("image");
        xml.empty("itunes:image", &[("href", url)]);
    }
    feed.details.authors.iter().for_each(|author| xml.text("itunes:author", author));
    feed.details.categories.iter().for_each(|category| xml.empty("itunes:category", &[("text", category)]));
    xml.optional("itunes:explicit", feed.details.explicit.map(truth));
}

fn item(xml: &mut XmlWriter, item: &Item) {
    xml.start("item", &[]);
    xml.text("title", &item.title);
    xml.element("guid", &[("isPermaLink", truth(item.guid_is_link))], &item.guid);
    xml.optional("link", item.url.as_deref());
    xml.optional("dc:source", item.source_title.as_deref());
    item.authors.iter().for_each(|author| xml.text("dc:creator", author));
    xml.optional("pubDate", item.published_at.map(|at| at.to_rfc2822()).as_deref());
    xml.text("description", &item.summary_html);
    if !item.content_html.is_empty() {
        xml.text("content:encoded", &item.content_html);
    }
    item.enclosures.iter().for_each(|file| enclosure(xml, file));
    itunes(xml, item);
    podcasting(xml, item);
    xml.end("item");
}

/// Writes an unknown length as 0 and an unknown type as bytes: RSS demands both.
fn enclosure(xml: &mut XmlWriter, file: &Enclosure) {
    let bytes = file.bytes.unwrap_or_default().to_string();
    let mime_type = file.mime_type.as_deref().unwrap_or("application/octet-stream");
    xml.empty("enclosure", &[("url", &file.url), ("length", &bytes), ("type", mime_type)]);
}

fn itunes(xml: &mut XmlWriter, item: &Item) {
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    xml.optional("itunes:duration", number(item.duration_seconds).as_deref());
    xml.optional("itunes:explicit", item.explicit.map(truth));
    xml.optional("itunes:season", number(item.season).as_deref());
    xml.optional("itunes:episode", number(item.episode).as_deref());
    xml.optional("itunes:episodeType", item.details.episode_type.as_deref());
    if let Some(image) = &item.image_url {
        xml.empty("itunes:image", &[("href", image)]);
    }
    item.categories.iter().for_each(|category| xml.text("category", category));
}

fn podcasting(xml: &mut XmlWriter, item: &Item) {
    for Transcript { url, mime_type, .. } in &item.transcripts {
        let kind = mime_type.as_deref().unwrap_or("text/plain");
        xml.empty("podcast:transcript", &[("url", url), ("type", kind)]);
    }
    if let Some(url) = &item.chapters_url {
        let kind = item.details.chapters_mime_type.as_deref().unwrap_or("application/json+chapters");
        xml.empty("podcast:chapters", &[("url", url), ("type", kind)]);
    }
    for Person { name, role, group, .. } in &item.details.persons {
        xml.element("podcast:person", &[("role", role), ("group", group)], name);
    }
    for Soundbite { start_seconds, duration_seconds, title } in &item.details.soundbites {
        let (start, length) = (start_seconds.to_string(), duration_seconds.to_string());
        xml.element("podcast:soundbite", &[("startTime", &start), ("duration", &length)], title);
    }
    xml.optional("podcast:location", item.details.location.as_deref());
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::ItemContent;

    fn read_back(item: Item) -> Item {
        let feed = Feed { title: "T".into(), items: vec![item], ..Feed::default() };
        let xml = write(&feed, Visibility::Private);
        let base = Url::parse("http://host/feed/x").expect("a url");
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        crate::read(xml.as_bytes(), None, &base, now).expect("a feed").items.remove(0)
    }

    fn item(title: &str) -> Item {
        let file = Enclosure {
            url: "http://host/feed/x/files/1".into(),
            mime_type: Some("audio/mpeg".into()),
            bytes: Some(12),
            ..Enclosure::default()
        };
        ItemContent {
            guid: "g".into(),
            title: title.into(),
            enclosures: vec![file],
            ..ItemContent::default()
        }
        .into()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut told = item("One & <two>");
        told.published_at = Some(DateTime::UNIX_EPOCH + TimeDelta::days(19_000));
        told.season = Some(2);
        told.duration_seconds = Some(65);
        told.explicit = Some(true);
        told.content_html = "<p>Hi</p>".into();
        told.chapters_url = Some("http://host/c.json".into());
        told.transcripts = vec![Transcript {
            url: "http://host/t.vtt".into(),
            mime_type: Some("text/vtt".into()),
            ..Transcript::default()
        }];
        told.details.persons = vec![Person {
            name: "Ann".into(),
            role: "guest".into(),
            group: "cast".into(),
            ..Person::default()
        }];
        let read = read_back(told.clone());
        assert_eq!(
            (&read.guid, &read.title, read.published_at),
            (&told.guid, &told.title, told.published_at)
        );
        assert_eq!((read.season, read.duration_seconds, read.explicit), (Some(2), Some(65), Some(true)));
        assert_eq!((&read.content_html, &read.chapters_url), (&told.content_html, &told.chapters_url));
        assert_eq!((&read.transcripts, &read.details.persons), (&told.transcripts, &told.details.persons));
        let (file, wanted) = (&read.enclosures[0], &told.enclosures[0]);
        assert_eq!((&file.url, file.bytes, &file.mime_type), (&wanted.url, wanted.bytes, &wanted.mime_type));
    }

    #[test]
    fn a_channel_is_read_again() {
        let mut told = Feed { title: "Night & day".into(), description: "<b>".into(), ..Feed::default() };
        told.site_url = Some("http://host/".into());
        told.image_url = Some("http://host/logo.svg".into());
        told.details.authors = vec!["Ann".into()];
        told.details.categories = vec!["Science".into()];
        let xml = write(&told, Visibility::Public);
        let base = Url::parse("http://host/feed").expect("a url");
        let read = crate::read(xml.as_bytes(), None, &base, DateTime::UNIX_EPOCH).expect("a feed");
        assert_eq!(
            (&read.title, &read.site_url, &read.image_url),
            (&told.title, &told.site_url, &told.image_url)
        );
        assert_eq!(
            (&read.details.authors, &read.details.categories),
            (&told.details.authors, &told.details.categories)
        );
        assert!(!xml.contains("itunes:block") && xml.contains("&lt;b&gt;"), "{xml}");
    }

    proptest! {
        #[test]
        fn whatever_stands_in_an_item_breaks_no_feed(text in any::<String>()) {
            let mut told = item(&text);
            told.summary_html = text.clone();
            told.authors = vec![text.clone()];
            told.details.location = Some(text.clone());
            prop_assert_eq!(read_back(told).enclosures.len(), 1);
        }
    }
}
