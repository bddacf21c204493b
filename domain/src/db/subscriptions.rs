//! Subscriptions of users to sources.

use super::pictures::source_cover;
use super::sql::{all, args, execute, json, one, row, sql, to_json, value, values};
use super::visibility::Visibility;
use super::{ConnectionTrait, DbErr};
use crate::deleted::DeletedSubscription;
use crate::page::PageQuery;
use crate::rules::{Ahead, Begin, Rules};
use crate::source::Subscription;
use crate::{DateTime, Page, SourceId, SubscriptionId, UserId, Utc};

impl sea_orm::FromQueryResult for Subscription {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let is_serial = row.try_get(prefix, "is_serial")?;
        let mut rules: Rules = json(row, prefix, "rules")?;
        rules.begin.get_or_insert(Begin::usual(is_serial));
        Ok(Self {
            id: row.try_get(prefix, "id")?,
            source_id: row.try_get(prefix, "source_id")?,
            source_name: row.try_get(prefix, "source_name")?,
            kind: row.try_get(prefix, "kind")?,
            cover: row.try_get(prefix, "cover")?,
            priority: row.try_get(prefix, "priority")?,
            is_serial,
            rules,
            ahead: Ahead {
                items: row.try_get(prefix, "ahead_items")?,
                megabytes: row.try_get(prefix, "ahead_mb")?,
            },
            created_at: row.try_get(prefix, "created_at")?,
        })
    }
}

const SELECT: &str = concat!(
    "SELECT ",
    source_cover!(),
    " AS cover, b.id, b.source_id, s.name AS source_name, s.kind, s.is_serial, b.priority,
        COALESCE(b.rules, '{}') AS rules, b.ahead_items, b.ahead_mb, b.created_at
    FROM subscription b JOIN source s ON s.id = b.source_id"
);

/// Follows a source. If it is followed already, only sets the priority.
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
    one(db, sql!("{SELECT} WHERE b.user_id = $1 AND b.id = $2"), args![owner, id]).await
}

pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    page: &PageQuery,
) -> Result<Page<Subscription>, DbErr> {
    let limit = page.limit();
    let sql = sql!("{SELECT} WHERE b.user_id = $1 AND b.id > $2 ORDER BY b.id LIMIT $3");
    let rows = all(db, sql, args![owner, page.after_id().unwrap_or_default(), limit + 1]).await?;
    Ok(Page::cut(rows, limit, |b: &Subscription| b.id.to_string()))
}

/// Lists the subscriptions that count for the agents of a user: the own ones, or, for a listener, the
/// guardian's.
pub async fn followed(
    db: &impl ConnectionTrait,
    owner: UserId,
    page: &PageQuery,
) -> Result<Page<Subscription>, DbErr> {
    let (limit, followed) = (page.limit(), Visibility::of(db, owner).await?.followed());
    let sql = sql!("{SELECT} WHERE {followed} AND b.id > $2 ORDER BY b.id LIMIT $3");
    let rows = all(db, sql, args![owner, page.after_id().unwrap_or_default(), limit + 1]).await?;
    Ok(Page::cut(rows, limit, |b: &Subscription| b.id.to_string()))
}

/// Changes a subscription. False if the user has no such subscription.
pub async fn change(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SubscriptionId,
    priority: i64,
    rules: &Rules,
    ahead: Ahead,
) -> Result<bool, DbErr> {
    let rules = (*rules != Rules::default()).then(|| to_json(rules)).transpose()?;
    let sql = "UPDATE subscription SET priority = $3, rules = $4, ahead_items = $5, ahead_mb = $6
        WHERE user_id = $1 AND id = $2";
    let values = args![owner, id, priority, rules, ahead.items, ahead.megabytes];
    Ok(execute(db, sql, values).await? > 0)
}

