//! Automatic retries of failed downloads, with back-off (`RetrySchedule`). The due time is stored in
//! their rows, so that it survives restarts.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use jobs::{Job, JobError, JobFailure, Lease};
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};

use super::fault;
use super::reserve::{failure_data, first_to_ask};
use super::{Transfer, limits, urgency};
use crate::db::downloads::retries::{self, DueRetry};
use crate::db::{accounts, downloads, events, failures, items, transfers};
use crate::domain::download::{DownloadStatus, Provider};
use crate::domain::event::EventKind;
use crate::domain::failure::{FailureCause, RetrySchedule};
use crate::domain::item::Availability;
use crate::domain::task::TaskChange;
use crate::engine::history::{self, DeliveryCost, DownloadEnd};
use crate::engine::job_names::RETRY_FAILED;
use crate::engine::{Engine, Error, Result, SharedEngine};

/// Interval at which due downloads are searched.
pub const EVERY: Duration = Duration::from_secs(15);
/// Maximum number of downloads queued again per run.
const BATCH_SIZE: i64 = 200;
/// Delay of a retry that the owner's limits refuse.
const LIMITS_WAIT: TimeDelta = TimeDelta::hours(1);

/// Queues due downloads: periodically, and when a feed has brought new addresses.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RetryFailed {}

#[async_trait]
impl Job for RetryFailed {
    const KIND: &'static str = RETRY_FAILED.kind;
    const QUEUE: &'static str = RETRY_FAILED.queue;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        retry_due(engine).await.map_err(JobError::retry)
    }
}

/// Makes items available again when they are due, and queues the downloads that wait for them.
pub(super) async fn retry_due(engine: &Engine) -> Result<()> {
    let now = engine.now();
    items::recheck(&engine.db, now).await?;
    for due in retries::due(&engine.db, now, BATCH_SIZE).await? {
        match requeue(engine, &due).await {
            Ok(()) => {}
            Err(Error::Refused(why)) => {
                let next = now + LIMITS_WAIT;
                retries::put_off(&engine.db, due.user_id, due.id, &why.to_string(), next).await?;
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Queues a due download again, under the same limits as a new one and in the same run.
async fn requeue(engine: &Engine, due: &DueRetry) -> Result<()> {
    let (now, url) = (engine.now(), due.current_url.as_str());
    let mut work = engine.begin().await?;
    // Lock order: the job's row first, as in a transfer. An address that is new in the feed causes no further
    // refresh.
    let is_fresh = url != due.media_url;
    work.push(&Transfer::of(&engine.config, url).sized(due.bytes_total).fresh(is_fresh)).await?;
    accounts::lock(&*work, due.user_id).await?;
    limits::reserve_again(&mut work, due, now).await?;
    if retries::requeue(&*work, due.user_id, due.id, url, now).await? {
        let told = TaskChange::of_download(due.id, DownloadStatus::Queued, &due.title).data();
        work.record(due.user_id, due.run_id, EventKind::TaskUpdate, told).await?;
    }
    urgency::reprioritize(&*work, url, now).await?;
    work.commit().await
}

/// Records a failed round of attempts on the items and on all waiting downloads, with the time of the next
/// round.
pub(super) async fn record_failure(
    engine: &Engine,
    txn: &DatabaseTransaction,
    url: &str,
    failure: &JobFailure,
) -> Result<(), DbErr> {
    let (now, why) = (engine.now(), failure.why.as_str());
    let published_at = items::published_with(txn, url).await?;
    let schedule = RetrySchedule::of(fault::cause(failure), published_at, now);
    let round = failures::record(txn, url, schedule, now).await?;
    let next = Some(round.next_attempt_at);
    // A full disk is not the item's fault.
    let is_ours = fault::cause(failure) == FailureCause::StorageFull;
    match is_ours {
        true => items::set_availability(txn, url, Availability::Cacheable, None, None).await?,
        false => items::set_availability(txn, url, Availability::Unavailable, Some(why), next).await?,
    }
    // One outage counts as one failure, however many rounds it takes.
    let is_first = round.rounds == 1;
    let asked = (!is_ours).then_some(Provider::Origin);
    let waiting = downloads::waiting(txn, url).await?;
    let cause = first_to_ask(&waiting);
    for w in waiting {
        if !downloads::failed(txn, w.id, why, next).await? {
            continue;
        }
        if is_first {
            let cost = if Some(w.id) == cause { DeliveryCost::All } else { DeliveryCost::Nothing };
            history::record(txn, w.user_id, w.id, DownloadEnd::failed(asked, why).at(cost), now).await;
        }
        let mut told = failure_data(&w, why, next);
        told["round"] = round.rounds.into();
        events::append(txn, w.user_id, w.run_id, EventKind::DownloadFailed, told, now).await?;
    }
    // Last, because the history reads the transfer's cost. Bytes received are kept for the next round.
    if is_first && cause.is_some() {
        transfers::booked(txn, url).await?;
    }
    match schedule {
        RetrySchedule::Exponential => transfers::rest(txn, url).await,
        RetrySchedule::Days => transfers::end(txn, url).await,
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
