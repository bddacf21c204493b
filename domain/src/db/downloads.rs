//! Downloads: the prepared items of users.

pub mod deleted;
mod listing;
mod of_items;
pub mod retention;
pub mod retries;
pub mod sizes;
pub(in crate::db) mod transitions;
pub mod urgency;
mod waiting;
mod wants;

pub use listing::{list, totals, unplayed_of};
pub use of_items::{of_item, of_items, of_runs, own_among};
pub use retries::failed;
pub use waiting::{
    Ready, Transferring, Waiting, begun, postponed, progressed, ready, ready_all, somebody_paused,
    transferring, verifying, verifying_one, waiting, waiting_all,
};
pub use wants::{Want, wants};

use super::copies::is_awaited;
use super::pictures::item_cover;
use super::sql::{SafeSql, all, args, execute, one, row, sql, value, values};
use super::transitions::those;
use super::{ConnectionTrait, DbErr};
use crate::download::{Download, DownloadStatus};
use crate::run::RunSummary;
use crate::{DateTime, DownloadId, ItemId, RunId, UserId, Utc};

row!(Download {
    id,
    item_id,
    run_id,
    title,
    source_id,
    source_name,
    kind,
    duration_seconds,
    cover,
    status,
    bytes_total,
    bytes_done,
    speed_bps,
    eta_seconds,
    attempts,
    error,
    next_attempt_at,
    sha256,
    mime_type,
    provider,
    created_at,
    ready_at,
    expires_at,
    pinned,
    last_used_at,
    played_at,
    rating,
    priority,
    wanted_by,
    waiting_for
});

row!(RunSummary { queued, ready, failed, skipped, bytes });

// Departure and position in the queue are not stored in the row; the engine fills them in.
const SELECT: &str = concat!(
    "SELECT ",
    item_cover!(),
    " AS cover, d.*, NULL AS wanted_by, NULL AS waiting_for, i.source_id, s.name AS source_name, s.kind, i.duration_seconds,
        g.verdict AS rating
    FROM download d JOIN item i ON i.id = d.item_id JOIN source s ON s.id = i.source_id
    LEFT JOIN rating g ON g.user_id = d.user_id AND g.item_id = d.item_id"
);

/// Maximum number of unplayed downloads that are read.
const MAX_UNPLAYED: i64 = 200;

pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
) -> Result<Option<Download>, DbErr> {
    one(db, sql!("{SELECT} WHERE d.user_id = $1 AND d.id = $2"), args![owner, id]).await
}

pub async fn of_run(db: &impl ConnectionTrait, owner: UserId, run: RunId) -> Result<Vec<Download>, DbErr> {
    all(db, sql!("{SELECT} WHERE d.user_id = $1 AND d.run_id = $2 ORDER BY d.id"), args![owner, run]).await
}

