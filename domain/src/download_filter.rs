//! Filters, orders and totals of a list of downloads.

use serde::{Deserialize, Serialize};

use super::download::{Download, DownloadStatus};
use super::item_position::{KeyKind, ListOrder, Position};
use super::page::{ListFilter, PageQuery};
use super::source::Kind;
use super::words::words;

words! {
    /// Status that a list is narrowed to: one of them, or all unfinished ones together.
    StatusFilter {
        OnTheWay = "on_the_way",
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

impl StatusFilter {
    pub fn includes(self, status: DownloadStatus) -> bool {
        match self {
            Self::OnTheWay => status.is_open(),
            one => one.as_str() == status.as_str(),
        }
    }
}

impl From<DownloadStatus> for StatusFilter {
    fn from(status: DownloadStatus) -> Self {
        match status {
            DownloadStatus::Queued => Self::Queued,
            DownloadStatus::Downloading => Self::Downloading,
            DownloadStatus::Paused => Self::Paused,
            DownloadStatus::Verifying => Self::Verifying,
            DownloadStatus::Ready => Self::Ready,
            DownloadStatus::Failed => Self::Failed,
            DownloadStatus::Cancelled => Self::Cancelled,
            DownloadStatus::Expired => Self::Expired,
        }
    }
}

words! {
    /// Order of a list of downloads. Downloads without the value that it sorts by come last.
    DownloadOrder {
        /// By request, the latest first.
        Added = "added",
        /// By the time they became ready or, before that, were requested.
        Newest = "newest",
        Shortest = "shortest",
        Longest = "longest",
        Largest = "largest",
        /// Ready ones that are not pinned, by their expiry.
        Expiring = "expiring",
    }
}

#[allow(clippy::derivable_impls)]
impl Default for DownloadOrder {
    fn default() -> Self {
        Self::Added
    }
}

impl ListOrder for DownloadOrder {
    fn key(self) -> KeyKind {
        match self {
            Self::Added => KeyKind::None,
            Self::Newest | Self::Expiring => KeyKind::Time,
            Self::Shortest | Self::Longest | Self::Largest => KeyKind::Number,
        }
    }
}

pub type DownloadPosition = Position<DownloadOrder>;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct DownloadFilter {
    pub q: Option<String>,
    pub status: Option<StatusFilter>,
    pub kind: Option<Kind>,
    pub order: Option<DownloadOrder>,
}

impl DownloadFilter {
    /// Position at which a page of this list begins. None at the top, and for a cursor of another list.
    pub fn position(&self, page: &PageQuery) -> Option<DownloadPosition> {
        let at: DownloadPosition = page.cursor.as_deref()?.parse().ok()?;
        (at.order == self.order.unwrap_or_default()).then_some(at)
    }
}

impl ListFilter for DownloadFilter {
    /// Accepts an id in the order of requests, else a position in the list's order.
    fn accepts_cursor(&self, page: &PageQuery) -> bool {
        match self.order.unwrap_or_default() {
            DownloadOrder::Added => page.after_id().is_some(),
            _ => self.position(page).is_some(),
        }
    }
}

/// Counts of the downloads that match a filter; length and size of the ready ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DownloadTotals {
    pub ready: i64,
    pub on_the_way: i64,
    pub failed: i64,
    /// Cancelled or expired.
    pub ended: i64,
    pub ready_seconds: i64,
    pub ready_bytes: i64,
}

impl DownloadTotals {
    pub fn of<'a>(downloads: impl IntoIterator<Item = &'a Download>) -> Self {
        use DownloadStatus::*;
        let mut totals = Self::default();
        for download in downloads {
            match download.status {
                Ready => {
                    totals.ready += 1;
                    totals.ready_seconds += download.duration_seconds.unwrap_or_default();
                    totals.ready_bytes += download.bytes_total.unwrap_or_default();
                }
                Queued | Downloading | Paused | Verifying => totals.on_the_way += 1,
                Failed => totals.failed += 1,
                Cancelled | Expired => totals.ended += 1,
            }
        }
        totals
    }

    /// Number of all downloads.
    pub fn all(&self) -> i64 {
        self.ready + self.on_the_way + self.failed + self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_a_filter_that_includes_it_alone() {
        for &status in DownloadStatus::ALL {
            let of = |filter: &StatusFilter| filter.includes(status) && *filter != StatusFilter::OnTheWay;
            let including: Vec<_> = StatusFilter::ALL.iter().copied().filter(of).collect();
            assert_eq!(including, [StatusFilter::from(status)]);
            assert_eq!(StatusFilter::OnTheWay.includes(status), status.is_open());
        }
    }

    #[test]
    fn a_cursor_belongs_to_the_order_that_gave_it_out() {
        let accepts = |order, cursor: &str| {
            let page = PageQuery { limit: None, cursor: Some(cursor.to_owned()) };
            DownloadFilter { order, ..DownloadFilter::default() }.accepts_cursor(&page)
        };
        assert!(accepts(None, "7") && !accepts(None, "largest~5~7"));
        assert!(accepts(Some(DownloadOrder::Largest), "largest~5~7"));
        assert!(!accepts(Some(DownloadOrder::Largest), "7"));
        assert!(!accepts(Some(DownloadOrder::Longest), "largest~5~7"));
        assert!(accepts(Some(DownloadOrder::Expiring), "expiring~2026-11-28T13:00:00Z~7"));
    }
}
