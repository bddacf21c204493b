//! Copies of downloads on devices.

mod awaited;
mod planned;

use super::sql::{SafeSql, all, args, execute, one, row, sql, value, values};
use super::{ConnectionTrait, DbErr};
use crate::copy::{CopyReason, CopyState, DeviceCopy, KnownCopy};
use crate::download::DownloadStatus;
use crate::source::Kind;
use crate::{DateTime, DeviceId, DownloadId, ItemId, UserId, Utc};

pub use awaited::{AwaitedCopy, abandoned, awaited_among};
pub use planned::{PlannedPosition, want_planned};

row!(DeviceCopy { download_id, item_id, title, state, bytes, sha256, held_at, proved_at, reason });
row!(KnownCopy { state, sha256, bytes, checked_at, reason });

/// SQL condition: a device still has to fetch bytes of download `d`, or is to have them at a departure that
/// is ahead and may lose them before. Such a download is exempt from expiry and eviction.
pub(super) fn is_awaited() -> SafeSql {
    sql!(
        "EXISTS (SELECT 1 FROM copy w WHERE w.download_id = d.id AND w.user_id = d.user_id
            AND (w.state IN {} OR w.state = 'held' AND EXISTS (SELECT 1 FROM plan_item x JOIN plan p ON p.id = x.plan_id
                WHERE x.item_id = d.item_id AND p.device_id = w.device_id AND p.state <> 'departed')))",
        awaiting()
    )
}

fn awaiting() -> SafeSql {
    let awaiting = CopyState::ALL.iter().filter(|state| state.awaits_bytes());
    SafeSql::words(awaiting.map(|state| state.as_str()))
}

/// Copies on a device in the order of fetching.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
) -> Result<Vec<DeviceCopy>, DbErr> {
    let sql =
        "SELECT c.download_id, d.item_id, COALESCE(d.title, x.title) AS title, c.state, c.bytes, c.sha256,
            c.held_at, c.proved_at, c.reason
         FROM copy c LEFT JOIN download d ON d.id = c.download_id AND d.user_id = $1
         LEFT JOIN deleted_download x ON x.id = c.download_id AND x.user_id = $1
         WHERE c.user_id = $1 AND c.device_id = $2 AND c.place >= 0
         ORDER BY c.is_planned, c.place, c.download_id";
    all(db, sql, args![owner, device]).await
}

pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    download: DownloadId,
) -> Result<Option<KnownCopy>, DbErr> {
    let sql = "SELECT state, sha256, bytes, checked_at, reason FROM copy
         WHERE user_id = $1 AND device_id = $2 AND download_id = $3";
    one(db, sql, args![owner, device, download]).await
}

/// Downloads that a device has a copy of, in any state but forgotten.
pub async fn ids(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
) -> Result<Vec<DownloadId>, DbErr> {
    let sql = "SELECT download_id FROM copy WHERE user_id = $1 AND device_id = $2 AND place >= 0";
    values(db, sql, args![owner, device]).await
}

/// Number of copies that a device wants or holds.
pub async fn count(db: &impl ConnectionTrait, owner: UserId, device: DeviceId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM copy WHERE user_id = $1 AND device_id = $2 AND state <> 'dropped'";
    Ok(value(db, sql, args![owner, device]).await?.unwrap_or_default())
}

/// Wants a copy of a download at the end of the order, kept by the user's wish. A planned copy is then kept
/// like that too. False if the device wants or holds it already.
pub async fn want(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    download: DownloadId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO copy (user_id, device_id, download_id, state, bytes, place, wanted_at)
         VALUES ($1, $2, $3, 'wanted', 0,
            COALESCE((SELECT MAX(place) FROM copy WHERE device_id = $2 AND NOT is_planned), 0) + 1, $4)
         ON CONFLICT (device_id, download_id) DO UPDATE SET state = 'wanted', place = excluded.place,
            wanted_at = excluded.wanted_at, sha256 = NULL, checked_at = NULL, held_at = NULL, proved_at = NULL,
            ended_at = NULL, is_doubted = FALSE, reason = NULL, is_planned = FALSE, departs_at = NULL
         WHERE copy.state = 'dropped'";
    if execute(db, sql, args![owner, device, download, now]).await? > 0 {
        return Ok(true);
    }
    let sql = "UPDATE copy SET is_planned = FALSE
         WHERE user_id = $1 AND device_id = $2 AND download_id = $3 AND is_planned";
    execute(db, sql, args![owner, device, download]).await?;
    Ok(false)
}

/// Moves a copy (compare-and-set on its state). A proof counts as long as the same checked bytes are held.
/// False if its state is no longer `from`.
pub async fn advance(
    db: &impl ConnectionTrait,
    owner: UserId,
    (device, download): (DeviceId, DownloadId),
    from: CopyState,
    to: &KnownCopy,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    debug_assert!(from == to.state || from.may_reach(to.state), "{from} -> {}", to.state);
    let sql = "UPDATE copy SET
            proved_at = CASE WHEN $5 = 'held' AND sha256 = $6 AND checked_at = $8 THEN proved_at END,
            held_at = CASE WHEN $5 = 'held' THEN COALESCE(CASE WHEN sha256 = $6 THEN held_at END, $10) END,
            is_doubted = CASE WHEN $5 = 'held' AND checked_at = $8 THEN is_doubted ELSE FALSE END,
            ended_at = CASE WHEN $5 = 'dropped' THEN COALESCE(ended_at, $10) END,
            state = $5, sha256 = $6, bytes = $7, checked_at = $8, reason = $9
         WHERE user_id = $1 AND device_id = $2 AND download_id = $3 AND state = $4";
    let KnownCopy { state, sha256, bytes, checked_at, reason } = to;
    let reason = reason.map(CopyReason::as_str);
    let values =
        args![owner, device, download, from, *state, sha256.as_deref(), *bytes, *checked_at, reason, now];
    Ok(execute(db, sql, values).await? > 0)
}

