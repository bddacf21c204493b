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

/// All channels of the user: there are few.
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
) -> ApiResult<Json<Page<NotificationChannel>>> {
    let data = channels::list(web.engine(), user.id).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

pub async fn key(State(web): State<Web>, SignedIn(_): SignedIn) -> ApiResult<Json<ChannelSupport>> {
    Ok(Json(channels::support(web.engine()).await?))
}

pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewChannel>,
) -> ApiResult<(StatusCode, Json<AddedChannel>)> {
    Ok((StatusCode::CREATED, Json(channels::add(web.engine(), user.id, new).await?)))
}

pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ChannelId>,
    Body(change): Body<ChannelChange>,
) -> ApiResult<Json<NotificationChannel>> {
    Ok(Json(channels::change(web.engine(), user.id, id, change).await?))
}

pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ChannelId>,
) -> ApiResult<StatusCode> {
    channels::remove(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test message. The answer says in words what failed.
pub async fn test(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ChannelId>,
) -> ApiResult<Json<ChannelTest>> {
    Ok(Json(channels::test(web.engine(), user.id, id).await?))
}
