//! Need of a window: the listening time that a device has to hold for it.

use chrono::{FixedOffset, TimeZone};
use serde::{Deserialize, Serialize};

use crate::commute::{CommuteWindow, commutes};
use crate::{CommuteWindowId, DateTime, TimeDelta, Utc};

/// Time ahead for which windows are planned one by one. Later ones count for the reserve.
pub const HORIZON: TimeDelta = TimeDelta::hours(72);

/// Percentage of a window's length that is prepared: journeys last longer than planned.
const PREPARED_PERCENT: i64 = 110;

/// Occurrence of a window to prepare for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Departure {
    pub window_id: CommuteWindowId,
    pub label: String,
    /// In the user's local time.
    pub departs_at: DateTime<FixedOffset>,
    /// Listening time to hold, in seconds. Playback rates count on the other side: an item gives the time
    /// that it takes to listen to its rest (`listening_seconds`).
    pub need_s: i64,
}

/// Departures from the inventory on until `until`, in order. Those that have begun since then are among them,
/// because their listening is not known yet. Of one that was under way then, its rest counts.
pub fn departures<Z: TimeZone>(
    windows: &[CommuteWindow],
    zone: &Z,
    inventory_at: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<Departure> {
    let all = commutes(windows, zone, inventory_at, until).into_iter();
    all.map(|(window_id, commute)| {
        let ends = commute.begins + TimeDelta::minutes(commute.minutes);
        let rest = ends - commute.begins.max(inventory_at.fixed_offset());
        let need_s = need(rest.num_seconds());
        Departure { window_id, label: commute.label, departs_at: commute.begins, need_s }
    })
    .collect()
}

/// Seconds to hold for a journey of so many seconds.
pub fn need(journey_s: i64) -> i64 {
    journey_s * PREPARED_PERCENT / 100
}

/// Distributes an amount over needs in their order.
pub(super) fn fill(needs: &[i64], mut amount: i64) -> Vec<i64> {
    let mut part = |need: &i64| {
        let part = amount.clamp(0, *need);
        amount -= part;
        part
    };
    needs.iter().map(&mut part).collect()
}
