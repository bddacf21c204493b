//! Playback: positions in items, the play queue, the speed per source, and time spent listening.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::page::NoFilter;
use smartcache::domain::playback::{
    ListeningReport, NewPlayQueue, NewPosition, PlayQueue, PlayableItem, PlaybackPosition, PlaybackSpeed,
};
use smartcache::engine::playback;

use super::history::Span;
use super::*;

/// Returns the user's playback position in an item.
#[utoipa::path(
    get, path = "/api/v1/items/{id}/position", responses((status = 200, body = PlaybackPosition))
)]
pub async fn position(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
) -> ApiResult<Json<PlaybackPosition>> {
    Ok(Json(playback::position(web.engine(), user.id, id).await?))
}

/// Merges a position and returns the result, which may be that of a newer play elsewhere.
#[utoipa::path(
    method(put, post), path = "/api/v1/items/{id}/position", request_body = NewPosition,
    responses((status = 200, body = PlaybackPosition))
)]
pub async fn save_position(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
    Body(new): Body<NewPosition>,
) -> ApiResult<Json<PlaybackPosition>> {
    Ok(Json(playback::save_position(web.engine(), user.id, id, new).await?))
}

/// Begun and unfinished items, the last played first.
#[utoipa::path(
    get, path = "/api/v1/playback/continue", params(PageQuery),
    responses((status = 200, body = Page<PlayableItem>))
)]
pub async fn continue_listening(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<PlayableItem>>> {
    let all = playback::continue_listening(web.engine(), user.id, playback::MAX_CONTINUED).await?;
    Ok(Json(Page::slice(all, &page)))
}

/// Returns the play queue.
#[utoipa::path(get, path = "/api/v1/queue", responses((status = 200, body = PlayQueue)))]
pub async fn queue(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<PlayQueue>> {
    Ok(Json(playback::queue(web.engine(), user.id).await?))
}

/// Replaces the play queue.
#[utoipa::path(
    put, path = "/api/v1/queue", request_body = NewPlayQueue,
    responses((status = 200, body = PlayQueue))
)]
pub async fn replace_queue(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewPlayQueue>,
) -> ApiResult<Json<PlayQueue>> {
    Ok(Json(playback::replace_queue(web.engine(), user.id, new).await?))
}

/// Returns the playback speed of a source.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/speed", responses((status = 200, body = PlaybackSpeed))
)]
pub async fn speed(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<PlaybackSpeed>> {
    Ok(Json(playback::speed(web.engine(), user.id, id).await?))
}

/// Changes the playback speed of a source.
#[utoipa::path(
    put, path = "/api/v1/sources/{id}/speed", request_body = PlaybackSpeed,
    responses((status = 200, body = PlaybackSpeed))
)]
pub async fn save_speed(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
    Body(new): Body<PlaybackSpeed>,
) -> ApiResult<Json<PlaybackSpeed>> {
    Ok(Json(playback::save_speed(web.engine(), user.id, id, new).await?))
}

/// Figures on the time spent listening.
#[utoipa::path(
    get, path = "/api/v1/analytics/listening", params(Span),
    responses((status = 200, body = ListeningReport))
)]
pub async fn listening(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(span): StrictQuery<Span>,
) -> ApiResult<Json<ListeningReport>> {
    Ok(Json(playback::report(web.engine(), user.id, span.days).await?))
}
