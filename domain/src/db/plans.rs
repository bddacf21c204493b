//! Plans of devices: one row per window of the next 72 hours, with its items. Those of past windows stay for
//! their outcomes.

mod devices;
mod outcomes;
mod supply;

use super::sql::{SafeSql, all, args, execute, listed, row, sql, to_json, value};
use super::{ConnectionTrait, DbErr};
use crate::plan::candidates::CopyLocation;
use crate::plan::state::{PlanState, ShortReason};
use crate::{CommuteWindowId, DateTime, DeviceId, DownloadId, ItemId, PlanId, UserId, Utc};

pub use devices::{
    DueDevice, NextContact, PlanningDevice, begin, device, due, make_due, next_contacts, planned,
    planning_among, set_limited, visits,
};
pub use outcomes::{
    ClaimRow, OutcomeRow, UntoldPlan, claim, close, delete_before, depart, judge, outcomes, tell, unjudged,
    untold, vouch,
};
pub use supply::{
    DeviceTroubles, PlayedPosition, SourceSpeed, SourceTransfer, SupplyRow, positions, speeds, supply,
    transfers, troubles,
};

/// A window's plan without its items.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRow {
    pub id: PlanId,
    pub plan: NewPlan,
}

/// A window's plan to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPlan {
    pub window_id: CommuteWindowId,
    pub label: String,
    pub departs_at: DateTime<Utc>,
    pub contact_by: DateTime<Utc>,
    pub need_s: i64,
    pub on_device_s: i64,
    pub proved_at: Option<DateTime<Utc>>,
    pub on_server_s: i64,
    pub on_the_way_s: i64,
    pub at_origin_s: i64,
    pub missing_bytes: i64,
    pub state: PlanState,
    pub reason: Option<ShortReason>,
    pub sentence: String,
    /// Copies on the device that count, with the seconds that each gives.
    pub copies: Vec<(DownloadId, i64)>,
}
row!(NewPlan {
    window_id, label, departs_at, contact_by, need_s, on_device_s, proved_at, on_server_s, on_the_way_s,
    at_origin_s, missing_bytes, state, reason, sentence;
    copies
});

impl sea_orm::FromQueryResult for PlanRow {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self { id: row.try_get(prefix, "id")?, plan: NewPlan::from_query_result(row, prefix)? })
    }
}

/// Item of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanItemRow {
    pub plan_id: PlanId,
    pub item_id: ItemId,
    pub seconds: i64,
    pub bytes: i64,
    pub location: CopyLocation,
    pub title: String,
}
row!(PlanItemRow { plan_id, item_id, seconds, bytes, location, title });

/// Maximum number of items per statement.
const ITEMS_AT_ONCE: usize = 100;

/// Item of a plan to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPlanItem {
    pub item_id: ItemId,
    pub seconds: i64,
    pub bytes: i64,
    pub location: CopyLocation,
}

/// Plans of a device for the windows after a time, in order; without those that were withdrawn.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    after: DateTime<Utc>,
) -> Result<Vec<PlanRow>, DbErr> {
    let sql = "SELECT * FROM plan WHERE user_id = $1 AND device_id = $2 AND departs_at > $3
         AND state <> 'departed' ORDER BY departs_at, window_id";
    all(db, sql, args![owner, device, after]).await
}

/// Items of these plans in the order of listening.
pub async fn items(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    after: DateTime<Utc>,
) -> Result<Vec<PlanItemRow>, DbErr> {
    let sql = "SELECT x.plan_id, x.item_id, x.seconds, x.bytes, x.location, i.title
         FROM plan p JOIN plan_item x ON x.plan_id = p.id JOIN item i ON i.id = x.item_id
         WHERE p.user_id = $1 AND p.device_id = $2 AND p.departs_at > $3
         AND p.state <> 'departed' ORDER BY p.departs_at, p.window_id, x.place";
    all(db, sql, args![owner, device, after]).await
}

/// Stores a window's plan in place of an earlier one. Its reminder counts on.
pub async fn put(
    db: &impl ConnectionTrait,
    owner: UserId,
    device: DeviceId,
    plan: &NewPlan,
) -> Result<PlanId, DbErr> {
    let sql =
        "INSERT INTO plan (user_id, device_id, window_id, label, departs_at, contact_by, need_s, on_device_s,
            proved_at, on_server_s, on_the_way_s, at_origin_s, missing_bytes, state, reason, sentence, copies)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (device_id, window_id, departs_at) DO UPDATE SET label = excluded.label,
            contact_by = excluded.contact_by, need_s = excluded.need_s, on_device_s = excluded.on_device_s,
            proved_at = excluded.proved_at, on_server_s = excluded.on_server_s,
            on_the_way_s = excluded.on_the_way_s, at_origin_s = excluded.at_origin_s,
            missing_bytes = excluded.missing_bytes, state = excluded.state, reason = excluded.reason,
            sentence = excluded.sentence, copies = excluded.copies
         RETURNING id";
    let values = args![
        owner,
        device,
        plan.window_id,
        plan.label.as_str(),
        plan.departs_at,
        plan.contact_by,
        plan.need_s,
        plan.on_device_s,
        plan.proved_at,
        plan.on_server_s,
        plan.on_the_way_s,
        plan.at_origin_s,
        plan.missing_bytes,
        plan.state,
        plan.reason.map(ShortReason::as_str),
        plan.sentence.as_str(),
        to_json(&plan.copies)?,
    ];
    value(db, sql, values).await?.ok_or(DbErr::RecordNotInserted)
}

/// Replaces the items of a plan. False if the user has no such plan.
pub async fn put_items(
    db: &impl ConnectionTrait,
    owner: UserId,
    plan: PlanId,
    items: &[NewPlanItem],
) -> Result<bool, DbErr> {
    let own = "SELECT id FROM plan WHERE user_id = $1 AND id = $2";
    if value::<PlanId>(db, own, args![owner, plan]).await?.is_none() {
        return Ok(false);
    }
    execute(db, "DELETE FROM plan_item WHERE plan_id = $1", args![plan]).await?;
    let placed: Vec<_> = (1_i64..).zip(items).collect();
    for some in placed.chunks(ITEMS_AT_ONCE) {
        let mut args = args![plan];
        let row = |(place, item): &(i64, &NewPlanItem)| {
            let NewPlanItem { item_id, seconds, bytes, location } = **item;
            sql!("($1, {})", listed(args![*place, item_id, seconds, bytes, location], &mut args))
        };
        let rows = SafeSql::join(some.iter().map(row).collect::<Vec<_>>(), ", ");
        let sql =
            sql!("INSERT INTO plan_item (plan_id, place, item_id, seconds, bytes, location) VALUES {rows}");
        execute(db, sql, args).await?;
    }
    Ok(true)
}

/// Deletes the plan of a window that is no longer planned. One with a claim stays for its outcome, as
/// departed. False if the user has no such plan, or it was withdrawn before.
pub async fn withdraw(db: &impl ConnectionTrait, owner: UserId, plan: PlanId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM plan WHERE user_id = $1 AND id = $2
         AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.plan_id = plan.id)";
    if execute(db, sql, args![owner, plan]).await? > 0 {
        return Ok(true);
    }
    let sql = "UPDATE plan SET state = 'departed', reason = NULL
         WHERE user_id = $1 AND id = $2 AND state <> 'departed'";
    Ok(execute(db, sql, args![owner, plan]).await? > 0)
}
