//! Approvals: what agents ask, and what their owners answer.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::approval::{Approval, ApprovalStatus, Decision};
use smartcache::domain::page::PageQuery;
use smartcache::engine::approvals;

use super::*;

#[derive(Debug, Deserialize)]
pub struct Filter {
    status: Option<ApprovalStatus>,
}

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Asked(filter): Asked<Filter>,
    Asked(page): Asked<PageQuery>,
) -> Answer<Json<Page<Approval>>> {
    Ok(Json(approvals::list(web.engine(), user.id, filter.status, &page).await?))
}

pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ApprovalId>,
) -> Answer<Json<Approval>> {
    Ok(Json(approvals::get(web.engine(), user.id, id).await?))
}

pub async fn decide(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ApprovalId>,
    Body(decision): Body<Decision>,
) -> Answer<Json<Approval>> {
    Ok(Json(approvals::decide(web.engine(), user.id, id, decision).await?))
}
