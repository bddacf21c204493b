//! Channels by which a user's notifications leave the server.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::channel::{
    AddedChannel, ChannelChange, ChannelSupport, ChannelTest, NewChannel, NotificationChannel,
};
use smartcache::engine::channels;

use super::*;

/// Lists the user's channels.
#[utoipa::path(
    get, path = "/api/v1/notifications/channels",
    responses((status = 200, body = Page<NotificationChannel>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
) -> ApiResult<Json<Page<NotificationChannel>>> {
    let data = channels::list(web.engine(), user.id).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

/// Returns what a client needs to know before it adds a channel.
#[utoipa::path(
    get, path = "/api/v1/notifications/channels/key", responses((status = 200, body = ChannelSupport))
)]
pub async fn key(State(web): State<Web>, SignedIn(_): SignedIn) -> ApiResult<Json<ChannelSupport>> {
    Ok(Json(channels::support(web.engine()).await?))
}

/// Adds a channel.
#[utoipa::path(
    post, path = "/api/v1/notifications/channels", request_body = NewChannel,
    responses((status = 201, body = AddedChannel), Conflict)
)]
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewChannel>,
) -> ApiResult<(StatusCode, Json<AddedChannel>)> {
    Ok((StatusCode::CREATED, Json(channels::add(web.engine(), user.id, new).await?)))
}

/// Changes a channel; omitted fields stay unchanged.
#[utoipa::path(
    patch, path = "/api/v1/notifications/channels/{id}", request_body = ChannelChange,
    responses((status = 200, body = NotificationChannel), TooFast)
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ChannelId>,
    Body(change): Body<ChannelChange>,
) -> ApiResult<Json<NotificationChannel>> {
    Ok(Json(channels::change(web.engine(), user.id, id, change).await?))
}

/// Deletes a channel.
#[utoipa::path(delete, path = "/api/v1/notifications/channels/{id}", responses((status = 204)))]
pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ChannelId>,
) -> ApiResult<StatusCode> {
    channels::remove(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test message. The answer says in words what failed.
#[utoipa::path(
    post, path = "/api/v1/notifications/channels/{id}/test",
    responses((status = 200, body = ChannelTest), TooFast)
)]
pub async fn test(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ChannelId>,
) -> ApiResult<Json<ChannelTest>> {
    Ok(Json(channels::test(web.engine(), user.id, id).await?))
}
