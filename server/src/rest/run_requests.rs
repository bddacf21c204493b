//! Runs of listeners that wait for their guardian, and the guardian's decisions.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::run_request::{RunRequest, RunRequestDecision, RunRequestFilter};
use smartcache::engine::runs::guardian;

use super::*;

/// Lists the runs that the user's listeners want to start, newest first.
#[utoipa::path(
    get, path = "/api/v1/run-requests", params(RunRequestFilter, PageQuery),
    responses((status = 200, body = Page<RunRequest>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<RunRequestFilter>,
) -> ApiResult<Json<Page<RunRequest>>> {
    Ok(Json(guardian::list(web.engine(), user.id, filter, &page).await?))
}

/// Decides whether the run of a listener starts.
#[utoipa::path(
    post, path = "/api/v1/run-requests/{id}/decision", request_body = RunRequestDecision,
    responses((status = 200, body = RunRequest), Conflict)
)]
pub async fn decide(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<RunId>,
    Body(decision): Body<RunRequestDecision>,
) -> ApiResult<Json<RunRequest>> {
    Ok(Json(guardian::decide(web.engine(), user.id, id, decision).await?))
}
