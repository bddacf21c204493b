//! Puts the waiting transfers in order: what people set, who leaves soon, and how long it has waited.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::limits::zone;
use super::{Transfer, get, tell_task};
use crate::db::downloads::urgency as rows;
use crate::db::{ConnectionTrait, accounts, commute as windows, downloads};
use crate::domain::commute::next_departure;
use crate::domain::download::Download;
use crate::domain::urgency::{AHEAD, check_priority, is_near, place, urgency};
use crate::domain::{DateTime, DownloadId, Refusal, UserId, Utc};
use crate::engine::jobs::{self, Job, JobError, Lease};
use crate::engine::{Engine, Result, SharedEngine, commute};

/// How often it is looked whose commute has come near, and what has waited for long.
pub const EVERY: Duration = Duration::from_secs(60);

/// Says how much a download matters to its owner. It counts while its transfer waits.
pub async fn set_priority(engine: &Engine, owner: UserId, id: DownloadId, priority: i64) -> Result<Download> {
    let priority = check_priority(priority)?;
    let missing = || Refusal::missing("download");
    let mut work = engine.begin().await?;
    let url = downloads::media_url(&*work, owner, id).await?.ok_or_else(missing)?;
    // Whoever else says so about these bytes goes after us and sees what we wrote; a transfer takes the row first too.
    jobs::hold(&*work, Transfer::KIND, &url).await?;
    accounts::lock(&*work, owner).await?;
    rows::set_priority(&*work, owner, id, priority).await?;
    settle(&*work, &url, engine.now()).await?;
    let download = downloads::get(&*work, owner, id).await?.ok_or_else(missing)?;
    tell_task(&mut work, owner, &download, download.status).await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Gives the waiting transfer of an address its place. The caller holds the job's row.
pub(super) async fn settle(db: &impl ConnectionTrait, url: &str, now: DateTime<Utc>) -> Result<()> {
    let Some(job) = jobs::waiting(db, Transfer::KIND, Some(url)).await?.pop() else { return Ok(()) };
    let urgency = urgencies(db, Some(url), now).await?.remove(url).unwrap_or(AHEAD);
    jobs::reprioritise(db, &[job.id], job.priority, place(urgency, job.waited)).await?;
    Ok(())
}

/// Says on the rows that wait by when they are wanted, where that brings them forward.
pub(super) async fn mark(engine: &Engine, owner: UserId, downloads: &mut [Download]) -> Result<()> {
    if !downloads.iter().any(|download| download.status.awaits_bytes()) {
        return Ok(());
    }
    let now = engine.now();
    let commute = commute::next(engine, owner).await?.filter(|commute| is_near(commute.begins.to_utc(), now));
    for download in downloads.iter_mut().filter(|download| download.status.awaits_bytes()) {
        download.wanted_by = commute.as_ref().map(|commute| commute.begins);
    }
    Ok(())
}

/// Gives every waiting transfer its place: each minute, and when somebody's windows or clock have changed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OrderTransfers {}

#[async_trait]
impl Job for OrderTransfers {
    const KIND: &'static str = "order_transfers";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn uniq(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        order(engine).await.map_err(JobError::retry)
    }
}

/// In statements by themselves: nobody waits for more than one of them. What is set or taken by somebody else
/// meanwhile is left to the next round.
pub(super) async fn order(engine: &Engine) -> Result<()> {
    let db = &engine.db;
    let waiting = jobs::waiting(db, Transfer::KIND, None).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let urgencies = urgencies(db, None, engine.now()).await?;
    let mut moves: BTreeMap<(i64, i64), Vec<i64>> = BTreeMap::new();
    for job in waiting {
        let urgency = urgencies.get(&job.uniq).copied().unwrap_or(AHEAD);
        moves.entry((job.priority, place(urgency, job.waited))).or_default().push(job.id);
    }
    for ((from, to), ids) in moves {
        for ids in ids.chunks(500) {
            jobs::reprioritise(db, ids, from, to).await?;
        }
    }
    Ok(())
}

/// The greatest urgency of all who wait for an address, by address.
async fn urgencies(
    db: &impl ConnectionTrait,
    url: Option<&str>,
    now: DateTime<Utc>,
) -> Result<HashMap<String, i64>> {
    let leaving = leaving_soon(db, url, now).await?;
    let mut urgencies = HashMap::new();
    for wish in rows::wishes(db, url).await? {
        let wanted = urgency(wish.priority, leaving.contains(&wish.user_id));
        urgencies
            .entry(wish.media_url)
            .and_modify(|most: &mut i64| *most = wanted.max(*most))
            .or_insert(wanted);
    }
    Ok(urgencies)
}

/// Who of those that wait has a commute near.
async fn leaving_soon(
    db: &impl ConnectionTrait,
    url: Option<&str>,
    now: DateTime<Utc>,
) -> Result<HashSet<UserId>> {
    let mut leaving = HashSet::new();
    for travels in windows::of_who_waits(db, url).await? {
        let departure = next_departure(&[travels.window], &zone(&travels.preferences), now);
        if departure.is_some_and(|departure| is_near(departure, now)) {
            leaving.insert(travels.user_id);
        }
    }
    Ok(leaving)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
