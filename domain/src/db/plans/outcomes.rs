//! Claims about devices at departures, their outcomes, and the reminders before them.

use sea_orm::FromQueryResult;

use super::super::sql::{SafeSql, all, args, execute, row, sql, to_json, values};
use super::super::{ConnectionTrait, DbErr};
use super::PlanRow;
use crate::plan::outcome::ClaimVerdict;
use crate::preference::Preferences;
use crate::{DateTime, DeviceId, DownloadId, PlanId, UserId, Utc};

/// Records what devices claim for the active windows that begin until a time: of one device, or of all.
pub async fn claim(
    db: &impl ConnectionTrait,
    of: Option<(UserId, DeviceId)>,
    until: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let sql = sql!(
        "INSERT INTO outcome (plan_id, user_id, device_id, need_s, at_minus_10_s, copies_minus_10, copies)
         SELECT p.id, p.user_id, p.device_id, p.need_s, p.on_device_s, p.copies, p.copies FROM plan p
         WHERE p.departs_at <= $1 AND p.state <> 'departed' AND {IS_ACTIVE}
           AND (CAST($2 AS BIGINT) IS NULL OR p.user_id = $2 AND p.device_id = $3)
           AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.plan_id = p.id)
         ON CONFLICT (plan_id) DO NOTHING"
    );
    execute(db, sql, args![until, of.map(|of| of.0), of.map(|of| of.1)]).await
}

/// Ends the plans of windows that have begun, with the claim at the departure: of one device, or of all.
pub async fn depart(
    db: &impl ConnectionTrait,
    of: Option<(UserId, DeviceId)>,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let (owner, device) = (of.map(|of| of.0), of.map(|of| of.1));
    let sql = "UPDATE outcome SET at_departure_s = (SELECT p.on_device_s FROM plan p WHERE p.id = plan_id),
            copies = (SELECT p.copies FROM plan p WHERE p.id = plan_id)
         WHERE at_departure_s IS NULL AND (CAST($2 AS BIGINT) IS NULL OR user_id = $2 AND device_id = $3)
           AND EXISTS (SELECT 1 FROM plan p WHERE p.id = plan_id AND p.departs_at <= $1)";
    execute(db, sql, args![now, owner, device]).await?;
    let sql =
        "UPDATE plan SET state = 'departed', reason = NULL WHERE departs_at <= $1 AND state <> 'departed'
           AND (CAST($2 AS BIGINT) IS NULL OR user_id = $2 AND device_id = $3)";
    execute(db, sql, args![now, owner, device]).await
}

/// Claim at a departure that was not judged yet.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimRow {
    pub plan_id: PlanId,
    pub departs_at: DateTime<Utc>,
    pub need_s: i64,
    pub at_minus_10_s: i64,
    pub at_departure_s: i64,
    pub copies_minus_10: Vec<(DownloadId, i64)>,
    pub copies: Vec<(DownloadId, i64)>,
    /// Copies that are known by earlier contacts to have been there.
    pub vouched: Vec<DownloadId>,
}
row!(ClaimRow { plan_id, departs_at, need_s, at_minus_10_s, at_departure_s; copies_minus_10, copies, vouched });

pub async fn unjudged(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
) -> Result<Vec<ClaimRow>, DbErr> {
    let sql = "SELECT o.plan_id, p.departs_at, o.need_s, o.at_minus_10_s, o.at_departure_s,
            o.copies_minus_10, o.copies, o.vouched
         FROM outcome o JOIN plan p ON p.id = o.plan_id
         WHERE o.user_id = $1 AND o.device_id = $2 AND o.judged_at IS NULL AND o.at_departure_s IS NOT NULL
         ORDER BY p.departs_at, p.id";
    all(db, sql, args![owner, device]).await
}

/// Judges a claim (compare-and-set). False if it was judged before, or is not this user's.
pub async fn judge(
    db: &impl ConnectionTrait,
    owner: UserId,
    plan: PlanId,
    verdict: ClaimVerdict,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE outcome SET confirmed = $3, confirmed_s = $4, judged_at = $5
         WHERE user_id = $1 AND plan_id = $2 AND judged_at IS NULL";
    let ClaimVerdict { is_confirmed, confirmed_s } = verdict;
    Ok(execute(db, sql, args![owner, plan, is_confirmed, confirmed_s, now]).await? > 0)
}

/// Records the copies that were there, for a claim that is not judged yet.
pub async fn vouch(
    db: &impl ConnectionTrait,
    owner: UserId,
    plan: PlanId,
    vouched: &[DownloadId],
) -> Result<(), DbErr> {
    let sql = "UPDATE outcome SET vouched = $3 WHERE user_id = $1 AND plan_id = $2 AND judged_at IS NULL";
    execute(db, sql, args![owner, plan, to_json(&vouched)?]).await.map(|_| ())
}

