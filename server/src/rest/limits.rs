//! Request limits: the user's own, and those of all users for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::managed_user::UserFilter;
use smartcache::domain::request_limit::{RequestLimits, UserLimits};
use smartcache::engine::request_limits;

use super::*;

/// Returns the user's request limits and their use. The request itself does not count.
#[utoipa::path(get, path = "/api/v1/account/limits", responses((status = 200, body = UserLimits)))]
pub async fn mine(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<UserLimits>> {
    Ok(Json(request_limits::get(web.engine(), user.id).await?))
}

/// Lists users with their request limits and use, newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/limits", params(UserFilter, PageQuery),
    responses((status = 200, body = Page<UserLimits>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    ListQuery(filter, page): ListQuery<UserFilter>,
) -> ApiResult<Json<Page<UserLimits>>> {
    Ok(Json(request_limits::list(web.engine(), &filter, &page).await?))
}

/// Returns the request limits of a user and their use. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/limits/{id}", responses((status = 200, body = UserLimits)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<Json<UserLimits>> {
    Ok(Json(request_limits::get(web.engine(), id).await?))
}

/// Sets request limits of a user in place of those of the role. For administrators.
#[utoipa::path(
    put, path = "/api/v1/admin/limits/{id}", request_body = RequestLimits,
    responses((status = 200, body = UserLimits))
)]
pub async fn set(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
    Body(limits): Body<RequestLimits>,
) -> ApiResult<Json<UserLimits>> {
    Ok(Json(request_limits::override_limits(web.engine(), id, Some(limits)).await?))
}

/// Removes the limits that were set for a user, so that those of the role apply (idempotent). For
/// administrators.
#[utoipa::path(delete, path = "/api/v1/admin/limits/{id}", responses((status = 204)))]
pub async fn unset(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<StatusCode> {
    request_limits::override_limits(web.engine(), id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes the requests of a user and of the user's keys count from now on. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/limits/{id}/reset", responses((status = 204)))]
pub async fn reset(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<StatusCode> {
    request_limits::reset(web.engine(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
