//! From a feed as it was read to the rows that are kept of it.

use super::feed::{self, Feed};
use crate::db::items::NewItem;
use crate::domain::item::{Enclosure, is_picture};
use crate::domain::source::Kind;

/// Characters kept of a guid.
const GUID_MOST: usize = 2_000;

/// An item as it is kept; its identity is still to be found. What it leaves open its feed tells.
pub fn item(item: feed::Item, feed: &Told) -> NewItem {
    NewItem {
        identity: String::new(),
        guid: item.guid.chars().take(GUID_MOST).collect(),
        title: if item.title.is_empty() { "Untitled".into() } else { item.title },
        url: item.url,
        authors: item.authors,
        published_at: item.published_at.or(item.updated_at),
        updated_at: item.updated_at,
        summary_html: item.summary_html,
        content_html: item.content_html,
        language: item.language.or_else(|| feed.language.clone()),
        image_url: item.image_url,
        duration_seconds: item.duration_seconds,
        explicit: item.explicit.or(feed.explicit).unwrap_or_default(),
        season: item.season,
        episode: item.episode,
        categories: item.categories,
        topics: Vec::new(),
        enclosures: item.enclosures.into_iter().filter(is_kept).map(enclosure).collect(),
        chapters_url: item.chapters_url,
        transcripts: item.transcripts,
        details: item.details,
    }
}

/// What a feed tells of all its items.
pub struct Told {
    language: Option<String>,
    explicit: Option<bool>,
}

impl Told {
    pub fn by(feed: &Feed) -> Self {
        Self { language: feed.details.language.clone(), explicit: feed.details.explicit }
    }
}

/// Pictures are, where they are attached and called so.
fn is_kept(told: &feed::Enclosure) -> bool {
    told.is_main() || told.is_attached && is_picture(told.mime_type.as_deref())
}

fn enclosure(told: feed::Enclosure) -> Enclosure {
    Enclosure { url: told.url, mime_type: told.mime_type, bytes: told.bytes }
}

/// What a feed's items mostly are, where they tell.
pub fn kind(items: &[feed::Item]) -> Option<Kind> {
    let types = || items.iter().filter_map(|i| i.enclosures.first()?.mime_type.as_deref());
    let count = |prefix: &str| types().filter(|t| t.starts_with(prefix)).count();
    let (audio, video) = (count("audio/"), count("video/"));
    match (audio, video) {
        (0, 0) => None,
        _ if video > audio => Some(Kind::Video),
        _ => Some(Kind::Podcast),
    }
}
