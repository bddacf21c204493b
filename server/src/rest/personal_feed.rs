//! The feed of a user's prepared items: its secret address, and access to the feed and its files by it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use smartcache::domain::personal_feed::{PersonalFeed, PersonalFeedAddress};
use smartcache::engine::personal_feed;

use super::*;

/// The open feed, or null.
#[utoipa::path(
    get, path = "/api/v1/personal-feed", responses((status = 200, body = Option<PersonalFeed>))
)]
pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Option<PersonalFeed>>> {
    Ok(Json(personal_feed::get(web.engine(), user.id).await?))
}

/// Opens a feed. The only response that contains its address.
#[utoipa::path(
    post, path = "/api/v1/personal-feed", responses((status = 201, body = PersonalFeedAddress))
)]
pub async fn open(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
) -> ApiResult<(StatusCode, Json<PersonalFeedAddress>)> {
    Ok((StatusCode::CREATED, Json(personal_feed::open(web.engine(), user.id).await?)))
}

/// Closes the feed: its address stops working.
#[utoipa::path(delete, path = "/api/v1/personal-feed", responses((status = 204), NotFound))]
pub async fn close(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<StatusCode> {
    personal_feed::close(web.engine(), user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the feed to a podcast client that knows its secret address.
#[utoipa::path(
    get, path = "/feed/{token}",
    responses((status = 200, body = String, content_type = "application/rss+xml; charset=utf-8")),
    security(())
)]
pub async fn read(State(web): State<Web>, PathText(token): PathText<String>) -> ApiResult<impl IntoResponse> {
    let kind = "application/rss+xml; charset=utf-8";
    let marks = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, no-cache")];
    Ok((marks, personal_feed::write(web.engine(), &token).await?))
}

/// Returns the bytes of one of the feed's downloads, whole or in ranges.
#[utoipa::path(get, path = "/feed/{token}/files/{id}", responses(FileBytes, Conflict), security(()))]
pub async fn file(
    State(web): State<Web>,
    PathText((token, id)): PathText<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let owner = personal_feed::owner(web.engine(), &token).await?;
    let id = id.parse().map_err(|_| Refusal::missing("download"))?;
    serve(&web, owner, id, false, &method, &headers).await
}
