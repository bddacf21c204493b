//! The disk's watermark: below it nothing new is fetched, and what was used longest ago goes.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Transfer, eviction, expiry};
use crate::db::downloads::{self, keeping};
use crate::domain::event::EventKind;
use crate::domain::eviction::Cause;
use crate::engine::jobs::{Job, JobError, Lease};
use crate::engine::{Config, Engine, Error, Result, SharedEngine};

/// What a person reads while the disk is full; also how what waits for it is found again.
pub const FULL: &str = "The server's storage is full. Free some space; it goes on by itself.";

/// How often a full disk is looked at again.
pub const EVERY: Duration = Duration::from_secs(60);

/// Bytes that are free where they arrive and where they are kept: the lesser of the two.
pub fn free(config: &Config) -> std::io::Result<u64> {
    let arriving = free_at(&config.data_dir)?;
    // A bucket has no end that we could see.
    config.storage.directory().map_or(Ok(arriving), |kept| Ok(arriving.min(free_at(kept)?)))
}

fn free_at(directory: &Path) -> std::io::Result<u64> {
    let disk = nix::sys::statvfs::statvfs(directory)?;
    Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

/// How many bytes are missing to the watermark. A disk that does not tell is taken for large enough.
fn shortage(config: &Config) -> u64 {
    let free = free(config).unwrap_or_else(|error| {
        tracing::warn!(%error, "the free space of the disk cannot be told");
        u64::MAX
    });
    config.min_free_mb.saturating_mul(1_000_000).saturating_sub(free)
}

/// Asked before anything is fetched. Where the disk is too full the job has ended, and whoever waits knows why:
/// `MakeRoom` begins anew when there is room. No attempt is used up by waiting.
pub async fn is_short(engine: &Engine, lease: &Lease, url: &str) -> Result<bool, JobError> {
    if shortage(&engine.config) == 0 {
        return Ok(false);
    }
    hold_back(engine, lease, url).await?;
    // By itself: two jobs' rows in one transaction could wait for somebody who takes them the other way round.
    let mut work = engine.begin().await.map_err(JobError::retry)?;
    work.push(&MakeRoom {}).await.map_err(JobError::retry)?;
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
    downloads::postponed(&*work, url, FULL, next).await?;
    for w in waiting {
        let told = json!({ "download_id": w.id, "title": w.title, "error": FULL, "will_retry": true, "next_attempt_at": next });
        work.tell(w.user_id, w.run_id, EventKind::DownloadFailed, told).await.map_err(JobError::retry)?;
    }
    work.commit().await.map_err(JobError::retry)
}

/// Looks after the disk, one at a time, and lets go on what had to wait for it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct MakeRoom {}

#[async_trait]
impl Job for MakeRoom {
    const KIND: &'static str = "make_room";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn uniq(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        look_after(engine).await.map_err(JobError::retry)
    }
}

async fn look_after(engine: &Engine) -> Result<()> {
    if shortage(&engine.config) > 0 {
        expiry::drop_unheld(engine, engine.now(), true).await?;
        evict_least_used(engine, shortage(&engine.config)).await?;
    }
    let missing = shortage(&engine.config);
    if missing > 0 {
        tracing::warn!(missing, "the disk is too full to fetch anything, and what is left is pinned");
        return Ok(());
    }
    for url in keeping::held_back(&engine.db, FULL).await? {
        let mut work = engine.begin().await?;
        work.push(&Transfer::of(&engine.config, url)).await?;
        work.commit().await?;
    }
    Ok(())
}

/// Evicts, whoever holds them, the bytes that were used longest ago, until so many are free; how many that were.
async fn evict_least_used(engine: &Engine, needed: u64) -> Result<u64> {
    let mut freed = 0;
    if needed == 0 {
        return Ok(freed);
    }
    for sha256 in keeping::least_used(&engine.db, 1_000).await? {
        let mut work = engine.begin().await?;
        let holding = keeping::holding(&*work, &sha256).await?;
        for download in &holding {
            eviction::evict(&mut work, download, Cause::Disk, engine.now()).await?;
        }
        let bytes = holding.first().map_or(0, |h| h.bytes);
        // Where somebody still holds them nothing would be won, and nobody loses anything.
        if expiry::drop_bytes(engine, work, &sha256).await? {
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
