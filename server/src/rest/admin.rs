//! Administration. Everybody else gets 403.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::announcement::{Announcement, NewAnnouncement};
use smartcache::domain::cache::CacheStats;
use smartcache::domain::managed_user::{ManagedUser, UserChange, UserFilter};
use smartcache::domain::page::NoFilter;
use smartcache::engine::{announcements, response_cache, users};

use super::*;

/// Lists announcements, newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/announcements", params(PageQuery),
    responses((status = 200, body = Page<Announcement>), Forbidden)
)]
pub async fn announcements(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Announcement>>> {
    Ok(Json(announcements::list(web.engine(), &user, &page).await?))
}

/// Announces something to all users. For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/announcements", request_body = NewAnnouncement,
    responses((status = 201, body = Announcement))
)]
pub async fn announce(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewAnnouncement>,
) -> ApiResult<(StatusCode, Json<Announcement>)> {
    Ok((StatusCode::CREATED, Json(announcements::announce(web.engine(), &user, new).await?)))
}

/// Counters of the response cache, of the process that answers. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/cache/stats", responses((status = 200, body = CacheStats), Forbidden)
)]
pub async fn cache_stats(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<CacheStats>> {
    Ok(Json(response_cache::stats(web.engine(), &user).await?))
}

/// Clears the response cache in all processes. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/cache/clear", responses((status = 204)))]
pub async fn clear_cache(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<StatusCode> {
    response_cache::clear(web.engine(), &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Clears the cached responses of one user. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/cache/user/{id}", responses((status = 204)))]
pub async fn clear_cache_of_user(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<StatusCode> {
    response_cache::clear_user(web.engine(), &user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists users, newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/users", params(UserFilter, PageQuery),
    responses((status = 200, body = Page<ManagedUser>))
)]
pub async fn users(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    ListQuery(filter, page): ListQuery<UserFilter>,
) -> ApiResult<Json<Page<ManagedUser>>> {
    Ok(Json(users::list(web.engine(), &filter, &page).await?))
}

/// Returns a user. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/users/{id}", responses((status = 200, body = ManagedUser)))]
pub async fn user(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<Json<ManagedUser>> {
    Ok(Json(users::get(web.engine(), id).await?))
}

/// Changes role, guardian or access of a user; omitted fields stay unchanged. For administrators.
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{id}", request_body = UserChange,
    responses((status = 200, body = ManagedUser), Conflict)
)]
pub async fn change_user(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
    Body(change): Body<UserChange>,
) -> ApiResult<Json<ManagedUser>> {
    Ok(Json(users::change(web.engine(), id, change).await?))
}

/// Ends all sessions of a user. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/users/{id}/sessions", responses((status = 204)))]
pub async fn end_user_sessions(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<StatusCode> {
    users::end_sessions(web.engine(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
