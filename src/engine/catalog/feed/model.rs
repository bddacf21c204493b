//! Common model of a feed and its items.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use crate::domain::item::{AlternateEnclosure, Chapter, ItemDetails, Person, Soundbite, Transcript};
pub use crate::domain::source::{Funding, Hints, ShowType, SourceDetails};

/// A feed. Plain texts contain no markup, `_html` is sanitised, addresses are absolute and http or https.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    pub title: String,
    pub description: String,
    pub description_html: String,
    pub site_url: Option<String>,
    pub self_url: Option<String>,
    /// New address of the feed, from `itunes:new-feed-url`.
    pub new_feed_url: Option<String>,
    /// Document with the newest items, if this one is an archive (RFC 5005).
    pub current_url: Option<String>,
    pub image_url: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub license: Option<String>,
    pub location: Option<String>,
    pub locked: Option<bool>,
    /// Whether `podcast:podping` declares that changes are announced by Podping.
    pub uses_podping: bool,
    pub hints: Hints,
    /// The other stored metadata.
    pub details: SourceDetails,
    pub items: Vec<Item>,
}

impl Feed {
    /// Applies the feed's authors to items without any (RFC 4287 §4.1.2; JSON Feed 1.1).
    pub(super) fn pass_authors_on(&mut self) {
        for item in self.items.iter_mut().filter(|item| item.authors.is_empty()) {
            item.authors.clone_from(&self.details.authors);
        }
    }
}

/// An episode, article or video. Missing values (language, explicit) may come from the feed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Verbatim; empty if there is none.
    pub guid: String,
    pub guid_is_link: bool,
    pub title: String,
    pub url: Option<String>,
    /// Names, or an e-mail address if there is no name.
    pub authors: Vec<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub summary_html: String,
    pub content_html: String,
    pub language: Option<String>,
    pub image_url: Option<String>,
    pub duration_seconds: Option<i64>,
    pub explicit: Option<bool>,
    pub season: Option<i64>,
    pub episode: Option<i64>,
    pub categories: Vec<String>,
    pub enclosures: Vec<Enclosure>,
    pub chapters_url: Option<String>,
    pub transcripts: Vec<Transcript>,
    /// The other stored metadata.
    pub details: ItemDetails,
}

impl Item {
    /// Approximate size in bytes.
    pub(super) fn weight(&self) -> usize {
        let length = |told: &Option<String>| told.as_ref().map_or(0, String::len);
        let enclosures = self.enclosures.iter().map(|told| told.url.len());
        let alternates =
            self.details.alternate_enclosures.iter().flat_map(|told| &told.sources).map(String::len);
        let chapters = self
            .details
            .chapters
            .iter()
            .map(|told| told.title.len() + length(&told.url) + length(&told.image_url));
        let persons = self.details.persons.iter().map(|told| length(&told.href) + length(&told.img));
        let transcripts = self.transcripts.iter().map(|told| told.url.len());
        let lists = enclosures.chain(alternates).chain(chapters).chain(persons).chain(transcripts);
        self.summary_html.len() + self.content_html.len() + lists.sum::<usize>() + 1_000
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Enclosure {
    pub url: String,
    pub mime_type: Option<String>,
    /// As declared by the feed; often wrong.
    pub bytes: Option<i64>,
    pub duration_seconds: Option<i64>,
    pub is_default: bool,
    /// `audio`, `video` or `document`, if Media RSS declares it.
    pub medium: Option<String>,
    /// Whether it is attached by the format itself rather than only described by Media RSS.
    pub is_attached: bool,
}
