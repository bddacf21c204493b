//! Approvals: requests of agents, and the users' decisions.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::approval::{Approval, ApprovalFilter, Decision};
use smartcache::engine::approvals;

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<ApprovalFilter>,
) -> ApiResult<Json<Page<Approval>>> {
    Ok(Json(approvals::list(web.engine(), user.id, &filter, &page).await?))
}

pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ApprovalId>,
) -> ApiResult<Json<Approval>> {
    Ok(Json(approvals::get(web.engine(), user.id, id).await?))
}

pub async fn decide(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ApprovalId>,
    Body(decision): Body<Decision>,
) -> ApiResult<Json<Approval>> {
    Ok(Json(approvals::decide(web.engine(), user.id, id, decision).await?))
}
