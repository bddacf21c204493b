//! Prefetching: fetches bytes before a user requests them, after all requested downloads and never into the
//! last disk space.

use super::{Transfer, disk_space, urgency};
use crate::engine::{Config, Engine, Result};

/// Multiple of the watermark that must be free, so that prefetched bytes do not fill the disk before
/// requested ones.
const ROOM: u64 = 2;

pub fn has_room_ahead(config: &Config) -> bool {
    disk_space::free(config).is_ok_and(|free| free >= config.min_free_mb.saturating_mul(ROOM * 1_000_000))
}

/// Queues a transfer that no download waits for.
pub async fn fetch_ahead(engine: &Engine, media_url: String) -> Result<()> {
    let mut work = engine.begin().await?;
    work.push(&Transfer::of(&engine.config, media_url.clone())).await?;
    urgency::settle(&*work, &media_url, engine.now()).await?;
    work.commit().await
}
