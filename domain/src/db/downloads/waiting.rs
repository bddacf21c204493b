//! Downloads that wait for the bytes of an address, and their progress.

use sea_orm::QueryResult;

use super::super::media::Blob;
use super::super::sql::{SafeSql, all, args, execute, listed, row, sql, value, values};
use super::super::{ConnectionTrait, DbErr};
use super::transitions;
use crate::download::{DownloadStatus, Progress, Provider};
use crate::media::Wanted;
use crate::{DateTime, DownloadId, ItemId, RunId, SourceId, UserId, Utc};

/// Download that waits for the bytes of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub id: DownloadId,
    pub user_id: UserId,
    pub item_id: ItemId,
    pub run_id: Option<RunId>,
    /// Whether the plan of a device has queued it.
    pub is_planned: bool,
    pub title: String,
    pub status: DownloadStatus,
    /// Size that counts against the user's limits. None while it is unknown.
    pub bytes_total: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub media_url: String,
    pub source_id: SourceId,
    pub source_name: String,
    /// Content that its item requires.
    pub wanted: Wanted,
    /// Bytes fetched before this time do not belong to its item.
    pub media_since: Option<DateTime<Utc>>,
}
row!(Waiting {
    id,
    user_id,
    item_id,
    run_id,
    is_planned,
    title,
    status,
    bytes_total,
    created_at,
    media_url,
    source_id,
    source_name,
    wanted,
    media_since
});

/// Downloads that wait for an address, ordered by owner so that locks are always taken in the same order.
pub async fn waiting(db: &impl ConnectionTrait, media_url: &str) -> Result<Vec<Waiting>, DbErr> {
    waiting_all(db, &[media_url]).await
}

/// Like `waiting`, for several addresses.
pub async fn waiting_all(db: &impl ConnectionTrait, media_urls: &[&str]) -> Result<Vec<Waiting>, DbErr> {
    let mut values = Vec::new();
    let urls = listed(media_urls.iter().copied(), &mut values);
    let sql = sql!(
        "SELECT d.id, d.user_id, d.item_id, d.run_id, d.is_planned, d.title, d.status, d.bytes_total, d.created_at, d.media_url,
                i.source_id, s.name AS source_name, i.wanted, i.media_since
         FROM download d JOIN item i ON i.id = d.item_id JOIN source s ON s.id = i.source_id
         WHERE d.media_url IN ({urls}) AND d.status IN {waiting}
         ORDER BY d.user_id, d.id", waiting = transitions::awaiting()
    );
    all(db, sql, values).await
}

/// Marks all waiting downloads of an address as downloading, at the start of a transfer.
pub async fn begun(
    db: &impl ConnectionTrait,
    media_url: &str,
    attempt: i64,
    bytes: i64,
) -> Result<(), DbErr> {
    execute(
        db,
        sql!(
            "UPDATE download SET {set}, attempts = $2, bytes_done = $3, error = NULL, next_attempt_at = NULL,
                bytes_total = CASE WHEN bytes_total < $3 THEN NULL ELSE bytes_total END
         WHERE media_url = $1 AND {applies}",
            set = transitions::BEGIN.set(),
            applies = transitions::BEGIN.applies()
        ),
        args![media_url, attempt, bytes],
    )
    .await
    .map(|_| ())
}

/// Stores the progress of an address for all its downloads, including those that joined after the transfer
/// began. Ignores `download_id` of the progress, and drops a size hint that was too small.
pub async fn progressed(db: &impl ConnectionTrait, media_url: &str, at: &Progress) -> Result<(), DbErr> {
    execute(
        db,
        sql!("UPDATE download SET {set}, bytes_done = $2, speed_bps = $4, eta_seconds = $5,
                bytes_total = COALESCE($3, CASE WHEN bytes_total < $2 THEN NULL ELSE bytes_total END), attempts = CASE WHEN attempts = 0 THEN 1 ELSE attempts END
         WHERE media_url = $1 AND {applies}", set = transitions::PROGRESS.set(), applies = transitions::PROGRESS.applies()),
        args![media_url, at.bytes_done, at.bytes_total, at.speed_bps, at.eta_seconds],
    )
    .await
    .map(|_| ())
}

/// Stored progress of a download that is being transferred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transferring {
    pub user_id: UserId,
    pub run_id: Option<RunId>,
    pub progress: Progress,
}
row!(Transferring { user_id, run_id ;;; progress: progress });

fn progress(row: &QueryResult, prefix: &str) -> Result<Progress, DbErr> {
    Ok(Progress {
        download_id: row.try_get(prefix, "id")?,
        bytes_done: row.try_get(prefix, "bytes_done")?,
        bytes_total: row.try_get(prefix, "bytes_total")?,
        speed_bps: row.try_get(prefix, "speed_bps")?,
        eta_seconds: row.try_get(prefix, "eta_seconds")?,
    })
}

