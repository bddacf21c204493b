//! Brings the bytes of an address here, once for everybody who waits for them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::TimeDelta;
use futures::StreamExt;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::progress::Meter;
use super::{kept, make_ready, room, verify};
use crate::db::downloads::{self, Waiting};
use crate::db::items;
use crate::db::media::{self, Blob};
use crate::domain::DownloadId;
use crate::domain::download::{Progress, Provider};
use crate::domain::event::{EventKind, Frame};
use crate::domain::item::Availability;
use crate::domain::source::Kind;
use crate::engine::catalog::status_in_words;
use crate::engine::egress::{EgressError, explain};
use crate::engine::jobs::{Job, JobError, Lease};
use crate::engine::{Engine, Error, SharedEngine, Work};

/// Under this speed over `SLOW_WINDOW` a transfer is given up: it would not be ready before the train leaves.
const SLOW_BPS: u64 = 1_000;
const SLOW_WINDOW: Duration = Duration::from_secs(60);
/// A server may ask for patience up to here.
const RETRY_AFTER_MOST: Duration = Duration::from_secs(600);
/// When an address that is gone for now is worth asking again.
const RECHECK: TimeDelta = TimeDelta::days(3);

/// One transfer for one address, however many people wait.
#[derive(Debug, Serialize, Deserialize)]
pub struct Transfer {
    pub url: String,
}

#[async_trait]
impl Job for Transfer {
    const KIND: &'static str = "transfer";
    const QUEUE: &'static str = "transfers";
    const MAX_ATTEMPTS: i64 = 4;
    type Context = SharedEngine;

    fn uniq(&self) -> Option<String> {
        Some(self.url.clone())
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        let part = engine.config.incoming().join(format!("{}.{}.part", lease.id, lease.epoch));
        let attempt = Attempt { engine, lease, url: &self.url, part: &part };
        let done = tokio::select! {
            done = attempt.make() => done,
            () = lease.stop.cancelled() => Err(nobody_waits()),
        };
        // Whatever happened, half-arrived bytes are of no use to the next attempt.
        let _ = tokio::fs::remove_file(&part).await;
        match done {
            Err(JobError::Retry { why, after }) if lease.attempt < Self::MAX_ATTEMPTS => {
                let after = after.unwrap_or_else(|| back_off(lease.attempt));
                postpone(engine, lease, &self.url, &why, after).await?;
                Err(JobError::Retry { why, after: Some(after) })
            }
            other => other,
        }
    }

    async fn give_up(
        &self,
        engine: &SharedEngine,
        txn: &DatabaseTransaction,
        why: &str,
    ) -> Result<(), DbErr> {
        let retry = engine.now() + RECHECK;
        items::set_availability(txn, &self.url, Availability::Unavailable, Some(why), Some(retry)).await?;
        for waiting in downloads::waiting(txn, &self.url).await? {
            if downloads::failed(txn, waiting.id, why).await? {
                let told = json!({ "download_id": waiting.id, "title": waiting.title, "error": why, "will_retry": false });
                let (owner, run) = (waiting.user_id, waiting.run_id);
                let now = engine.now();
                crate::db::events::append(txn, owner, run, EventKind::DownloadFailed, told, now).await?;
            }
        }
        Ok(())
    }

    fn given_up(engine: &SharedEngine) {
        engine.hub.nudge();
    }
}

struct Attempt<'a> {
    engine: &'a Engine,
    lease: &'a Lease,
    url: &'a str,
    part: &'a Path,
}

