//! Puts the waiting transfers in order: what people set, who leaves soon, and how long it has waited.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::limits::zone;
use super::{Transfer, get, tell_task, waits};
use crate::db::downloads::urgency as rows;
use crate::db::{ConnectionTrait, accounts, commute as windows, downloads};
use crate::domain::commute::{Commute, next_departure};
use crate::domain::download::Download;
use crate::domain::urgency::{AHEAD, check_priority, is_near, place, size_class, urgency};
use crate::domain::{DateTime, DownloadId, Refusal, UserId, Utc};
use crate::engine::jobs::{self, Job, JobError, Lease};
use crate::engine::{Engine, Result, SharedEngine, commute};

/// What the page of an article is taken for; feeds tell no size of it.
pub(super) const PAGE: i64 = 100_000;

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
    let wanted = wanted(db, Some(url), now).await?;
    jobs::move_to(db, &[job.id], job.place(), place_of(&job, wanted.get(url))).await?;
    Ok(())
}

/// Where a job belongs that this is wanted of; without anybody who waits it stays as large as it was taken for.
fn place_of(job: &jobs::Waiting, wanted: Option<&Wanted>) -> jobs::Place {
    let urgency = wanted.map_or(AHEAD, |wanted| wanted.urgency);
    jobs::Place {
        priority: place(urgency, job.waited),
        size: wanted.map_or(job.size, |wanted| size_class(wanted.bytes)),
    }
}

/// Says on the rows that wait by when they are wanted, where that brings them forward, and what they wait for.
pub(super) async fn mark(engine: &Engine, owner: UserId, downloads: &mut [Download]) -> Result<()> {
    let near = match downloads.iter().any(|download| download.status.awaits_bytes()) {
        true => near_commute(engine, owner).await?,
        false => None,
    };
    mark_before(engine, owner, near.as_ref(), downloads).await
}

/// The commute that brings forward what a person waits for, if one is near.
pub(super) async fn near_commute(engine: &Engine, owner: UserId) -> Result<Option<Commute>> {
    let now = engine.now();
    Ok(commute::next(engine, owner).await?.filter(|commute| is_near(commute.begins.to_utc(), now)))
}

/// The same where the commute is known.
pub(super) async fn mark_before(
    engine: &Engine,
    owner: UserId,
    near: Option<&Commute>,
    downloads: &mut [Download],
) -> Result<()> {
    waits::mark(engine, owner, downloads).await?;
    for download in downloads.iter_mut().filter(|download| download.status.awaits_bytes()) {
        download.wanted_by = near.map(|commute| commute.begins);
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
    let wanted = wanted(db, None, engine.now()).await?;
    let mut moves: BTreeMap<(jobs::Place, jobs::Place), Vec<i64>> = BTreeMap::new();
    for job in waiting {
        moves.entry((job.place(), place_of(&job, wanted.get(&job.uniq)))).or_default().push(job.id);
    }
    for ((from, to), ids) in moves {
        for ids in ids.chunks(500) {
            jobs::move_to(db, ids, from, to).await?;
        }
    }
    Ok(())
}

/// The greatest urgency of all who wait for an address, and its size as far as it is known.
struct Wanted {
    urgency: i64,
    bytes: Option<i64>,
}

/// What is waited for, by address.
async fn wanted(
    db: &impl ConnectionTrait,
    url: Option<&str>,
    now: DateTime<Utc>,
) -> Result<HashMap<String, Wanted>> {
    let leaving = leaving_soon(db, url, now).await?;
    let mut all = HashMap::new();
    for wish in rows::wishes(db, url).await? {
        let urgency = urgency(wish.priority, leaving.contains(&wish.user_id));
        let bytes = wish.bytes_total.or(wish.is_page.then_some(PAGE));
        let wanted = all.entry(wish.media_url).or_insert(Wanted { urgency, bytes });
        wanted.urgency = wanted.urgency.max(urgency);
    }
    Ok(all)
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
