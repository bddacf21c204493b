//! Deleted downloads, kept for a short time so that the deletion can be undone.

use super::super::sql::{all, args, execute, one, row, sql};
use super::super::{ConnectionTrait, DbErr};
use crate::deleted::DeletedDownload;
use crate::download::DownloadStatus;
use crate::{DateTime, DownloadId, ItemId, UserId, Utc};

/// Columns that a deletion keeps. Its progress of a transfer is left out.
const KEPT: &str =
    "id, user_id, item_id, run_id, media_url, title, status, bytes_total, bytes_done, attempts, error,
    next_attempt_at, sha256, mime_type, provider, created_at, ready_at, expires_at, pinned, last_used_at,
    played_at, priority";

/// Deletes a download and keeps it to be restored. False if the user has no such download.
pub async fn delete(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let keep = sql!(
        "INSERT INTO deleted_download ({KEPT}, deleted_at)
         SELECT {KEPT}, $3 FROM download WHERE user_id = $1 AND id = $2"
    );
    execute(db, keep, args![owner, id, now]).await?;
    Ok(execute(db, "DELETE FROM download WHERE user_id = $1 AND id = $2", args![owner, id]).await? > 0)
}

/// Deleted download as its restoration needs it.
pub struct Restorable {
    pub item_id: ItemId,
    pub title: String,
    pub media_url: String,
    pub status: DownloadStatus,
    pub sha256: Option<String>,
}
row!(Restorable { item_id, title, media_url, status, sha256 });

pub async fn restorable(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
) -> Result<Option<Restorable>, DbErr> {
    let sql = "SELECT item_id, title, media_url, status, sha256 FROM deleted_download
        WHERE user_id = $1 AND id = $2";
    one(db, sql, args![owner, id]).await
}

/// Restores a deleted download as it was. False if its item has been requested again meanwhile.
pub async fn restore(db: &impl ConnectionTrait, owner: UserId, id: DownloadId) -> Result<bool, DbErr> {
    let back = sql!(
        "INSERT INTO download ({KEPT}) SELECT {KEPT} FROM deleted_download
         WHERE user_id = $1 AND id = $2 ON CONFLICT DO NOTHING"
    );
    let restored = execute(db, back, args![owner, id]).await?;
    execute(db, "DELETE FROM deleted_download WHERE user_id = $1 AND id = $2", args![owner, id]).await?;
    Ok(restored > 0)
}

/// Makes a deleted download one that waits for its bytes, because its transfer has stopped or its bytes are
/// lost.
pub async fn requeue(db: &impl ConnectionTrait, owner: UserId, id: DownloadId) -> Result<(), DbErr> {
    let sql = "UPDATE deleted_download SET status = 'queued', sha256 = NULL, mime_type = NULL, provider = NULL,
            bytes_done = 0, attempts = 0, error = NULL, next_attempt_at = NULL, ready_at = NULL, expires_at = NULL
         WHERE user_id = $1 AND id = $2";
    execute(db, sql, args![owner, id]).await.map(|_| ())
}

/// Downloads that a user has deleted since a time, the latest first.
pub async fn since(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<DeletedDownload>, DbErr> {
    let sql = "SELECT id, title FROM deleted_download WHERE user_id = $1 AND deleted_at >= $2
        ORDER BY deleted_at DESC, id DESC";
    all(db, sql, args![owner, since]).await
}
row!(DeletedDownload { id, title });

/// Forgets deleted downloads from before a time.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    execute(db, "DELETE FROM deleted_download WHERE deleted_at < $1", args![before]).await.map(|_| ())
}
