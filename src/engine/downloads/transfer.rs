//! Transfer of an address's bytes, once for all downloads that wait for them, resumed after any interruption.

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;
use egress::host;
use jobs::{Job, JobError, JobFailure, Lease};
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::OnceCell;

use super::fault::{backoff, fault, remove, storage_error};
use super::host_connections::host_of;
use super::reserve::{self, ReservedSizes};
use super::resume::ResumableBody;
use super::usage::TransferUsage;
use super::{disk_space, kept, readdress, retry};
use crate::db::downloads::{self, Want};
use crate::db::media::Blob;
use crate::db::transfers::{StoredArrival, TransferCost};
use crate::db::turns::turn;
use crate::db::{items, prefetch, transfers};
use crate::domain::download::{DownloadStatus, Provider};
use crate::domain::event::EventKind;
use crate::domain::item::Availability;
use crate::domain::urgency::size_class;
use crate::domain::{DateTime, Utc};
use crate::engine::{Config, SharedEngine, Work};

/// Maximum attempts without progress before a transfer fails.
const MAX_TRIES: i64 = 4;
/// Maximum attempts without progress that ended with their process.
pub(super) const MAX_DEATHS: i64 = 50;
/// Reason of an attempt that no download waits for.
pub(super) const NOBODY_WAITS: &str = "Nobody waits for it any more.";

/// One transfer per address, however many downloads wait (request coalescing by the job's unique key).
#[derive(Debug, Serialize, Deserialize)]
pub struct Transfer {
    pub url: String,
    /// Whether the address has just come from its feed, which is not refreshed again for it.
    #[serde(default)]
    is_fresh: bool,
    /// Maximum concurrent transfers from one host.
    #[serde(skip)]
    per_host: u64,
    /// Size, if it is known when the job is pushed.
    #[serde(skip)]
    bytes: Option<i64>,
}

impl Transfer {
    pub fn of(config: &Config, url: impl Into<String>) -> Self {
        Self { url: url.into(), is_fresh: false, per_host: config.transfers_per_host.max(1), bytes: None }
    }

    pub fn sized(self, bytes: Option<i64>) -> Self {
        Self { bytes, ..self }
    }

    /// Sets whether the address has just come from its feed.
    pub fn fresh(self, is_fresh: bool) -> Self {
        Self { is_fresh, ..self }
    }
}

#[async_trait]
impl Job for Transfer {
    const KIND: &'static str = "transfer";
    const QUEUE: &'static str = "transfers";
    /// A process that dies is not the transfer's fault; its own failures are counted separately.
    const MAX_ATTEMPTS: i64 = 10_000;
    const RUNS_AGAIN: bool = false;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.url.clone())
    }

    fn concurrency_key(&self) -> Option<String> {
        host_of(&self.url)
    }

    fn concurrency_limit(&self) -> i64 {
        self.per_host as i64
    }

    fn size(&self) -> i64 {
        size_class(self.bytes)
    }

    async fn is_left_to_others(engine: &SharedEngine) -> bool {
        disk_space::is_left_to_others(engine).await
    }

    async fn subject(&self, engine: &SharedEngine) -> String {
        let host = host(&self.url);
        match items::title_with(&engine.db, &self.url).await {
            // Quoted, because a title may contain line breaks.
            Ok(Some((id, title))) => format!("item {id} {:?} at {host}", text::brief(&title, 80)),
            _ => host,
        }
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        let attempt = TransferAttempt::of(engine, lease, &self.url);
        let done = tokio::select! {
            done = attempt.make() => Some(done),
            () = lease.stop.cancelled() => None,
        };
        if matches!(done, Some(Err(_))) {
            // The attempt is counted before its failure has consequences, however early it failed.
            attempt.begin_telling(0).await?;
        }
        attempt.note_spent().await;
        let Some(done) = done else { return attempt.stopped().await };
        let done = match done {
            Err(JobError::Retry { why, after }) => attempt.postpone(why, after).await,
            Err(JobError::Unavailable { why, after }) => attempt.wait(why, after).await,
            Err(JobError::Fail(failure)) if readdress::may_help(&failure) => {
                readdress::go_on(&attempt, failure, self.is_fresh, attempt.began_at).await
            }
            other => other,
        };
        match done {
            Err(JobError::Fail(failure)) => attempt.keep_feed_text(failure).await,
            other => other,
        }
    }

    async fn give_up(
        &self,
        engine: &SharedEngine,
        txn: &DatabaseTransaction,
        failure: &JobFailure,
    ) -> Result<(), DbErr> {
        retry::record_failure(engine, txn, &self.url, failure).await
    }

    fn given_up(engine: &SharedEngine) {
        engine.metrics.transfers.inc(["failed"]);
        engine.hub.nudge();
    }
}

