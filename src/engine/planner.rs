//! Plans of devices: which copies each should hold at the next departures. `domain::plan` decides; this
//! module gathers the facts, stores the plan, and turns it into wanted and dropped copies.

mod candidates;
mod copies;
mod fetch;
mod outcome;
mod remind;
mod store;
mod survey;

use chrono::{FixedOffset, TimeZone};
use chrono_tz::Tz;

use super::local_time::zone;
use super::{Engine, Result, Work};
use crate::db::{accounts, devices, plans};
use crate::domain::device::DroppedCopy;
use crate::domain::plan::contacts::{ContactHabit, WEEKS};
use crate::domain::plan::need::{Departure, departures};
use crate::domain::plan::state::Obstacles;
use crate::domain::plan::view::{
    PlannedDeparture, PlannedItem, PlannedWindow, WindowOutcome, held_minutes, needed_minutes,
};
use crate::domain::plan::{PlanRequest, plan};
use crate::domain::urgency::deadline;
use crate::domain::{DateTime, DeviceId, ItemId, Refusal, TimeDelta, UserId, Utc};
use candidates::CandidateSet;

pub use fetch::{EVERY, PlanDevices};
pub use outcome::{ContactFacts, judge, settle};
pub use survey::{Survey, survey};

/// Longest time without an inventory for which departures are counted as listened.
const UNSEEN: TimeDelta = TimeDelta::days(30);

/// Consequences of a plan for the device.
#[derive(Debug, Default)]
pub struct Replanned {
    /// Copies that the device is to remove.
    pub drops: Vec<DroppedCopy>,
    /// Items that the plan wants and of which the user has no download, in the order of the plan.
    pub missing: Vec<ItemId>,
}

/// Plans for a device and stores the plan within the caller's transaction, which holds the locks on the
/// user's and on the device's row. Writes nothing that has not changed, and nothing if the survey is old.
pub async fn replan(work: &mut Work<'_>, owner: UserId, id: DeviceId, survey: &Survey) -> Result<Replanned> {
    let Some(device) = plans::device(&**work, owner, id).await? else { return Ok(Replanned::default()) };
    if !survey.is_current(&**work, owner).await? {
        return Ok(Replanned::default());
    }
    let (now, zone) = (work.now(), survey.zone);
    let visits = plans::visits(&**work, owner, id, now - TimeDelta::weeks(WEEKS)).await?;
    let habit = ContactHabit::of(&visits, device.created_at, &zone, now);
    let inventory_at = device.drained_at.clamp(now - UNSEEN, now);
    let departures = departures(&survey.windows, &zone, inventory_at, now + habit.reach());
    let troubles = plans::troubles(&**work, owner, id).await?;
    let is_persisted = device.persisted == Some(true);
    let by = first_deadline(&departures, &habit, zone, now);
    let set = CandidateSet::gather(work, owner, id, survey, is_persisted, by).await?;
    let request = PlanRequest {
        now,
        departures: &departures,
        candidates: &set.all,
        habit: &habit,
        proved_at: set.proved_at,
        is_persisted,
        budget_bytes: set.budget(device.budget_mb),
        down_bps: device.down_bps,
        obstacles: Obstacles {
            has_lost_copies: troubles.has_lost_copies && !is_persisted,
            is_device_full: false,
            is_server_disk_full: survey.is_server_disk_full,
            is_limit_reached: survey.is_limit_reached || device.limited_at.is_some(),
            has_failing_sources: troubles.has_failing_sources,
        },
        device: &device.name,
    };
    let plan = plan(&request, &zone);
    store::store(work, owner, id, &plan, &set).await?;
    copies::apply(work, owner, id, &plan, &set).await
}

/// Time until which a file that is fetched now can still be handed over before the next departure.
fn first_deadline(
    departures: &[Departure],
    habit: &ContactHabit,
    zone: Tz,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let next = departures.iter().map(|it| it.departs_at.to_utc()).find(|departs_at| *departs_at > now);
    let Some(departs_at) = next else { return now };
    let contact_by = habit.contact_by(departs_at, &zone);
    deadline(contact_by, departs_at, now)
}

