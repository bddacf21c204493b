//! The player's positions, queue and speeds. A page that is closed sends its last position by `sendBeacon` to
//! the REST API (`POST /api/v1/items/{id}/position`, a blob of the type `application/json`).

use domain::{ItemId, SourceId};
use leptos::prelude::*;

use crate::error::ApiError;

pub use domain::playback::{
    NewPlayQueue, NewPosition, OtherPosition, PlayQueue, PlayableItem, PlaybackPosition, PlaybackSpeed,
};

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::signed_in;
    pub(super) use smartcache::engine::playback;
    pub(super) use smartcache::engine::rights::Right;
}

/// Number of items offered to continue with.
#[cfg(feature = "ssr")]
const CONTINUED: i64 = 20;

/// Returns the position in an item; one that was never played is at its start.
#[server(prefix = "/api/ui", endpoint = "position")]
pub async fn position(item_id: ItemId) -> Result<PlaybackPosition, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(playback::position(&engine, owner.id, item_id).await?)
}

/// Saves a position and returns the merged one, which may be that of a newer play elsewhere.
#[server(prefix = "/api/ui", endpoint = "save_position")]
pub async fn save_position(item_id: ItemId, new: NewPosition) -> Result<PlaybackPosition, ApiError> {
    let (engine, owner) = signed_in(Right::Listen).await?;
    Ok(playback::save_position(&engine, owner.id, item_id, new).await?)
}

/// Returns begun and unfinished items, the last played first.
#[server(prefix = "/api/ui", endpoint = "continue_listening")]
pub async fn continue_listening() -> Result<Vec<PlayableItem>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(playback::continue_listening(&engine, owner.id, CONTINUED).await?)
}

/// Returns the items to play next.
#[server(name = ShowPlayQueue, prefix = "/api/ui", endpoint = "play_queue")]
pub async fn play_queue() -> Result<PlayQueue, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(playback::queue(&engine, owner.id).await?)
}

/// Replaces the items to play next. Without any, the queue is emptied.
#[server(prefix = "/api/ui", endpoint = "save_queue")]
pub async fn save_queue(#[server(default)] item_ids: Vec<ItemId>) -> Result<PlayQueue, ApiError> {
    let (engine, owner) = signed_in(Right::Listen).await?;
    Ok(playback::replace_queue(&engine, owner.id, NewPlayQueue { item_ids }).await?)
}

/// Returns the speed at which the user plays a source.
#[server(prefix = "/api/ui", endpoint = "speed")]
pub async fn speed(source_id: SourceId) -> Result<f64, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(playback::speed(&engine, owner.id, source_id).await?.speed)
}

#[server(prefix = "/api/ui", endpoint = "save_speed")]
pub async fn save_speed(source_id: SourceId, speed: f64) -> Result<f64, ApiError> {
    let (engine, owner) = signed_in(Right::Listen).await?;
    Ok(playback::save_speed(&engine, owner.id, source_id, PlaybackSpeed { speed }).await?.speed)
}
