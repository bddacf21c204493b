//! What a user is told while it happens, and what they missed.

mod hub;
mod watch;

use super::{Engine, Result};
use crate::db::{events, runs};
use crate::domain::UserId;
use crate::domain::event::{Frame, LiveStart};

use hub::QUEUE;
pub use hub::{Hub, Listener, Wire};
pub use watch::look;

/// Most frames replayed at a reconnect; who missed more is told to load the page's state anew.
pub const REPLAY_MOST: i64 = 1_000;

/// What a person missed since `seq`, in order. `None` when it is too much, or no longer kept.
pub async fn missed(engine: &Engine, owner: UserId, seq: i64) -> Result<Option<Vec<Frame>>> {
    let (oldest, newest) = events::range(&engine.db, owner).await?;
    if seq > newest || seq + 1 < oldest || newest - seq > REPLAY_MOST {
        return Ok(None);
    }
    Ok(Some(events::after(&engine.db, owner, seq, REPLAY_MOST).await?))
}

/// The number of the newest durable frame; 0 before the first.
pub async fn newest(engine: &Engine, owner: UserId) -> Result<i64> {
    Ok(events::range(&engine.db, owner).await?.1)
}

/// The number of the newest durable frame, for a listener that hears all later ones.
pub async fn greeting(engine: &Engine, owner: UserId) -> Result<i64> {
    let newest = newest(engine, owner).await?;
    engine.hub.know(owner, newest);
    Ok(newest)
}

/// What a page shows before the first live frame.
pub async fn start(engine: &Engine, owner: UserId) -> Result<LiveStart> {
    // The number first: a frame that comes in between is then sent again rather than missed.
    let seq = newest(engine, owner).await?;
    let run = runs::latest(&engine.db, owner).await?;
    let frames = match &run {
        Some(run) => events::of_run(&engine.db, owner, run.id, seq).await?,
        None => Vec::new(),
    };
    Ok(LiveStart { run, frames, seq })
}
