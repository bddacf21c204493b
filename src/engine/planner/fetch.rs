//! Planner's job: claims, plans and reminders that are due, and server fetches of what the plans want.

use std::time::Duration;

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use super::{outcome, remind, replan, survey};
use crate::db::plans::{self, DueDevice};
use crate::db::{accounts, devices};
use crate::domain::{DeviceId, ItemId, TimeDelta, UserId};
use crate::engine::downloads::{limits, queue_planned};
use crate::engine::job_names::PLAN_DEVICES;
use crate::engine::{Engine, Error, Result, SharedEngine};

/// Interval of the job.
pub const EVERY: Duration = Duration::from_secs(60);
/// Age at which a plan is made anew, even if nothing is known to have changed.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// Time without a contact after which nothing is fetched for a device until it comes again.
const SEEN: TimeDelta = TimeDelta::days(8);
/// Maximum number of devices per run of the job, and of downloads queued for one of them.
const MAX_DEVICES: i64 = 200;
const MAX_FETCHES: usize = 50;

/// Plans for the devices that are due.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PlanDevices {}

#[async_trait]
impl Job for PlanDevices {
    const KIND: &'static str = PLAN_DEVICES.kind;
    const QUEUE: &'static str = PLAN_DEVICES.queue;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        plan_due(engine).await.map_err(JobError::retry)
    }
}

pub(super) async fn plan_due(engine: &Engine) -> Result<()> {
    outcome::settle_all(engine).await?;
    let now = engine.now();
    for DueDevice { user_id, id } in
        plans::due(&engine.db, (now - SEEN, now - FRESH), now, MAX_DEVICES).await?
    {
        let missing = plan_device(engine, user_id, id).await?;
        if fetch(engine, user_id, id, &missing).await? {
            // Items that have downloads now can become copies, and a limit is a reason.
            plan_device(engine, user_id, id).await?;
        }
    }
    remind::remind(engine).await
}

/// Plans for one device. Returns the wanted items of which the user has no download.
async fn plan_device(engine: &Engine, owner: UserId, id: DeviceId) -> Result<Vec<ItemId>> {
    let due = engine.now() - FRESH - TimeDelta::seconds(1);
    let Some(begun) = plans::begin(&engine.db, owner, id, due).await? else { return Ok(Vec::new()) };
    let survey = survey(engine, owner).await?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if devices::lock(&*work, owner, id).await?.is_none_or(|device| device.revoked_at.is_some()) {
        return Ok(Vec::new());
    }
    let made = replan(&mut work, owner, id, &survey).await?;
    plans::planned(&*work, owner, id, begun, work.now()).await?;
    work.commit().await?;
    Ok(made.missing)
}

/// Queues downloads of planned items, in their order, until a limit is reached. Returns whether the plan is
/// to be made anew, because some were queued or a limit has come or gone.
async fn fetch(engine: &Engine, owner: UserId, device: DeviceId, missing: &[ItemId]) -> Result<bool> {
    let (mut has_queued, mut limited_at) = (false, None);
    for item in missing.iter().take(MAX_FETCHES) {
        let preferences = accounts::preferences(&engine.db, owner).await?;
        if !limits::has_room_for_plans(&engine.db, owner, &preferences, engine.now()).await? {
            break;
        }
        match queue_planned(engine, owner, *item).await {
            Ok(_) => has_queued = true,
            Err(Error::Refused(why)) if limits::hindrance(&why.to_string()).is_some() => {
                limited_at = Some(engine.now());
                break;
            }
            Err(Error::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(plans::set_limited(&engine.db, owner, device, limited_at).await? || has_queued)
}
