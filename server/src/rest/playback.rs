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

pub async fn position(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
) -> ApiResult<Json<PlaybackPosition>> {
    Ok(Json(playback::position(web.engine(), user.id, id).await?))
}

/// Merges a position and returns the result, which may be that of a newer play elsewhere.
pub async fn save_position(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
    Body(new): Body<NewPosition>,
) -> ApiResult<Json<PlaybackPosition>> {
    Ok(Json(playback::save_position(web.engine(), user.id, id, new).await?))
}

/// Begun and unfinished items, the last played first.
pub async fn continue_listening(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<PlayableItem>>> {
    let all = playback::continue_listening(web.engine(), user.id, playback::MAX_CONTINUED).await?;
    Ok(Json(Page::slice(all, &page)))
}

pub async fn queue(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<PlayQueue>> {
    Ok(Json(playback::queue(web.engine(), user.id).await?))
}

pub async fn replace_queue(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewPlayQueue>,
) -> ApiResult<Json<PlayQueue>> {
    Ok(Json(playback::replace_queue(web.engine(), user.id, new).await?))
}

pub async fn speed(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
) -> ApiResult<Json<PlaybackSpeed>> {
    Ok(Json(playback::speed(web.engine(), user.id, id).await?))
}

pub async fn save_speed(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SourceId>,
    Body(new): Body<PlaybackSpeed>,
) -> ApiResult<Json<PlaybackSpeed>> {
    Ok(Json(playback::save_speed(web.engine(), user.id, id, new).await?))
}

/// Figures on the time spent listening.
pub async fn listening(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(span): StrictQuery<Span>,
) -> ApiResult<Json<ListeningReport>> {
    Ok(Json(playback::report(web.engine(), user.id, span.days).await?))
}
