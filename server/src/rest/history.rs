//! History: statistics of a user's downloads.

use axum::Json;
use axum::extract::State;
use smartcache::domain::history::Report;
use smartcache::engine::history;

use super::*;

#[derive(Debug, Deserialize)]
pub struct Span {
    pub days: Option<i64>,
}

pub async fn downloads(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(span): StrictQuery<Span>,
) -> ApiResult<Json<Report>> {
    Ok(Json(history::report(web.engine(), user.id, span.days).await?))
}
