//! Facts about the items that a device could hold: its copies, the user's downloads, and the pace of sources.

use super::super::sql::json::numbers_in;
use super::super::sql::{all, args, one, row, sql, to_json};
use super::super::transitions::those;
use super::super::{ConnectionTrait, DbErr};
use crate::copy::CopyState;
use crate::download::DownloadStatus;
use crate::source::Kind;
use crate::{DateTime, DeviceId, DownloadId, ItemId, SourceId, UserId, Utc};

/// A download of the user, with the device's copy of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SupplyRow {
    pub download_id: DownloadId,
    pub item_id: ItemId,
    pub source_id: SourceId,
    pub kind: Kind,
    pub status: DownloadStatus,
    pub pinned: bool,
    pub bytes: Option<i64>,
    pub duration_seconds: Option<i64>,
    /// Time of publication or, without a date, at which it was first seen.
    pub published_at: DateTime<Utc>,
    pub quality: Option<f64>,
    /// Priority of its source's subscription. None if the user does not follow it.
    pub priority: Option<i64>,
    pub is_refused: bool,
    pub seconds: f64,
    pub finished: bool,
    pub played_at: Option<DateTime<Utc>>,
    pub copy_state: Option<CopyState>,
    pub copy_bytes: Option<i64>,
    pub copy_place: Option<i64>,
    pub is_planned: Option<bool>,
    pub is_doubted: Option<bool>,
    pub proved_at: Option<DateTime<Utc>>,
    pub departs_at: Option<DateTime<Utc>>,
    /// Whether the user has removed it from this device.
    pub is_removed: bool,
}
row!(SupplyRow {
    download_id,
    item_id,
    source_id,
    kind,
    status,
    pinned,
    bytes,
    duration_seconds,
    published_at,
    quality,
    priority,
    is_refused,
    seconds,
    finished,
    played_at,
    copy_state,
    copy_bytes,
    copy_place,
    is_planned,
    is_doubted,
    proved_at,
    departs_at,
    is_removed
});

/// Downloads that are on the device, ready or on their way: the device's copies first, then the newest ones.
pub async fn supply(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    limit: i64,
) -> Result<Vec<SupplyRow>, DbErr> {
    let here = those(|status: DownloadStatus| status.is_open() || status == DownloadStatus::Ready);
    let sql = sql!(
        "SELECT d.id AS download_id, d.item_id, i.source_id, s.kind, d.status, d.pinned, d.bytes_total AS bytes,
            i.duration_seconds, COALESCE(i.published_at, i.first_seen_at) AS published_at,
            COALESCE(v.quality_score, i.quality_score) AS quality, b.priority,
            (n.item_id IS NOT NULL OR g.verdict IS NOT NULL AND g.verdict = 'down') AS is_refused,
            COALESCE(p.seconds, 0.0) AS seconds,
            (COALESCE(p.finished, FALSE) OR d.played_at IS NOT NULL) AS finished, p.at AS played_at,
            c.state AS copy_state, c.bytes AS copy_bytes, c.place AS copy_place, c.is_planned, c.is_doubted,
            c.proved_at, c.departs_at,
            (c.state IS NOT NULL AND c.state = 'dropped' AND c.reason = 'removed') AS is_removed
         FROM download d JOIN item i ON i.id = d.item_id JOIN source s ON s.id = i.source_id
         LEFT JOIN copy c ON c.device_id = $2 AND c.download_id = d.id AND c.user_id = d.user_id
         LEFT JOIN subscription b ON b.user_id = d.user_id AND b.source_id = i.source_id
         LEFT JOIN playback p ON p.user_id = d.user_id AND p.item_id = d.item_id
         LEFT JOIN dismissal n ON n.user_id = d.user_id AND n.item_id = d.item_id
         LEFT JOIN rating g ON g.user_id = d.user_id AND g.item_id = d.item_id
         LEFT JOIN review v ON v.user_id = d.user_id AND v.item_id = d.item_id
         WHERE d.user_id = $1 AND (d.status IN {here} OR c.state IS NOT NULL AND c.state <> 'dropped')
         ORDER BY CASE WHEN c.state IS NULL OR c.state = 'dropped' THEN 1 ELSE 0 END, d.id DESC LIMIT $3"
    );
    all(db, sql, args![owner, device, limit]).await
}

/// Position of a user in an item.
pub struct PlayedPosition {
    pub item_id: ItemId,
    pub seconds: f64,
    pub finished: bool,
}
row!(PlayedPosition { item_id, seconds, finished });

/// Positions in these items, of those that were ever played.
pub async fn positions(
    db: &impl ConnectionTrait,
    owner: UserId,
    items: &[ItemId],
) -> Result<Vec<PlayedPosition>, DbErr> {
    let listed = numbers_in(db, 2);
    let sql =
        sql!("SELECT item_id, seconds, finished FROM playback WHERE user_id = $1 AND item_id IN ({listed})");
    all(db, sql, args![owner, to_json(&items)?]).await
}

/// Playback rate of a source.
pub struct SourceSpeed {
    pub source_id: SourceId,
    pub speed: f64,
}
row!(SourceSpeed { source_id, speed });

/// Playback rates that a user chose.
pub async fn speeds(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<SourceSpeed>, DbErr> {
    all(db, "SELECT source_id, speed FROM playback_speed WHERE user_id = $1", args![owner]).await
}

/// Transfer from an origin that has ended.
pub struct SourceTransfer {
    pub source_id: SourceId,
    pub is_ready: bool,
    pub speed_bps: Option<i64>,
}
row!(SourceTransfer { source_id, is_ready, speed_bps });

/// The user's last transfers from origins, the latest first.
pub async fn transfers(
    db: &impl ConnectionTrait,
    owner: UserId,
    limit: i64,
) -> Result<Vec<SourceTransfer>, DbErr> {
    let sql = "SELECT source_id, outcome = 'ready' AS is_ready, speed_bps FROM delivery
         WHERE user_id = $1 AND (outcome = 'failed' OR outcome = 'ready' AND provider = 'origin')
         ORDER BY at DESC, id DESC LIMIT $2";
    all(db, sql, args![owner, limit]).await
}

/// Facts that hold a device's plans back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeviceTroubles {
    /// A source that the user follows, or one of the user's downloads, fails.
    pub has_failing_sources: bool,
    /// The device's inventory lacks a copy that was held.
    pub has_lost_copies: bool,
}
row!(DeviceTroubles { has_failing_sources, has_lost_copies });

pub async fn troubles(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
) -> Result<DeviceTroubles, DbErr> {
    let sql = "SELECT (EXISTS (SELECT 1 FROM subscription b JOIN source s ON s.id = b.source_id
                WHERE b.user_id = $1 AND s.health IN ('failing', 'gone'))
            OR EXISTS (SELECT 1 FROM download d WHERE d.user_id = $1 AND d.status = 'failed'
                AND d.next_attempt_at IS NOT NULL)) AS has_failing_sources,
            EXISTS (SELECT 1 FROM copy c WHERE c.user_id = $1 AND c.device_id = $2 AND c.state = 'lost'
                AND c.reason = 'missing') AS has_lost_copies";
    Ok(one(db, sql, args![owner, device]).await?.unwrap_or_default())
}
