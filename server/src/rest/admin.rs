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

pub async fn announcements(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Announcement>>> {
    Ok(Json(announcements::list(web.engine(), &user, &page).await?))
}

pub async fn announce(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewAnnouncement>,
) -> ApiResult<(StatusCode, Json<Announcement>)> {
    Ok((StatusCode::CREATED, Json(announcements::announce(web.engine(), &user, new).await?)))
}

pub async fn cache_stats(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<CacheStats>> {
    Ok(Json(response_cache::stats(web.engine(), &user).await?))
}

pub async fn clear_cache(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<StatusCode> {
    response_cache::clear(web.engine(), &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn clear_cache_of_user(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<StatusCode> {
    response_cache::clear_user(web.engine(), &user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn users(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    ListQuery(filter, page): ListQuery<UserFilter>,
) -> ApiResult<Json<Page<ManagedUser>>> {
    Ok(Json(users::list(web.engine(), &filter, &page).await?))
}

pub async fn user(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<Json<ManagedUser>> {
    Ok(Json(users::get(web.engine(), id).await?))
}

pub async fn change_user(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
    Body(change): Body<UserChange>,
) -> ApiResult<Json<ManagedUser>> {
    Ok(Json(users::change(web.engine(), id, change).await?))
}

pub async fn end_user_sessions(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<StatusCode> {
    users::end_sessions(web.engine(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
