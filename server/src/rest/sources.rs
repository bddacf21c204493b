//! Sources: the feeds a user can follow.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use smartcache::domain::Page;
use smartcache::domain::feed_login::{self, Secret};
use smartcache::domain::source::{FoundFeed, NewSource, OlderReport, Source, SourceChange, SourceFilter};
use smartcache::domain::source_health::{FeedTrial, SourceHealth};
use smartcache::engine::catalog;

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<SourceFilter>,
) -> ApiResult<Json<Page<Source>>> {
    Ok(Json(catalog::sources(web.engine(), user.id, &filter, &page).await?))
}

pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewSource>,
) -> ApiResult<(StatusCode, Json<Source>)> {
    Ok((StatusCode::CREATED, Json(catalog::add_source(web.engine(), user.id, new).await?)))
}

pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<Source>> {
    Ok(Json(catalog::source(web.engine(), user.id, id).await?))
}

pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
    Body(change): Body<SourceChange>,
) -> ApiResult<Json<Source>> {
    Ok(Json(catalog::change_source(web.engine(), user.id, id, change).await?))
}

pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<StatusCode> {
    catalog::remove_source(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Source health: rhythm, which items are available, and why others are not.
pub async fn standing(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<SourceHealth>> {
    Ok(Json(catalog::source_health(web.engine(), user.id, id).await?))
}

/// Fetches and parses the feed without storing anything.
pub async fn test(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<FeedTrial>> {
    Ok(Json(catalog::try_feed(web.engine(), user.id, id).await?))
}

#[derive(Debug, Deserialize)]
pub struct PastedAddress {
    feed_url: String,
    username: Option<String>,
    password: Option<Secret>,
}

/// Feeds at a pasted address, which may be a feed's own or a site's (feed autodiscovery).
pub async fn discover(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Body(place): Body<PastedAddress>,
) -> ApiResult<Json<Page<FoundFeed>>> {
    let login = feed_login::login(place.username, place.password);
    let data = catalog::sites::feeds_at(web.engine(), &place.feed_url, login.as_ref()).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

/// Fetches the next older pages of the feed.
pub async fn older(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<OlderReport>> {
    Ok(Json(catalog::load_older(web.engine(), user.id, id).await?))
}

#[derive(Debug, Deserialize)]
pub struct RefreshMode {
    /// Whether to wait for the result; otherwise the refresh is queued.
    #[serde(default)]
    wait: bool,
}

pub async fn refresh(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
    StrictQuery(timeouts): StrictQuery<RefreshMode>,
) -> ApiResult<Response> {
    if timeouts.wait {
        return Ok(Json(catalog::refresh_now(web.engine(), user.id, id).await?).into_response());
    }
    catalog::request_refresh(web.engine(), user.id, id).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "status": "queued" }))).into_response())
}
