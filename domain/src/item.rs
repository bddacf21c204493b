//! Items: episodes, articles and videos, as described by their feed.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};

use super::dismissal::Dismissal;
use super::feed_login::serialize_unmarked;
pub use super::item_position::ItemOrder;
use super::item_position::ItemPosition;
use super::media::Wanted;
use super::page::{ListFilter, PageQuery, is_asked};
use super::rating::Thumb;
use super::search_hit::SearchHit;
use super::source::Kind;
use super::words::words;
use super::{DateTime, ItemId, SourceId, Utc};

pub use feed::{
    AlternateEnclosure, Chapter, Enclosure, ItemContent, ItemDetails, Person, Soundbite, Transcript,
};

words! {
    /// Whether an item's file can be fetched. Agents queue only `cached`, `cacheable` and `caching` items.
    Availability {
        MetadataOnly = "metadata_only",
        Cacheable = "cacheable",
        Caching = "caching",
        Cached = "cached",
        Unavailable = "unavailable",
    }
}

impl Availability {
    /// Whether agents may queue an item.
    pub fn is_fetchable(self) -> bool {
        matches!(self, Self::Cacheable | Self::Caching | Self::Cached)
    }
}

/// Item of a source as seen by one user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Item {
    pub id: ItemId,
    pub source_id: SourceId,
    pub source_name: String,
    pub kind: Kind,
    #[serde(flatten)]
    pub content: ItemContent,
    /// Topics: categories of the item and its feed, and those derived from its text.
    pub topics: Vec<String>,
    /// File or page that a download fetches.
    #[serde(serialize_with = "serialize_unmarked")]
    pub media_url: Option<String>,
    pub media_type: Option<String>,
    /// Size of that file, if the feed gives a plausible one.
    pub media_bytes: Option<i64>,
    pub wanted: Wanted,
    pub availability: Availability,
    pub unavailable_reason: Option<String>,
    pub next_retry_at: Option<DateTime<Utc>>,
    /// From 0 to 1, with the reasons in `quality_reasons`. Null until assessed.
    pub quality_score: Option<f64>,
    pub quality_reasons: Vec<String>,
    pub summary: Option<String>,
    /// Hash of the picture that is kept here for it: its own, else its source's (`GET /covers/{hash}`).
    #[serde(default)]
    pub cover: Option<String>,
    pub first_seen_at: DateTime<Utc>,
    /// Reason why agents do not pick it for this user. None if they may.
    #[serde(default)]
    pub dismissed: Option<Dismissal>,
    /// Verdict of this user. With a thumb down agents do not pick it either.
    #[serde(default)]
    pub rating: Option<Thumb>,
    /// Set in search results only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<SearchHit>,
}

impl Deref for Item {
    type Target = ItemContent;

    fn deref(&self) -> &ItemContent {
        &self.content
    }
}

impl DerefMut for Item {
    fn deref_mut(&mut self) -> &mut ItemContent {
        &mut self.content
    }
}

impl Item {
    /// Returns the file or page that a download of the item fetches.
    pub fn media(&self) -> Option<Enclosure> {
        let url = self.media_url.clone()?;
        Some(Enclosure {
            url,
            mime_type: self.media_type.clone(),
            bytes: self.media_bytes,
            ..Enclosure::default()
        })
    }

    /// Whether agents leave the item out for this user: it was dismissed, or has a thumb down.
    pub fn is_refused(&self) -> bool {
        self.dismissed.is_some() || self.rating == Some(Thumb::Down)
    }
}

/// Filter of the list of items. Every field narrows it. With `q` the best hits come first unless `order` is
/// set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct ItemFilter {
    pub source_id: Option<SourceId>,
    pub q: Option<String>,
    /// Word or phrase in the title, the topics or the text, matched as whole words.
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
    /// Whether to list items of followed sources only, or of others only.
    pub followed: Option<bool>,
    /// Default: newest first or, with `q`, the best hits first.
    pub order: Option<ItemOrder>,
}

impl ItemFilter {
    /// Position at which a page of this list begins. None at the top, and for a cursor of another list.
    pub fn position(&self, page: &PageQuery) -> Option<ItemPosition> {
        let at: ItemPosition = page.cursor.as_deref()?.parse().ok()?;
        (at.order == self.order.unwrap_or_default()).then_some(at)
    }
}

impl ListFilter for ItemFilter {
    /// Accepts a position within a part for a search by best hits, else one in the list's order.
    fn accepts_cursor(&self, page: &PageQuery) -> bool {
        match is_asked(&self.q) && self.order.is_none() {
            true => page.after_in_part().is_some(),
            false => self.position(page).is_some(),
        }
    }
}
