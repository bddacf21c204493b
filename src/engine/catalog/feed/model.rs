//! A feed and its items as their publisher tells them, in our words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use crate::domain::item::{AlternateEnclosure, Chapter, ItemDetails, Person, Soundbite, Transcript};
pub use crate::domain::source::{Funding, Hints, ShowType, SourceDetails};

/// A feed. Plain texts hold no markup, `_html` is sanitised, addresses are absolute and of the Web.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    pub title: String,
    pub description: String,
    pub description_html: String,
    pub site_url: Option<String>,
    pub self_url: Option<String>,
    /// Where the feed moved, as `itunes:new-feed-url` tells.
    pub new_feed_url: Option<String>,
    /// The document with the newest items, told by an archive (RFC 5005).
    pub current_url: Option<String>,
    pub image_url: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub license: Option<String>,
    pub location: Option<String>,
    pub locked: Option<bool>,
    /// Whether `podcast:podping` says that changes are announced there.
    pub uses_podping: bool,
    pub hints: Hints,
    /// The rest of what is kept.
    pub details: SourceDetails,
    pub items: Vec<Item>,
}

impl Feed {
    /// Where an item names no author, the feed's is meant (RFC 4287, 4.1.2; JSON Feed 1.1).
    pub(super) fn pass_authors_on(&mut self) {
        for item in self.items.iter_mut().filter(|item| item.authors.is_empty()) {
            item.authors.clone_from(&self.details.authors);
        }
    }
}

/// An episode, article or video. What it leaves open (language, explicit) the feed may tell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Verbatim; empty if there is none.
    pub guid: String,
    pub guid_is_link: bool,
    pub title: String,
    pub url: Option<String>,
    /// Names; an e-mail address where nothing else is told.
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
    /// The rest of what is kept.
    pub details: ItemDetails,
}

impl Item {
    /// About how many bytes it takes.
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
    /// As announced by the feed; feeds often lie.
    pub bytes: Option<i64>,
    pub duration_seconds: Option<i64>,
    pub is_default: bool,
    /// `audio`, `video` or `document`, where Media RSS tells.
    pub medium: Option<String>,
    /// By the format's own means, and not only described by Media RSS.
    pub is_attached: bool,
}
