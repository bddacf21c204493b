//! Podcast search in external directories.

use axum::Json;
use axum::extract::State;
use smartcache::domain::directory::DirectorySearch;
use smartcache::engine::catalog::directories;

use super::*;

#[derive(Debug, Deserialize)]
pub struct DirectoryQuery {
    #[serde(default)]
    q: String,
    limit: Option<i64>,
}

pub async fn search(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(search): StrictQuery<DirectoryQuery>,
) -> ApiResult<Json<DirectorySearch>> {
    Ok(Json(directories::search(web.engine(), user.id, &search.q, search.limit).await?))
}
