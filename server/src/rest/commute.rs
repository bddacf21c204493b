//! Commute windows: when a user travels. Times are `HH:MM` in the window's `timezone`, days `mon` to `sun`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::commute::{CommuteWindow, TypedPlan};
use smartcache::domain::page::NoFilter;
use smartcache::engine::commute;

use super::*;

/// Lists the user's commute windows.
#[utoipa::path(
    get, path = "/api/v1/commute-windows", params(PageQuery),
    responses((status = 200, body = Page<CommuteWindow>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<CommuteWindow>>> {
    Ok(Json(Page::slice(commute::list(web.engine(), user.id).await?, &page)))
}

/// Adds a commute window.
#[utoipa::path(
    post, path = "/api/v1/commute-windows", request_body = TypedPlan,
    responses((status = 201, body = CommuteWindow), Conflict)
)]
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(typed): Body<TypedPlan>,
) -> ApiResult<(StatusCode, Json<CommuteWindow>)> {
    Ok((StatusCode::CREATED, Json(commute::add(web.engine(), user.id, typed).await?)))
}

/// Changes a window; omitted fields stay unchanged.
#[utoipa::path(
    put, path = "/api/v1/commute-windows/{id}", request_body = TypedPlan,
    responses((status = 200, body = CommuteWindow))
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<CommuteWindowId>,
    Body(typed): Body<TypedPlan>,
) -> ApiResult<Json<CommuteWindow>> {
    Ok(Json(commute::change(web.engine(), user.id, id, typed).await?))
}

/// Deletes a commute window.
#[utoipa::path(delete, path = "/api/v1/commute-windows/{id}", responses((status = 204)))]
pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<CommuteWindowId>,
) -> ApiResult<StatusCode> {
    commute::remove(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
