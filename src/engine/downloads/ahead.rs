//! Fetching bytes before anybody asks for them: after everything that somebody waits for, and never into the last room.

use super::{Transfer, room, urgency};
use crate::engine::{Config, Engine, Result};

/// So many times the watermark has to be free: what people ask for is not to find the disk full of what nobody asked for.
const ROOM: u64 = 2;

pub fn has_room_ahead(config: &Config) -> bool {
    room::free(config).is_ok_and(|free| free >= config.min_free_mb.saturating_mul(ROOM * 1_000_000))
}

/// Has the bytes of an address fetched for nobody in particular.
pub async fn fetch_ahead(engine: &Engine, media_url: String) -> Result<()> {
    let mut work = engine.begin().await?;
    work.push(&Transfer::of(&engine.config, media_url.clone())).await?;
    urgency::settle(&*work, &media_url, engine.now()).await?;
    work.commit().await
}
