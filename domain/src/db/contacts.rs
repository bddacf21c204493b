//! Visits of devices: spans of contacts, from which the planner learns when a device is online.

use super::sql::{args, execute};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, DeviceId, UserId, Utc};

/// Contact of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit<'a> {
    pub device: DeviceId,
    /// Name of the device's current start.
    pub boot: &'a str,
    /// Bytes that have arrived on the device since its previous inventory.
    pub bytes: i64,
    pub bps: Option<i64>,
}

/// Adds a contact to the visit of the same start that has ended after `since`, or begins a visit.
pub async fn add(
    db: &impl ConnectionTrait,
    owner: UserId,
    visit: &Visit<'_>,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let Visit { device, boot, bytes, bps } = *visit;
    let sql = "UPDATE contact SET ended_at = $4, bytes = bytes + $5, bps = COALESCE($6, bps)
         WHERE user_id = $1 AND device_id = $2 AND boot = $3 AND ended_at >= $7";
    if execute(db, sql, args![owner, device, boot, now, bytes, bps, since]).await? > 0 {
        return Ok(());
    }
    let sql = "INSERT INTO contact (user_id, device_id, boot, began_at, ended_at, bytes, bps)
         VALUES ($1, $2, $3, $4, $4, $5, $6)";
    execute(db, sql, args![owner, device, boot, now, bytes, bps]).await.map(|_| ())
}

/// Forgets visits that ended before a time.
pub async fn delete_before(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    execute(db, "DELETE FROM contact WHERE ended_at < $1", args![before]).await.map(|_| ())
}
