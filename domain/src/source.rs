//! Sources (feeds), and the subscriptions of users to them.

mod directory;

use serde::{Deserialize, Serialize};

use super::feed_login::Secret;
use super::page::{ListFilter, PageQuery, is_asked};
use super::rules::{Ahead, Rules};
use super::search_hit::SearchHit;
use super::words::words;
use super::{DateTime, SourceId, SubscriptionId, Utc};

pub use directory::{Listing, read_directory};
pub use feed::{Format, Funding, Hints, ShowType, SourceDetails};

words! {
    /// Main content of a source. The item of a `picture` source is its image: comics, photographs.
    Kind { Podcast = "podcast", Article = "article", News = "news", Video = "video", Picture = "picture" }
}

words! {
    /// Whether media of a source may be stored here.
    Policy { CacheAllowed = "cache_allowed", MetadataOnly = "metadata_only" }
}

words! {
    /// Result of the last poll. Feeds that their publisher declared `gone` (HTTP 410) are not polled again.
    Health { New = "new", Ok = "ok", Failing = "failing", Gone = "gone" }
}

words! {
    /// Origin of a source. Users' sources are visible to them and to subscribers only: addresses can hold
    /// secrets.
    Origin { Demo = "demo", Directory = "directory", Person = "person" }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Source {
    pub id: SourceId,
    pub feed_url: String,
    pub name: String,
    pub description: String,
    pub site_url: Option<String>,
    pub image_url: Option<String>,
    pub kind: Kind,
    pub policy: Policy,
    pub origin: Origin,
    pub health: Health,
    /// Error of the last poll, in plain words.
    pub last_error: Option<String>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_asked_at: Option<DateTime<Utc>>,
    pub next_refresh_at: Option<DateTime<Utc>>,
    /// Failed polls since the last successful one.
    pub failures: i64,
    pub items: i64,
    /// Items published within the last four weeks.
    pub items_lately: i64,
    pub details: SourceDetails,
    /// Whether the feed has older pages that were not read.
    #[serde(default)]
    pub has_older: bool,
    /// Whether it is polled with a name and a password, which are never shown.
    #[serde(default)]
    pub has_login: bool,
    /// Subscription of the user, if any.
    pub subscription_id: Option<SubscriptionId>,
    /// Ready downloads of the user that were not played.
    pub unplayed: i64,
    /// Hash of the picture that is kept here for it (`GET /covers/{hash}`).
    #[serde(default)]
    pub cover: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Set in search results only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<SearchHit>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Subscription {
    pub id: SubscriptionId,
    pub source_id: SourceId,
    pub source_name: String,
    pub kind: Kind,
    /// Hash of its source's picture (`GET /covers/{hash}`).
    #[serde(default)]
    pub cover: Option<String>,
    /// From 1 (low) to 5 (high); weighs in the ranking.
    pub priority: i64,
    /// Whether the source is a serial. If it is, `rules.begin` is `stopped` unless the user chose otherwise.
    #[serde(default)]
    pub is_serial: bool,
    pub rules: Rules,
    pub ahead: Ahead,
    pub created_at: DateTime<Utc>,
}

/// Change of a subscription. Omitted fields keep their value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SubscriptionChange {
    pub priority: Option<i64>,
    pub rules: Option<Rules>,
    pub ahead: Option<Ahead>,
    /// Credentials of a private feed. Empty values remove them.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

pub const PRIORITY_DEFAULT: i64 = 3;

/// Source as entered by the user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewSource {
    pub feed_url: String,
    pub name: Option<String>,
    pub kind: Option<Kind>,
    pub policy: Option<Policy>,
    /// Credentials of a private feed. The address may contain them as well.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// Change of a source that the user added.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SourceChange {
    pub name: Option<String>,
    pub kind: Option<Kind>,
    pub policy: Option<Policy>,
    /// Credentials of a private feed. Empty values remove them.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// Subscription to a known source by id, or to any feed by address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewSubscription {
    pub source_id: Option<SourceId>,
    pub feed_url: Option<String>,
    pub priority: Option<i64>,
    /// Credentials of a private feed. The address may contain them as well.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// Filter of the list of sources. Every field narrows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct SourceFilter {
    pub q: Option<String>,
    pub kind: Option<Kind>,
    pub health: Option<Health>,
    pub subscribed: Option<bool>,
}

impl ListFilter for SourceFilter {
    /// Accepts a position within a part for a search, else an id.
    fn accepts_cursor(&self, page: &PageQuery) -> bool {
        if is_asked(&self.q) { page.after_in_part().is_some() } else { page.after_id().is_some() }
    }
}

/// Result of polling a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefreshReport {
    pub status: RefreshStatus,
    pub added: i64,
    pub updated: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// Result of reading older pages of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderReport {
    /// `not_modified` if there was no page to read.
    pub status: RefreshStatus,
    pub pages: i64,
    pub added: i64,
    /// Whether there are more older pages.
    pub more: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

words! {
    RefreshStatus { Updated = "updated", NotModified = "not_modified", Failed = "failed" }
}

/// Feed found at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundFeed {
    pub feed_url: String,
    /// Empty if unknown.
    pub title: String,
}

/// Result of importing a list of subscriptions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportReport {
    pub title: String,
    pub added: i64,
    /// Subscriptions that existed before.
    pub known: i64,
    pub failed: Vec<ImportProblem>,
}

/// Row of a list that could not be followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportProblem {
    /// Number of the row in the list, from 1.
    pub line: i64,
    pub title: String,
    pub why: String,
}
