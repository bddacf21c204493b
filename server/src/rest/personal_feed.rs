//! The feed of a user's prepared items: its secret address, and access to the feed and its files by it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use smartcache::domain::personal_feed::{PersonalFeed, PersonalFeedAddress};
use smartcache::engine::personal_feed;

use super::*;

/// The open feed, or null.
pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Option<PersonalFeed>>> {
    Ok(Json(personal_feed::get(web.engine(), user.id).await?))
}

/// Opens a feed. The only response that contains its address.
pub async fn open(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
) -> ApiResult<(StatusCode, Json<PersonalFeedAddress>)> {
    Ok((StatusCode::CREATED, Json(personal_feed::open(web.engine(), user.id).await?)))
}

pub async fn close(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<StatusCode> {
    personal_feed::close(web.engine(), user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn read(State(web): State<Web>, Path(token): Path<String>) -> ApiResult<impl IntoResponse> {
    let kind = "application/rss+xml; charset=utf-8";
    let marks = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, no-cache")];
    Ok((marks, personal_feed::write(web.engine(), &token).await?))
}

pub async fn file(
    State(web): State<Web>,
    Path((token, id)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let owner = personal_feed::owner(web.engine(), &token).await?;
    let id = id.parse().map_err(|_| Refusal::missing("download"))?;
    serve(&web, owner, id, false, &method, &headers).await
}
