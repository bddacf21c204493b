//! Order of the waiting transfers: by priority, upcoming commutes and time waited.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use jobs::{self, Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use super::{Transfer, get, tell_task, wait_reason};
use crate::db::downloads::urgency as rows;
use crate::db::{ConnectionTrait, accounts, commute as windows, downloads};
use crate::domain::commute::{Commute, next_departure};
use crate::domain::download::Download;
use crate::domain::urgency::{AHEAD, check_priority, deadline, is_near, place, size_class, urgency};
use crate::domain::{DateTime, DownloadId, Refusal, UserId, Utc};
use crate::engine::job_names::ORDER_TRANSFERS;
use crate::engine::local_time::zone;
use crate::engine::{Engine, Result, SharedEngine, commute};

/// Assumed size of an article's page; feeds do not state it.
pub(super) const PAGE: i64 = 100_000;

/// Interval at which upcoming commutes and waiting times are applied.
pub const EVERY: Duration = Duration::from_secs(60);

/// Sets the priority of a download. It counts while its transfer waits.
pub async fn set_priority(engine: &Engine, owner: UserId, id: DownloadId, priority: i64) -> Result<Download> {
    let priority = check_priority(priority)?;
    let missing = || Refusal::missing("download");
    let mut work = engine.begin().await?;
    let url = downloads::media_url(&*work, owner, id).await?.ok_or_else(missing)?;
    // Serializes changes for the same bytes: a later one sees this one's writes. A transfer locks the job's
    // row first too.
    jobs::hold(&*work, Transfer::KIND, &url).await?;
    accounts::lock(&*work, owner).await?;
    rows::set_priority(&*work, owner, id, priority).await?;
    reprioritize(&*work, &url, engine.now()).await?;
    let download = downloads::get(&*work, owner, id).await?.ok_or_else(missing)?;
    tell_task(&mut work, owner, &download, download.status).await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Updates the queue position of an address's waiting transfer. The caller must hold the lock on the job's
/// row.
pub(super) async fn reprioritize(db: &impl ConnectionTrait, url: &str, now: DateTime<Utc>) -> Result<()> {
    let Some(job) = jobs::waiting(db, Transfer::KIND, Some(url)).await?.pop() else { return Ok(()) };
    let wanted = wanted(db, Some(url), now).await?;
    jobs::move_to(db, &[job.id], job.position(), place_of(&job, wanted.get(url))).await?;
    Ok(())
}

/// Queue position of a job. If no download waits for it, its size class stays as it was.
fn place_of(job: &jobs::WaitingJob, wanted: Option<&WantedTransfer>) -> jobs::QueuePosition {
    let urgency = wanted.map_or(AHEAD, |wanted| wanted.urgency);
    jobs::QueuePosition {
        priority: place(urgency, job.waited),
        size: wanted.map_or(job.size, |wanted| size_class(wanted.bytes)),
    }
}

/// Sets on waiting downloads the deadline that raises them, if any, and the reason for which they wait.
pub(super) async fn mark(engine: &Engine, owner: UserId, downloads: &mut [Download]) -> Result<()> {
    let near = match downloads.iter().any(|download| download.status.awaits_bytes()) {
        true => near_commute(engine, owner).await?,
        false => None,
    };
    let urls = wait_reason::urls(engine, owner, downloads).await?;
    mark_before(engine, near.as_ref(), downloads, &urls).await
}

/// Commute that raises a user's waiting downloads, if one is near.
pub(super) async fn near_commute(engine: &Engine, owner: UserId) -> Result<Option<Commute>> {
    let now = engine.now();
    Ok(commute::next(engine, owner).await?.filter(|commute| is_near(commute.begins.to_utc(), now)))
}

/// Like `mark`, for a known commute and known addresses.
pub(super) async fn mark_before(
    engine: &Engine,
    near: Option<&Commute>,
    downloads: &mut [Download],
    urls: &HashMap<DownloadId, String>,
) -> Result<()> {
    wait_reason::mark(engine, downloads, urls).await?;
    for download in downloads.iter_mut().filter(|download| download.status.awaits_bytes()) {
        download.wanted_by = near.map(|commute| commute.begins);
    }
    Ok(())
}

/// Updates the position of every waiting transfer: each minute, and when commute windows or a time zone
/// change.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OrderTransfers {}

#[async_trait]
impl Job for OrderTransfers {
    const KIND: &'static str = ORDER_TRANSFERS.kind;
    const QUEUE: &'static str = ORDER_TRANSFERS.queue;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        order(engine).await.map_err(JobError::retry)
    }
}

/// Uses separate statements without a transaction, so that others wait for at most one of them. Jobs changed
/// or claimed meanwhile are left to the next run.
pub(super) async fn order(engine: &Engine) -> Result<()> {
    let db = &engine.db;
    let waiting = jobs::waiting(db, Transfer::KIND, None).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let wanted = wanted(db, None, engine.now()).await?;
    let mut moves: BTreeMap<(jobs::QueuePosition, jobs::QueuePosition), Vec<i64>> = BTreeMap::new();
    for job in waiting {
        moves.entry((job.position(), place_of(&job, wanted.get(&job.uniq)))).or_default().push(job.id);
    }
    for ((from, to), ids) in moves {
        for ids in ids.chunks(500) {
            jobs::move_to(db, ids, from, to).await?;
        }
    }
    Ok(())
}

/// Maximum urgency of all downloads that wait for an address, and its size if known.
struct WantedTransfer {
    urgency: i64,
    bytes: Option<i64>,
}

/// Wanted addresses.
async fn wanted(
    db: &impl ConnectionTrait,
    url: Option<&str>,
    now: DateTime<Utc>,
) -> Result<HashMap<String, WantedTransfer>> {
    let leaving = leaving_soon(db, url, now).await?;
    let mut all = HashMap::new();
    for wish in rows::wishes(db, url, now).await? {
        let is_due = wish
            .contact_by
            .zip(wish.departs_at)
            .is_some_and(|(contact_by, departs_at)| is_near(deadline(contact_by, departs_at, now), now));
        let urgency = urgency(wish.priority, is_due || leaving.contains(&wish.user_id));
        let bytes = wish.bytes_total.or(wish.is_page.then_some(PAGE));
        let wanted = all.entry(wish.media_url).or_insert(WantedTransfer { urgency, bytes });
        wanted.urgency = wanted.urgency.max(urgency);
    }
    Ok(all)
}

/// Users with waiting downloads whose commute is near.
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
