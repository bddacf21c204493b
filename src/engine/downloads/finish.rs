//! Completion of transfers, with group commit: those that finish while a transaction runs share the next one,
//! because a commit for each would take longer than a small file. Events are sent only after the commit.

use std::collections::{HashMap, HashSet};

use futures::future::join_all;
use jobs::{JobError, Lease};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

use super::fault::fault;
use super::reserve;
use super::transfer::TransferAttempt;
use super::{housekeeping, offer_to_devices, push_pictures, ready_data};
use crate::db::downloads::{self, Ready, Waiting};
use crate::db::history::Ending;
use crate::db::media::{self, Blob};
use crate::db::transfers::{self, TransferCost};
use crate::db::{accounts, failures, items, prefetch};
use crate::domain::download::Provider;
use crate::domain::event::EventKind;
use crate::domain::{DateTime, Utc};
use crate::engine::{Engine, Error, SharedEngine, Work, history};

/// Maximum transfers per transaction: enough to amortize the commit, few enough to keep the first one's wait
/// short.
const MAX_BATCH: usize = 32;
const NEWER: &str = "Something newer was published at this address; it is fetched again.";
const LET_GO: &str = "The stored copy was let go of; it is fetched again.";

/// Finished transfers of this process that wait for their transaction.
#[derive(Debug, Default)]
pub struct CompletionQueue(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<EndedTransfer>,
    /// Whether a task is working on the queue.
    is_busy: bool,
}

/// A transfer whose bytes are in the store.
#[derive(Debug)]
struct EndedTransfer {
    lease: Lease,
    url: String,
    blob: Blob,
    provider: Provider,
    /// Start of the attempt. The bytes are not valid for media that the feed announced later.
    began_at: DateTime<Utc>,
    /// Cost of this attempt that is not yet in the transfer's row.
    cost: TransferCost,
    /// Whether this attempt or an earlier one has a `transfer` row.
    has_row: bool,
    answer: oneshot::Sender<Result<(), JobError>>,
}

/// Reason for which a transaction was rolled back.
enum RolledBack {
    LetGo,
    Newer,
    Fault(Error),
}

impl<E: Into<Error>> From<E> for RolledBack {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl From<RolledBack> for JobError {
    fn from(undone: RolledBack) -> Self {
        match undone {
            RolledBack::LetGo => JobError::retry(LET_GO),
            RolledBack::Newer => JobError::retry(NEWER),
            RolledBack::Fault(error) => fault(error),
        }
    }
}

impl TransferAttempt<'_> {
    /// Makes all waiting downloads ready and ends the job, atomically.
    pub async fn finish(&self, blob: Blob, provider: Provider) -> Result<(), JobError> {
        let (answer, answered) = oneshot::channel();
        let (lease, url) = (self.lease.clone(), self.url.to_owned());
        let (cost, has_row) = (self.cost(), self.has_row());
        let ended =
            EndedTransfer { lease, url, blob, provider, began_at: self.began_at, cost, has_row, answer };
        self.engine.completion_queue.add(self.engine, ended);
        answered.await.unwrap_or_else(|_| Err(JobError::retry("Something broke on our side.")))?;
        self.spent.booked();
        Ok(())
    }
}

impl CompletionQueue {
    fn add(&self, engine: &SharedEngine, ended: EndedTransfer) {
        let mut queue = self.queue();
        queue.waiting.push(ended);
        if !std::mem::replace(&mut queue.is_busy, true) {
            // In a task of its own: the caller may be cancelled while other transfers wait for the same
            // queue.
            tokio::spawn(work_off(engine.clone()));
        }
    }

    /// Next group of transfers; None if the queue is empty, which also marks it as idle.
    fn next(&self) -> Option<Vec<EndedTransfer>> {
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.is_busy = false;
            return None;
        }
        let some = queue.waiting.len().min(MAX_BATCH);
        Some(queue.waiting.drain(..some).collect())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock()
    }
}

async fn work_off(engine: SharedEngine) {
    while let Some(group) = engine.completion_queue.next() {
        let engine = engine.clone();
        // A panic affects this group only; its attempts see the closed channel.
        if let Err(error) = tokio::spawn(async move { end_all(&engine, group).await }).await {
            tracing::error!(%error, "transfers could not be ended");
        }
    }
}

