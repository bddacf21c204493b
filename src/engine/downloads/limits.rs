//! What a person may still ask for today: checked where the download is made, in the same transaction.

use chrono::{NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use super::eviction;
use crate::db::downloads::keeping;
use crate::db::{accounts, downloads};
use crate::domain::preference::Preferences;
use crate::domain::size::size;
use crate::domain::{DateTime, Refusal, RunId, UserId};
use crate::engine::{Result, Work};

const MB: i64 = 1_000_000;

/// Refuses with the limit that is reached, after making what room there can be made. An unknown size counts as
/// nothing until the bytes are here. The caller holds the person's row.
pub async fn reserve(
    work: &mut Work<'_>,
    owner: UserId,
    run: Option<RunId>,
    bytes: Option<i64>,
    now: DateTime<Utc>,
) -> Result<()> {
    let preferences = accounts::preferences(&**work, owner).await?;
    let used = downloads::used(&**work, owner, midnight(&preferences, now)).await?;
    if used.items >= preferences.max_daily_items {
        let why = format!(
            "Your limit of {} items a day is reached. Raise it in Preferences, or wait until tomorrow.",
            preferences.max_daily_items
        );
        return Err(Refusal::conflict(why).into());
    }
    let short = used.bytes + bytes.unwrap_or(1) - preferences.max_storage_mb * MB;
    if short > 0 && eviction::make_room(work, owner, run, short, now).await? < short {
        let pinned = match keeping::pinned_bytes(&**work, owner).await? {
            0 => "Delete something".to_owned(),
            pinned => format!("{} are pinned and stay. Unpin or delete something", size(pinned)),
        };
        let why = format!(
            "This needs {} MB and {} of your {} MB are taken. {pinned}, or raise the limit in Preferences.",
            bytes.unwrap_or(0) / MB,
            used.bytes / MB,
            preferences.max_storage_mb
        );
        return Err(Refusal::conflict(why).into());
    }
    Ok(())
}

/// When the person's day began, by their own clock.
fn midnight(preferences: &Preferences, now: DateTime<Utc>) -> DateTime<Utc> {
    let zone = zone(preferences);
    begin_of(zone, now.with_timezone(&zone).date_naive()).unwrap_or(now)
}

pub fn zone(preferences: &Preferences) -> Tz {
    preferences.timezone.parse().unwrap_or(chrono_tz::UTC)
}

/// When a day begins in a time zone; none where the zone has left that day out.
pub fn begin_of(zone: Tz, day: NaiveDate) -> Option<DateTime<Utc>> {
    // In some zones summer time begins at midnight: that day starts an hour late.
    let start = (0..3).find_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest());
    start.map(|start| start.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn midnight_in(zone: &str, now: &str) -> String {
        let preferences = Preferences { timezone: zone.into(), ..Default::default() };
        midnight(&preferences, now.parse().expect("a time")).to_rfc3339()
    }

    #[test]
    fn the_day_begins_at_the_persons_own_midnight() {
        assert_eq!(midnight_in("UTC", "2026-11-21T04:00:00Z"), "2026-11-21T00:00:00+00:00");
        assert_eq!(midnight_in("Asia/Tokyo", "2026-11-21T16:00:00Z"), "2026-11-21T15:00:00+00:00");
        assert_eq!(midnight_in("America/New_York", "2026-11-21T04:00:00Z"), "2026-11-20T05:00:00+00:00");
    }

    #[test]
    fn a_midnight_that_summer_time_skips_is_an_hour_later() {
        assert_eq!(midnight_in("America/Santiago", "2026-09-06T12:00:00Z"), "2026-09-06T04:00:00+00:00");
    }
}