impl Attempt<'_> {
    async fn make(&self) -> Result<(), JobError> {
        let engine = self.engine;
        if let Some(blob) = kept(engine, &engine.db, self.url).await.map_err(fault)? {
            return self.finish(&blob, Provider::Cache).await;
        }
        if room::is_short(engine, self.lease, self.url).await? {
            return Ok(());
        }
        let mut work = self.begin().await?;
        let waiting = downloads::waiting(&*work, self.url).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        downloads::begun(&*work, self.url, self.lease.attempt).await?;
        items::set_availability(&*work, self.url, Availability::Caching, None, None).await?;
        self.tell_tasks(&mut work, &waiting, "downloading").await?;
        work.commit().await.map_err(fault)?;

        let arrived = self.receive().await?;

        let mut work = self.begin().await?;
        downloads::verifying(&*work, self.url, arrived.bytes as i64).await?;
        let waiting = downloads::waiting(&*work, self.url).await?;
        self.tell_tasks(&mut work, &waiting, "verifying").await?;
        work.commit().await.map_err(fault)?;

        engine.store.keep(&arrived.sha256, arrived.bytes, self.part).await.map_err(fault)?;
        let blob = Blob { sha256: arrived.sha256, bytes: arrived.bytes as i64, mime_type: arrived.mime_type };
        self.finish(&blob, Provider::Origin).await
    }

    /// Opens work that only the holder of the lease may do.
    async fn begin(&self) -> Result<Work<'_>, JobError> {
        let work = self.engine.begin().await.map_err(fault)?;
        if self.lease.holds(&work).await? { Ok(work) } else { Err(JobError::LeaseLost) }
    }

    /// Everything that waits is ready, and the job is done: both or neither.
    async fn finish(&self, blob: &Blob, provider: Provider) -> Result<(), JobError> {
        let now = self.engine.now();
        let mut work = self.engine.begin().await.map_err(fault)?;
        if !self.lease.finish(&work).await? {
            return Err(JobError::LeaseLost);
        }
        media::keep(&*work, self.url, blob, now).await?;
        items::set_availability(&*work, self.url, Availability::Cached, None, None).await?;
        for w in downloads::waiting(&*work, self.url).await? {
            let made = make_ready(&mut work, w.user_id, w.run_id, w.id, &w.title, blob, provider, now);
            made.await.map_err(fault)?;
        }
        work.commit().await.map_err(fault)
    }

    async fn tell_tasks(
        &self,
        work: &mut Work<'_>,
        waiting: &[Waiting],
        status: &str,
    ) -> Result<(), JobError> {
        for w in waiting {
            let told = json!({ "task_id": w.id, "status": status, "title": w.title });
            work.tell(w.user_id, w.run_id, EventKind::TaskUpdate, told).await.map_err(fault)?;
        }
        Ok(())
    }

    /// Streams the body into the part file, hashing and watching it on the way.
    async fn receive(&self) -> Result<Arrived, JobError> {
        let asked = self.engine.egress.fetch(self.url, HeaderMap::new()).await;
        let (_, response) = asked.map_err(egress_error)?;
        if response.status() != StatusCode::OK {
            return Err(status_error(&response));
        }
        let declared = header(&response, CONTENT_TYPE.as_str()).map(|t| t.to_lowercase());
        let total = header(&response, CONTENT_LENGTH.as_str()).and_then(|l| l.parse::<u64>().ok());
        let limit =
            verify::size_limit(declared.as_deref().unwrap_or_default(), self.engine.config.max_file_mb);
        check_size(total.unwrap_or_default(), limit)?;

        tokio::fs::create_dir_all(self.engine.config.incoming()).await.map_err(storage_error)?;
        let mut file = tokio::fs::File::create(self.part).await.map_err(storage_error)?;
        let mut hash = Sha256::new();
        let mut head = Vec::with_capacity(verify::HEAD);
        let mut meter = Meter::new(total, Instant::now());
        let mut pace = Pace::new(Instant::now());
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|e| egress_error(explain(&e)))?;
            check_size(meter.done() + chunk.len() as u64, limit)?;
            head.extend_from_slice(&chunk[..chunk.len().min(verify::HEAD - head.len())]);
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(storage_error)?;
            pace.check(chunk.len(), Instant::now())?;
            self.report(&mut meter, total, chunk.len()).await?;
        }
        if total.is_some_and(|total| total != meter.done()) {
            return Err(JobError::retry("The connection broke off before the end of the file."));
        }
        file.sync_all().await.map_err(storage_error)?;
        let mime_type = self.judge(&head, declared.as_deref()).await?;
        check_size(meter.done(), verify::size_limit(&mime_type, self.engine.config.max_file_mb))?;
        Ok(Arrived { bytes: meter.done(), sha256: hex::encode(hash.finalize()), mime_type })
    }

    async fn judge(&self, head: &[u8], declared: Option<&str>) -> Result<String, JobError> {
        let media = downloads::kind_of_media(&self.engine.db, self.url).await?;
        let (kind, is_page) = media.map_or((Kind::Podcast, false), |m| (m.kind, m.is_page));
        verify::judge(head, declared, kind, is_page).map_err(JobError::Fail)
    }

    /// Tells everybody who waits; the database learns of it less often.
    async fn report(&self, meter: &mut Meter, total: Option<u64>, bytes: usize) -> Result<(), JobError> {
        let due = meter.add(bytes, Instant::now());
        if !due.tell && !due.save {
            return Ok(());
        }
        let progress = Progress {
            download_id: DownloadId(0),
            bytes_done: meter.done() as i64,
            bytes_total: total.map(|t| t as i64),
            speed_bps: meter.speed_bps(),
            eta_seconds: meter.eta_seconds(),
        };
        if due.save {
            let work = self.begin().await?;
            downloads::progressed(&*work, self.url, &progress).await?;
            work.commit().await.map_err(fault)?;
        }
        if due.tell {
            let waiting = downloads::waiting(&self.engine.db, self.url).await?;
            if waiting.is_empty() {
                return Err(nobody_waits());
            }
            for w in waiting {
                let data = serde_json::to_value(Progress { download_id: w.id, ..progress })
                    .map_err(JobError::retry)?;
                let mut frame = Frame::fleeting(self.engine.now(), EventKind::DownloadProgress, data);
                frame.run_id = w.run_id;
                self.engine.hub.send(w.user_id, frame);
            }
        }
        Ok(())
    }
}

