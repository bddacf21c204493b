//! Housekeeping: expired downloads, unused bytes, expired sessions, old events.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use super::{Transfer, eviction};
use crate::db::copies::AwaitedCopy;
use crate::db::downloads::{deleted, retention};
use crate::db::{
    accounts, bundles, ceremonies, channel_deliveries, contacts, copies, downloads, events, evictions,
    exports as account_exports, failures, history as deliveries, listened, media, notifications, pictures,
    plans, rate_limits, reset_links, sessions, subscriptions, transfers,
};
use crate::domain::bundle::KEPT;
use crate::domain::copy::{CopyReason, CopyState, KnownCopy, change_data};
use crate::domain::event::EventKind;
use crate::domain::eviction::Cause;
use crate::domain::history::MAX_DAYS;
use crate::domain::plan::view::MAX_OUTCOME_DAYS;
use crate::domain::playback::quarter_hour;
use crate::domain::{DateTime, Utc};
use crate::engine::catalog::UNDO_GRACE;
use crate::engine::{
    Engine, Result, SharedEngine, Work, api_keys, audit, channels, invites, oidc, request_limits,
};
use async_trait::async_trait;
use chrono::TimeDelta;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

/// Retention of bytes that no download holds, for later requests.
const UNHELD: TimeDelta = TimeDelta::days(1);
/// Retention of events: the longest time a browser may be away and still receive every event in order.
const EVENTS: TimeDelta = TimeDelta::days(30);
/// Retention of evictions.
const EVICTIONS: TimeDelta = TimeDelta::days(90);
/// Retention of notifications.
const NOTIFICATIONS: TimeDelta = TimeDelta::days(90);
/// Retention of the history: the longest span of figures, and the rest of its first day.
const HISTORY: TimeDelta = TimeDelta::days(MAX_DAYS + 1);

/// Retention of the visits of devices, from which the planner learns.
const VISITS: TimeDelta = TimeDelta::weeks(8);
/// Time without a contact after which a device no longer keeps downloads from expiry.
const DEVICE_AWAY: TimeDelta = TimeDelta::days(30);

/// Retention of pictures that are not shown any more.
const PICTURES: TimeDelta = TimeDelta::days(60);

/// Retention of the tombstones of sources: the longest time a site may be without a bundle and still learn of
/// all deletions.
const TOMBSTONES: TimeDelta = TimeDelta::days(180);

/// Lifetime of a ready download: the larger, the shorter.
pub fn lifetime(bytes: i64) -> TimeDelta {
    match bytes {
        ..10_000_000 => TimeDelta::days(14),
        10_000_000..=100_000_000 => TimeDelta::days(7),
        _ => TimeDelta::days(3),
    }
}

/// Hourly housekeeping job.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Housekeeping {}

#[async_trait]
impl Job for Housekeeping {
    const KIND: &'static str = "housekeeping";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        clean(engine).await.map_err(JobError::retry)
    }
}

pub(super) async fn clean(engine: &Engine) -> Result<()> {
    let now = engine.now();
    drop_abandoned(engine, now - DEVICE_AWAY).await?;
    contacts::delete_before(&engine.db, now - VISITS).await?;
    plans::delete_before(&engine.db, now - TimeDelta::days(MAX_OUTCOME_DAYS + 1)).await?;
    for (owner, id) in downloads::expiring(&engine.db, now).await? {
        let mut work = engine.begin().await?;
        let Some(download) = retention::eviction_candidate(&*work, owner, id).await? else { continue };
        if eviction::evict(&mut work, &download, Cause::Time, now).await? {
            work.commit().await?;
        }
    }
    account_exports::delete_expired(&engine.db, now).await?;
    pictures::forget_unused(&engine.db, now - PICTURES).await?;
    subscriptions::forget_deleted(&engine.db, now - UNDO_GRACE).await?;
    drop_unheld(engine, now - UNHELD, false).await?;
    transfers::end_unwanted(&engine.db, now - UNHELD).await?;
    sweep_incoming(engine).await?;
    sessions::delete_expired(&engine.db, now).await?;
    ceremonies::delete_expired(&engine.db, now).await?;
    api_keys::tidy(engine).await?;
    invites::tidy(engine).await?;
    reset_links::delete_expired(&engine.db, now).await?;
    audit::tidy(engine).await?;
    oidc::tidy(engine).await?;
    rate_limits::delete_expired(&engine.db, now).await?;
    request_limits::tidy(engine).await?;
    events::delete_before(&engine.db, now - EVENTS).await?;
    evictions::delete_before(&engine.db, now - EVICTIONS).await?;
    deliveries::delete_before(&engine.db, now - HISTORY).await?;
    listened::delete_before(&engine.db, quarter_hour(now - HISTORY)).await?;
    notifications::delete_old(&engine.db, now - NOTIFICATIONS).await?;
    channel_deliveries::delete_before(&engine.db, now - channels::KEPT).await?;
    failures::forget_unused(&engine.db).await?;
    bundles::delete_tombstones(&engine.db, now - TOMBSTONES).await?;
    bundles::delete_requests(&engine.db, now - KEPT).await?;
    bundles::delete_answered(&engine.db, now - KEPT).await?;
    bundles::forget_pictures(&engine.db, now - KEPT).await?;
    Ok(engine.store.tidy().await?)
}

