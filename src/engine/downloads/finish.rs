//! The ends of transfers. Those that come in while a transaction is under way share the next one: a commit for each would
//! take longer than a small file. Nobody is told before it is committed.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::join_all;
use tokio::sync::oneshot;

use super::fault::fault;
use super::settle;
use super::transfer::Attempt;
use super::{expiry, ready_data};
use crate::db::deliveries::Ending;
use crate::db::downloads::{self, Ready, Waiting};
use crate::db::media::{self, Blob};
use crate::db::transfers::{self, Cost};
use crate::db::{accounts, ahead, failures, items};
use crate::domain::download::Provider;
use crate::domain::event::EventKind;
use crate::domain::{DateTime, Utc};
use crate::engine::jobs::{JobError, Lease};
use crate::engine::{Engine, Error, SharedEngine, Work, history};

/// Enough for the commit to weigh little, and few enough for the first of them not to wait long.
const MOST: usize = 32;
const NEWER: &str = "Something newer was published at this address; it is fetched again.";
const LET_GO: &str = "The stored copy was let go of; it is fetched again.";

/// What waits to be ended in this process.
#[derive(Debug, Default)]
pub struct Endings(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Ended>,
    /// Somebody works on it.
    is_busy: bool,
}

/// A transfer whose bytes are in the store.
#[derive(Debug)]
struct Ended {
    lease: Lease,
    url: String,
    blob: Blob,
    provider: Provider,
    /// The bytes are none of what was published later.
    began_at: DateTime<Utc>,
    /// Of this attempt, as far as it is not written down.
    cost: Cost,
    /// Earlier attempts, or this one, have left a row.
    has_row: bool,
    answer: oneshot::Sender<Result<(), JobError>>,
}

/// Why a transaction came to nothing.
enum Undone {
    LetGo,
    Newer,
    Fault(Error),
}

impl<E: Into<Error>> From<E> for Undone {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Undone> for JobError {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::LetGo => JobError::retry(LET_GO),
            Undone::Newer => JobError::retry(NEWER),
            Undone::Fault(error) => fault(error),
        }
    }
}

impl Attempt<'_> {
    /// Everything that waits is ready, and the job is done: both or neither.
    pub async fn finish(&self, blob: Blob, provider: Provider) -> Result<(), JobError> {
        let (answer, answered) = oneshot::channel();
        let (lease, url) = (self.lease.clone(), self.url.to_owned());
        let (cost, has_row) = (self.cost(), self.has_row());
        let ended = Ended { lease, url, blob, provider, began_at: self.began_at, cost, has_row, answer };
        self.engine.endings.add(self.engine, ended);
        answered.await.unwrap_or_else(|_| Err(JobError::retry("Something broke on our side.")))?;
        self.spent.booked();
        Ok(())
    }
}

impl Endings {
    fn add(&self, engine: &SharedEngine, ended: Ended) {
        let mut queue = self.queue();
        queue.waiting.push(ended);
        if !std::mem::replace(&mut queue.is_busy, true) {
            // In a task of its own: whoever asked first may be stopped, and the others wait for it.
            tokio::spawn(work_off(engine.clone()));
        }
    }

