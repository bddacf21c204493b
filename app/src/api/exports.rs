//! Export of all that the server knows of the user.

use domain::export::Export;
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::{signed_in, stepped_up};
    pub(super) use smartcache::engine::exports;
    pub(super) use smartcache::engine::rights::Right;
}

/// Returns the user's export. `None` if there is none, or its time is over.
#[server(prefix = "/api/ui", endpoint = "show_export")]
pub async fn show_export() -> Result<Option<Export>, ApiError> {
    let (engine, owner) = signed_in(Right::Account).await?;
    Ok(exports::find(&engine, owner.id).await?)
}

/// Requests an export, which a job prepares.
#[server(prefix = "/api/ui", endpoint = "request_export")]
pub async fn request_export() -> Result<Export, ApiError> {
    let (engine, owner) = stepped_up(Right::Account).await?;
    Ok(exports::request(&engine, owner.id).await?)
}
