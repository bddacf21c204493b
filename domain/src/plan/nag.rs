//! Reminders to open the app: one per window, by day, and only where it helps.

use chrono::{FixedOffset, NaiveTime, TimeZone};

use super::state::{PlanState, ShortReason, WindowPlan};
use crate::{DateTime, TimeDelta, Utc};

/// Time of a reminder before the last usual contact.
const BEFORE_CONTACT: TimeDelta = TimeDelta::minutes(15);
/// Time of a reminder before the departure.
const BEFORE_DEPARTURE: TimeDelta = TimeDelta::minutes(60);
/// Shortest time before the departure in which a reminder still helps.
const TOO_LATE: TimeDelta = TimeDelta::minutes(10);
/// First and last hour of the day at which reminders may come.
const FIRST_HOUR: u32 = 6;
const LAST_HOUR: u32 = 22;

/// Reminder settings of a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NagRules {
    /// The user has allowed reminders between 22:00 and 06:00.
    pub is_night_allowed: bool,
}

impl NagRules {
    /// Time of the one reminder for a window: an hour before it, or before the last usual contact if that is
    /// later. At night it comes in the morning if that is early enough, else in the evening before.
    pub fn time<Z: TimeZone>(self, window: &WindowPlan, zone: &Z) -> DateTime<FixedOffset> {
        let usual = (window.departs_at - BEFORE_DEPARTURE).max(window.contact_by - BEFORE_CONTACT);
        // By the clock of that moment: it may change before the departure.
        let usual = usual.with_timezone(zone).fixed_offset();
        if self.is_night_allowed || is_day(usual) {
            return usual;
        }
        let date = usual.date_naive();
        let morning = at_hour(zone, date, FIRST_HOUR).filter(|at| *at >= usual);
        let in_time = morning.filter(|at| *at <= window.departs_at - TOO_LATE);
        let evening = [Some(date), date.pred_opt()].into_iter().flatten();
        let mut evening =
            evening.filter_map(|date| at_hour(zone, date, LAST_HOUR)).map(|at| at - BEFORE_CONTACT);
        in_time.or_else(|| evening.find(|at| *at <= usual)).unwrap_or(usual)
    }

    /// Whether the reminder is due. `told_at` is the time of an earlier one for the same window.
    pub fn is_due<Z: TimeZone>(
        self,
        window: &WindowPlan,
        zone: &Z,
        told_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> bool {
        let is_time = now >= self.time(window, zone) && now <= window.departs_at - TOO_LATE;
        let local = now.with_timezone(zone).fixed_offset();
        told_at.is_none() && is_time && (self.is_night_allowed || is_day(local)) && helps(window)
    }
}

/// Whether the user can do anything on the device now.
fn helps(window: &WindowPlan) -> bool {
    match window.state {
        // Between the reminder and the usual contact the window is not short yet.
        PlanState::OnServer => true,
        PlanState::Short => {
            let is_there = window.on_server_s > 0;
            match window.reason {
                Some(ShortReason::DeviceAway | ShortReason::SlowLink | ShortReason::NotKept) => is_there,
                Some(ShortReason::DeviceFull) => true,
                // A part is better than nothing, if it is on the server.
                _ => is_there && window.on_device_s * 2 < window.need_s,
            }
        }
        PlanState::Preparing => window.on_server_s > 0,
        PlanState::Planned | PlanState::Ready | PlanState::Departed => false,
    }
}

fn is_day(local: DateTime<FixedOffset>) -> bool {
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0);
    Some(local.time()) >= hour(FIRST_HOUR) && Some(local.time()) < hour(LAST_HOUR)
}

fn at_hour<Z: TimeZone>(zone: &Z, date: chrono::NaiveDate, hour: u32) -> Option<DateTime<FixedOffset>> {
    Some(zone.from_local_datetime(&date.and_hms_opt(hour, 0, 0)?).earliest()?.fixed_offset())
}
