//! Consistency checks between the rows of blobs, downloads and jobs.

use super::downloads::transitions;
use super::media::Blob;
use super::sql::{SafeSql, all, args, execute, now, one, row, sql, value};
use super::{ConnectionTrait, DbErr};
use crate::{DownloadId, RunId, UserId};

/// All blobs recorded as stored.
pub async fn blobs(db: &impl ConnectionTrait) -> Result<Vec<Blob>, DbErr> {
    all(db, "SELECT sha256, bytes, mime_type FROM blob ORDER BY sha256", args![]).await
}

pub async fn blob(db: &impl ConnectionTrait, sha256: &str) -> Result<Option<Blob>, DbErr> {
    one(db, "SELECT sha256, bytes, mime_type FROM blob WHERE sha256 = $1", args![sha256]).await
}

pub async fn count_ready(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Ok(value(db, "SELECT COUNT(*) FROM download WHERE status = 'ready'", args![]).await?.unwrap_or_default())
}

/// Download to be repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub id: DownloadId,
    pub user_id: UserId,
    pub run_id: Option<RunId>,
    pub title: String,
    pub media_url: String,
    pub bytes: Option<i64>,
    /// Size of its stored copy, if any.
    pub kept: Option<i64>,
}
row!(AuditRow { id, user_id, run_id, title, media_url, bytes, kept });

const ROWS: &str =
    "SELECT d.id, d.user_id, d.run_id, d.title, d.media_url, d.bytes_total AS bytes, b.bytes AS kept
    FROM download d LEFT JOIN blob b ON b.sha256 = d.sha256";

/// Ready downloads without a stored copy, or with another size than the copy.
pub async fn miscounted(db: &impl ConnectionTrait) -> Result<Vec<AuditRow>, DbErr> {
    let sql = sql!(
        "{ROWS} WHERE d.status = 'ready' AND (b.bytes IS NULL OR d.bytes_total IS NULL OR d.bytes_total <> b.bytes)
         ORDER BY d.user_id, d.id"
    );
    all(db, sql, args![]).await
}

/// Corrects a ready download's size.
pub async fn count_anew(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    bytes: i64,
) -> Result<bool, DbErr> {
    let sql = "UPDATE download SET bytes_total = $3, bytes_done = $3
         WHERE user_id = $1 AND id = $2 AND status = 'ready'";
    Ok(execute(db, sql, args![owner, id, bytes]).await? > 0)
}

/// Downloads in progress without a job that holds a valid lease. One statement, so that it sees one snapshot.
pub async fn stranded(db: &impl ConnectionTrait, job: &str) -> Result<Vec<AuditRow>, DbErr> {
    let sql = sql!("{ROWS} WHERE {} ORDER BY d.media_url, d.user_id, d.id", nobody_does("d", db));
    all(db, sql, args![job]).await
}

fn nobody_does(download: &'static str, db: &impl ConnectionTrait) -> SafeSql {
    sql!(
        "{download}.{applies} AND NOT EXISTS (
             SELECT 1 FROM job j WHERE j.kind = $1 AND j.uniq = {download}.media_url AND j.state = 'running'
                 AND j.lease_until > {})",
        applies = transitions::REQUEUE_STRANDED.applies(),
        now(db)
    )
}

const BACK: &str = "sha256 = NULL, bytes_done = 0, speed_bps = NULL, eta_seconds = NULL,
    attempts = 0, error = NULL, next_attempt_at = NULL, ready_at = NULL, expires_at = NULL";

/// Resets a ready download to `queued`. False if its status has changed.
pub async fn start_over(db: &impl ConnectionTrait, owner: UserId, id: DownloadId) -> Result<bool, DbErr> {
    let sql = sql!(
        "UPDATE download SET {set}, {BACK} WHERE user_id = $1 AND id = $2 AND {applies}",
        set = transitions::REQUEUE_LOST.set(),
        applies = transitions::REQUEUE_LOST.applies()
    );
    Ok(execute(db, sql, args![owner, id]).await? > 0)
}

/// Resets a stranded download to `queued`. False if a job has claimed it meanwhile.
pub async fn take_back(
    db: &impl ConnectionTrait,
    job: &str,
    owner: UserId,
    id: DownloadId,
) -> Result<bool, DbErr> {
    let still = nobody_does("download", db);
    let sql = sql!(
        "UPDATE download SET {set}, {BACK} WHERE user_id = $2 AND id = $3 AND {still}",
        set = transitions::REQUEUE_STRANDED.set()
    );
    Ok(execute(db, sql, args![job, owner, id]).await? > 0)
}
