//! Initial state of the live page.

use domain::event;
use leptos::prelude::*;

use crate::error::ApiError;

/// Returns the latest run and its frames so far.
#[server(prefix = "/api/ui", endpoint = "live_start")]
pub async fn live_start() -> Result<event::LiveStart, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::live;
    let (engine, owner) = signed_in().await?;
    Ok(live::start(&engine, owner.id).await?)
}
