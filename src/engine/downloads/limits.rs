//! A user's limits, checked in the same transaction in which a download is created or its true size becomes
//! known.

use chrono::Utc;

use super::eviction;
use crate::db::downloads::retries::DueRetry;
use crate::db::downloads::{Waiting, retention, sizes};
use crate::db::{ConnectionTrait, accounts, downloads, runs};
use crate::domain::outcome::Hindrance;
use crate::domain::preference::{ApprovalLimits, Preferences};
use crate::domain::size::size;
use crate::domain::{DateTime, Refusal, RunId, UserId};
use crate::engine::local_time::{begin_of, zone};
use crate::engine::{Result, Work};

const MB: i64 = 1_000_000;

/// Checks the limits and evicts to free quota if possible. Refuses with the limit that is reached. An unknown
/// size counts as one byte until it is known (`resize`). The caller must hold the lock on the user's row.
pub async fn reserve(
    work: &mut Work<'_>,
    owner: UserId,
    run: Option<RunId>,
    bytes: Option<i64>,
    now: DateTime<Utc>,
) -> Result<()> {
    admit(work, &WantedSpace { owner, run, bytes, asked_at: now }, now).await
}

/// Like `reserve`, for a failed download that is retried automatically. Downloads that became ready after it
/// was requested are not evicted.
pub async fn reserve_again(work: &mut Work<'_>, due: &DueRetry, now: DateTime<Utc>) -> Result<()> {
    let wanted =
        WantedSpace { owner: due.user_id, run: due.run_id, bytes: due.bytes_total, asked_at: due.created_at };
    admit(work, &wanted, now).await
}

async fn admit(work: &mut Work<'_>, wanted: &WantedSpace, now: DateTime<Utc>) -> Result<()> {
    let preferences = accounts::preferences(&**work, wanted.owner).await?;
    let used =
        downloads::usage(&**work, wanted.owner, midnight(&preferences, now), preferences.max_daily_items)
            .await?;
    if used.items >= preferences.max_daily_items {
        let why = format!(
            "Your limit of {} items a day is reached. Raise it in Preferences, or wait until tomorrow.",
            preferences.max_daily_items
        );
        return Err(Refusal::conflict(why).into());
    }
    fit(work, wanted, used.bytes, preferences.max_storage_mb, now).await
}

/// Share of a user's downloads per day that plans leave to other requests, as a divisor.
const LEFT_TO_USERS: i64 = 4;

/// Whether a plan may queue another download. The last quarter of a day's items is left to other requests.
pub async fn has_room_for_plans(
    db: &impl ConnectionTrait,
    owner: UserId,
    preferences: &Preferences,
    now: DateTime<Utc>,
) -> Result<bool> {
    let most = preferences.max_daily_items - preferences.max_daily_items / LEFT_TO_USERS;
    Ok(downloads::usage(db, owner, midnight(preferences, now), most).await?.items < most)
}

/// Refuses another download of a run that has ended or has queued its maximum. Within a transaction the
/// answer holds until the transaction ends.
pub async fn of_run(db: &impl ConnectionTrait, owner: UserId, id: RunId) -> Result<()> {
    let Some(run) = runs::hold(db, owner, id).await? else {
        return Err(Refusal::conflict("This run is over.").into());
    };
    let queued = downloads::summary(db, id).await?.queued;
    if queued >= run.max_items {
        let items = if run.max_items == 1 { "item" } else { "items" };
        return Err(
            Refusal::conflict(format!("This run may queue {} {items} and has.", run.max_items)).into()
        );
    }
    Ok(())
}

/// Limit that a refusal of `reserve` names.
pub fn hindrance(refusal: &str) -> Option<Hindrance> {
    if refusal.starts_with("Your limit of ") {
        Some(Hindrance::DailyLimit)
    } else if refusal.starts_with("This needs ") && refusal.contains(" MB are taken. ") {
        Some(Hindrance::StorageQuota)
    } else {
        None
    }
}

