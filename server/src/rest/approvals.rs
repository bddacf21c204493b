//! Approvals: requests of agents, and the users' decisions.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::approval::{Approval, ApprovalFilter, Decision};
use smartcache::engine::approvals;

use super::*;

/// Lists approvals, newest first.
#[utoipa::path(
    get, path = "/api/v1/approvals", params(ApprovalFilter, PageQuery),
    responses((status = 200, body = Page<Approval>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<ApprovalFilter>,
) -> ApiResult<Json<Page<Approval>>> {
    Ok(Json(approvals::list(web.engine(), user.id, &filter, &page).await?))
}

/// Returns an approval.
#[utoipa::path(get, path = "/api/v1/approvals/{id}", responses((status = 200, body = Approval)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ApprovalId>,
) -> ApiResult<Json<Approval>> {
    Ok(Json(approvals::get(web.engine(), user.id, id).await?))
}

/// Decides an approval.
#[utoipa::path(
    post, path = "/api/v1/approvals/{id}/decision", request_body = Decision,
    responses((status = 200, body = Approval), Conflict)
)]
pub async fn decide(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ApprovalId>,
    Body(decision): Body<Decision>,
) -> ApiResult<Json<Approval>> {
    Ok(Json(approvals::decide(web.engine(), user.id, id, decision).await?))
}
