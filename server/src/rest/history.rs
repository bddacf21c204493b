//! History: statistics of a user's downloads.

use axum::Json;
use axum::extract::State;
use smartcache::domain::history::Report;
use smartcache::engine::history;

use super::*;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Span {
    /// Today and the days before it; 30 by default.
    #[param(minimum = 1, maximum = 365)]
    pub days: Option<i64>,
}

/// Statistics of the user's downloads.
#[utoipa::path(
    get, path = "/api/v1/analytics/downloads", params(Span), responses((status = 200, body = Report))
)]
pub async fn downloads(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(span): StrictQuery<Span>,
) -> ApiResult<Json<Report>> {
    Ok(Json(history::report(web.engine(), user.id, span.days).await?))
}