/// Ready downloads that were not played to the end, newest first.
pub async fn unplayed(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Download>, DbErr> {
    let sql = sql!(
        "{SELECT} WHERE d.user_id = $1 AND d.status = $2 AND d.played_at IS NULL
         ORDER BY d.ready_at DESC, d.id DESC LIMIT {MAX_UNPLAYED}"
    );
    all(db, sql, args![owner, DownloadStatus::Ready]).await
}

/// Queues an item under its current title, or queues a failed, cancelled or expired download again. None if
/// the item is in progress or ready.
pub async fn queue(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
    run: Option<RunId>,
    media_url: &str,
    bytes: Option<i64>,
    now: DateTime<Utc>,
) -> Result<Option<DownloadId>, DbErr> {
    value(
        db,
        sql!("INSERT INTO download (user_id, item_id, run_id, media_url, status, bytes_total, created_at, title)
         VALUES ($1, $2, $3, $4, {queued}, $5, $6, (SELECT title FROM item WHERE id = $2))
         ON CONFLICT (user_id, item_id) DO UPDATE SET run_id = excluded.run_id, media_url = excluded.media_url,
            title = excluded.title, {set}, bytes_total = excluded.bytes_total, bytes_done = 0, speed_bps = NULL,
            eta_seconds = NULL, attempts = 0, error = NULL, next_attempt_at = NULL, sha256 = NULL,
            mime_type = NULL, provider = NULL, created_at = excluded.created_at, ready_at = NULL, expires_at = NULL,
            last_used_at = NULL, played_at = NULL, is_planned = FALSE
         WHERE download.{applies}
         RETURNING id", queued = SafeSql::word(DownloadStatus::Queued.as_str()), set = transitions::REQUEST.set(), applies = transitions::REQUEST.applies()),
        args![owner, item, run, media_url, bytes, now],
    )
    .await
}

/// Marks a download, which was queued in the same transaction, as queued by a plan.
pub async fn mark_planned(db: &impl ConnectionTrait, owner: UserId, id: DownloadId) -> Result<(), DbErr> {
    let sql = "UPDATE download SET is_planned = TRUE WHERE user_id = $1 AND id = $2";
    execute(db, sql, args![owner, id]).await.map(|_| ())
}

/// Changes the status of a download (compare-and-set). False if it is not in `from`, or not this user's.
pub async fn advance(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    from: DownloadStatus,
    to: DownloadStatus,
) -> Result<bool, DbErr> {
    debug_assert!(from.may_become(to), "{from} -> {to}");
    let sql = "UPDATE download SET status = $4 WHERE user_id = $1 AND id = $2 AND status = $3";
    Ok(execute(db, sql, args![owner, id, from, to]).await? > 0)
}

/// Address from which a user's download fetches its bytes.
pub async fn media_url(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
) -> Result<Option<String>, DbErr> {
    value(db, "SELECT media_url FROM download WHERE user_id = $1 AND id = $2", args![owner, id]).await
}

/// Usage that counts against a user's limits: items since a given time, including those evicted meanwhile,
/// and bytes in progress or ready.
pub struct Used {
    pub items: i64,
    pub bytes: i64,
}
row!(Used { items, bytes });

/// Counts items up to `most`, inlined: with a parameter SQLite would recompile the statement each time.
pub async fn usage(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Used, DbErr> {
    use DownloadStatus::{Expired, Ready};
    let items = those(|status: DownloadStatus| status.is_open() || matches!(status, Ready | Expired));
    let bytes = those(|status: DownloadStatus| status.is_open() || status == Ready);
    let sql = sql!(
        "SELECT (SELECT COUNT(*) FROM (
                    SELECT 1 FROM download WHERE user_id = $1 AND created_at >= $2 AND status IN {items} LIMIT {}
                ) AS counted) AS items,
                (SELECT CAST(COALESCE(SUM(bytes_total), 0) AS BIGINT) FROM download
                    WHERE user_id = $1 AND status IN {bytes}) AS bytes",
        most.max(0)
    );
    Ok(one(db, sql, args![owner, since]).await?.unwrap_or(Used { items: 0, bytes: 0 }))
}

/// Summary of a run's downloads. The engine adds `skipped`.
pub async fn summary(db: &impl ConnectionTrait, run: RunId) -> Result<RunSummary, DbErr> {
    let summary = one(
        db,
        "SELECT COUNT(*) AS queued, COUNT(CASE WHEN status = 'ready' THEN 1 END) AS ready,
                COUNT(CASE WHEN status = 'failed' THEN 1 END) AS failed, CAST(0 AS BIGINT) AS skipped,
                CAST(COALESCE(SUM(CASE WHEN status = 'ready' THEN bytes_total END), 0) AS BIGINT) AS bytes
         FROM download WHERE run_id = $1",
        args![run],
    )
    .await?;
    Ok(summary.unwrap_or_default())
}

/// Known size of the files that the user's runs have fetched or will fetch, queued since a time.
pub async fn bytes_since(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
) -> Result<i64, DbErr> {
    let sql = "SELECT CAST(COALESCE(SUM(bytes_total), 0) AS BIGINT) FROM download
        WHERE user_id = $1 AND run_id IS NOT NULL AND created_at >= $2 AND status NOT IN ('failed', 'cancelled')";
    Ok(value(db, sql, args![owner, since]).await?.unwrap_or_default())
}

/// Ready downloads that have expired, and may be evicted; at most 500.
pub async fn expiring(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<(UserId, DownloadId)>, DbErr> {
    struct Due {
        user_id: UserId,
        id: DownloadId,
    }
    row!(Due { user_id, id });
    let sql = sql!(
        "SELECT user_id, id FROM download d WHERE status = 'ready' AND NOT pinned AND expires_at <= $1
         AND NOT {} ORDER BY id LIMIT 500",
        is_awaited()
    );
    let due: Vec<Due> = all(db, sql, args![now]).await?;
    Ok(due.into_iter().map(|d| (d.user_id, d.id)).collect())
}

/// Expires a ready download and releases its bytes, unless it is pinned or a device still has to fetch it.
pub async fn expire(db: &impl ConnectionTrait, owner: UserId, id: DownloadId) -> Result<bool, DbErr> {
    let sql = sql!(
        "UPDATE download AS d SET {set}, sha256 = NULL
         WHERE user_id = $1 AND id = $2 AND {applies} AND NOT pinned AND NOT {awaited}",
        set = transitions::EXPIRE.set(),
        applies = transitions::EXPIRE.applies(),
        awaited = is_awaited()
    );
    Ok(execute(db, sql, args![owner, id]).await? > 0)
}

/// Ready download of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub id: DownloadId,
    pub user_id: UserId,
    pub run_id: Option<RunId>,
    pub title: String,
    pub media_url: String,
}
row!(Holding { id, user_id, run_id, title, media_url });

/// Ready downloads of a blob, ordered by owner so that locks are always taken in the same order.
pub async fn holding(db: &impl ConnectionTrait, sha256: &str) -> Result<Vec<Holding>, DbErr> {
    all(
        db,
        "SELECT d.id, d.user_id, d.run_id, d.title, d.media_url FROM download d
         WHERE d.sha256 = $1 AND d.status = 'ready' ORDER BY d.user_id, d.id",
        args![sha256],
    )
    .await
}

/// Queues a ready download again whose bytes are lost. False if it does not hold them any more.
pub async fn lose(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    sha256: &str,
    why: &str,
) -> Result<bool, DbErr> {
    let moved = execute(
        db,
        sql!(
            "UPDATE download SET {set}, sha256 = NULL, mime_type = NULL, provider = NULL, bytes_done = 0,
                attempts = 0, error = $4, next_attempt_at = NULL, ready_at = NULL, expires_at = NULL
         WHERE user_id = $1 AND id = $2 AND sha256 = $3 AND {applies}",
            set = transitions::REQUEUE_LOST.set(),
            applies = transitions::REQUEUE_LOST.applies()
        ),
        args![owner, id, sha256, why],
    )
    .await?;
    Ok(moved > 0)
}

/// Addresses with waiting downloads; after a restart each must have a job.
pub async fn awaited(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let sql = sql!(
        "SELECT DISTINCT media_url FROM download WHERE status IN {waiting}",
        waiting = transitions::awaiting()
    );
    values(db, sql, args![]).await
}
