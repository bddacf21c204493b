//! Podcast search in external directories.

use domain::directory::DirectorySearch;
use leptos::prelude::*;

use crate::error::ApiError;

/// Searches the directories. An empty query returns nothing and sends no request.
#[server(prefix = "/api/ui", endpoint = "search_directories")]
pub async fn search_directories(q: String) -> Result<DirectorySearch, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::catalog::directories;
    let (engine, owner) = signed_in().await?;
    if q.trim().is_empty() {
        return Ok(DirectorySearch::default());
    }
    Ok(directories::search(&engine, owner.id, &q, None).await?)
}
