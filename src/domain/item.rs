//! Items: episodes, articles and videos, as their feed tells them.

use serde::{Deserialize, Serialize};

use super::dismissal::Dismissal;
use super::feed_login::serialize_unmarked;
use super::found::Found;
use super::item_position::ItemPosition;
use super::media::{Form, Wanted};
use super::page::{ListFilter, PageQuery, is_asked};
use super::source::Kind;
use super::words::words;
use super::{DateTime, ItemId, SourceId, Utc};

words! {
    /// Whether an item's bytes can be had. Only `cached` and `cacheable` items may be recommended or queued.
    Availability {
        MetadataOnly = "metadata_only",
        Cacheable = "cacheable",
        Caching = "caching",
        Cached = "cached",
        Unavailable = "unavailable",
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    pub url: String,
    pub mime_type: Option<String>,
    /// As announced by the feed; feeds often lie.
    pub bytes: Option<i64>,
    /// `audio`, `video` or `image`, where Media RSS tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// The publisher's own choice among several.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_default: bool,
    /// Described by Media RSS or offered as an alternate, and not attached by the format's own means.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_alternate: bool,
}

impl Enclosure {
    pub fn form(&self) -> Form {
        Form::of(self.mime_type.as_deref(), self.medium.as_deref(), &self.url)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transcript {
    pub url: String,
    pub mime_type: Option<String>,
    pub language: Option<String>,
    /// `captions` where it has the times.
    pub rel: Option<String>,
}

/// What only some feeds tell of an item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemDetails {
    pub subtitle: String,
    pub comments_url: Option<String>,
    pub season_name: Option<String>,
    /// What is shown in place of the episode's number.
    pub episode_display: Option<String>,
    /// `full`, `trailer` or `bonus`.
    pub episode_type: Option<String>,
    pub chapters_mime_type: Option<String>,
    /// Those told within the feed, in their order; others stand at the item's `chapters_url`.
    pub chapters: Vec<Chapter>,
    pub persons: Vec<Person>,
    pub soundbites: Vec<Soundbite>,
    pub location: Option<String>,
    pub license: Option<String>,
    pub alternate_enclosures: Vec<AlternateEnclosure>,
    /// Shown and never acted upon.
    pub value: Option<serde_json::Value>,
}

/// A part of an episode, as Podlove Simple Chapters and the JSON chapters of Podcasting 2.0 tell it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chapter {
    pub start_seconds: f64,
    pub end_seconds: Option<f64>,
    pub title: String,
    pub url: Option<String>,
    pub image_url: Option<String>,
    /// Left out of the table of contents (`toc` is false).
    pub hidden: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    pub name: String,
    /// In lower case; `host` unless told.
    pub role: String,
    /// In lower case; `cast` unless told.
    pub group: String,
    pub href: Option<String>,
    pub img: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Soundbite {
    pub start_seconds: f64,
    pub duration_seconds: f64,
    pub title: String,
}

/// The same thing in another quality or place, as `podcast:alternateEnclosure` tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlternateEnclosure {
    pub mime_type: Option<String>,
    pub bytes: Option<i64>,
    pub bitrate: Option<f64>,
    pub height: Option<i64>,
    pub language: Option<String>,
    pub title: Option<String>,
    pub rel: Option<String>,
    pub codecs: Option<String>,
    pub is_default: bool,
    /// Addresses of the Web only, in the order told.
    pub sources: Vec<String>,
    /// `sri` or `pgp-signature`, and its value.
    pub integrity: Option<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub id: ItemId,
    pub source_id: SourceId,
    pub source_name: String,
    pub kind: Kind,
    pub guid: String,
    pub title: String,
    pub url: Option<String>,
    pub authors: Vec<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub summary_html: String,
    pub content_html: String,
    pub language: Option<String>,
    pub image_url: Option<String>,
    pub duration_seconds: Option<i64>,
    pub explicit: bool,
    pub season: Option<i64>,
    pub episode: Option<i64>,
    pub categories: Vec<String>,
    /// What it is about: its categories and its feed's, and what its words tell.
    pub topics: Vec<String>,
    pub enclosures: Vec<Enclosure>,
    /// The file or page that a download fetches, chosen by `media::Choice`.
    #[serde(serialize_with = "serialize_unmarked")]
    pub media_url: Option<String>,
    pub media_type: Option<String>,
    /// Its size, where the feed tells a likely one.
    pub media_bytes: Option<i64>,
    pub wanted: Wanted,
    pub chapters_url: Option<String>,
    pub transcripts: Vec<Transcript>,
    pub details: ItemDetails,
    pub availability: Availability,
    pub unavailable_reason: Option<String>,
    pub next_retry_at: Option<DateTime<Utc>>,
    /// 0 to 1, with the reasons beside it; null until it was assessed.
    pub quality_score: Option<f64>,
    pub quality_reasons: Vec<String>,
    pub summary: Option<String>,
    pub first_seen_at: DateTime<Utc>,
    /// Why agents do not pick it for the user who asks; none while they may.
    #[serde(default)]
    pub dismissed: Option<Dismissal>,
    /// In the answer to a search alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

impl Item {
    /// The file or page that a download of the item fetches.
    pub fn media(&self) -> Option<Enclosure> {
        let url = self.media_url.clone()?;
        Some(Enclosure {
            url,
            mime_type: self.media_type.clone(),
            bytes: self.media_bytes,
            ..Enclosure::default()
        })
    }
}

words! {
    /// The order of a list of items, by the date of publication unless it says something else. What was published in the
    /// future counts from when it was first seen; items that tell no length come last in an order by it.
    ItemOrder {
        Newest = "newest",
        Oldest = "oldest",
        /// By when it came here, the latest first.
        Added = "added",
        Longest = "longest",
        Shortest = "shortest",
    }
}

#[allow(clippy::derivable_impls)]
impl Default for ItemOrder {
    fn default() -> Self {
        Self::Newest
    }
}

/// What to list: every part narrows the list. With `q` the best hits come first unless an order is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemFilter {
    pub source_id: Option<SourceId>,
    pub q: Option<String>,
    /// A word or phrase that stands in the title, the topics or the text, as whole words.
    pub topic: Option<String>,
    pub kind: Option<Kind>,
    pub availability: Option<Availability>,
    pub min_seconds: Option<i64>,
    pub max_seconds: Option<i64>,
    pub min_bytes: Option<i64>,
    pub max_bytes: Option<i64>,
    /// Published at or after.
    pub since: Option<DateTime<Utc>>,
    /// Published before.
    pub until: Option<DateTime<Utc>>,
    /// Items of followed sources alone, or of others alone.
    pub followed: Option<bool>,
    /// Newest first where none is given, or the best hits.
    pub order: Option<ItemOrder>,
}

impl ItemFilter {
    /// Where a page of this list begins; none at the top, and for a cursor of another list.
    pub fn position(&self, page: &PageQuery) -> Option<ItemPosition> {
        let at: ItemPosition = page.cursor.as_deref()?.parse().ok()?;
        (at.order == self.order.unwrap_or_default()).then_some(at)
    }
}

impl ListFilter for ItemFilter {
    /// A search for the best hits goes through its parts one after the other, every other list in its order.
    fn accepts_cursor(&self, page: &PageQuery) -> bool {
        match is_asked(&self.q) && self.order.is_none() {
            true => page.after_in_part().is_some(),
            false => self.position(page).is_some(),
        }
    }
}
