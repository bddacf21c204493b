//! Who follows which source.

use super::sql::{all, args, execute, one, row, value, values};
use super::{ConnectionTrait, DbErr};
use crate::domain::page::PageQuery;
use crate::domain::source::Subscription;
use crate::domain::{DateTime, Page, SourceId, SubscriptionId, UserId, Utc};

row!(Subscription { id, source_id, source_name, kind, priority, created_at });

const SELECT: &str = "SELECT b.id, b.source_id, s.name AS source_name, s.kind, b.priority, b.created_at
    FROM subscription b JOIN source s ON s.id = b.source_id";

/// Follows a source; following it again only sets the priority.
pub async fn upsert(
    db: &impl ConnectionTrait,
    owner: UserId,
    source: SourceId,
    priority: i64,
    now: DateTime<Utc>,
) -> Result<SubscriptionId, DbErr> {
    let id = value(
        db,
        "INSERT INTO subscription (user_id, source_id, priority, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, source_id) DO UPDATE SET priority = excluded.priority RETURNING id",
        args![owner, source, priority, now],
    )
    .await?;
    id.ok_or_else(|| DbErr::RecordNotInserted)
}

pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SubscriptionId,
) -> Result<Option<Subscription>, DbErr> {
    one(db, &format!("{SELECT} WHERE b.user_id = $1 AND b.id = $2"), args![owner, id]).await
}

pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    page: &PageQuery,
) -> Result<Page<Subscription>, DbErr> {
    let limit = page.limit();
    let sql = format!("{SELECT} WHERE b.user_id = $1 AND b.id > $2 ORDER BY b.id LIMIT $3");
    let rows = all(db, &sql, args![owner, page.after_id().unwrap_or_default(), limit + 1]).await?;
    Ok(Page::cut(rows, limit, |b: &Subscription| b.id.to_string()))
}

pub async fn set_priority(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SubscriptionId,
    priority: i64,
) -> Result<bool, DbErr> {
    let sql = "UPDATE subscription SET priority = $3 WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id, priority]).await? > 0)
}

pub async fn delete(db: &impl ConnectionTrait, owner: UserId, id: SubscriptionId) -> Result<bool, DbErr> {
    Ok(execute(db, "DELETE FROM subscription WHERE user_id = $1 AND id = $2", args![owner, id]).await? > 0)
}

pub async fn is_followed(db: &impl ConnectionTrait, owner: UserId, source: SourceId) -> Result<bool, DbErr> {
    let sql = "SELECT COUNT(*) FROM subscription WHERE user_id = $1 AND source_id = $2";
    Ok(value::<i64>(db, sql, args![owner, source]).await?.unwrap_or_default() > 0)
}

pub async fn followers(db: &impl ConnectionTrait, source: SourceId) -> Result<Vec<UserId>, DbErr> {
    values(db, "SELECT user_id FROM subscription WHERE source_id = $1", args![source]).await
}
