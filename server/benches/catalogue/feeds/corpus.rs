//! Generated feeds like those of publishers: RSS with podcast tags, Atom, and JSON Feed.

use rand::Rng;
use serde_json::json;
use smartcache::domain::{DateTime, TimeDelta, Utc};

use crate::text::Pen;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Rss,
    Atom,
    Json,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Atom => "Atom",
            Self::Json => "JSON Feed",
        }
    }

    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }
}

/// One entry, independent of the format.
pub struct Entry {
    number: usize,
    title: String,
    author: String,
    summary: String,
    content: String,
    published: DateTime<Utc>,
    seconds: i64,
}

impl Entry {
    /// The n-th entry of a feed. An episode's notes have about 75 words.
    pub fn new(pen: &mut Pen, number: usize) -> Self {
        let (summary, content) = (pen.rng.random_range(12..30), pen.rng.random_range(20..90));
        let start: DateTime<Utc> = "2020-01-06T06:00:00Z".parse().unwrap();
        Self {
            number,
            title: format!("{} (No. {number})", pen.title()),
            author: pen.title(),
            summary: pen.sentences(summary),
            content: pen.html(content),
            published: start + TimeDelta::days(number as i64 * 7),
            seconds: pen.rng.random_range(600..5_400),
        }
    }

    fn rss(&self, base: &str) -> String {
        let Self { number, title, author, summary, content, seconds, .. } = self;
        format!(
            "    <item>\n      <title>{title}</title>\n      <link>{base}/{number}</link>\n      \
             <guid isPermaLink=\"false\">{base}/guid/{number}</guid>\n      <pubDate>{}</pubDate>\n      \
             <itunes:title>{title}</itunes:title>\n      <itunes:author>{author}</itunes:author>\n      \
             <itunes:episode>{number}</itunes:episode>\n      <itunes:episodeType>full</itunes:episodeType>\n      \
             <itunes:duration>{}:{:02}:{:02}</itunes:duration>\n      <itunes:explicit>false</itunes:explicit>\n      \
             <itunes:image href=\"{base}/{number}.jpg\"/>\n      <description>{summary}</description>\n      \
             <itunes:summary>{summary}</itunes:summary>\n      <content:encoded><![CDATA[{content}]]></content:encoded>\n      \
             <enclosure url=\"{base}/{number}.mp3?source=feed&amp;n={number}\" length=\"{}\" type=\"audio/mpeg\"/>\n    </item>\n",
            self.published.to_rfc2822(),
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60,
            seconds * 16_000,
        )
    }

    fn atom(&self, base: &str) -> String {
        let Self { number, title, author, summary, content, .. } = self;
        let (published, content) = (self.published.to_rfc3339(), escaped(content));
        format!(
            "  <entry>\n    <title>{title}</title>\n    <id>{base}/guid/{number}</id>\n    \
             <link rel=\"alternate\" href=\"{base}/{number}\"/>\n    \
             <link rel=\"enclosure\" type=\"audio/mpeg\" length=\"{}\" href=\"{base}/{number}.mp3\"/>\n    \
             <published>{published}</published>\n    <updated>{published}</updated>\n    \
             <author><name>{author}</name></author>\n    <summary>{summary}</summary>\n    \
             <content type=\"html\">{content}</content>\n  </entry>\n",
            self.seconds * 16_000,
        )
    }

    fn json(&self, base: &str) -> serde_json::Value {
        let number = self.number;
        json!({
            "id": format!("{base}/guid/{number}"), "url": format!("{base}/{number}"), "title": self.title,
            "summary": self.summary, "content_html": self.content, "date_published": self.published.to_rfc3339(),
            "authors": [{ "name": self.author }],
            "attachments": [{
                "url": format!("{base}/{number}.mp3"), "mime_type": "audio/mpeg",
                "size_in_bytes": self.seconds * 16_000, "duration_in_seconds": self.seconds,
            }],
        })
    }
}

/// A complete feed of these entries, newest first.
pub fn write(format: Format, name: &str, base: &str, entries: &[Entry]) -> String {
    let newest_first = entries.iter().rev();
    match format {
        Format::Rss => {
            let items: String = newest_first.map(|entry| entry.rss(base)).collect();
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
                 xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
                 xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n  \
                 <channel>\n    <title>{name}</title>\n    <link>{base}/</link>\n    <language>en</language>\n    \
                 <description>All about {name}.</description>\n    <itunes:author>{name}</itunes:author>\n    \
                 <itunes:image href=\"{base}/cover.jpg\"/>\n    <itunes:category text=\"Technology\"/>\n    \
                 <atom:link href=\"{base}/feed\" rel=\"self\" type=\"application/rss+xml\"/>\n{items}  </channel>\n</rss>\n"
            )
        }
        Format::Atom => {
            let entries: String = newest_first.map(|entry| entry.atom(base)).collect();
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  \
                 <title>{name}</title>\n  <id>{base}/</id>\n  <link href=\"{base}/\"/>\n  \
                 <updated>2026-01-05T06:00:00Z</updated>\n{entries}</feed>\n"
            )
        }
        Format::Json => {
            let items: Vec<_> = newest_first.map(|entry| entry.json(base)).collect();
            let feed = json!({
                "version": "https://jsonfeed.org/version/1.1", "title": name, "home_page_url": base, "items": items,
            });
            feed.to_string()
        }
    }
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
