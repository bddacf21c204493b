//! Initial state of the live page.

use domain::event;
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::signed_in;
    pub(super) use smartcache::engine::live;
    pub(super) use smartcache::engine::rights::Right;
}

/// Returns the latest run and its frames so far.
#[server(prefix = "/api/ui", endpoint = "live_start")]
pub async fn live_start() -> Result<event::LiveStart, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(live::start(&engine, owner.id).await?)
}
