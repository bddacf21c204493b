//! How a source is doing: how often it brings something, how much of it is here, and why not the rest.

use serde::{Deserialize, Serialize};

use super::source::Format;
use super::{DateTime, Utc};

/// How a source stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Items a week, over the last four weeks.
    pub per_week: f64,
    /// Between two items as a rule; none before two are known.
    pub usual_gap_seconds: Option<i64>,
    /// The same in words.
    pub rhythm: String,
    /// Items by whether they can be had.
    pub metadata_only: i64,
    pub cacheable: i64,
    pub caching: i64,
    pub cached: i64,
    pub unavailable: i64,
    /// From 0 to 1: of the items that may be kept, those that are; none where none may.
    pub cached_share: Option<f64>,
    /// Why items cannot be had, the most frequent reason first.
    pub troubles: Vec<Trouble>,
    /// When the person's newest item of it was published.
    pub newest_at: Option<DateTime<Utc>>,
}

/// A reason for which items of a source cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub reason: String,
    pub items: i64,
    /// When the first of them is tried again.
    pub next_retry_at: Option<DateTime<Utc>>,
}

/// What came of reading a feed on trial; nothing of it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FeedTrial {
    /// Why it could not be read, in plain words; none where all is well.
    pub error: Option<String>,
    pub milliseconds: i64,
    pub bytes: i64,
    pub title: String,
    pub format: Option<Format>,
    pub items: i64,
    pub newest_title: Option<String>,
    pub newest_at: Option<DateTime<Utc>>,
    /// Where the feed has gone for good, if it has.
    pub moved_to: Option<String>,
}