    /// None when nothing is left: whoever comes next starts anew.
    fn next(&self) -> Option<Vec<Ended>> {
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.is_busy = false;
            return None;
        }
        let some = queue.waiting.len().min(MOST);
        Some(queue.waiting.drain(..some).collect())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn work_off(engine: SharedEngine) {
    while let Some(group) = engine.endings.next() {
        let engine = engine.clone();
        // A panic ends this group alone, whose attempts hear that nobody answers.
        if let Err(error) = tokio::spawn(async move { end_all(&engine, group).await }).await {
            tracing::error!(%error, "transfers could not be ended");
        }
    }
}

/// In one transaction, or in one for each where that fails.
async fn end_all(engine: &Engine, group: Vec<Ended>) {
    match end_together(engine, &group).await {
        Ok(ours) => answer(group, &ours),
        Err(undone) if group.len() == 1 => {
            let alone = group.into_iter().next().map(|ended| ended.answer);
            alone.map(|alone| alone.send(Err(undone.into())));
        }
        Err(_) => {
            for ended in group {
                Box::pin(end_all(engine, vec![ended])).await;
            }
        }
    }
}

fn answer(group: Vec<Ended>, ours: &HashSet<i64>) {
    for ended in group {
        let answer = if ours.contains(&ended.lease.id) { Ok(()) } else { Err(JobError::LeaseLost) };
        // Whoever does not listen any more was stopped.
        ended.answer.send(answer).ok();
    }
}

/// Returns the jobs that have passed the fence; of the others nothing was written.
async fn end_together(engine: &Engine, group: &[Ended]) -> Result<HashSet<i64>, Undone> {
    let now = engine.now();
    let mut work = engine.begin().await?;
    // Jobs' rows come before persons' rows, and those before downloads', as everywhere.
    let leases: Vec<&Lease> = group.iter().map(|ended| &ended.lease).collect();
    let ours = Lease::finish_all(&work, &leases).await?;
    let group: Vec<&Ended> = group.iter().filter(|ended| ours.contains(&ended.lease.id)).collect();
    if group.is_empty() {
        return Ok(ours);
    }
    let urls: Vec<&str> = group.iter().map(|ended| ended.url.as_str()).collect();
    let mut waiting = waiting_for(&work, &urls).await?;
    let planned = ahead::planned_among(&*work, &urls).await?;
    for ended in &group {
        let theirs = waiting.entry(ended.url.clone()).or_default();
        let bytes = ended.blob.bytes;
        if planned.contains(&ended.url) || theirs.iter().any(|w| w.bytes_total != Some(bytes)) {
            *theirs = settle::settle(&mut work, &ended.url, bytes).await?.left;
        }
        if theirs.iter().any(|w| w.media_since.is_some_and(|since| since > ended.began_at)) {
            return Err(Undone::Newer);
        }
        turn_others_away(&mut work, theirs, &ended.blob, now).await?;
    }
    let kept = group.iter().map(|ended| (ended.url.as_str(), &ended.blob, ended.began_at));
    let kept: Vec<(&str, &Blob, DateTime<Utc>)> = kept.collect();
    media::keep_all(&*work, &kept, now).await?;
    // The rows are ours by now, and whoever lets go of bytes takes the row first: what is here now stays.
    let mut looks = Vec::new();
    for ended in &group {
        looks.push(is_still_here(engine, ended));
    }
    if join_all(looks).await.contains(&false) {
        return Err(Undone::LetGo);
    }
    items::cached(&*work, &urls).await?;
    failures::forget_all(&*work, &urls).await?;
    let rows: Vec<&str> =
        group.iter().filter(|ended| ended.has_row).map(|ended| ended.url.as_str()).collect();
    let costs = transfers::costs(&*work, &rows).await?;
    let mut ends: Vec<End> = Vec::new();
    for &ended in &group {
        let cost = ended.cost.after(costs.get(&ended.url));
        let theirs = waiting.remove(&ended.url).unwrap_or_default();
        let cause = settle::first_to_ask(&theirs);
        for w in theirs {
            // The transfer is booked to who caused it; for everybody else it was a hit.
            let provider = if Some(w.id) == cause { ended.provider } else { Provider::Cache };
            ends.push(End { w, ended, provider, cost: cost.clone() });
        }
    }
    ends.sort_by_key(|end| (end.w.user_id, end.w.id));
    make_ready_all(&mut work, ends, now).await?;
    transfers::end_all(&*work, &rows).await?;
    work.commit().await?;
    Ok(ours)
}

/// Two feeds may promise different content at one address: who was promised another one does not get these bytes.
async fn turn_others_away(
    work: &mut Work<'_>,
    waiting: &mut Vec<Waiting>,
    blob: &Blob,
    now: DateTime<Utc>,
) -> Result<(), Undone> {
    let others: Vec<_> = waiting.extract_if(.., |w| !w.wanted.accepts(&blob.mime_type)).collect();
    for w in others {
        let why =
            format!("The site sent {}, which is not the content that its feed promised.", blob.mime_type);
        settle::turn_away(work, &w, &why, now).await?;
    }
    Ok(())
}

/// Who waits for these addresses, by address; their persons' rows are locked until the work ends.
async fn waiting_for(work: &Work<'_>, urls: &[&str]) -> Result<HashMap<String, Vec<Waiting>>, Undone> {
    let mut waiting = downloads::waiting_all(&**work, urls).await?;
    let mut owners: Vec<_> = waiting.iter().map(|w| w.user_id).collect();
    owners.dedup();
    if accounts::lock_all(&**work, &owners).await? {
        // Somebody may have moved theirs before the lock was ours.
        waiting = downloads::waiting_all(&**work, urls).await?;
    }
    let mut by_url: HashMap<String, Vec<Waiting>> = HashMap::new();
    for w in waiting {
        by_url.entry(w.media_url.clone()).or_default().push(w);
    }
    Ok(by_url)
}

async fn is_still_here(engine: &Engine, ended: &Ended) -> bool {
    let (store, Blob { sha256, bytes, .. }) = (&engine.store, &ended.blob);
    match ended.provider {
        Provider::Cache => store.holds(sha256, *bytes).await,
        // The cache was filled by ourselves, maybe a moment after the object had gone.
        _ => store.keeps(sha256, *bytes).await,
    }
}

/// The end of one download, by the end of its transfer.
struct End<'a> {
    w: Waiting,
    ended: &'a Ended,
    provider: Provider,
    cost: Cost,
}

/// Verified bytes in the store, an end to their time, and word to the owners, who come in order.
async fn make_ready_all(
    work: &mut Work<'_>,
    mut ends: Vec<End<'_>>,
    now: DateTime<Utc>,
) -> Result<(), Undone> {
    let rows: Vec<Ready<'_>> = ends.iter().map(|end| end.ready(now)).collect();
    let made = downloads::ready_all(&**work, &rows, now).await?;
    ends.retain(|end| made.contains(&end.w.id));
    for End { w, ended, .. } in &ends {
        let told = ready_data(w.id, &w.title, ended.blob.bytes);
        work.tell_later(w.user_id, w.run_id, EventKind::DownloadReady, told).await?;
    }
    let ends = ends.into_iter().map(|end| (end.w.user_id, end.w.id, end.provider.into(), end.ending()));
    history::record_all(work, ends.collect(), now).await;
    Ok(())
}

impl End<'_> {
    fn ready(&self, now: DateTime<Utc>) -> Ready<'_> {
        let (blob, provider) = (&self.ended.blob, self.provider);
        Ready { id: self.w.id, blob, provider, expires_at: now + expiry::lifetime(blob.bytes) }
    }

    fn ending(self) -> Ending {
        let (w, Cost { began_at, attempts, fetched, seconds }) = (self.w, self.cost);
        Ending {
            item_id: w.item_id,
            source_id: w.source_id,
            run_id: w.run_id,
            title: w.title,
            source_name: w.source_name,
            bytes: Some(self.ended.blob.bytes),
            asked_at: w.created_at,
            began_at,
            attempts,
            fetched,
            seconds,
            others: 0,
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
