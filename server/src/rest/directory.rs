//! Podcast search in external directories.

use axum::Json;
use axum::extract::State;
use smartcache::domain::directory::DirectorySearch;
use smartcache::engine::catalog::directories;

use super::*;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DirectoryQuery {
    /// Words to look for.
    #[serde(default)]
    q: String,
    /// Most podcasts to return, from 1 to 50.
    #[param(minimum = 1)]
    limit: Option<i64>,
}

/// Searches podcast directories.
#[utoipa::path(
    get, path = "/api/v1/directory", params(DirectoryQuery),
    responses((status = 200, body = DirectorySearch))
)]
pub async fn search(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(search): StrictQuery<DirectoryQuery>,
) -> ApiResult<Json<DirectorySearch>> {
    Ok(Json(directories::search(web.engine(), user.id, &search.q, search.limit).await?))
}
