//! Downloads: a user's prepared items, their states and legal transitions.

mod bulk;

use chrono::FixedOffset;
use serde::{Deserialize, Serialize};

use super::rating::Thumb;
use super::source::Kind;
use super::words::words;
use super::{DateTime, DownloadId, ItemId, RunId, SourceId, Utc};

pub use bulk::{BulkAction, Changed, MAX_BULK, Retried, Tally};

words! {
    DownloadStatus {
        Queued = "queued",
        Downloading = "downloading",
        Paused = "paused",
        Verifying = "verifying",
        Ready = "ready",
        Failed = "failed",
        Cancelled = "cancelled",
        Expired = "expired",
    }
}

impl DownloadStatus {
    /// Whether a transition is legal. A retry is the transition back to `queued`.
    pub fn may_become(self, next: Self) -> bool {
        use DownloadStatus::*;
        match self {
            Queued => matches!(next, Downloading | Verifying | Ready | Paused | Failed | Cancelled),
            Downloading => matches!(next, Queued | Paused | Verifying | Failed | Cancelled),
            Verifying => matches!(next, Queued | Ready | Failed | Cancelled),
            Paused => matches!(next, Queued | Failed | Cancelled),
            // Back to the queue when the stored copy is damaged or missing: it is fetched again.
            Ready => matches!(next, Queued | Expired | Failed),
            Failed | Cancelled | Expired => matches!(next, Queued),
        }
    }

    /// Whether it is unfinished: it counts against limits, and requesting its item again returns it.
    pub fn is_open(self) -> bool {
        use DownloadStatus::*;
        matches!(self, Queued | Downloading | Paused | Verifying)
    }

    /// Whether its bytes are still to come and it is not paused.
    pub fn awaits_bytes(self) -> bool {
        use DownloadStatus::*;
        matches!(self, Queued | Downloading | Verifying)
    }

    pub fn can_pause(self) -> bool {
        self.may_become(Self::Paused)
    }

    pub fn can_cancel(self) -> bool {
        self.may_become(Self::Cancelled)
    }

    pub fn can_retry(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled | Self::Expired)
    }
}

words! {
    /// Source of the bytes.
    Provider { Cache = "cache", Store = "store", Origin = "origin" }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Download {
    pub id: DownloadId,
    pub item_id: ItemId,
    pub run_id: Option<RunId>,
    pub title: String,
    pub source_id: SourceId,
    pub source_name: String,
    pub kind: Kind,
    /// Length of the audio or video, as the feed says.
    pub duration_seconds: Option<i64>,
    /// Hash of the picture that is kept here for its item (`GET /covers/{hash}`).
    #[serde(default)]
    pub cover: Option<String>,
    pub status: DownloadStatus,
    pub bytes_total: Option<i64>,
    pub bytes_done: i64,
    pub speed_bps: Option<i64>,
    pub eta_seconds: Option<i64>,
    pub attempts: i64,
    /// Reason for the failure, in plain words.
    pub error: Option<String>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub sha256: Option<String>,
    pub mime_type: Option<String>,
    pub provider: Option<Provider>,
    pub created_at: DateTime<Utc>,
    pub ready_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Exempt from expiry and eviction.
    pub pinned: bool,
    /// Time of the last request for its file; at first, when it became ready.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Time at which it was played to the end.
    pub played_at: Option<DateTime<Utc>>,
    /// Its owner's verdict on the item.
    #[serde(default)]
    pub rating: Option<Thumb>,
    /// Set by its owner, -10 to 10. Higher comes first among waiting downloads.
    pub priority: i64,
    /// Start of the owner's commute in local time, while near enough to raise the urgency.
    pub wanted_by: Option<DateTime<FixedOffset>>,
    /// Reason for waiting while queued, phrased to follow “Waits for”. None if it begins in a moment.
    pub waiting_for: Option<String>,
}

impl Download {
    pub fn file_url(&self) -> String {
        file_url(self.id)
    }
}

/// Path of a download's file.
pub fn file_url(id: DownloadId) -> String {
    format!("/api/v1/downloads/{id}/file")
}

words! {
    /// Action that a user can take on a download.
    Verb {
        Pause = "pause", Resume = "resume", First = "first", InTurn = "in_turn", Last = "last", Retry = "retry",
        Cancel = "cancel", Pin = "pin", Unpin = "unpin", Played = "played", Delete = "delete",
        Restore = "restore",
    }
}

impl Verb {
    /// Actions available for such a download, in display order.
    pub fn offered(status: DownloadStatus, is_pinned: bool, priority: i64) -> Vec<Self> {
        let (waits, place) = (status == DownloadStatus::Queued, priority.signum());
        let all = [
            (Verb::Pause, status.can_pause()),
            (Verb::Resume, status == DownloadStatus::Paused),
            (Verb::First, waits && place != 1),
            (Verb::InTurn, waits && place != 0),
            (Verb::Last, waits && place != -1),
            (Verb::Retry, status.can_retry()),
            (Verb::Cancel, status.can_cancel()),
            (Verb::Pin, !is_pinned && !status.can_retry()),
            (Verb::Unpin, is_pinned),
            (Verb::Delete, !status.is_open()),
        ];
        all.into_iter().filter(|(_, is_offered)| *is_offered).map(|(verb, _)| verb).collect()
    }
}

impl From<Retried> for Changed {
    fn from(it: Retried) -> Self {
        Self { changed: it.changed }
    }
}

/// Progress of a transfer: data of a fleeting frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub download_id: DownloadId,
    pub bytes_done: i64,
    pub bytes_total: Option<i64>,
    /// Bytes per second over the last moments.
    pub speed_bps: Option<i64>,
    pub eta_seconds: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::DownloadStatus::*;
    use super::Verb;

    #[test]
    fn nothing_is_ready_without_being_verified_or_cached() {
        assert!(Verifying.may_become(Ready) && Queued.may_become(Ready));
        assert!(!Downloading.may_become(Ready) && !Failed.may_become(Ready) && !Cancelled.may_become(Ready));
    }

    #[test]
    fn what_was_lost_is_fetched_again_and_needs_no_retry() {
        assert!(Ready.may_become(Queued) && !Ready.can_retry() && !Ready.can_cancel());
    }

    #[test]
    fn what_is_offered_can_be_done() {
        assert_eq!(
            Verb::offered(Queued, false, 0),
            [Verb::Pause, Verb::First, Verb::Last, Verb::Cancel, Verb::Pin]
        );
        assert_eq!(Verb::offered(Queued, false, 10)[1..3], [Verb::InTurn, Verb::Last]);
        assert_eq!(Verb::offered(Paused, false, 0), [Verb::Resume, Verb::Cancel, Verb::Pin]);
        assert_eq!(Verb::offered(Ready, true, 0), [Verb::Unpin, Verb::Delete]);
        assert_eq!(Verb::offered(Failed, false, 0), [Verb::Retry, Verb::Delete]);
    }

    #[test]
    fn what_ended_can_only_be_queued_again() {
        for ended in [Failed, Cancelled, Expired] {
            assert!(ended.can_retry() && ended.may_become(Queued) && !ended.can_cancel());
        }
    }
}
