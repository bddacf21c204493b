//! Plans and outcomes as their user sees them.

use chrono::FixedOffset;
use serde::{Deserialize, Serialize};

use super::candidates::CopyLocation;
use super::state::{PlanState, ShortReason};
use crate::page::ListFilter;
use crate::refusal::{Complaints, Refusal};
use crate::{CommuteWindowId, DateTime, DeviceId, ItemId, Utc};

/// A window of the next 72 hours, as planned for a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedWindow {
    pub device_id: DeviceId,
    pub window_id: CommuteWindowId,
    pub label: String,
    /// In the user's local time, as `contact_by` is.
    pub departs_at: DateTime<FixedOffset>,
    /// Last moment before it at which the device usually is in contact. It may have passed.
    pub contact_by: DateTime<FixedOffset>,
    /// Minutes of listening to hold for it, a tenth more than it lasts.
    pub need_minutes: i64,
    /// Minutes of them whose bytes the device has proved to hold, and the time of the oldest proof.
    pub on_device: i64,
    pub proved_at: Option<DateTime<Utc>>,
    /// Further minutes: on the server, being fetched by it, and at the publishers.
    pub on_server: i64,
    pub on_the_way: i64,
    pub at_origin: i64,
    /// Items in the order of listening.
    pub items: Vec<PlannedItem>,
    pub state: PlanState,
    /// Reason why it is short.
    pub reason: Option<ShortReason>,
    /// State, numbers, cause and one action, in plain words.
    pub sentence: String,
}

/// An item that a device is to hold for a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedItem {
    pub item_id: ItemId,
    pub title: String,
    /// Minutes that it takes to listen to its rest, at the playback rate of its source.
    pub minutes: i64,
    pub bytes: i64,
    pub location: CopyLocation,
}

/// A departure as its device shows it without a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedDeparture {
    pub label: String,
    pub departs_at: DateTime<Utc>,
    /// Minutes of listening to hold for it.
    pub need_minutes: i64,
}

/// Selects the device whose plans are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct PlanFilter {
    pub device_id: Option<DeviceId>,
}

impl PlanFilter {
    /// # Errors
    /// Invalid, naming the field, if no device is given.
    pub fn device(&self) -> Result<DeviceId, Refusal> {
        self.device_id.ok_or_else(|| Refusal::field("device_id", "Name the device."))
    }
}

impl ListFilter for PlanFilter {}

/// Longest and usual time for which outcomes are listed, in days. They are kept as long.
pub const MAX_OUTCOME_DAYS: i64 = 56;
const OUTCOME_DAYS: i64 = 14;

/// Selects the outcomes that are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct OutcomeFilter {
    /// Days to look back.
    pub days: Option<i64>,
}

impl OutcomeFilter {
    /// # Errors
    /// Invalid, naming the field.
    pub fn days(&self) -> Result<i64, Refusal> {
        let days = self.days.unwrap_or(OUTCOME_DAYS);
        let mut complaints = Complaints::default();
        let is_known = (1..=MAX_OUTCOME_DAYS).contains(&days);
        complaints.check(is_known, "days", format!("Choose 1 to {MAX_OUTCOME_DAYS} days."));
        complaints.finish()?;
        Ok(days)
    }
}

impl ListFilter for OutcomeFilter {}

/// Outcome of a window that has begun, on a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowOutcome {
    pub device_id: DeviceId,
    pub device: String,
    pub label: String,
    /// In the user's local time.
    pub departs_at: DateTime<FixedOffset>,
    pub need_minutes: i64,
    /// Proved minutes on the device ten minutes before the departure.
    pub at_minus_10: i64,
    /// The same at the departure. None until then.
    pub at_departure: Option<i64>,
    /// Whether the device claimed to be ready ten minutes before.
    pub is_ready: bool,
    /// Whether the device's next contacts confirmed the minutes. None before they have.
    pub confirmed: Option<bool>,
    /// Whether no contact has confirmed or contradicted them within a week.
    pub is_unconfirmed: bool,
    /// Minutes that it confirmed.
    pub confirmed_minutes: Option<i64>,
}

impl WindowOutcome {
    /// Whether the device was said to be ready and was not.
    pub fn is_contradicted(&self) -> bool {
        self.is_ready && self.confirmed == Some(false)
    }
}

/// Whole minutes of which something is there, as in sentences: what is needed is rounded up, and what is held
/// down.
pub fn needed_minutes(seconds: i64) -> i64 {
    (seconds + 59) / 60
}

/// Minutes held of so many needed seconds.
pub fn held_minutes(held_s: i64, need_s: i64) -> i64 {
    if held_s >= need_s { needed_minutes(need_s) } else { held_s / 60 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_that_is_covered_shows_all_of_its_minutes() {
        assert_eq!((needed_minutes(61), held_minutes(61, 61), held_minutes(60, 61)), (2, 2, 1));
    }

    #[test]
    fn days_are_bounded_and_a_device_is_needed() {
        assert_eq!(OutcomeFilter { days: Some(57) }.days().err().map(|it| it.fields().len()), Some(1));
        assert_eq!(OutcomeFilter::default().days(), Ok(14));
        assert!(PlanFilter::default().device().is_err());
    }
}
