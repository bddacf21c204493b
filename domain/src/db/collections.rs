//! Collections, which group a user's runs.

use super::sql::{all, args, execute, one, row, sql, value};
use super::{ConnectionTrait, DbErr};
use crate::collection::Collection;
use crate::page::PageQuery;
use crate::{CollectionId, DateTime, Page, UserId, Utc};

row!(Collection { id, name, notes, runs, artifacts, pending, ready, created_at });

const SELECT: &str = "SELECT c.*, (SELECT COUNT(*) FROM run r WHERE r.collection_id = c.id) AS runs,
        (SELECT COUNT(*) FROM artifact a JOIN run r ON r.id = a.run_id WHERE r.collection_id = c.id) AS artifacts,
        (SELECT COUNT(*) FROM approval p JOIN run r ON r.id = p.run_id
            WHERE r.collection_id = c.id AND p.status = 'pending') AS pending,
        (SELECT COUNT(*) FROM download d JOIN run r ON r.id = d.run_id
            WHERE r.collection_id = c.id AND d.status = 'ready') AS ready
    FROM collection c";

pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: CollectionId,
) -> Result<Option<Collection>, DbErr> {
    one(db, sql!("{SELECT} WHERE c.user_id = $1 AND c.id = $2"), args![owner, id]).await
}

/// Lists collections, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    page: &PageQuery,
) -> Result<Page<Collection>, DbErr> {
    let limit = page.limit();
    let sql = sql!("{SELECT} WHERE c.user_id = $1 AND c.id < $2 ORDER BY c.id DESC LIMIT $3");
    let from = page.after_id().unwrap_or(i64::MAX);
    let rows = all(db, sql, args![owner, from, limit + 1]).await?;
    Ok(Page::cut(rows, limit, |c: &Collection| c.id.to_string()))
}

pub async fn count(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM collection WHERE user_id = $1";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    name: &str,
    notes: &str,
    now: DateTime<Utc>,
) -> Result<CollectionId, DbErr> {
    let sql =
        "INSERT INTO collection (user_id, name, notes, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    value(db, sql, args![owner, name, notes, now]).await?.ok_or(DbErr::RecordNotInserted)
}

/// Replaces name and notes. False if there is no such collection.
pub async fn replace(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: CollectionId,
    name: &str,
    notes: &str,
) -> Result<bool, DbErr> {
    let sql = "UPDATE collection SET name = $3, notes = $4 WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id, name, notes]).await? > 0)
}

/// Deletes a collection; its runs stay. False if there is no such collection.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId, id: CollectionId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM collection WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id]).await? > 0)
}