/// Ends a group in one transaction, or each transfer in its own if that fails.
async fn end_all(engine: &Engine, group: Vec<EndedTransfer>) {
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

fn answer(group: Vec<EndedTransfer>, ours: &HashSet<i64>) {
    for ended in group {
        let answer = if ours.contains(&ended.lease.id) { Ok(()) } else { Err(JobError::LeaseLost) };
        // The receiver is gone if the attempt was stopped.
        ended.answer.send(answer).ok();
    }
}

/// Returns the jobs that passed the fence. Nothing is written for the others.
async fn end_together(engine: &Engine, group: &[EndedTransfer]) -> Result<HashSet<i64>, RolledBack> {
    let now = engine.now();
    let mut work = engine.begin().await?;
    // Lock order: jobs' rows, then users' rows, then downloads' rows.
    let leases: Vec<&Lease> = group.iter().map(|ended| &ended.lease).collect();
    let ours = Lease::finish_all(&work, &leases).await?;
    let group: Vec<&EndedTransfer> = group.iter().filter(|ended| ours.contains(&ended.lease.id)).collect();
    if group.is_empty() {
        return Ok(ours);
    }
    let urls: Vec<&str> = group.iter().map(|ended| ended.url.as_str()).collect();
    let mut waiting = waiting_for(&work, &urls).await?;
    let planned = prefetch::planned_among(&*work, &urls).await?;
    for ended in &group {
        let theirs = waiting.entry(ended.url.clone()).or_default();
        let bytes = ended.blob.bytes;
        if planned.contains(&ended.url) || theirs.iter().any(|w| w.bytes_total != Some(bytes)) {
            *theirs = reserve::reserve(&mut work, &ended.url, bytes).await?.left;
        }
        if theirs.iter().any(|w| w.media_since.is_some_and(|since| since > ended.began_at)) {
            return Err(RolledBack::Newer);
        }
        turn_others_away(&mut work, theirs, &ended.blob, now).await?;
    }
    let kept = group.iter().map(|ended| (ended.url.as_str(), &ended.blob, ended.began_at));
    let kept: Vec<(&str, &Blob, DateTime<Utc>)> = kept.collect();
    media::keep_all(&*work, &kept, now).await?;
    // The rows are locked now, and deletion locks the row first: bytes present at this point stay.
    let mut looks = Vec::new();
    for ended in &group {
        looks.push(is_still_here(engine, ended));
    }
    if join_all(looks).await.contains(&false) {
        return Err(RolledBack::LetGo);
    }
    push_pictures_of(&mut work, &group).await?;
    items::cached(&*work, &urls).await?;
    failures::forget_all(&*work, &urls).await?;
    let rows: Vec<&str> =
        group.iter().filter(|ended| ended.has_row).map(|ended| ended.url.as_str()).collect();
    let costs = transfers::costs(&*work, &rows).await?;
    let mut ends: Vec<FinishedDownload> = Vec::new();
    for &ended in &group {
        let cost = ended.cost.after(costs.get(&ended.url));
        let theirs = waiting.remove(&ended.url).unwrap_or_default();
        let cause = reserve::first_to_ask(&theirs);
        for w in theirs {
            // The transfer's cost is booked to the download that caused it; for the others it was a cache
            // hit.
            let provider = if Some(w.id) == cause { ended.provider } else { Provider::Cache };
            ends.push(FinishedDownload { w, ended, provider, cost: cost.clone() });
        }
    }
    ends.sort_by_key(|end| (end.w.user_id, end.w.id));
    make_ready_all(&mut work, ends, now).await?;
    transfers::end_all(&*work, &rows).await?;
    count(&mut work, engine, &group);
    work.commit().await?;
    Ok(ours)
}

/// Counts the transfers for the metrics. The bytes of origins were counted as they arrived.
fn count(work: &mut Work<'_>, engine: &Engine, group: &[&EndedTransfer]) {
    work.count(engine.metrics.transfers.of(["ready"]), group.len() as u64);
    for ended in group.iter().filter(|ended| ended.provider != Provider::Origin) {
        let bytes = u64::try_from(ended.blob.bytes).unwrap_or_default();
        work.count(engine.metrics.transfer_bytes.of([ended.provider.as_str()]), bytes);
    }
}

/// Requests the pictures of the pages among the transfers.
async fn push_pictures_of(work: &mut Work<'_>, group: &[&EndedTransfer]) -> Result<(), RolledBack> {
    for ended in group.iter().filter(|ended| ended.blob.mime_type == "text/html") {
        push_pictures(work, &ended.blob.sha256, &ended.url).await?;
    }
    Ok(())
}

/// Fails the downloads whose feed promised other content than arrived: two feeds may promise different
/// content at one address.
async fn turn_others_away(
    work: &mut Work<'_>,
    waiting: &mut Vec<Waiting>,
    blob: &Blob,
    now: DateTime<Utc>,
) -> Result<(), RolledBack> {
    let others: Vec<_> = waiting.extract_if(.., |w| !w.wanted.accepts(&blob.mime_type)).collect();
    for w in others {
        let why =
            format!("The site sent {}, which is not the content that its feed promised.", blob.mime_type);
        reserve::turn_away(work, &w, &why, now).await?;
    }
    Ok(())
}

/// Waiting downloads by address. Their users' rows are locked until the transaction ends.
async fn waiting_for(work: &Work<'_>, urls: &[&str]) -> Result<HashMap<String, Vec<Waiting>>, RolledBack> {
    let mut waiting = downloads::waiting_all(&**work, urls).await?;
    let mut owners: Vec<_> = waiting.iter().map(|w| w.user_id).collect();
    owners.dedup();
    if accounts::lock_all(&**work, &owners).await? {
        // A download may have changed before the lock was acquired.
        waiting = downloads::waiting_all(&**work, urls).await?;
    }
    let mut by_url: HashMap<String, Vec<Waiting>> = HashMap::new();
    for w in waiting {
        by_url.entry(w.media_url.clone()).or_default().push(w);
    }
    Ok(by_url)
}

async fn is_still_here(engine: &Engine, ended: &EndedTransfer) -> bool {
    let (store, Blob { sha256, bytes, .. }) = (&engine.store, &ended.blob);
    match ended.provider {
        Provider::Cache => store.holds(sha256, *bytes).await,
        // This process filled the cache itself, possibly after the object was deleted.
        _ => store.keeps(sha256, *bytes).await,
    }
}

/// A download that ends with its transfer.
struct FinishedDownload<'a> {
    w: Waiting,
    ended: &'a EndedTransfer,
    provider: Provider,
    cost: TransferCost,
}

