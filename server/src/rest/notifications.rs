//! Notifications of a user.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::notification::{MarkedRead, Notification, NotificationFilter};
use smartcache::engine::notifications;

use super::*;

/// Lists the user's notifications, newest first.
#[utoipa::path(
    get, path = "/api/v1/notifications", params(NotificationFilter, PageQuery),
    responses((status = 200, body = Page<Notification>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<NotificationFilter>,
) -> ApiResult<Json<Page<Notification>>> {
    Ok(Json(notifications::list(web.engine(), user.id, &filter, &page).await?))
}

/// Marks a notification as read.
#[utoipa::path(
    post, path = "/api/v1/notifications/{id}/read", responses((status = 200, body = Notification))
)]
pub async fn read(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<NotificationId>,
) -> ApiResult<Json<Notification>> {
    Ok(Json(notifications::mark_read(web.engine(), user.id, id).await?))
}

/// Marks all notifications as read.
#[utoipa::path(post, path = "/api/v1/notifications/read", responses((status = 200, body = MarkedRead)))]
pub async fn read_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<MarkedRead>> {
    Ok(Json(notifications::mark_all_read(web.engine(), user.id).await?))
}
