//! Devices to plan for, and their visits.

use super::super::sql::json::numbers_in;
use super::super::sql::{all, args, execute, one, row, sql, to_json, value, values};
use super::super::{ConnectionTrait, DbErr};
use crate::plan::contacts::DeviceContact;
use crate::{DateTime, DeviceId, UserId, Utc};

row!(DeviceContact { began_at, ended_at });

/// A device as the planner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanningDevice {
    pub name: String,
    pub budget_mb: i64,
    pub persisted: Option<bool>,
    pub down_bps: Option<i64>,
    pub created_at: DateTime<Utc>,
    /// Time of its latest inventory with all events.
    pub drained_at: DateTime<Utc>,
    /// Time at which a limit of the user kept its plan from queueing downloads. None if none does.
    pub limited_at: Option<DateTime<Utc>>,
}
row!(PlanningDevice { name, budget_mb, persisted, down_bps, created_at, drained_at, limited_at });

/// None if the user has no such device, or has revoked it.
pub async fn device(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DeviceId,
) -> Result<Option<PlanningDevice>, DbErr> {
    let sql = "SELECT name, budget_mb, persisted, down_bps, created_at, drained_at, limited_at FROM device
         WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL";
    one(db, sql, args![owner, id]).await
}

/// Visits of a device that ended after a time, in order.
pub async fn visits(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    after: DateTime<Utc>,
) -> Result<Vec<DeviceContact>, DbErr> {
    let sql = "SELECT began_at, ended_at FROM contact WHERE user_id = $1 AND device_id = $2 AND ended_at > $3
         ORDER BY began_at, id";
    all(db, sql, args![owner, device, after]).await
}

/// A device to plan for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDevice {
    pub user_id: UserId,
    pub id: DeviceId,
}
row!(DueDevice { user_id, id });

/// Devices to plan for, of users with active windows or with plans that are ahead: those whose plan is due
/// at once, is older than `before`, or was made before a window that has begun since. Devices last seen
/// before `seen` are left out. At most `limit`, the oldest plans first.
pub async fn due(
    db: &impl ConnectionTrait,
    (seen, before): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DueDevice>, DbErr> {
    let sql = "SELECT v.user_id, v.id FROM device v
         JOIN account a ON a.id = v.user_id AND a.disabled_at IS NULL
         WHERE v.revoked_at IS NULL AND v.last_seen_at > $4
           AND (EXISTS (SELECT 1 FROM commute_window w WHERE w.user_id = v.user_id AND w.is_active)
             OR EXISTS (SELECT 1 FROM plan p WHERE p.device_id = v.id AND p.departs_at > $2))
           AND (v.planned_at IS NULL OR v.planned_at < $1
             OR EXISTS (SELECT 1 FROM plan p WHERE p.device_id = v.id AND p.departs_at <= $2
                AND p.departs_at > v.planned_at))
         ORDER BY COALESCE(v.planned_at, v.created_at), v.id LIMIT $3";
    all(db, sql, args![before, now, limit, seen]).await
}

/// Those of these users who have a device and an active window, in order.
pub async fn planning_among(db: &impl ConnectionTrait, owners: &[UserId]) -> Result<Vec<UserId>, DbErr> {
    let listed = numbers_in(db, 1);
    let sql = sql!(
        "SELECT DISTINCT v.user_id FROM device v WHERE v.user_id IN ({listed}) AND v.revoked_at IS NULL
           AND EXISTS (SELECT 1 FROM commute_window w WHERE w.user_id = v.user_id AND w.is_active)
         ORDER BY v.user_id"
    );
    values(db, sql, args![to_json(&owners)?]).await
}

/// Makes plans due at once for the devices of these users, where they have active windows, or plans of
/// windows that may be gone. Returns the number of devices. The caller holds the locks on the users' rows.
pub async fn make_due(db: &impl ConnectionTrait, owners: &[UserId]) -> Result<u64, DbErr> {
    let listed = numbers_in(db, 1);
    let sql = sql!(
        "UPDATE device SET planned_at = NULL WHERE user_id IN ({listed}) AND revoked_at IS NULL
           AND (EXISTS (SELECT 1 FROM commute_window w WHERE w.user_id = device.user_id AND w.is_active)
             OR EXISTS (SELECT 1 FROM plan p WHERE p.device_id = device.id AND p.state <> 'departed'))"
    );
    execute(db, sql, args![to_json(&owners)?]).await
}

/// Begins to plan for a device, before its facts are read. Returns the time of its plan; of one that is due
/// at once, `due`, so that a change from now on can be told from it.
pub async fn begin(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    due: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let sql = "UPDATE device SET planned_at = COALESCE(planned_at, $3) WHERE user_id = $1 AND id = $2
         RETURNING planned_at";
    value(db, sql, args![owner, device, due]).await
}

/// Records that a device was planned for (compare-and-set on the answer of [`begin`]). False if its plan has
/// become due again meanwhile.
pub async fn planned(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    begun: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE device SET planned_at = $4 WHERE user_id = $1 AND id = $2 AND planned_at = $3";
    Ok(execute(db, sql, args![owner, device, begun, now]).await? > 0)
}

/// Records whether a limit of the user keeps the plan of a device from queueing downloads. False if that is
/// known.
pub async fn set_limited(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    at: Option<DateTime<Utc>>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE device SET limited_at = $3 WHERE user_id = $1 AND id = $2
         AND (limited_at IS NULL) <> ($3 IS NULL)";
    Ok(execute(db, sql, args![owner, device, at]).await? > 0)
}

/// Last usual contact before a departure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextContact {
    pub user_id: UserId,
    pub contact_by: DateTime<Utc>,
}
row!(NextContact { user_id, contact_by });

/// The next contacts after a time by which devices are supplied, of all users.
pub async fn next_contacts(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<NextContact>, DbErr> {
    let sql = "SELECT user_id, MIN(contact_by) AS contact_by FROM plan
         WHERE departs_at > $1 AND contact_by > $1 GROUP BY user_id ORDER BY user_id";
    all(db, sql, args![now]).await
}