/// Departures of the next 72 hours that a device is planned for.
pub async fn departures_of(
    work: &Work<'_>,
    owner: UserId,
    device: DeviceId,
) -> Result<Vec<PlannedDeparture>> {
    let rows = plans::list(&**work, owner, device, work.now()).await?;
    let departure = |row: plans::PlanRow| PlannedDeparture {
        need_minutes: needed_minutes(row.plan.need_s),
        label: row.plan.label,
        departs_at: row.plan.departs_at,
    };
    Ok(rows.into_iter().map(departure).collect())
}

/// Plans of a device for the next 72 hours, as they were last made.
pub async fn windows(engine: &Engine, owner: UserId, device: DeviceId) -> Result<Vec<PlannedWindow>> {
    let known = devices::get(&engine.db, owner, device).await?;
    known.ok_or_else(|| Refusal::missing("device"))?;
    let zone = zone(&accounts::preferences(&engine.db, owner).await?);
    let now = engine.now();
    let (rows, mut items) = read_together(engine, owner, device, now).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = items.extract_if(.., |item| item.plan_id == row.id);
            let own = own.map(|item| PlannedItem {
                item_id: item.item_id,
                title: item.title,
                minutes: needed_minutes(item.seconds),
                bytes: item.bytes,
                location: item.location,
            });
            shown(device, row.plan, own.collect(), zone)
        })
        .collect())
}

/// Plans and their items of one moment: read again if the planner has stored new ones in between.
async fn read_together(
    engine: &Engine,
    owner: UserId,
    device: DeviceId,
    now: DateTime<Utc>,
) -> Result<(Vec<plans::PlanRow>, Vec<plans::PlanItemRow>)> {
    loop {
        let rows = plans::list(&engine.db, owner, device, now).await?;
        let items = plans::items(&engine.db, owner, device, now).await?;
        if plans::list(&engine.db, owner, device, now).await? == rows {
            return Ok((rows, items));
        }
    }
}

fn shown(device_id: DeviceId, plan: plans::NewPlan, items: Vec<PlannedItem>, zone: Tz) -> PlannedWindow {
    PlannedWindow {
        device_id,
        window_id: plan.window_id,
        label: plan.label,
        departs_at: local(plan.departs_at, zone),
        contact_by: local(plan.contact_by, zone),
        need_minutes: needed_minutes(plan.need_s),
        on_device: held_minutes(plan.on_device_s, plan.need_s),
        proved_at: plan.proved_at,
        on_server: needed_minutes(plan.on_server_s),
        on_the_way: needed_minutes(plan.on_the_way_s),
        at_origin: needed_minutes(plan.at_origin_s),
        items,
        state: plan.state,
        reason: plan.reason,
        sentence: plan.sentence,
    }
}

/// Outcomes of a user's windows of the last days, the latest first.
pub async fn outcomes(engine: &Engine, owner: UserId, days: i64) -> Result<Vec<WindowOutcome>> {
    let zone = zone(&accounts::preferences(&engine.db, owner).await?);
    let rows = plans::outcomes(&engine.db, owner, engine.now() - TimeDelta::days(days)).await?;
    let outcome = |row: plans::OutcomeRow| WindowOutcome {
        device_id: row.device_id,
        device: row.device,
        label: row.label,
        departs_at: local(row.departs_at, zone),
        need_minutes: needed_minutes(row.need_s),
        at_minus_10: held_minutes(row.at_minus_10_s, row.need_s),
        at_departure: row.at_departure_s.map(|seconds| held_minutes(seconds, row.need_s)),
        is_ready: row.at_minus_10_s >= row.need_s,
        confirmed: row.confirmed,
        is_unconfirmed: row.judged_at.is_some() && row.confirmed.is_none(),
        confirmed_minutes: row.confirmed_s.map(|seconds| held_minutes(seconds, row.need_s)),
    };
    Ok(rows.into_iter().map(outcome).collect())
}

fn local(at: DateTime<Utc>, zone: Tz) -> DateTime<FixedOffset> {
    zone.from_utc_datetime(&at.naive_utc()).fixed_offset()
}

#[cfg(all(test, feature = "testing"))]
mod tests;