/// Forgets copies that are dropped and no longer on the device. Of those that the user has removed a mark
/// stays as long as the download does (the place -1), so that no plan fetches them again.
pub async fn forget_dropped(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    before: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql =
        "UPDATE copy SET place = -1 WHERE user_id = $1 AND device_id = $2 AND state = 'dropped' AND bytes = 0
         AND ended_at < $3 AND place >= 0";
    if execute(db, sql, args![owner, device, before]).await? == 0 {
        return Ok(());
    }
    let sql = "DELETE FROM copy WHERE user_id = $1 AND device_id = $2 AND state = 'dropped' AND place < 0
         AND (reason IS NULL OR reason <> 'removed'
            OR NOT EXISTS (SELECT 1 FROM download d WHERE d.id = copy.download_id AND d.user_id = $1))";
    execute(db, sql, args![owner, device]).await.map(|_| ())
}

/// A copy with its download as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackedCopy {
    pub download_id: DownloadId,
    pub state: CopyState,
    pub sha256: Option<String>,
    pub bytes: i64,
    pub place: i64,
    /// Whether the device's plan wants it, and not the user.
    pub is_planned: bool,
    pub departs_at: Option<DateTime<Utc>>,
    pub checked_at: Option<DateTime<Utc>>,
    pub proved_at: Option<DateTime<Utc>>,
    pub is_doubted: bool,
    pub reason: Option<CopyReason>,
    pub ended_at: Option<DateTime<Utc>>,
    /// None if the download was deleted.
    pub status: Option<DownloadStatus>,
    /// Whether its deletion can still be undone.
    pub is_restorable: bool,
    pub item_id: Option<ItemId>,
    pub title: Option<String>,
    pub kind: Option<Kind>,
    pub mime_type: Option<String>,
    pub file_sha256: Option<String>,
    pub file_bytes: Option<i64>,
    pub duration_seconds: Option<i64>,
    pub ready_at: Option<DateTime<Utc>>,
    pub position: f64,
}
row!(TrackedCopy {
    download_id,
    state,
    sha256,
    bytes,
    place,
    is_planned,
    departs_at,
    checked_at,
    proved_at,
    is_doubted,
    reason,
    ended_at,
    status,
    is_restorable,
    item_id,
    title,
    kind,
    mime_type,
    file_sha256,
    file_bytes,
    duration_seconds,
    ready_at,
    position
});

/// All copies of a device with their downloads, in the order of fetching. A deletion after `undo_since` can
/// still be undone.
pub async fn tracked(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    undo_since: DateTime<Utc>,
) -> Result<Vec<TrackedCopy>, DbErr> {
    let sql = "SELECT c.download_id, c.state, c.sha256, c.bytes, c.place, c.is_planned, c.departs_at,
            c.checked_at, c.proved_at, c.is_doubted, c.reason, c.ended_at, d.status, x.id IS NOT NULL AS is_restorable, d.item_id, d.title, s.kind,
            d.mime_type, CASE WHEN d.status = 'ready' THEN d.sha256 END AS file_sha256,
            d.bytes_total AS file_bytes, i.duration_seconds, d.ready_at, COALESCE(p.seconds, 0.0) AS position
         FROM copy c LEFT JOIN download d ON d.id = c.download_id AND d.user_id = $1
         LEFT JOIN item i ON i.id = d.item_id LEFT JOIN source s ON s.id = i.source_id
         LEFT JOIN playback p ON p.user_id = $1 AND p.item_id = d.item_id
         LEFT JOIN deleted_download x ON x.id = c.download_id AND x.user_id = $1 AND x.deleted_at >= $3
         WHERE c.user_id = $1 AND c.device_id = $2 AND c.place >= 0
         ORDER BY c.is_planned, c.place, c.download_id";
    all(db, sql, args![owner, device, undo_since]).await
}

/// Records a proof that the device holds these bytes. False if it does not hold them any more.
pub async fn proved(
    db: &impl ConnectionTrait,
    owner: UserId,
    (device, download): (DeviceId, DownloadId),
    sha256: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE copy SET proved_at = $5, is_doubted = FALSE
         WHERE user_id = $1 AND device_id = $2 AND download_id = $3 AND sha256 = $4 AND state = 'held'";
    Ok(execute(db, sql, args![owner, device, download, sha256, now]).await? > 0)
}

/// Doubts a copy after a wrong digest over several: it is proved by itself next.
pub async fn doubt(
    db: &impl ConnectionTrait,
    owner: UserId,
    (device, download): (DeviceId, DownloadId),
    sha256: &str,
) -> Result<(), DbErr> {
    let sql = "UPDATE copy SET is_doubted = TRUE
         WHERE user_id = $1 AND device_id = $2 AND download_id = $3 AND sha256 = $4 AND state = 'held'";
    execute(db, sql, args![owner, device, download, sha256]).await.map(|_| ())
}
