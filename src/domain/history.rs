//! What became of downloads: one delivery for each that ended, and the figures that are counted from them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::download::Provider;
use super::words::words;
use super::{DateTime, DownloadId, ItemId, Refusal, RunId, SourceId, Utc};

words! {
    /// How a download ended.
    Outcome { Ready = "ready", Failed = "failed", Cancelled = "cancelled" }
}

impl Provider {
    /// Whether the bytes were here already, so that nothing had to be transferred.
    pub fn is_hit(self) -> bool {
        self == Self::Cache
    }
}

/// One end of one person's download. Names are as they were then: what they belong to may be gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pub download_id: DownloadId,
    pub item_id: ItemId,
    pub source_id: SourceId,
    /// The run that asked for it; none when the person did.
    pub run_id: Option<RunId>,
    pub title: String,
    pub source_name: String,
    pub outcome: Outcome,
    /// Which gave the bytes or, where it failed, was asked for them last; none when none was asked or none is to blame.
    pub provider: Option<Provider>,
    pub hit: bool,
    /// Size of the file that is ready; 0 when none is.
    pub bytes: i64,
    /// Bytes that were transferred for it, those in vain and those sent twice included. A transfer that several users
    /// waited for is booked once, to the first of them; for the others it is a hit.
    pub fetched: i64,
    /// From the first attempt, or from the asking where that was later, to the end; pauses included.
    pub seconds: f64,
    /// Of these, how long bytes were asked for and received; none where nothing was.
    pub transfer_seconds: Option<f64>,
    /// `fetched` by `transfer_seconds`: bytes per second.
    pub speed_bps: Option<i64>,
    /// Transfers that were begun for it.
    pub attempts: i64,
    /// Why it failed, in plain words.
    pub error: Option<String>,
    pub at: DateTime<Utc>,
}

/// What many deliveries came to. Rates and speeds are null where there is nothing to count them from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Downloads that ended, well or not.
    pub downloads: i64,
    pub ready: i64,
    /// Of those ready, the ones whose bytes were here already.
    pub hits: i64,
    pub failed: i64,
    pub cancelled: i64,
    /// `hits` by `ready`, from 0 to 1.
    pub hit_rate: Option<f64>,
    /// `failed` by `ready` and `failed` together, from 0 to 1: what was cancelled did not fail.
    pub failure_rate: Option<f64>,
    /// Bytes of the files that got ready.
    pub bytes: i64,
    /// Bytes that were transferred, those in vain included.
    pub bytes_fetched: i64,
    /// Bytes that needed no transfer, because they were here already.
    pub bytes_saved: i64,
    /// Bytes per second over all transfers that succeeded: all their bytes by all their seconds.
    pub mean_speed_bps: Option<i64>,
    /// Bytes per second of the middle one of the transfers that succeeded.
    pub median_speed_bps: Option<i64>,
}

/// The figures of one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayFigures {
    /// By the person's own calendar.
    pub day: NaiveDate,
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFigures {
    pub source_id: SourceId,
    /// Its name now or, when it is gone, its last one.
    pub name: String,
    #[serde(flatten)]
    pub figures: Figures,
}

/// How well one place gives bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderFigures {
    pub provider: Provider,
    /// Downloads that got ready with its bytes.
    pub served: i64,
    /// Bytes of these.
    pub bytes: i64,
    /// Downloads that failed after it was asked last.
    pub failures: i64,
    /// Bytes per second of the middle one of its transfers; null where it transferred nothing.
    pub median_speed_bps: Option<i64>,
}

/// A span of days, today the last of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub days: i64,
    pub totals: Figures,
    /// Every day of the span in order, also those on which nothing ended.
    pub per_day: Vec<DayFigures>,
    /// The sources with the most downloads first.
    pub per_source: Vec<SourceFigures>,
    pub per_provider: Vec<ProviderFigures>,
}

pub const DAYS_DEFAULT: i64 = 30;
pub const DAYS_MOST: i64 = 365;

/// # Errors
/// Invalid, naming the field `days`, beyond 1 to 365.
pub fn check_days(days: Option<i64>) -> Result<i64, Refusal> {
    let days = days.unwrap_or(DAYS_DEFAULT);
    if (1..=DAYS_MOST).contains(&days) {
        return Ok(days);
    }
    Err(Refusal::field("days", format!("Choose between 1 and {DAYS_MOST} days.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_thirty_days_unless_asked_otherwise_and_a_year_at_the_most() {
        assert_eq!([None, Some(1), Some(365)].map(check_days), [Ok(30), Ok(1), Ok(365)]);
        for wrong in [0, -7, 366, i64::MAX] {
            assert_eq!(check_days(Some(wrong)).expect_err("refused").fields()[0].field, "days");
        }
    }
}