/// Drops the copies that absent devices were to fetch, so that their downloads may expire.
async fn drop_abandoned(engine: &Engine, before: DateTime<Utc>) -> Result<()> {
    for AwaitedCopy { user_id, device_id, download_id, .. } in copies::abandoned(&engine.db, before).await? {
        let mut work = engine.begin().await?;
        accounts::lock(&*work, user_id).await?;
        let known = copies::get(&*work, user_id, device_id, download_id).await?;
        let Some(known) = known.filter(|it| it.state.awaits_bytes()) else { continue };
        let from = known.state;
        let dropped = KnownCopy { state: CopyState::Dropped, reason: Some(CopyReason::DeviceAway), ..known };
        if copies::advance(&*work, user_id, (device_id, download_id), from, &dropped, engine.now()).await? {
            let data = change_data(device_id, download_id, dropped.state);
            work.record(user_id, None, EventKind::CopyChanged, data).await?;
            work.commit().await?;
        }
    }
    Ok(())
}

/// Deletes bytes that were stored before this time and that neither a download nor a picture holds;
/// prefetched ones only if `even_ahead`. Deleted downloads hold them until they cannot be restored any more.
pub(super) async fn drop_unheld(engine: &Engine, before: DateTime<Utc>, even_ahead: bool) -> Result<()> {
    deleted::forget(&engine.db, engine.now() - UNDO_GRACE).await?;
    for sha256 in media::unheld(&engine.db, before, even_ahead, 1_000).await? {
        drop_bytes(engine, engine.begin().await?, &sha256).await?;
    }
    Ok(())
}

/// Deletes bytes that no download holds any more, now and not at the next housekeeping.
pub async fn drop_unheld_bytes(engine: &Engine) -> Result<()> {
    drop_unheld(engine, engine.now() - UNHELD, false).await
}

/// Deletes bytes that no download holds any more and commits `work`. Returns false and rolls back if one
/// does.
pub(super) async fn drop_bytes(engine: &Engine, work: Work<'_>, sha256: &str) -> Result<bool> {
    if !media::drop_blob(&*work, sha256).await? {
        return Ok(false);
    }
    // The bytes are deleted while the row is still locked: after the commit a new row could already rely on
    // them.
    engine.store.remove(sha256).await?;
    work.commit().await?;
    Ok(true)
}

/// Pushes a transfer for every awaited address after a start.
pub async fn recover(engine: &Engine) -> Result<()> {
    let mut work = engine.begin().await?;
    for url in downloads::awaited(&*work).await? {
        work.push(&Transfer::of(&engine.config, url)).await?;
    }
    work.commit().await
}

/// A partial file that no transfer continues.
#[derive(Debug)]
pub struct Leftover {
    pub path: PathBuf,
    pub bytes: u64,
    pub age: Duration,
}

/// Partial files older than a day that no transfer continues.
pub async fn leftovers(engine: &Engine) -> Result<Vec<Leftover>> {
    let mut left = Vec::new();
    let mut entries = match tokio::fs::read_dir(engine.config.incoming()).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(left),
        Err(error) => return Err(error.into()),
    };
    let wanted = transfers::parts(&engine.db).await?;
    while let Some(entry) = entries.next_entry().await? {
        let about = match entry.metadata().await {
            Ok(about) => about,
            // Its transfer has ended meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        let is_wanted = entry.file_name().to_str().is_some_and(|name| wanted.iter().any(|part| part == name));
        let age = about.modified()?.elapsed().unwrap_or_default();
        // A newer file may belong to a transfer that has not recorded it yet.
        if about.is_file() && !is_wanted && age > UNHELD.to_std().unwrap_or_default() {
            left.push(Leftover { path: entry.path(), bytes: about.len(), age });
        }
    }
    Ok(left)
}

pub async fn sweep_incoming(engine: &Engine) -> Result<()> {
    for left in leftovers(engine).await? {
        tokio::fs::remove_file(left.path).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_are_kept_for_a_shorter_time() {
        assert_eq!([9, 10, 100, 101].map(|mb| lifetime(mb * 1_000_000).num_days()), [14, 7, 7, 3]);
    }
}
