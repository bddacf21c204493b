//! Notifications of a user: listed, counted, and marked as read. Events cause them (`domain::notification`).

use serde_json::json;

use super::{Engine, Result};
use crate::db::{accounts, notifications};
use crate::domain::event::EventKind;
use crate::domain::notification::{MarkedRead, Notification, NotificationFilter};
use crate::domain::page::PageQuery;
use crate::domain::{NotificationId, Page, Refusal, UserId};

/// Lists notifications, newest first.
pub async fn list(
    engine: &Engine,
    owner: UserId,
    filter: &NotificationFilter,
    page: &PageQuery,
) -> Result<Page<Notification>> {
    Ok(notifications::list(&engine.db, owner, filter, page).await?)
}

/// Number of unread notifications.
pub async fn unread(engine: &Engine, owner: UserId) -> Result<i64> {
    Ok(notifications::unread(&engine.db, owner).await?)
}

/// Marks one as read (idempotent), on all pages of the user.
pub async fn mark_read(engine: &Engine, owner: UserId, id: NotificationId) -> Result<Notification> {
    let mut work = engine.begin().await?;
    // Lock order: the user's row before the notifications', as where events cause them.
    accounts::lock(&*work, owner).await?;
    let read = notifications::mark_read(&*work, owner, id, work.now()).await?;
    let read = read.ok_or_else(|| Refusal::missing("notification"))?;
    work.record(owner, None, EventKind::Notification, serde_json::to_value(&read)?).await?;
    work.commit().await?;
    Ok(read)
}

/// Marks all as read, on all pages of the user.
pub async fn mark_all_read(engine: &Engine, owner: UserId) -> Result<MarkedRead> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let (now, changed) = (work.now(), notifications::mark_all_read(&*work, owner, work.now()).await?);
    if changed > 0 {
        work.record(owner, None, EventKind::Notification, json!({ "read_at": now, "changed": changed }))
            .await?;
    }
    work.commit().await?;
    Ok(MarkedRead { changed })
}

#[cfg(all(test, feature = "testing"))]
mod tests;
