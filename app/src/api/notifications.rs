//! Notifications of the user.

use domain::notification::{MarkedRead, Notification};
use domain::{NotificationId, Page};
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::text;
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::notification::NotificationFilter;
    pub(super) use domain::page::PageQuery;
    pub(super) use smartcache::engine::notifications;
    pub(super) use smartcache::engine::rights::Right;
}

/// Returns the notifications, newest first; only the unread ones if `unread` is "true".
#[server(prefix = "/api/ui", endpoint = "list_notifications")]
pub async fn list_notifications(unread: String, cursor: String) -> Result<Page<Notification>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let filter = NotificationFilter { unread: (unread == "true").then_some(true) };
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    Ok(notifications::list(&engine, owner.id, &filter, &page).await?)
}

/// Marks a notification as read.
#[server(prefix = "/api/ui", endpoint = "read_notification")]
pub async fn read_notification(notification_id: NotificationId) -> Result<Notification, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    Ok(notifications::mark_read(&engine, owner.id, notification_id).await?)
}

/// Marks all notifications as read.
#[server(prefix = "/api/ui", endpoint = "read_all_notifications")]
pub async fn read_all_notifications() -> Result<MarkedRead, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    Ok(notifications::mark_all_read(&engine, owner.id).await?)
}