/// Corrects the counted size of a download to its true size, or refuses with the limit that it exceeds. The
/// caller must hold the lock on the user's row.
pub async fn resize(work: &mut Work<'_>, w: &Waiting, bytes: i64, now: DateTime<Utc>) -> Result<()> {
    let preferences = accounts::preferences(&**work, w.user_id).await?;
    if let Some(run) = w.run_id {
        let others = sizes::bytes_of_run(&**work, w.user_id, run).await? - w.bytes_total.unwrap_or_default();
        may_be_larger(&preferences.approval, w.bytes_total, bytes, others)?;
    } else if w.is_planned && preferences.approval.ask_about(Some(bytes)) {
        return Err(Refusal::conflict(format!(
            "{}. You want to be asked above {} MB a file: press Retry to fetch it.",
            turned_out(w.bytes_total, bytes),
            preferences.approval.file_mb
        ))
        .into());
    }
    let used = downloads::usage(&**work, w.user_id, now, 0).await?.bytes - w.bytes_total.unwrap_or_default();
    let wanted = WantedSpace { owner: w.user_id, run: w.run_id, bytes: Some(bytes), asked_at: w.created_at };
    fit(work, &wanted, used, preferences.max_storage_mb, now).await?;
    sizes::resize(&**work, w.user_id, w.id, bytes).await?;
    Ok(())
}

/// Checks the approval limits: a run may continue with files that the user approved or that were small
/// enough. A feed's size may be off by ten per cent.
fn may_be_larger(limits: &ApprovalLimits, said: Option<i64>, bytes: i64, others: i64) -> Result<(), Refusal> {
    let needs_word = |bytes| limits.ask_about(Some(bytes)) || others + bytes > limits.run_mb * MB;
    let was_asked = said.filter(|said| needs_word(*said));
    if !needs_word(bytes) || was_asked.is_some_and(|said| bytes <= said + said / 10) {
        return Ok(());
    }
    let why = format!(
        "{}. You want to be asked above {} MB a file and {} MB a run: press Retry to fetch it.",
        turned_out(said, bytes),
        limits.file_mb,
        limits.run_mb
    );
    Err(Refusal::conflict(why))
}

fn turned_out(said: Option<i64>, bytes: i64) -> String {
    let said = said.map_or("of unknown size".to_owned(), |said| format!("said to be {}", size(said)));
    format!("This was {said} and turned out to be {}", size(bytes))
}

/// Requested size, its owner, and the time of the request.
struct WantedSpace {
    owner: UserId,
    run: Option<RunId>,
    bytes: Option<i64>,
    asked_at: DateTime<Utc>,
}

/// Evicts if needed, but only downloads that were ready when the request was made, so that concurrent
/// requests do not evict each other.
async fn fit(
    work: &mut Work<'_>,
    wanted: &WantedSpace,
    used: i64,
    most_mb: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let WantedSpace { owner, run, bytes, asked_at } = *wanted;
    let short = used + bytes.unwrap_or(1) - most_mb * MB;
    if short <= 0 || eviction::evict_for_quota(work, owner, run, short, asked_at, now).await? >= short {
        return Ok(());
    }
    let pinned = retention::pinned_bytes(&**work, owner).await?;
    let kept = match (pinned, retention::awaited_bytes(&**work, owner).await?) {
        (0, 0) => "Delete something".to_owned(),
        (0, awaited) => {
            format!("{} stay until your devices have them. Delete something", size(awaited))
        }
        (pinned, _) => format!("{} are pinned and stay. Unpin or delete something", size(pinned)),
    };
    let why = format!(
        "This needs {} MB and {} of your {most_mb} MB are taken. {kept}, or raise the limit in Preferences.",
        bytes.unwrap_or(0) / MB,
        used / MB,
    );
    Err(Refusal::conflict(why).into())
}

/// Start of the user's day, in their time zone.
fn midnight(preferences: &Preferences, now: DateTime<Utc>) -> DateTime<Utc> {
    let zone = zone(preferences);
    begin_of(zone, now.with_timezone(&zone).date_naive()).unwrap_or(now)
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
    fn a_run_goes_on_with_what_it_was_allowed_to_fetch() {
        let limits = ApprovalLimits { file_mb: 100, run_mb: 300 };
        let may = |said: Option<i64>, mb: i64, others: i64| {
            may_be_larger(&limits, said.map(|said| said * MB), mb * MB, others * MB)
                .map_err(|why| why.to_string())
        };
        assert_eq!([may(None, 100, 0), may(Some(5), 99, 200), may(Some(200), 219, 0)], [const { Ok(()) }; 3]);
        let why = may(None, 101, 0).expect_err("was never asked about");
        assert!(why.starts_with("This was of unknown size and turned out to be 101 MB."), "{why}");
        assert!(may(Some(5), 101, 0).expect_err("small").contains("said to be 5 MB"));
        assert!(may(Some(5), 60, 250).is_err() && may(Some(200), 230, 0).is_err());
    }

    #[test]
    fn a_midnight_that_summer_time_skips_is_an_hour_later() {
        assert_eq!(midnight_in("America/Santiago", "2026-09-06T12:00:00Z"), "2026-09-06T04:00:00+00:00");
    }
}