pub(super) struct TransferAttempt<'a> {
    pub engine: &'a SharedEngine,
    pub lease: &'a Lease,
    pub url: &'a str,
    pub spent: TransferUsage,
    pub began_at: DateTime<Utc>,
    pub has_begun: AtomicBool,
    /// Whether a page for consent or a sign-in came instead of the wanted one.
    pub met_wall: AtomicBool,
    /// Wanted content, loaded on first use.
    pub wanted: OnceCell<Vec<Want>>,
    /// Size that all waiting downloads were promised, if it is the same.
    promised: OnceLock<i64>,
    /// Set if earlier attempts have left a row.
    was_known: OnceLock<()>,
}

impl<'a> TransferAttempt<'a> {
    fn of(engine: &'a SharedEngine, lease: &'a Lease, url: &'a str) -> Self {
        Self {
            engine,
            lease,
            url,
            spent: TransferUsage::of(engine),
            began_at: engine.now(),
            has_begun: AtomicBool::new(false),
            met_wall: AtomicBool::new(false),
            wanted: OnceCell::new(),
            promised: OnceLock::new(),
            was_known: OnceLock::new(),
        }
    }
}

impl TransferAttempt<'_> {
    async fn make(&self) -> Result<(), JobError> {
        match self.bring().await {
            // The job has ended with the last waiting download.
            Err(JobError::Fail(failure)) if failure.why == NOBODY_WAITS => Ok(()),
            other => other,
        }
    }

    async fn bring(&self) -> Result<(), JobError> {
        let engine = self.engine;
        if let Some((blob, provider)) = kept(engine, &engine.db, self.url).await.map_err(fault)?
            && self.wants().await?.iter().all(|want| want.wanted.accepts(&blob.mime_type))
        {
            return self.finish(blob, provider).await;
        }
        let waiting = downloads::waiting(&engine.db, self.url).await?;
        if waiting.is_empty() && !prefetch::is_planned(&engine.db, self.url).await? {
            let _turn = turn(&engine.db).await;
            return Ok(
                items::set_availability(&engine.db, self.url, Availability::Cacheable, None, None).await?
            );
        }
        if self.is_out_of_reach().await {
            return self.ask_gateway().await;
        }
        let promised = waiting.first().and_then(|first| first.bytes_total);
        if let Some(bytes) = promised.filter(|_| waiting.iter().all(|w| w.bytes_total == promised)) {
            self.promised.get_or_init(|| bytes);
        }
        let known = transfers::get(&engine.db, self.url).await?;
        if known.is_some() {
            self.was_known.get_or_init(|| ());
        }
        let known = known.unwrap_or_default();
        if let Some(blob) = self.stored_before(&known).await {
            return self.finish(blob, Provider::Origin).await;
        }
        if disk_space::is_short(engine, self.lease, self.url).await? {
            return Ok(());
        }
        let mut arriving = ResumableBody::take_over(self, known).await?;
        if self.lease.attempt > 1 || arriving.bytes() > 0 {
            self.begin_telling(arriving.bytes()).await?;
        }
        let arrived = arriving.receive().await;
        let whole = match arrived {
            Ok(()) => arriving.finish().await,
            Err(error) => Err(arriving.leave(error).await),
        };
        let (whole, declared) = whole?;
        let path = self.part_path();
        let judged = match self.judge(&whole.head, whole.bytes, declared.as_deref()).await {
            Ok(mime_type) => self.pass_walls(&mime_type, whole.bytes).await.map(|()| mime_type),
            Err(error) => Err(error),
        };
        let mime_type = match judged {
            Ok(mime_type) => mime_type,
            Err(error) => {
                remove(&path).await;
                return Err(error);
            }
        };
        let blob = Blob { sha256: whole.sha256, bytes: whole.bytes as i64, mime_type };
        if whole.bytes >= super::resume::WORTH_RESUMING {
            self.verifying(&blob).await?;
        }
        if let Err(error) = engine.store.keep(&blob.sha256, whole.bytes, &path).await {
            return Err(storage_error(&path, error).await);
        }
        self.finish(blob, Provider::Origin).await?;
        remove(&path).await;
        Ok(())
    }

    /// Whether the address has a `transfer` row.
    pub fn has_row(&self) -> bool {
        self.has_begun() || self.was_known.get().is_some()
    }

    /// Cost of this attempt that is not yet in a row.
    pub fn cost(&self) -> TransferCost {
        let (fetched, seconds) = self.spent.so_far();
        let attempts = if self.has_begun() { 0 } else { 1 };
        TransferCost { began_at: Some(self.began_at), attempts, fetched, seconds }
    }

    /// File name that only this attempt writes to.
    pub fn part_name(&self) -> String {
        format!("{}.{}.part", self.lease.id, self.lease.epoch)
    }

    pub fn part_path(&self) -> std::path::PathBuf {
        self.engine.config.incoming().join(self.part_name())
    }

    /// Blob that an earlier attempt stored before it died without recording it.
    async fn stored_before(&self, known: &StoredArrival) -> Option<Blob> {
        let (sha256, mime_type) = (known.sha256.clone()?, known.mime_type.clone()?);
        let bytes = known.bytes_total?;
        let is_there = self.engine.store.keeps(&sha256, bytes).await;
        is_there.then_some(Blob { sha256, bytes, mime_type })
    }

    async fn verifying(&self, blob: &Blob) -> Result<(), JobError> {
        let mut work = self.begin().await?;
        let ReservedSizes { left, is_deserted } =
            reserve::reserve(&mut work, self.url, blob.bytes).await.map_err(fault)?;
        if is_deserted {
            return self.end_deserted(work).await;
        }
        downloads::verifying(&*work, self.url, blob.bytes).await?;
        transfers::judged(&*work, self.url, blob, self.engine.now()).await?;
        self.record_task_updates(&mut work, &left, DownloadStatus::Verifying).await?;
        work.commit().await.map_err(fault)
    }

    /// Applies the size that the origin states: downloads that exceed a limit fail now.
    pub async fn reserve(&self, bytes: i64) -> Result<(), JobError> {
        // Prefetch plans are checked again at the end.
        if self.promised.get() == Some(&bytes) || !reserve::is_due(&self.engine.db, self.url, bytes).await? {
            return Ok(());
        }
        let mut work = self.begin().await?;
        let settled = reserve::reserve(&mut work, self.url, bytes).await.map_err(fault)?;
        match settled.is_deserted {
            true => self.end_deserted(work).await,
            false => work.commit().await.map_err(fault),
        }
    }

    /// Ends the job, because no download is left, so that a later request starts another.
    async fn end_deserted(&self, mut work: Work<'_>) -> Result<(), JobError> {
        self.lease.finish(&work).await?;
        work.count(self.engine.metrics.transfers.of(["stopped"]), 1);
        items::set_availability(&*work, self.url, Availability::Cacheable, None, None).await?;
        transfers::end(&*work, self.url).await?;
        work.commit().await.map_err(fault)?;
        remove(&self.part_path()).await;
        Err(JobError::fail(NOBODY_WAITS))
    }

    /// Begins a transaction that only the holder of the lease may write in.
    pub async fn begin(&self) -> Result<Work<'_>, JobError> {
        let work = self.engine.begin().await.map_err(fault)?;
        if self.lease.holds(&work).await? { Ok(work) } else { Err(JobError::LeaseLost) }
    }

    /// Records the cost so far for the next attempt. An error here does not fail the transfer.
    async fn note_spent(&self) {
        if self.spent.is_nothing() {
            return;
        }
        if let Ok(work) = self.begin().await
            && self.spent.write_down(&*work, self.url).await.is_ok()
            && let Err(error) = work.commit().await
        {
            tracing::warn!(%error, "what a transfer has cost was not kept");
        }
    }

    /// Announces the next attempt and the reason to all waiting downloads, unless the maximum is reached.
    async fn postpone(&self, why: String, after: Option<Duration>) -> Result<(), JobError> {
        let tries = transfers::tries(&self.engine.db, self.url).await?;
        if tries >= MAX_TRIES {
            return Err(JobError::fail(JobFailure::temporary(why)));
        }
        let after = after.unwrap_or_else(|| backoff(tries));
        let next = self.engine.now() + after;
        let mut work = self.begin().await?;
        let waiting = downloads::waiting(&*work, self.url).await?;
        downloads::postponed(&*work, self.url, &why, Some(next)).await?;
        for w in waiting {
            let told = json!({ "download_id": w.id, "title": w.title, "error": why, "will_retry": true, "next_attempt_at": next });
            work.record(w.user_id, w.run_id, EventKind::DownloadFailed, told).await.map_err(fault)?;
        }
        work.count(self.engine.metrics.transfers.of(["postponed"]), 1);
        work.commit().await.map_err(fault)?;
        Err(JobError::Retry { why, after: Some(after) })
    }

    /// Shows the waiting downloads what they wait for. The attempt is not counted.
    async fn wait(&self, why: String, after: Duration) -> Result<(), JobError> {
        let mut work = self.begin().await?;
        transfers::rest(&*work, self.url).await?;
        if self.has_begun() {
            let waiting = downloads::waiting(&*work, self.url).await?;
            self.record_task_updates(&mut work, &waiting, DownloadStatus::Queued).await?;
        }
        downloads::postponed(&*work, self.url, &why, Some(self.engine.now() + after)).await?;
        work.count(self.engine.metrics.transfers.of(["waiting"]), 1);
        work.commit().await.map_err(fault)?;
        Err(JobError::Unavailable { why, after })
    }

    /// Ends a stopped attempt: no download waits any more. The partial file is kept only for a paused
    /// download.
    async fn stopped(&self) -> Result<(), JobError> {
        let ended = JobError::fail(NOBODY_WAITS);
        if downloads::somebody_paused(&self.engine.db, self.url).await? {
            self.engine.metrics.transfers.inc(["stopped"]);
            return Err(ended);
        }
        let mut work = self.begin().await?;
        transfers::end(&*work, self.url).await?;
        work.count(self.engine.metrics.transfers.of(["stopped"]), 1);
        work.commit().await.map_err(fault)?;
        remove(&self.part_path()).await;
        Err(ended)
    }
}
