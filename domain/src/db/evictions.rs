//! Log of evictions and their reasons.

use super::sql::{all, args, execute, row};
use super::{ConnectionTrait, DbErr};
use crate::eviction::Eviction;
use crate::{DateTime, DownloadId, UserId, Utc};

row!(Eviction { id, download_id, title, bytes, reason, at });

pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    download: DownloadId,
    title: &str,
    bytes: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    execute(
        db,
        "INSERT INTO eviction (user_id, download_id, title, bytes, reason, at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![owner, download, title, bytes, reason, now],
    )
    .await
    .map(|_| ())
}

/// Lists evictions, newest first.
pub async fn list(db: &impl ConnectionTrait, owner: UserId, limit: i64) -> Result<Vec<Eviction>, DbErr> {
    let sql = "SELECT id, download_id, title, bytes, reason, at FROM eviction WHERE user_id = $1
         ORDER BY id DESC LIMIT $2";
    all(db, sql, args![owner, limit]).await
}

pub async fn delete_before(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    execute(db, "DELETE FROM eviction WHERE at < $1", args![before]).await.map(|_| ())
}