/// Makes downloads ready with verified bytes, sets their expiry and notifies the owners, in the order of
/// their ids.
async fn make_ready_all(
    work: &mut Work<'_>,
    mut ends: Vec<FinishedDownload<'_>>,
    now: DateTime<Utc>,
) -> Result<(), RolledBack> {
    let rows: Vec<Ready<'_>> = ends.iter().map(|end| end.ready(now)).collect();
    let made = downloads::ready_all(&**work, &rows, now).await?;
    ends.retain(|end| made.contains(&end.w.id));
    for FinishedDownload { w, ended, .. } in &ends {
        let told = ready_data(w.id, &w.title, ended.blob.bytes);
        work.record_later(w.user_id, w.run_id, EventKind::DownloadReady, told).await?;
    }
    let mut owners: Vec<_> = ends.iter().map(|end| end.w.user_id).collect();
    owners.dedup();
    if !owners.is_empty() {
        let ready: Vec<_> = ends.iter().map(|end| end.w.id).collect();
        offer_to_devices(work, &owners, &ready).await?;
    }
    let ends = ends.into_iter().map(|end| (end.w.user_id, end.w.id, end.provider.into(), end.ending()));
    history::record_all(work, ends.collect(), now).await;
    Ok(())
}

impl FinishedDownload<'_> {
    fn ready(&self, now: DateTime<Utc>) -> Ready<'_> {
        let (blob, provider) = (&self.ended.blob, self.provider);
        Ready { id: self.w.id, blob, provider, expires_at: now + housekeeping::lifetime(blob.bytes) }
    }

    fn ending(self) -> Ending {
        let (w, TransferCost { began_at, attempts, fetched, seconds }) = (self.w, self.cost);
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
