//! Podcast search in external directories.

use domain::directory::DirectorySearch;
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::signed_in;
    pub(super) use smartcache::engine::catalog::directories;
    pub(super) use smartcache::engine::rights::Right;
}

/// Searches the directories. An empty query returns nothing and sends no request.
#[server(prefix = "/api/ui", endpoint = "search_directories")]
pub async fn search_directories(q: String) -> Result<DirectorySearch, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    if q.trim().is_empty() {
        return Ok(DirectorySearch::default());
    }
    Ok(directories::search(&engine, owner.id, &q, None).await?)
}
