//! Source health: publishing rhythm, availability of its items, and reasons for missing ones.

use serde::{Deserialize, Serialize};

use super::source::Format;
use super::{DateTime, Utc};

/// Health of a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceHealth {
    /// Items per week, over the last four weeks.
    pub per_week: f64,
    /// Usual gap between two items. None until two are known.
    pub usual_gap_seconds: Option<i64>,
    /// Publishing rhythm in words.
    pub rhythm: String,
    /// Number of items per availability.
    pub metadata_only: i64,
    pub cacheable: i64,
    pub caching: i64,
    pub cached: i64,
    pub unavailable: i64,
    /// Share of storable items that are stored, from 0 to 1. None if there are no storable items.
    pub cached_share: Option<f64>,
    /// Reasons why items are unavailable, the most frequent first.
    pub troubles: Vec<Trouble>,
    /// Publication time of the source's newest item.
    pub newest_at: Option<DateTime<Utc>>,
}

/// Reason why items of a source are unavailable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trouble {
    pub reason: String,
    pub items: i64,
    /// Time of the first retry among them.
    pub next_retry_at: Option<DateTime<Utc>>,
}

/// Maximum number of items in a preview.
pub const PREVIEWED: usize = 3;

/// An item of a feed that is not stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewItem {
    pub title: String,
    pub published_at: Option<DateTime<Utc>>,
    pub duration_seconds: Option<i64>,
}

/// Result of a trial fetch of a feed. Nothing is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedTrial {
    /// Reason for the failure, in plain words. None on success.
    pub error: Option<String>,
    pub milliseconds: i64,
    pub bytes: i64,
    pub title: String,
    pub format: Option<Format>,
    pub items: i64,
    pub newest_title: Option<String>,
    pub newest_at: Option<DateTime<Utc>>,
    /// The newest items, at most three.
    pub newest: Vec<PreviewItem>,
    /// New address, if the feed has moved permanently.
    pub moved_to: Option<String>,
}
