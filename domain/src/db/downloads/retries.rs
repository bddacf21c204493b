//! Automatic retries of failed downloads, and downloads whose address has changed.

use super::super::sql::{all, args, execute, row, sql};
use super::super::{ConnectionTrait, DbErr};
use super::transitions;
use crate::{DateTime, DownloadId, ItemId, RunId, UserId, Utc};

/// Marks a download as failed after a round of attempts. `next` is the next automatic round, if any.
pub async fn failed(
    db: &impl ConnectionTrait,
    id: DownloadId,
    error: &str,
    next: Option<DateTime<Utc>>,
) -> Result<bool, DbErr> {
    let moved = execute(
        db,
        sql!("UPDATE download SET {set}, error = $2, next_attempt_at = $3, speed_bps = NULL, eta_seconds = NULL
         WHERE id = $1 AND {applies}", set = transitions::FAIL.set(), applies = transitions::FAIL.applies()),
        args![id, error, next],
    )
    .await?;
    Ok(moved > 0)
}

/// A failed download whose next attempt is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRetry {
    pub id: DownloadId,
    pub user_id: UserId,
    pub run_id: Option<RunId>,
    pub title: String,
    pub bytes_total: Option<i64>,
    pub created_at: DateTime<Utc>,
    /// Address that failed.
    pub media_url: String,
    /// Current address of the item.
    pub current_url: String,
}
row!(DueRetry { id, user_id, run_id, title, bytes_total, created_at, media_url, current_url });

/// Due downloads, longest overdue first. Items whose source allows no copies wait until it does.
pub async fn due(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: i64) -> Result<Vec<DueRetry>, DbErr> {
    all(
        db,
        "SELECT d.id, d.user_id, d.run_id, d.title, d.bytes_total, d.created_at, d.media_url,
                i.media_url AS current_url
         FROM download d JOIN item i ON i.id = d.item_id
         JOIN account a ON a.id = d.user_id AND a.disabled_at IS NULL
         WHERE d.status = 'failed' AND d.next_attempt_at <= $1
           AND i.media_url IS NOT NULL AND i.availability <> 'metadata_only'
         ORDER BY d.next_attempt_at, d.id LIMIT $2",
        args![now, limit],
    )
    .await
}

/// Queues a due download again, under its item's current address. False if it is not due any more.
pub async fn requeue(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    media_url: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = sql!(
        "UPDATE download SET {set}, media_url = $3, bytes_done = 0, attempts = 0, error = NULL,
            next_attempt_at = NULL
         WHERE user_id = $1 AND id = $2 AND {applies} AND next_attempt_at <= $4",
        set = transitions::RETRY.set(),
        applies = transitions::RETRY.applies()
    );
    Ok(execute(db, sql, args![owner, id, media_url, now]).await? > 0)
}

/// Postpones a due download whose request was refused, such as by its owner's limits.
pub async fn put_off(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    why: &str,
    next: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE download SET error = $3, next_attempt_at = $4
        WHERE user_id = $1 AND id = $2 AND status = 'failed' AND next_attempt_at IS NOT NULL";
    execute(db, sql, args![owner, id, why, next]).await.map(|_| ())
}

/// Makes the failed downloads of an item due at once, after its address has changed. Returns their number.
pub async fn make_due(db: &impl ConnectionTrait, item: ItemId, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "UPDATE download SET next_attempt_at = $2
        WHERE item_id = $1 AND status = 'failed' AND next_attempt_at IS NOT NULL";
    execute(db, sql, args![item, now]).await
}

/// Waiting download of an address that its item no longer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    pub id: DownloadId,
    pub user_id: UserId,
    pub run_id: Option<RunId>,
    pub title: String,
    pub current_url: String,
}
row!(Outdated { id, user_id, run_id, title, current_url });

pub async fn outdated(db: &impl ConnectionTrait, media_url: &str) -> Result<Vec<Outdated>, DbErr> {
    all(
        db,
        sql!(
            "SELECT d.id, d.user_id, d.run_id, d.title, i.media_url AS current_url
         FROM download d JOIN item i ON i.id = d.item_id
         WHERE d.media_url = $1 AND d.status IN {waiting}
           AND i.media_url <> $1 AND i.availability <> 'metadata_only'
         ORDER BY i.media_url, d.user_id, d.id",
            waiting = transitions::awaiting()
        ),
        args![media_url],
    )
    .await
}

/// Moves a waiting download to another address and restarts it. False if it no longer waits for the old.
pub async fn readdress(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    from: &str,
    to: &str,
) -> Result<bool, DbErr> {
    let sql = sql!(
        "UPDATE download SET {set}, media_url = $4, bytes_done = 0, speed_bps = NULL,
            eta_seconds = NULL, attempts = 0, error = NULL, next_attempt_at = NULL
         WHERE user_id = $1 AND id = $2 AND media_url = $3 AND {applies}",
        set = transitions::POSTPONE.set(),
        applies = transitions::POSTPONE.applies()
    );
    Ok(execute(db, sql, args![owner, id, from, to]).await? > 0)
}
