//! Commute windows of users, and the next commute.

use super::local_time::zone;
use super::{Engine, Result, Work, job_names};
use crate::db::{accounts, commute, plans};
use crate::domain::commute::{Commute, CommuteWindow, MAX_WINDOWS, TypedPlan, next_commute};
use crate::domain::{CommuteWindowId, Refusal, UserId};

/// Lists a user's windows, ordered by start time.
pub async fn list(engine: &Engine, owner: UserId) -> Result<Vec<CommuteWindow>> {
    Ok(commute::list(&engine.db, owner).await?)
}

pub async fn add(engine: &Engine, owner: UserId, typed: TypedPlan) -> Result<CommuteWindow> {
    let plan = typed.check(None)?;
    let mut work = engine.begin().await?;
    work.push_named(job_names::ORDER_TRANSFERS).await?;
    accounts::lock(&*work, owner).await?;
    if commute::count(&*work, owner).await? >= MAX_WINDOWS {
        let why =
            format!("You have {MAX_WINDOWS} commute windows, and there can be no more. Delete one first.");
        return Err(Refusal::conflict(why).into());
    }
    let id = commute::insert(&*work, owner, &plan, engine.now()).await?;
    plan_anew(&mut work, owner).await?;
    work.commit().await?;
    Ok(CommuteWindow { id, plan })
}

/// Updates the given fields and keeps the others.
pub async fn change(
    engine: &Engine,
    owner: UserId,
    id: CommuteWindowId,
    typed: TypedPlan,
) -> Result<CommuteWindow> {
    let mut work = engine.begin().await?;
    work.push_named(job_names::ORDER_TRANSFERS).await?;
    accounts::lock(&*work, owner).await?;
    let known = commute::get(&*work, owner, id).await?.ok_or_else(missing)?;
    let plan = typed.check(Some(known.plan))?;
    commute::replace(&*work, owner, id, &plan).await?;
    plan_anew(&mut work, owner).await?;
    work.commit().await?;
    Ok(CommuteWindow { id, plan })
}

pub async fn remove(engine: &Engine, owner: UserId, id: CommuteWindowId) -> Result<()> {
    let mut work = engine.begin().await?;
    work.push_named(job_names::ORDER_TRANSFERS).await?;
    accounts::lock(&*work, owner).await?;
    if !commute::delete(&*work, owner, id).await? {
        return Err(missing().into());
    }
    plan_anew(&mut work, owner).await?;
    work.commit().await
}

/// Plans for the user's devices, if there are any. The caller holds the lock on the user's row.
async fn plan_anew(work: &mut Work<'_>, owner: UserId) -> Result<()> {
    if plans::make_due(&**work, &[owner]).await? > 0 {
        work.push_named(job_names::PLAN_DEVICES).await?;
    }
    Ok(())
}

fn missing() -> Refusal {
    Refusal::missing("commute window")
}

/// Returns the user's current commute, or else their next one.
pub async fn next(engine: &Engine, owner: UserId) -> Result<Option<Commute>> {
    let windows = commute::list(&engine.db, owner).await?;
    if windows.is_empty() {
        return Ok(None);
    }
    let zone = zone(&accounts::preferences(&engine.db, owner).await?);
    Ok(next_commute(&windows, &zone, engine.now()))
}

#[cfg(all(test, feature = "testing"))]
mod tests;
