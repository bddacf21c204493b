//! Plans of devices for the next departures, and the outcomes of past ones.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::plan::view::{OutcomeFilter, PlanFilter, PlannedWindow, WindowOutcome};
use smartcache::engine::planner;

use super::*;

/// Windows of the next 72 hours, as they are planned for a device.
#[utoipa::path(
    get, path = "/api/v1/plans", params(PlanFilter, PageQuery),
    responses((status = 200, body = Page<PlannedWindow>), NotFound)
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<PlanFilter>,
) -> ApiResult<Json<Page<PlannedWindow>>> {
    let windows = planner::windows(web.engine(), user.id, filter.device()?).await?;
    Ok(Json(Page::slice(windows, &page)))
}

/// Lists the outcomes of past departures, latest first.
#[utoipa::path(
    get, path = "/api/v1/plans/outcomes", params(OutcomeFilter, PageQuery),
    responses((status = 200, body = Page<WindowOutcome>))
)]
pub async fn outcomes(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<OutcomeFilter>,
) -> ApiResult<Json<Page<WindowOutcome>>> {
    let outcomes = planner::outcomes(web.engine(), user.id, filter.days()?).await?;
    Ok(Json(Page::slice(outcomes, &page)))
}
