//! Delivery history: one delivery per finished download, and the statistics over them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::download::Provider;
use super::words::words;
use super::{DateTime, DownloadId, ItemId, Refusal, RunId, SourceId, Utc};

words! {
    /// Outcome of a download.
    Outcome { Ready = "ready", Failed = "failed", Cancelled = "cancelled" }
}

impl Provider {
    /// Whether the bytes were stored already, so that nothing was transferred (cache hit).
    pub fn is_hit(self) -> bool {
        self == Self::Cache
    }
}

/// Record of a user's finished download. Names are as of that time: what they belong to may be deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pub download_id: DownloadId,
    pub item_id: ItemId,
    pub source_id: SourceId,
    /// Run that requested it. None if the user did.
    pub run_id: Option<RunId>,
    pub title: String,
    pub source_name: String,
    pub outcome: Outcome,
    /// Provider of the bytes or, after a failure, the last one asked. None if none was asked or is to blame.
    pub provider: Option<Provider>,
    pub hit: bool,
    /// Size of the ready file; 0 if there is none.
    pub bytes: i64,
    /// Bytes transferred for it, including failed and repeated transfers. A transfer that several users
    /// waited for is booked once, to the first of them; for the others it is a hit.
    pub fetched: i64,
    /// Duration from the first attempt, or from the request if that was later, to the end. Includes pauses.
    pub seconds: f64,
    /// Part of `seconds` in which bytes were requested and received. None if nothing was.
    pub transfer_seconds: Option<f64>,
    /// Bytes per second: `fetched` divided by `transfer_seconds`.
    pub speed_bps: Option<i64>,
    /// Number of transfers started for it.
    pub attempts: i64,
    /// Reason for the failure, in plain words.
    pub error: Option<String>,
    pub at: DateTime<Utc>,
}

/// Statistics over deliveries. Rates and speeds are null without data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// Finished downloads, successful or not.
    pub downloads: i64,
    pub ready: i64,
    /// Ready downloads whose bytes were stored already.
    pub hits: i64,
    pub failed: i64,
    pub cancelled: i64,
    /// `hits` divided by `ready`, from 0 to 1.
    pub hit_rate: Option<f64>,
    /// `failed` divided by the sum of `ready` and `failed`, from 0 to 1. Cancelled downloads do not count.
    pub failure_rate: Option<f64>,
    /// Total size of the ready files.
    pub bytes: i64,
    /// Bytes transferred, including failed transfers.
    pub bytes_fetched: i64,
    /// Bytes not transferred because they were stored already.
    pub bytes_saved: i64,
    /// Mean bytes per second of successful transfers: their total bytes divided by their total seconds.
    pub mean_speed_bps: Option<i64>,
    /// Median bytes per second of successful transfers.
    pub median_speed_bps: Option<i64>,
}

/// Statistics of one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayFigures {
    /// Date in the user's time zone.
    pub day: NaiveDate,
    #[serde(flatten)]
    pub figures: Figures,
}

/// Statistics of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceFigures {
    pub source_id: SourceId,
    /// Current name or, once deleted, the last one.
    pub name: String,
    #[serde(flatten)]
    pub figures: Figures,
}

/// Statistics of one provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderFigures {
    pub provider: Provider,
    /// Downloads that became ready with its bytes.
    pub served: i64,
    /// Total size of these downloads.
    pub bytes: i64,
    /// Downloads that failed after it was the last one asked.
    pub failures: i64,
    /// Median bytes per second of its transfers. Null if it transferred nothing.
    pub median_speed_bps: Option<i64>,
}

/// Statistics of a range of days that ends today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    pub days: i64,
    pub totals: Figures,
    /// Every day of the range in order, including days without downloads.
    pub per_day: Vec<DayFigures>,
    /// Sources with the most downloads first.
    pub per_source: Vec<SourceFigures>,
    pub per_provider: Vec<ProviderFigures>,
}

pub const DAYS_DEFAULT: i64 = 30;
pub const MAX_DAYS: i64 = 365;

/// # Errors
/// Invalid, naming the field `days`, outside 1 to 365.
pub fn check_days(days: Option<i64>) -> Result<i64, Refusal> {
    let days = days.unwrap_or(DAYS_DEFAULT);
    if (1..=MAX_DAYS).contains(&days) {
        return Ok(days);
    }
    Err(Refusal::field("days", format!("Choose between 1 and {MAX_DAYS} days.")))
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
