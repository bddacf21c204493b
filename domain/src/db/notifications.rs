//! Notifications of users. The unread ones are unique per group.

use sea_orm::{FromQueryResult, QueryResult};

use super::sql::{all, args, execute, one, row, sql, value};
use super::{ConnectionTrait, DbErr, channel_deliveries};
use crate::notification::{
    MAX_NOTIFICATIONS, NewNotification, Notification, NotificationChange, NotificationFilter,
};
use crate::page::PageQuery;
use crate::{DateTime, NotificationId, Page, UserId, Utc};

row!(Notification { id, kind, title, body, link, created_at, read_at });

/// Columns of a [`Notification`].
const SHOWN: &str = "id, kind, title, body, link, created_at, read_at";

row!(NewNotification { kind, group, facts, names, title, body, link });

/// Unread notification that another one of its group replaces.
struct ReplacedNotification {
    id: NotificationId,
    content: NewNotification,
}

impl FromQueryResult for ReplacedNotification {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let content = NewNotification::from_query_result(row, prefix)?;
        Ok(Self { id: row.try_get(prefix, "id")?, content })
    }
}

/// Applies an event's change. The caller holds the user's row, so that two changes of a group cannot cross.
/// Returns the new notification, which replaces an unread one of its group. It is queued for the user's
/// channels in the same transaction.
pub async fn apply(
    db: &impl ConnectionTrait,
    owner: UserId,
    change: NotificationChange,
    now: DateTime<Utc>,
) -> Result<Option<Notification>, DbErr> {
    if let Some(group) = change.settled {
        let sql = "UPDATE notification SET read_at = $3
             WHERE user_id = $1 AND group_key = $2 AND read_at IS NULL";
        execute(db, sql, args![owner, group, now]).await?;
    }
    let Some(new) = change.new else { return Ok(None) };
    let sql = "DELETE FROM notification WHERE user_id = $1 AND group_key = $2 AND read_at IS NULL
         RETURNING id, kind, group_key AS \"group\", facts, names, title, body, link";
    let replaced: Option<ReplacedNotification> = one(db, sql, args![owner, new.group.as_str()]).await?;
    let (replaced, unread) = replaced.map(|it| (it.id, it.content)).unzip();
    let NewNotification { kind, group, facts, names, title, body, link } = new.merged(unread);
    let sql = sql!(
        "INSERT INTO notification (user_id, kind, group_key, facts, names, title, body, link, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {SHOWN}"
    );
    let made = one(db, sql, args![owner, kind, group, facts, names, title, body, link, now]).await?;
    if let Some(made) = &made {
        channel_deliveries::queue(db, owner, made, replaced, now).await?;
    }
    Ok(made)
}

/// Notifies all users.
pub async fn insert_for_all(
    db: &impl ConnectionTrait,
    new: &NewNotification,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let NewNotification { kind, group, facts, names, title, body, link } = new.clone();
    let queued = group.clone();
    let sql =
        "INSERT INTO notification (user_id, kind, group_key, facts, names, title, body, link, created_at)
         SELECT id, $1, $2, $3, $4, $5, $6, $7, $8 FROM account";
    execute(db, sql, args![kind, group, facts, names, title, body, link, now]).await?;
    channel_deliveries::queue_for_all(db, kind, &queued, now).await
}

/// Lists notifications, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &NotificationFilter,
    page: &PageQuery,
) -> Result<Page<Notification>, DbErr> {
    let limit = page.limit();
    let sql = sql!(
        "SELECT {SHOWN} FROM notification
         WHERE user_id = $1 AND id < $2 AND (CAST($3 AS BOOLEAN) IS NULL OR (read_at IS NULL) = $3)
         ORDER BY id DESC LIMIT $4"
    );
    let from = page.after_id().unwrap_or(i64::MAX);
    let rows = all(db, sql, args![owner, from, filter.unread, limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &Notification| row.id.to_string()))
}

/// Number of unread notifications.
pub async fn unread(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM notification WHERE user_id = $1 AND read_at IS NULL";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

/// Marks one as read, if it is not yet. Returns it; None if the user has no such notification.
pub async fn mark_read(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: NotificationId,
    now: DateTime<Utc>,
) -> Result<Option<Notification>, DbErr> {
    let sql = sql!(
        "UPDATE notification SET read_at = COALESCE(read_at, $3) WHERE user_id = $1 AND id = $2
         RETURNING {SHOWN}"
    );
    one(db, sql, args![owner, id, now]).await
}

/// Marks all as read. Returns the number of those that were unread.
pub async fn mark_all_read(
    db: &impl ConnectionTrait,
    owner: UserId,
    now: DateTime<Utc>,
) -> Result<i64, DbErr> {
    let sql = "UPDATE notification SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL";
    Ok(execute(db, sql, args![owner, now]).await? as i64)
}

/// Deletes the notifications before a time, and those above the maximum of their user.
pub async fn delete_old(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = execute(db, "DELETE FROM notification WHERE created_at < $1", args![before]).await?;
    let sql = sql!(
        "DELETE FROM notification WHERE id IN (SELECT id FROM (
            SELECT id, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY id DESC) AS position FROM notification
         ) numbered WHERE position > {MAX_NOTIFICATIONS})"
    );
    Ok(old + execute(db, sql, Vec::new()).await?)
}
