//! Copies that a device's plan wants.

use super::super::sql::{args, execute};
use super::super::{ConnectionTrait, DbErr};
use crate::{DateTime, DeviceId, DownloadId, UserId, Utc};

/// Position of a planned copy, after all that the user keeps by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedPosition {
    pub place: i64,
    /// Departure that it is for. None in the reserve.
    pub departs_at: Option<DateTime<Utc>>,
}

/// Wants a copy of a download for the device's plan, or moves a planned one. Returns whether it is wanted
/// anew. A copy that the user keeps or has removed stays as it is.
pub async fn want_planned(
    db: &impl ConnectionTrait,
    owner: UserId,
    (device, download): (DeviceId, DownloadId),
    position: PlannedPosition,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let PlannedPosition { place, departs_at } = position;
    let sql = "UPDATE copy SET place = $4, departs_at = $5
         WHERE user_id = $1 AND device_id = $2 AND download_id = $3 AND is_planned AND state <> 'dropped'";
    if execute(db, sql, args![owner, device, download, place, departs_at]).await? > 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO copy (user_id, device_id, download_id, state, bytes, place, wanted_at, is_planned, departs_at)
         VALUES ($1, $2, $3, 'wanted', 0, $4, $6, TRUE, $5)
         ON CONFLICT (device_id, download_id) DO UPDATE SET state = 'wanted', place = excluded.place,
            wanted_at = excluded.wanted_at, sha256 = NULL, checked_at = NULL, held_at = NULL, proved_at = NULL,
            ended_at = NULL, is_doubted = FALSE, reason = NULL, is_planned = TRUE, departs_at = excluded.departs_at
         WHERE copy.state = 'dropped' AND copy.reason IN ('played', 'unplanned', 'device_away')";
    Ok(execute(db, sql, args![owner, device, download, place, departs_at, now]).await? > 0)
}
