//! Administration. Everybody else gets 403.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::announcement::{Announcement, NewAnnouncement};
use smartcache::domain::page::NoFilter;
use smartcache::engine::announcements;

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