/// Subscriptions of a user that have rules, or whose source is a serial.
pub async fn ruled(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Subscription>, DbErr> {
    let sql = sql!("{SELECT} WHERE b.user_id = $1 AND (b.rules IS NOT NULL OR s.is_serial) ORDER BY b.id");
    all(db, sql, args![owner]).await
}

pub async fn of_source(
    db: &impl ConnectionTrait,
    owner: UserId,
    source: SourceId,
) -> Result<Option<Subscription>, DbErr> {
    one(db, sql!("{SELECT} WHERE b.user_id = $1 AND b.source_id = $2"), args![owner, source]).await
}

/// Moves a subscription to another source. Deletes another subscription of the user to that source.
pub async fn move_to(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SubscriptionId,
    source: SourceId,
) -> Result<(), DbErr> {
    let double = "DELETE FROM subscription WHERE user_id = $1 AND source_id = $2 AND id <> $3";
    execute(db, double, args![owner, source, id]).await?;
    let sql = "UPDATE subscription SET source_id = $2 WHERE user_id = $1 AND id = $3";
    execute(db, sql, args![owner, source, id]).await.map(|_| ())
}

/// Columns of a subscription that its deletion keeps, so that it can be restored.
const KEPT: &str = "id, user_id, source_id, priority, rules, ahead_items, ahead_mb, created_at";

/// Deletes a subscription and keeps it to be restored. False if the user has no such subscription.
pub async fn delete(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SubscriptionId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let keep = sql!(
        "INSERT INTO deleted_subscription ({KEPT}, deleted_at)
         SELECT {KEPT}, $3 FROM subscription WHERE user_id = $1 AND id = $2"
    );
    execute(db, keep, args![owner, id, now]).await?;
    Ok(execute(db, "DELETE FROM subscription WHERE user_id = $1 AND id = $2", args![owner, id]).await? > 0)
}

/// Source of a deleted subscription that can be restored.
pub async fn deleted_source(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SubscriptionId,
) -> Result<Option<SourceId>, DbErr> {
    let sql = "SELECT source_id FROM deleted_subscription WHERE user_id = $1 AND id = $2";
    value(db, sql, args![owner, id]).await
}

/// Restores a deleted subscription as it was. False if the user follows its source again already.
pub async fn restore(db: &impl ConnectionTrait, owner: UserId, id: SubscriptionId) -> Result<bool, DbErr> {
    let back = sql!(
        "INSERT INTO subscription ({KEPT}) SELECT {KEPT} FROM deleted_subscription
         WHERE user_id = $1 AND id = $2 ON CONFLICT DO NOTHING"
    );
    let restored = execute(db, back, args![owner, id]).await?;
    let sql = "DELETE FROM deleted_subscription WHERE user_id = $1 AND id = $2";
    execute(db, sql, args![owner, id]).await?;
    Ok(restored > 0)
}

/// Subscriptions that a user has deleted since a time, the latest first.
pub async fn deleted_since(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<DeletedSubscription>, DbErr> {
    let sql =
        "SELECT x.id, s.name AS source_name FROM deleted_subscription x JOIN source s ON s.id = x.source_id
        WHERE x.user_id = $1 AND x.deleted_at >= $2 ORDER BY x.deleted_at DESC, x.id DESC";
    all(db, sql, args![owner, since]).await
}
row!(DeletedSubscription { id, source_name });

/// Forgets deleted subscriptions from before a time.
pub async fn forget_deleted(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    execute(db, "DELETE FROM deleted_subscription WHERE deleted_at < $1", args![before]).await.map(|_| ())
}

/// Whether the user follows anything, or the guardian of a listener does.
pub async fn any(db: &impl ConnectionTrait, owner: UserId) -> Result<bool, DbErr> {
    let followed = Visibility::of(db, owner).await?.followed();
    let sql =
        sql!("SELECT b.id FROM subscription b JOIN source s ON s.id = b.source_id WHERE {followed} LIMIT 1");
    Ok(value::<SubscriptionId>(db, sql, args![owner]).await?.is_some())
}

pub async fn followers(db: &impl ConnectionTrait, source: SourceId) -> Result<Vec<UserId>, DbErr> {
    let sql =
        "SELECT b.user_id FROM subscription b JOIN account a ON a.id = b.user_id AND a.disabled_at IS NULL
         WHERE b.source_id = $1";
    values(db, sql, args![source]).await
}
