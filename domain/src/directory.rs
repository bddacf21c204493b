//! Podcasts as listed by directories, whether known here or not.

use serde::{Deserialize, Serialize};

use super::source::Kind;
use super::words::words;
use super::{SourceId, SubscriptionId};

words! {
    /// Directory that lists a podcast; `own` is the local catalogue.
    Directory { Itunes = "itunes", PodcastIndex = "podcast_index", Own = "own" }
}

/// Podcast in a directory. Texts are plain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedFeed {
    pub feed_url: String,
    pub title: String,
    pub author: String,
    pub description: String,
    pub site_url: Option<String>,
    pub image_url: Option<String>,
    /// Hash of that picture, if it is kept here (`GET /covers/{hash}`).
    #[serde(default)]
    pub cover: Option<String>,
    /// Number of items according to the directory.
    pub items: Option<i64>,
    pub kind: Kind,
    pub directory: Directory,
    /// Source with this feed, if known here and visible to the user.
    pub source_id: Option<SourceId>,
    /// Subscription of the user, if any.
    pub subscription_id: Option<SubscriptionId>,
}

/// Search results, and plain-language messages about directories that did not answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DirectorySearch {
    pub data: Vec<ListedFeed>,
    pub problems: Vec<String>,
}
