//! Sources: the feeds a user can follow.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use smartcache::domain::Page;
use smartcache::domain::feed_login::{self, Secret};
use smartcache::domain::source::{
    FoundFeed, NewSource, OlderReport, RefreshReport, Source, SourceChange, SourceFilter,
};
use smartcache::domain::source_health::{FeedTrial, SourceHealth};
use smartcache::engine::catalog;

use super::*;

/// Lists the sources that the user sees.
#[utoipa::path(
    get, path = "/api/v1/sources", params(SourceFilter, PageQuery),
    responses((status = 200, body = Page<Source>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<SourceFilter>,
) -> ApiResult<Json<Page<Source>>> {
    Ok(Json(catalog::sources(web.engine(), user.id, &filter, &page).await?))
}

/// Adds a source.
#[utoipa::path(
    post, path = "/api/v1/sources", request_body = NewSource,
    responses((status = 201, body = Source), Conflict)
)]
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewSource>,
) -> ApiResult<(StatusCode, Json<Source>)> {
    Ok((StatusCode::CREATED, Json(catalog::add_source(web.engine(), user.id, new).await?)))
}

/// Returns a source.
#[utoipa::path(get, path = "/api/v1/sources/{id}", responses((status = 200, body = Source)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<Source>> {
    Ok(Json(catalog::source(web.engine(), user.id, id).await?))
}

/// Changes a source that the user has added; omitted fields stay unchanged.
#[utoipa::path(
    patch, path = "/api/v1/sources/{id}", request_body = SourceChange,
    responses((status = 200, body = Source), Conflict)
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
    Body(change): Body<SourceChange>,
) -> ApiResult<Json<Source>> {
    Ok(Json(catalog::change_source(web.engine(), user.id, id, change).await?))
}

/// Deletes a source that the user has added and that no other user follows.
#[utoipa::path(delete, path = "/api/v1/sources/{id}", responses((status = 204), Conflict))]
pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<StatusCode> {
    catalog::remove_source(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Source health: rhythm, which items are available, and why others are not.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/standing", responses((status = 200, body = SourceHealth))
)]
pub async fn standing(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<SourceHealth>> {
    Ok(Json(catalog::source_health(web.engine(), user.id, id).await?))
}

/// Fetches and parses the feed without storing anything.
#[utoipa::path(post, path = "/api/v1/sources/{id}/test", responses((status = 200, body = FeedTrial)))]
pub async fn test(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<FeedTrial>> {
    Ok(Json(catalog::try_feed(web.engine(), user.id, id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct PastedAddress {
    feed_url: String,
    username: Option<String>,
    password: Option<Secret>,
}

/// Feeds at a pasted address, which may be a feed's own or a site's (feed autodiscovery).
#[utoipa::path(
    post, path = "/api/v1/sources/discover", request_body = PastedAddress,
    responses((status = 200, body = Page<FoundFeed>))
)]
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
#[utoipa::path(post, path = "/api/v1/sources/{id}/older", responses((status = 200, body = OlderReport)))]
pub async fn older(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<OlderReport>> {
    Ok(Json(catalog::load_older(web.engine(), user.id, id).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RefreshMode {
    /// Whether to wait for the result; otherwise the refresh is queued.
    #[serde(default)]
    pub wait: bool,
}

/// A refresh that a worker will do.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuedRefresh {
    /// `queued`.
    status: &'static str,
}

impl QueuedRefresh {
    pub fn new() -> Self {
        Self { status: "queued" }
    }
}

/// Refreshes a source: queued, or with the result if the client waits.
#[utoipa::path(
    post, path = "/api/v1/sources/{id}/refresh", params(RefreshMode),
    responses((status = 200, body = RefreshReport), (status = 202, body = QueuedRefresh))
)]
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
    Ok((StatusCode::ACCEPTED, Json(QueuedRefresh::new())).into_response())
}
