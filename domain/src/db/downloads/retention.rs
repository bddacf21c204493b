//! Retention of downloads, and the eviction order.

use super::super::copies::is_awaited;
use super::super::sql::{SafeSql, all, args, execute, one, row, sql, value, values};
use super::super::{ConnectionTrait, DbErr};
use crate::{DateTime, DownloadId, ItemId, RunId, UserId, Utc};

/// Pins or unpins a download. False if there is no such download.
pub async fn set_pinned(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    pinned: bool,
) -> Result<bool, DbErr> {
    let sql = "UPDATE download SET pinned = $3 WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id, pinned]).await? > 0)
}

pub async fn touch(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE download SET last_used_at = $3 WHERE user_id = $1 AND id = $2 AND status = 'ready'";
    execute(db, sql, args![owner, id, now]).await.map(|_| ())
}

/// Marks a download as played. False if there is no such download, or it is not ready.
pub async fn played(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE download SET played_at = $3, last_used_at = $3
         WHERE user_id = $1 AND id = $2 AND status = 'ready'";
    Ok(execute(db, sql, args![owner, id, now]).await? > 0)
}

/// Marks the ready download of an item as played, unless it is. Returns whether it did.
pub async fn item_played(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE download SET played_at = $3, last_used_at = $3
         WHERE user_id = $1 AND item_id = $2 AND status = 'ready' AND played_at IS NULL";
    Ok(execute(db, sql, args![owner, item, now]).await? > 0)
}

/// Marks the ready download of an item as not played. Returns whether it was.
pub async fn item_reopened(db: &impl ConnectionTrait, owner: UserId, item: ItemId) -> Result<bool, DbErr> {
    let sql = "UPDATE download SET played_at = NULL
         WHERE user_id = $1 AND item_id = $2 AND status = 'ready' AND played_at IS NOT NULL";
    Ok(execute(db, sql, args![owner, item]).await? > 0)
}

/// Ready download that is neither pinned nor still to be fetched by a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvictionCandidate {
    pub id: DownloadId,
    pub user_id: UserId,
    pub title: String,
    pub bytes: i64,
    pub is_played: bool,
}
row!(EvictionCandidate { id, user_id, title, bytes, is_played });

fn candidates() -> SafeSql {
    sql!(
        "SELECT d.id, d.user_id, d.title, COALESCE(d.bytes_total, 0) AS bytes, d.played_at IS NOT NULL AS is_played
         FROM download d WHERE d.status = 'ready' AND NOT d.pinned AND NOT {}",
        is_awaited()
    )
}

/// Eviction order of the downloads that were ready by then: played ones first, then the least recently used.
/// Downloads of the run `but` are left out, so that a run does not evict its own results.
pub async fn eviction_candidates(
    db: &impl ConnectionTrait,
    owner: UserId,
    but: Option<RunId>,
    ready_by: DateTime<Utc>,
) -> Result<Vec<EvictionCandidate>, DbErr> {
    let candidates = candidates();
    let sql = sql!(
        "{candidates} AND d.user_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR d.run_id IS NULL OR d.run_id <> $2)
           AND (d.ready_at IS NULL OR d.ready_at <= $3)
         ORDER BY CASE WHEN d.played_at IS NULL THEN 1 ELSE 0 END, COALESCE(d.last_used_at, d.created_at), d.id"
    );
    all(db, sql, args![owner, but, ready_by]).await
}

/// Returns a user's download if it may be evicted.
pub async fn eviction_candidate(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
) -> Result<Option<EvictionCandidate>, DbErr> {
    one(db, sql!("{} AND d.user_id = $1 AND d.id = $2", candidates()), args![owner, id]).await
}

/// Downloads of a blob that may be evicted, ordered by owner.
pub async fn eviction_candidates_of_blob(
    db: &impl ConnectionTrait,
    sha256: &str,
) -> Result<Vec<EvictionCandidate>, DbErr> {
    all(db, sql!("{} AND d.sha256 = $1 ORDER BY d.user_id, d.id", candidates()), args![sha256]).await
}

/// Eviction order of the disk: blobs of downloads that may be evicted, least recently used first.
pub async fn blobs_to_evict(db: &impl ConnectionTrait, limit: i64) -> Result<Vec<String>, DbErr> {
    let sql = sql!(
        "SELECT d.sha256 FROM download d WHERE d.status = 'ready' AND d.sha256 IS NOT NULL GROUP BY d.sha256
         HAVING SUM(CASE WHEN d.pinned OR {} THEN 1 ELSE 0 END) = 0
         ORDER BY MAX(COALESCE(d.last_used_at, d.created_at)), d.sha256 LIMIT $1",
        is_awaited()
    );
    values(db, sql, args![limit]).await
}

/// Total size of a user's pinned, ready downloads.
pub async fn pinned_bytes(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT CAST(COALESCE(SUM(bytes_total), 0) AS BIGINT) FROM download
         WHERE user_id = $1 AND status = 'ready' AND pinned";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

/// Total size of a user's unpinned, ready downloads that a device still has to fetch.
pub async fn awaited_bytes(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = sql!(
        "SELECT CAST(COALESCE(SUM(d.bytes_total), 0) AS BIGINT) FROM download d
         WHERE d.user_id = $1 AND d.status = 'ready' AND NOT d.pinned AND {}",
        is_awaited()
    );
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

/// Addresses of queued downloads that wait for this reason.
pub async fn held_back(db: &impl ConnectionTrait, why: &str) -> Result<Vec<String>, DbErr> {
    let sql =
        "SELECT DISTINCT media_url FROM download WHERE status = 'queued' AND error = $1 ORDER BY media_url";
    values(db, sql, args![why]).await
}