struct Arrived {
    bytes: u64,
    sha256: String,
    mime_type: String,
}

/// Notices a transfer that drips.
struct Pace {
    since: Instant,
    bytes: u64,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { since: now, bytes: 0 }
    }

    fn check(&mut self, bytes: usize, now: Instant) -> Result<(), JobError> {
        self.bytes += bytes as u64;
        if now.duration_since(self.since) < SLOW_WINDOW {
            return Ok(());
        }
        if self.bytes < SLOW_BPS * SLOW_WINDOW.as_secs() {
            return Err(JobError::retry("The server sends too slowly."));
        }
        *self = Self::new(now);
        Ok(())
    }
}

/// Shows everybody who waits that there will be another attempt, and why.
async fn postpone(
    engine: &Engine,
    lease: &Lease,
    url: &str,
    why: &str,
    after: Duration,
) -> Result<(), JobError> {
    let next = engine.now() + after;
    let mut work = engine.begin().await.map_err(fault)?;
    if !lease.holds(&work).await? {
        return Err(JobError::LeaseLost);
    }
    let waiting = downloads::waiting(&*work, url).await?;
    downloads::postponed(&*work, url, why, next).await?;
    for w in waiting {
        let told = json!({ "download_id": w.id, "title": w.title, "error": why, "will_retry": true, "next_attempt_at": next });
        work.tell(w.user_id, w.run_id, EventKind::DownloadFailed, told).await.map_err(fault)?;
    }
    work.commit().await.map_err(fault)
}

/// Ends an attempt that was cancelled; nobody reads the words.
fn nobody_waits() -> JobError {
    JobError::Fail("Nobody waits for it any more.".into())
}

/// Exponential back-off with full jitter: up to 2, 4, 8 … seconds, and never more than 30.
fn back_off(attempt: i64) -> Duration {
    let most = 2u64.saturating_pow(attempt.clamp(1, 10) as u32).min(30);
    Duration::from_millis(rand::random_range(0..=most * 1_000))
}

fn check_size(bytes: u64, limit: u64) -> Result<(), JobError> {
    if bytes <= limit {
        return Ok(());
    }
    Err(JobError::Fail(format!(
        "The file is larger than {} MB, the most that is fetched of its type.",
        limit / 1_000_000
    )))
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

fn egress_error(error: EgressError) -> JobError {
    match error {
        EgressError::Refused(why) => JobError::Fail(why),
        EgressError::TooManyRedirects => JobError::Fail(error.to_string()),
        EgressError::TimedOut | EgressError::Unreachable(_) => JobError::retry(error),
    }
}

/// Which answers are worth asking again: a server's own trouble and its plea for patience.
fn status_error(response: &Response) -> JobError {
    let status = response.status();
    let why = status_in_words(status);
    if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
        return JobError::Fail(why);
    }
    let seconds = header(response, RETRY_AFTER.as_str()).and_then(|s| s.trim().parse().ok());
    JobError::Retry { why, after: seconds.map(Duration::from_secs).map(|d| d.min(RETRY_AFTER_MOST)) }
}

fn storage_error(error: std::io::Error) -> JobError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => {
            JobError::retry("The server's storage is full. Free some space; it goes on by itself.")
        }
        _ => fault(error),
    }
}

/// A fault of ours on the way: logged in full, told in short.
fn fault(error: impl Into<Error>) -> JobError {
    let error = error.into();
    tracing::warn!(%error, "a transfer met a fault");
    JobError::retry("Something broke on our side.")
}

/// Half-arrived bytes that no living transfer can own: those older than a day.
pub async fn sweep_incoming(directory: PathBuf) -> std::io::Result<()> {
    let mut entries = match tokio::fs::read_dir(&directory).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        let age = entry.metadata().await?.modified()?.elapsed().unwrap_or_default();
        if age > Duration::from_secs(24 * 3600) {
            tokio::fs::remove_file(entry.path()).await?;
        }
    }
    Ok(())
}