/// Closes the claims for departures before a time, and those of revoked devices, as unconfirmed. Tells of
/// each whether it was ready.
pub async fn close(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<bool>, DbErr> {
    let sql = "UPDATE outcome SET judged_at = $2 WHERE judged_at IS NULL AND at_departure_s IS NOT NULL
           AND (EXISTS (SELECT 1 FROM plan p WHERE p.id = plan_id AND p.departs_at < $1)
             OR EXISTS (SELECT 1 FROM device v WHERE v.id = device_id AND v.revoked_at IS NOT NULL))
         RETURNING at_minus_10_s >= need_s";
    values(db, sql, args![before, now]).await
}

/// Outcome of a window with its plan.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeRow {
    pub device_id: DeviceId,
    pub device: String,
    pub label: String,
    pub departs_at: DateTime<Utc>,
    pub need_s: i64,
    pub at_minus_10_s: i64,
    pub at_departure_s: Option<i64>,
    pub confirmed: Option<bool>,
    pub confirmed_s: Option<i64>,
    pub judged_at: Option<DateTime<Utc>>,
}
row!(OutcomeRow {
    device_id,
    device,
    label,
    departs_at,
    need_s,
    at_minus_10_s,
    at_departure_s,
    confirmed,
    confirmed_s,
    judged_at
});

/// Outcomes of a user's windows since a time, the latest first; at most 500.
pub async fn outcomes(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<OutcomeRow>, DbErr> {
    let sql = "SELECT o.device_id, v.name AS device, p.label, p.departs_at, o.need_s, o.at_minus_10_s,
            o.at_departure_s, o.confirmed, o.confirmed_s, o.judged_at
         FROM outcome o JOIN plan p ON p.id = o.plan_id JOIN device v ON v.id = o.device_id
         WHERE o.user_id = $1 AND p.departs_at > $2 ORDER BY p.departs_at DESC, p.id DESC LIMIT 500";
    all(db, sql, args![owner, since]).await
}

/// Plan of which its user was not reminded.
pub struct UntoldPlan {
    pub user_id: UserId,
    pub device_id: DeviceId,
    pub device: String,
    pub preferences: Preferences,
    pub row: PlanRow,
}

impl FromQueryResult for UntoldPlan {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            user_id: row.try_get(prefix, "user_id")?,
            device_id: row.try_get(prefix, "device_id")?,
            device: row.try_get(prefix, "device")?,
            preferences: super::super::sql::json(row, prefix, "preferences")?,
            row: PlanRow::from_query_result(row, prefix)?,
        })
    }
}

/// Plans that are not ready, for active windows between two times for which no device is ready and no
/// reminder was sent. Of each window the device that holds most comes first. Devices last seen before `seen`
/// are left out.
pub async fn untold(
    db: &impl ConnectionTrait,
    (after, until): (DateTime<Utc>, DateTime<Utc>),
    seen: DateTime<Utc>,
) -> Result<Vec<UntoldPlan>, DbErr> {
    let needs_word = needs_word();
    let sql = sql!(
        "SELECT p.*, v.name AS device, a.preferences
         FROM plan p JOIN device v ON v.id = p.device_id
         JOIN account a ON a.id = p.user_id AND a.disabled_at IS NULL
         WHERE p.departs_at > $1 AND p.departs_at <= $2 AND v.last_seen_at > $3 AND {needs_word}
         ORDER BY p.user_id, p.departs_at, p.on_device_s DESC, p.id"
    );
    all(db, sql, args![after, until, seen]).await
}

/// SQL condition: plan `p` is of a window that is still active.
const IS_ACTIVE: &str = "EXISTS (SELECT 1 FROM commute_window w WHERE w.id = p.window_id AND w.user_id = p.user_id AND w.is_active)";

/// SQL condition: the user has not been told of plan `p`, and no device is ready for its window.
fn needs_word() -> SafeSql {
    sql!(
        "p.state IN ('short', 'on_server', 'preparing') AND {IS_ACTIVE}
           AND NOT EXISTS (SELECT 1 FROM plan q WHERE q.user_id = p.user_id AND q.window_id = p.window_id
                AND q.departs_at = p.departs_at AND (q.state = 'ready' OR q.told_at IS NOT NULL))"
    )
}

/// Records the reminder for a window on a local day, for all of the user's devices. False if there was one
/// on that day, or none is needed any more. The caller holds the lock on the user's row.
pub async fn tell(
    db: &impl ConnectionTrait,
    owner: UserId,
    plan: PlanId,
    day: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let needs_word = needs_word();
    let sql = sql!(
        "INSERT INTO reminder (user_id, window_id, day, told_at)
         SELECT p.user_id, p.window_id, $3, $4 FROM plan p WHERE p.user_id = $1 AND p.id = $2 AND {needs_word}
         ON CONFLICT (user_id, window_id, day) DO NOTHING"
    );
    let is_new = execute(db, sql, args![owner, plan, day, now]).await? > 0;
    let sql = "UPDATE plan SET told_at = $4 WHERE user_id = $1 AND told_at IS NULL
           AND (window_id, departs_at) = (SELECT q.window_id, q.departs_at FROM plan q WHERE q.id = $2 AND q.user_id = $1)
           AND EXISTS (SELECT 1 FROM reminder r WHERE r.user_id = $1 AND r.window_id = plan.window_id AND r.day = $3)";
    execute(db, sql, args![owner, plan, day, now]).await?;
    Ok(is_new)
}

/// Forgets the plans of windows before a time, with their outcomes, and the reminders of then.
pub async fn delete_before(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    execute(db, "DELETE FROM reminder WHERE told_at < $1", args![before]).await?;
    execute(db, "DELETE FROM plan WHERE departs_at < $1", args![before]).await.map(|_| ())
}