/// Downloads of these users that are being transferred.
pub async fn transferring(db: &impl ConnectionTrait, owners: &[UserId]) -> Result<Vec<Transferring>, DbErr> {
    let mut values = Vec::new();
    let owners = listed(owners.iter().copied(), &mut values);
    let sql = sql!(
        "SELECT id, user_id, run_id, bytes_done, bytes_total, speed_bps, eta_seconds FROM download
         WHERE user_id IN ({owners}) AND status = {}",
        SafeSql::word(DownloadStatus::Downloading.as_str())
    );
    all(db, sql, values).await
}

/// Whether any download of this address is paused.
pub async fn somebody_paused(db: &impl ConnectionTrait, media_url: &str) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM download WHERE media_url = $1 AND status = 'paused' LIMIT 1";
    Ok(value::<i64>(db, sql, args![media_url]).await?.is_some())
}

/// Marks the downloads of an address as being verified, after all bytes have arrived.
pub async fn verifying(db: &impl ConnectionTrait, media_url: &str, bytes: i64) -> Result<(), DbErr> {
    execute(
        db,
        sql!("UPDATE download SET {set}, bytes_done = $2, bytes_total = $2, speed_bps = NULL, eta_seconds = NULL
         WHERE media_url = $1 AND {applies}", set = transitions::VERIFY.set(), applies = transitions::VERIFY.applies()),
        args![media_url, bytes],
    )
    .await
    .map(|_| ())
}

/// Marks one download alone as being verified.
pub async fn verifying_one(db: &impl ConnectionTrait, id: DownloadId) -> Result<(), DbErr> {
    let sql = sql!(
        "UPDATE download SET {set}, speed_bps = NULL, eta_seconds = NULL
        WHERE id = $1 AND {applies}",
        set = transitions::VERIFY.set(),
        applies = transitions::VERIFY.applies()
    );
    execute(db, sql, args![id]).await.map(|_| ())
}

/// Marks one download as ready, because its bytes are stored already. False if it is not waiting any more.
pub async fn ready(
    db: &impl ConnectionTrait,
    id: DownloadId,
    blob: &Blob,
    provider: Provider,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let moved = execute(
        db,
        sql!("UPDATE download SET {set}, sha256 = $2, mime_type = $3, bytes_total = $4, bytes_done = $4,
                provider = $5, ready_at = $6, expires_at = $7, last_used_at = $6, played_at = NULL, speed_bps = NULL, eta_seconds = NULL, error = NULL,
                next_attempt_at = NULL
         WHERE id = $1 AND {applies}", set = transitions::COMPLETE_FROM_STORE.set(), applies = transitions::COMPLETE_FROM_STORE.applies()),
        args![id, blob.sha256.as_str(), blob.mime_type.as_str(), blob.bytes, provider, now, expires_at],
    )
    .await?;
    Ok(moved > 0)
}

/// Download whose bytes are verified and stored.
pub struct Ready<'a> {
    pub id: DownloadId,
    pub blob: &'a Blob,
    pub provider: Provider,
    pub expires_at: DateTime<Utc>,
}

/// Marks several downloads as ready. Returns those that were still waiting.
pub async fn ready_all(
    db: &impl ConnectionTrait,
    rows: &[Ready<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<DownloadId>, DbErr> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut args = args![now];
    let row = |Ready { id, blob, provider, expires_at }: &Ready<'_>| {
        // At least one attempt, even if none was recorded, unless it is a cache hit.
        let attempts = if provider.is_hit() { 0_i64 } else { 1 };
        let mime_type = blob.mime_type.as_str();
        let row = args![*id, blob.sha256.as_str(), mime_type, blob.bytes, *provider, *expires_at, attempts];
        sql!("({})", listed(row, &mut args))
    };
    let made: Vec<_> = rows.iter().map(row).collect();
    let sql = sql!(
        "WITH made (which, sha, mime, bytes, whence, ends_at, tries) AS (VALUES {})
         UPDATE download SET {set}, sha256 = sha, mime_type = mime, bytes_total = bytes, bytes_done = bytes,
                provider = whence, ready_at = $1, expires_at = ends_at, last_used_at = $1, played_at = NULL,
                speed_bps = NULL, eta_seconds = NULL, error = NULL, next_attempt_at = NULL,
                attempts = CASE WHEN attempts < tries THEN tries ELSE attempts END
         FROM made WHERE id = which AND {applies}
         RETURNING id",
        set = transitions::COMPLETE.set(),
        applies = transitions::COMPLETE.applies(),
        SafeSql::join(made, ", ")
    );
    values(db, sql, args).await
}

/// Queues the waiting downloads again with a reason: until the retry at `next`, or until their transfer is
/// pushed.
pub async fn postponed(
    db: &impl ConnectionTrait,
    media_url: &str,
    error: &str,
    next: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    execute(
        db,
        sql!("UPDATE download SET {set}, error = $2, next_attempt_at = $3, speed_bps = NULL, eta_seconds = NULL
         WHERE media_url = $1 AND {applies}", set = transitions::POSTPONE.set(), applies = transitions::POSTPONE.applies()),
        args![media_url, error, next],
    )
    .await
    .map(|_| ())
}
