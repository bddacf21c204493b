//! A user's time zone, and its UTC offsets for pages that show local times.

use chrono::{Days, NaiveDate, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::domain::local_time::LocalClock;
use crate::domain::preference::Preferences;
use crate::domain::{DateTime, Utc};

/// Start of the table, 2000-01-01: hardly any item was published in a feed before.
const FIRST: DateTime<Utc> = DateTime::from_timestamp(946_684_800, 0).expect("a time");
/// Step of the search, which finds one change of offset per step: no summer time, and
/// no pause in one, is shorter.
const STEP: TimeDelta = TimeDelta::days(7);
/// Time after now that the table covers, for future times on pages.
const AHEAD: TimeDelta = TimeDelta::days(400);

/// Clock of a user's time zone, for times until more than a year ahead.
pub fn clock(preferences: &Preferences, now: DateTime<Utc>) -> LocalClock {
    clock_of(zone(preferences), now + AHEAD)
}

/// Time zone of a user; UTC if it is unknown here.
pub fn zone(preferences: &Preferences) -> Tz {
    preferences.timezone.parse().unwrap_or(chrono_tz::UTC)
}

/// Start of a day in a time zone; None if the zone skipped that day.
pub fn begin_of(zone: Tz, day: NaiveDate) -> Option<DateTime<Utc>> {
    // In some zones summer time begins at midnight: that day starts an hour late.
    let start = (0..3).find_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest());
    start.map(|start| start.with_timezone(&Utc))
}

/// The last days before `now`, that of `now` included, and the day after it: each with its start.
pub fn last_days(zone: Tz, now: DateTime<Utc>, days: i64) -> Vec<(NaiveDate, DateTime<Utc>)> {
    let after = now.with_timezone(&zone).date_naive() + Days::new(1);
    let days = days.unsigned_abs();
    let all = (0..=days).filter_map(|n| after.checked_sub_days(Days::new(days - n)));
    all.map(|day| (day, begin_of(zone, day).unwrap_or_else(|| day.and_time(Default::default()).and_utc())))
        .collect()
}

fn clock_of(zone: Tz, until: DateTime<Utc>) -> LocalClock {
    let ahead =
        |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc() / 60;
    let mut changes = vec![(FIRST.timestamp() / 60, ahead(FIRST))];
    let mut at = FIRST;
    while at < until {
        let next = at + STEP;
        let (before, after) = (ahead(at), ahead(next));
        if before != after {
            let (mut low, mut high) = (at.timestamp() / 60, next.timestamp() / 60);
            while high - low > 1 {
                let middle = (low + high) / 2;
                let is_before =
                    DateTime::from_timestamp(middle * 60, 0).is_some_and(|at| ahead(at) == before);
                if is_before { low = middle } else { high = middle }
            }
            changes.push((high, after));
        }
        at = next;
    }
    LocalClock { changes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_what_its_zone_does() {
        let until = "2028-01-01T00:00:00Z".parse().expect("a time");
        for zone in [
            chrono_tz::UTC,
            chrono_tz::Europe::Berlin,
            chrono_tz::America::New_York,
            chrono_tz::Asia::Kolkata,
            chrono_tz::Australia::Lord_Howe,
            chrono_tz::Pacific::Apia,
            chrono_tz::Africa::Casablanca,
        ] {
            let clock = clock_of(zone, until);
            assert!(clock.changes.len() < 120, "{zone}: {}", clock.changes.len());
            let mut at: DateTime<Utc> = FIRST;
            while at < until {
                assert_eq!(clock.at(at).naive_local(), at.with_timezone(&zone).naive_local(), "{zone} {at}");
                at += TimeDelta::minutes(547);
            }
        }
    }
}
