//! What time takes away: old downloads, bytes nobody holds, sign-ins that have run out, old events.

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Transfer;
use crate::db::{deliveries, downloads, events, media, sessions, transfers};
use crate::domain::event::EventKind;
use crate::domain::history::DAYS_MOST;
use crate::engine::jobs::{Job, JobError, Lease};
use crate::engine::{Engine, Result, SharedEngine};

const MB: i64 = 1_000_000;
/// Bytes nobody holds are kept this long for whoever asks next.
const UNHELD: TimeDelta = TimeDelta::days(1);
/// How long a browser may be away and still be told everything in order.
const EVENTS: TimeDelta = TimeDelta::days(30);
/// The longest span of figures, and the rest of its first day.
const HISTORY: TimeDelta = TimeDelta::days(DAYS_MOST + 1);

/// How long a ready download is kept: the larger, the shorter.
pub fn lifetime(bytes: i64) -> TimeDelta {
    match bytes {
        ..10_000_000 => TimeDelta::days(14),
        10_000_000..=100_000_000 => TimeDelta::days(7),
        _ => TimeDelta::days(3),
    }
}

/// The hourly round.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Housekeeping {}

#[async_trait]
impl Job for Housekeeping {
    const KIND: &'static str = "housekeeping";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn uniq(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        clean(engine).await.map_err(JobError::retry)
    }
}

async fn clean(engine: &Engine) -> Result<()> {
    let now = engine.now();
    for (owner, id) in downloads::expiring(&engine.db, now).await? {
        let mut work = engine.begin().await?;
        let Some(download) = downloads::get(&*work, owner, id).await? else { continue };
        if downloads::expire(&*work, owner, id).await? {
            let size = download.bytes_total.unwrap_or_default() / MB;
            let message =
                format!("“{}” has expired and made room for new things ({size} MB).", download.title);
            work.tell(owner, None, EventKind::System, json!({ "message": message, "level": "info" })).await?;
            work.commit().await?;
        }
    }
    for sha256 in media::unheld(&engine.db, now - UNHELD, 1_000).await? {
        let work = engine.begin().await?;
        if media::drop_blob(&*work, &sha256).await? {
            // The bytes first: a row without bytes would promise what is not there.
            engine.store.remove(&sha256).await?;
            work.commit().await?;
        }
    }
    transfers::end_unwanted(&engine.db, now - UNHELD).await?;
    sweep_incoming(engine).await?;
    sessions::delete_expired(&engine.db, now).await?;
    events::delete_before(&engine.db, now - EVENTS).await?;
    deliveries::delete_before(&engine.db, now - HISTORY).await?;
    Ok(())
}

/// After a start: whatever is awaited must have a job.
pub async fn recover(engine: &Engine) -> Result<()> {
    let mut work = engine.begin().await?;
    for url in downloads::awaited(&*work).await? {
        work.push(&Transfer::of(&engine.config, url)).await?;
    }
    work.commit().await
}

/// Takes half-arrived files away that no transfer goes on with any more.
pub async fn sweep_incoming(engine: &Engine) -> Result<()> {
    let mut entries = match tokio::fs::read_dir(engine.config.incoming()).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let wanted = transfers::parts(&engine.db).await?;
    while let Some(entry) = entries.next_entry().await? {
        let is_wanted = entry.file_name().to_str().is_some_and(|name| wanted.iter().any(|part| part == name));
        let age = entry.metadata().await?.modified()?.elapsed().unwrap_or_default();
        // A young one may belong to a transfer that has not yet said so.
        if !is_wanted && age > UNHELD.to_std().unwrap_or_default() {
            tokio::fs::remove_file(entry.path()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_are_kept_for_a_shorter_time() {
        assert_eq!([9, 10, 100, 101].map(|mb| lifetime(mb * MB).num_days()), [14, 7, 7, 3]);
    }
}
