//! Where the live page starts.

use leptos::prelude::*;
use smartcache::domain::event;

use crate::error::ApiError;

/// The latest run and what was told of it so far.
#[server(prefix = "/api/ui", endpoint = "live_start")]
pub async fn live_start() -> Result<event::LiveStart, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::live;
    let (engine, owner) = signed_in().await?;
    Ok(live::start(&engine, owner.id).await?)
}
