//! Disk watermark: below it nothing new is fetched, and the least recently used bytes are evicted. Beside a
//! bucket these are the copies of this machine's cache, because deleting from the bucket frees nothing here.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Transfer, eviction, housekeeping};
use crate::db::downloads::{self, retention};
use crate::db::processes;
use crate::domain::event::EventKind;
use crate::domain::eviction::Cause;
use crate::engine::{Config, Engine, Error, Result, SharedEngine};

/// Message for users while the disk is full. Also the key by which held-back downloads are found again.
pub const FULL: &str = "The server's storage is full. Free some space; it goes on by itself.";

/// Interval at which a full disk is checked again.
pub const EVERY: Duration = Duration::from_secs(60);

/// Free bytes: the smaller of the incoming directory's disk and the store's disk.
pub fn free(config: &Config) -> std::io::Result<u64> {
    let arriving = free_at(&config.data_dir)?;
    // A bucket has no known limit.
    config.storage.directory().map_or(Ok(arriving), |kept| Ok(arriving.min(free_at(kept)?)))
}

fn free_at(directory: &Path) -> std::io::Result<u64> {
    let disk = nix::sys::statvfs::statvfs(directory)?;
    Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

/// Bytes missing to the watermark. A disk whose free space is unknown counts as large enough.
fn shortage(config: &Config) -> u64 {
    let free = free(config).unwrap_or_else(|error| {
        tracing::warn!(%error, "the free space of the disk cannot be told");
        u64::MAX
    });
    config.min_free().saturating_sub(free)
}

/// Whether a fetch is left to other processes: this one's disk is too full, and another one has room.
pub async fn is_left_to_others(engine: &Engine) -> bool {
    let min_free = i64::try_from(engine.config.min_free()).unwrap_or(i64::MAX);
    is_full(&engine.config) && processes::is_room_elsewhere(&engine.db, min_free).await.unwrap_or_default()
}

/// Evicts from this machine's cache of a bucket while its disk is too full.
pub async fn shrink_cache(engine: &Engine) -> Result<()> {
    match shortage(&engine.config) {
        0 => Ok(()),
        missing => Ok(engine.store.shrink_cache(missing).await.map(|_| ())?),
    }
}

/// Whether the disk is below the watermark.
pub fn is_full(config: &Config) -> bool {
    shortage(config) > 0
}

/// Checks the disk before a fetch. If it is too full, the job ends and the waiting downloads get the reason;
/// `FreeDiskSpace` pushes it again when there is space. Waiting uses up no attempt.
pub async fn is_short(engine: &Engine, lease: &Lease, url: &str) -> Result<bool, JobError> {
    if !is_full(&engine.config) {
        return Ok(false);
    }
    hold_back(engine, lease, url).await?;
    // A separate transaction: locking two jobs' rows in one could deadlock with a transaction in reverse
    // order.
    let mut work = engine.begin().await.map_err(JobError::retry)?;
    work.push(&FreeDiskSpace {}).await.map_err(JobError::retry)?;
    work.commit().await.map_err(JobError::retry)?;
    Ok(true)
}

async fn hold_back(engine: &Engine, lease: &Lease, url: &str) -> Result<(), JobError> {
    let next = engine.now() + EVERY;
    let mut work = engine.begin().await.map_err(JobError::retry)?;
    if !lease.finish(&work).await? {
        return Err(JobError::LeaseLost);
    }
    let waiting = downloads::waiting(&*work, url).await?;
    downloads::postponed(&*work, url, FULL, Some(next)).await?;
    for w in waiting {
        let told = json!({ "download_id": w.id, "title": w.title, "error": FULL, "will_retry": true, "next_attempt_at": next });
        work.record(w.user_id, w.run_id, EventKind::DownloadFailed, told).await.map_err(JobError::retry)?;
    }
    work.commit().await.map_err(JobError::retry)
}

/// Frees disk space and resumes held-back transfers; a single instance.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct FreeDiskSpace {}

#[async_trait]
impl Job for FreeDiskSpace {
    const KIND: &'static str = "make_room";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        free_disk_space(engine).await.map_err(JobError::retry)
    }
}

async fn free_disk_space(engine: &Engine) -> Result<()> {
    shrink_cache(engine).await?;
    if is_full(&engine.config) && engine.config.storage.directory().is_some() {
        housekeeping::drop_unheld(engine, engine.now(), true).await?;
        evict_least_recently_used(engine, shortage(&engine.config)).await?;
    }
    let missing = shortage(&engine.config);
    if missing > 0 {
        tracing::warn!(missing, "the disk is too full to fetch anything, and what is left is pinned");
        return Ok(());
    }
    for url in retention::held_back(&engine.db, FULL).await? {
        let mut work = engine.begin().await?;
        work.push(&Transfer::of(&engine.config, url)).await?;
        work.commit().await?;
    }
    Ok(())
}

/// Evicts the least recently used unpinned bytes, for all owners, until `needed` bytes are free. Returns the
/// number of bytes freed.
async fn evict_least_recently_used(engine: &Engine, needed: u64) -> Result<u64> {
    let mut freed = 0;
    if needed == 0 {
        return Ok(freed);
    }
    for sha256 in retention::blobs_to_evict(&engine.db, 1_000).await? {
        let mut work = engine.begin().await?;
        let holding = retention::eviction_candidates_of_blob(&*work, &sha256).await?;
        for download in &holding {
            eviction::evict(&mut work, download, Cause::Disk, engine.now()).await?;
        }
        let bytes = holding.first().map_or(0, |h| h.bytes);
        // If a download still holds the bytes, the transaction is rolled back: nothing would be freed, and no
        // user loses a download.
        if housekeeping::drop_bytes(engine, work, &sha256).await? {
            freed += u64::try_from(bytes).map_err(Error::fault)?;
        }
        if freed >= needed {
            break;
        }
    }
    Ok(freed)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
