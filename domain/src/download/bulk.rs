//! Actions on several downloads at once, and their results.

use serde::{Deserialize, Serialize};

use super::Verb;
use crate::DownloadId;

/// Downloads that one request acts on, and the action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkAction {
    pub ids: Vec<DownloadId>,
    pub verb: Verb,
}

/// Maximum number of downloads in one request.
pub const MAX_BULK: usize = 200;

/// Counts of a user's downloads in the states that allow bulk actions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Queued or downloading, so they can be paused.
    pub waiting: i64,
    pub paused: i64,
    /// Unfinished, paused or not, so they can be cancelled.
    pub open: i64,
    pub ready: i64,
    pub failed: i64,
}

/// Result of a bulk action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changed {
    pub changed: i64,
}

/// Result of a bulk retry. Limits may refuse some downloads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retried {
    pub changed: i64,
    pub refused: i64,
    /// Reason for the first refusal, in plain words.
    pub reason: Option<String>,
}

impl From<Changed> for Retried {
    fn from(it: Changed) -> Self {
        Self { changed: it.changed, ..Self::default() }
    }
}
