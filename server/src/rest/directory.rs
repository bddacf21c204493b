//! Podcast search in external directories.

use axum::Json;
use axum::extract::State;
use smartcache::domain::directory::Found;
use smartcache::engine::catalog::directories;

use super::*;

#[derive(Debug, Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    limit: Option<i64>,
}

pub async fn search(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Asked(search): Asked<Search>,
) -> Answer<Json<Found>> {
    Ok(Json(directories::search(web.engine(), user.id, &search.q, search.limit).await?))
}
