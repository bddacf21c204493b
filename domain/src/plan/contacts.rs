//! Habit of a device's contacts: the last moment at which it usually comes by before a departure.

use chrono::{Datelike, NaiveDateTime, TimeZone, Timelike};

use super::need::HORIZON;
use crate::{DateTime, TimeDelta, Utc};

/// Time over which contacts are remembered, in weeks.
pub const WEEKS: i64 = 4;
/// Hours of a week.
const HOURS: usize = 168;
/// Share of the weeks from which an hour counts as usual.
const USUAL: f64 = 0.5;
/// Weight of the mean over all hours, in weeks: an hour needs more than one contact by chance.
const SHRINKAGE: f64 = 1.0;
/// Contact expected of a device without habits, before the departure.
const BEFORE_DEPARTURE: TimeDelta = TimeDelta::minutes(60);
/// Time for which a device without habits is supplied.
const REACH_OF_NEW: TimeDelta = TimeDelta::hours(168);
/// Longest time for which a device is supplied.
const MAX_REACH: TimeDelta = TimeDelta::days(8);
/// Addition to the longest gap between two contacts.
const LATER_THAN_EVER: TimeDelta = TimeDelta::hours(48);

/// A time in which a device was in contact with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceContact {
    pub began_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
}

/// Hours of the week at which a device is in contact, over the last four weeks, in the user's local time.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactHabit {
    /// Whole weeks since the device is known, at most four.
    weeks: i64,
    /// One bit per week, for each hour from Monday 00:00 on.
    hours: [u8; HOURS],
    longest_gap: TimeDelta,
}

impl ContactHabit {
    /// Reads the habit from contacts in the order of their times. `since` is the device's first contact.
    pub fn of<Z: TimeZone>(
        contacts: &[DeviceContact],
        since: DateTime<Utc>,
        zone: &Z,
        now: DateTime<Utc>,
    ) -> Self {
        let oldest = now - TimeDelta::weeks(WEEKS);
        let mut habit = Self {
            weeks: (now - since).num_weeks().clamp(0, WEEKS),
            hours: [0; HOURS],
            longest_gap: TimeDelta::zero(),
        };
        let mut last = None;
        for contact in contacts.iter().filter(|contact| contact.ended_at > oldest && contact.began_at <= now)
        {
            if let Some(last) = last {
                habit.longest_gap = habit.longest_gap.max(contact.began_at - last);
            }
            last = last.max(Some(contact.ended_at));
            let mut at = contact.began_at.max(oldest);
            let until = contact.ended_at.min(now);
            // A contact of days without end is remembered for its first week.
            for _ in 0..HOURS {
                let week = (now - at).num_weeks().clamp(0, WEEKS - 1);
                habit.hours[hour_of_week(at.with_timezone(zone).naive_local())] |= 1 << week;
                at = next_hour(at, zone);
                if at >= until {
                    break;
                }
            }
        }
        if let Some(last) = last {
            habit.longest_gap = habit.longest_gap.max(now - last);
        }
        habit
    }

    /// End of the last hour before the departure in which the device usually is in contact. It may be over.
    pub fn contact_by<Z: TimeZone>(&self, departs_at: DateTime<Utc>, zone: &Z) -> DateTime<Utc> {
        let mean = self.hours.iter().map(|weeks| self.share(*weeks)).sum::<f64>() / HOURS as f64;
        let is_usual = |weeks: u8| {
            let seen = f64::from(weeks.count_ones()) + SHRINKAGE * mean;
            self.weeks > 0 && weeks > 0 && seen / (self.weeks as f64 + SHRINKAGE) >= USUAL
        };
        let departs = departs_at.with_timezone(zone).naive_local();
        let begun = departs - TimeDelta::seconds(i64::from(departs.minute() * 60 + departs.second()));
        let hour = hour_of_week(departs);
        let mut usual = (0..HOURS)
            .filter(|before| is_usual(self.hours[(hour + HOURS - before) % HOURS]))
            .filter_map(|before| latest(begun + TimeDelta::hours(1 - before as i64), zone))
            .filter(|end| *end <= departs_at);
        usual.next().unwrap_or(departs_at - BEFORE_DEPARTURE)
    }

    /// Time for which the device is supplied: its longest time without a contact and a day more, at least as
    /// long as windows are planned one by one.
    pub fn reach(&self) -> TimeDelta {
        if self.weeks == 0 {
            return REACH_OF_NEW;
        }
        (self.longest_gap + LATER_THAN_EVER).clamp(HORIZON, MAX_REACH)
    }

    fn share(&self, weeks: u8) -> f64 {
        f64::from(weeks.count_ones()) / self.weeks.max(1) as f64
    }
}

/// Hour of the week from Monday 00:00 on. Of an hour that occurs twice both are the same one.
fn hour_of_week(local: NaiveDateTime) -> usize {
    local.weekday().num_days_from_monday() as usize * 24 + local.hour() as usize
}

/// Time of a clock: the second one if it occurs twice, and the end of the gap if it is skipped.
fn latest<Z: TimeZone>(local: NaiveDateTime, zone: &Z) -> Option<DateTime<Utc>> {
    let mut later = (0..3).map(|hours| zone.from_local_datetime(&(local + TimeDelta::hours(hours))));
    later.find_map(|moment| moment.latest()).map(|moment| moment.to_utc())
}

fn next_hour<Z: TimeZone>(at: DateTime<Utc>, zone: &Z) -> DateTime<Utc> {
    let local = at.with_timezone(zone).naive_local();
    at + TimeDelta::seconds(3_600 - i64::from(local.minute() * 60 + local.second()))
        - TimeDelta::nanoseconds(i64::from(local.nanosecond()))
}
