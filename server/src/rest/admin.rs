//! Administration. Everybody else gets 403.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::announcement::{Announcement, NewAnnouncement};
use smartcache::domain::cache::CacheStats;
use smartcache::domain::page::NoFilter;
use smartcache::engine::{announcements, response_cache};

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
