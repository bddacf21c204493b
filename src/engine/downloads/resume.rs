//! One attempt to receive bytes: resumes an earlier one, into a file of its own.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egress::explain;
use futures::StreamExt;
use jobs::{JobError, boot_id};
use tokio::time::{Interval, MissedTickBehavior, interval_at, sleep};

use super::fault::{backoff, check_size, fault, remove, storage_error};
use super::live_stream;
use super::origin::{self, Have, OriginResponse, egress_error};
use super::partial_file::{PartialFile, Whole};
use super::progress::{Meter, TransferPace};
use super::split::Version;
use super::transfer::TransferAttempt;
use super::verify;
use crate::db::downloads;
use crate::db::transfers::{self, StoredArrival};
use crate::domain::DownloadId;
use crate::domain::download::Progress;
use crate::domain::event::{EventKind, Frame};
use crate::engine::Engine;

/// Minimum bytes worth resuming; fewer are fetched again as quickly.
pub const WORTH_RESUMING: u64 = 1_000_000;
/// Interval between progress events; `SAVE_EVERY` is that between writes to the database.
pub const TELL_EVERY: Duration = Duration::from_millis(250);
const SAVE_EVERY: Duration = Duration::from_secs(2);

pub struct ResumableBody<'a> {
    pub attempt: &'a TransferAttempt<'a>,
    pub part: PartialFile,
    /// Whether a range failed, so that the rest is requested over one connection.
    pub splits_badly: bool,
    known: StoredArrival,
    /// Maximum bytes, by the wanted content.
    limit: u64,
    /// Whether audio or video is wanted, for which the origin may send a live stream.
    may_stream: bool,
}

/// End of a connection that did not break.
enum Read {
    Whole,
    /// Speed of the connection in bytes per second; several might be faster.
    TooSlow(Version, i64),
}

impl<'a> ResumableBody<'a> {
    /// Resumes the file of an earlier attempt, as far as it can be trusted.
    pub async fn take_over(
        attempt: &'a TransferAttempt<'a>,
        mut known: StoredArrival,
    ) -> Result<Self, JobError> {
        let engine = attempt.engine;
        let wants = attempt.wants().await?;
        let limits = wants.iter().map(|want| verify::wanted_limit(want.wanted, engine.config.max_file_mb));
        let limit = limits.max().unwrap_or_default();
        let may_stream = wants.iter().any(|want| want.wanted.accepts("audio/mpeg"));
        let earlier = left_by(&known, engine.config.incoming()).await;
        let path = attempt.part_path();
        let part = match PartialFile::begin(path.clone(), earlier.clone()).await {
            Ok(part) => part,
            Err(error) => {
                if let Some((earlier, _)) = earlier {
                    remove(&earlier).await;
                }
                return Err(storage_error(&path, error).await);
            }
        };
        match earlier {
            None => known = StoredArrival::default(),
            Some((earlier, _)) => {
                (known.part, known.synced, known.boot) = (Some(attempt.part_name()), 0, boot_id());
                let work = attempt.begin().await?;
                transfers::learn(&*work, attempt.url, &known, engine.now()).await?;
                work.commit().await.map_err(fault)?;
                remove(&earlier).await;
            }
        }
        Ok(Self { attempt, part, splits_badly: false, known, limit, may_stream })
    }

    pub fn bytes(&self) -> u64 {
        self.part.length()
    }

    /// Receives the rest. A connection that breaks after enough progress is reopened at once.
    pub async fn receive(&mut self) -> Result<(), JobError> {
        loop {
            let before = self.part.length();
            let clock = self.attempt.spent.clock();
            let read = self.read().await;
            drop(clock);
            match read {
                Ok(Read::Whole) => return Ok(()),
                Ok(Read::TooSlow(version, bps)) => {
                    let _clock = self.attempt.spent.clock();
                    self.read_split(&version, bps).await?;
                }
                Err(JobError::Retry { after: None, .. })
                    if self.known.etag.is_some() && self.part.length() >= before + WORTH_RESUMING =>
                {
                    sleep(backoff(1)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads one connection, from its request to its end.
    async fn read(&mut self) -> Result<Read, JobError> {
        let (attempt, engine) = (self.attempt, self.attempt.engine);
        let total = self.known.bytes_total.map(|total| total as u64);
        let have = Have { bytes: self.part.length(), etag: self.known.etag.as_deref(), total };
        if have.bytes > 0 && total == Some(have.bytes) {
            return Ok(Read::Whole);
        }
        let asked = origin::host_of(attempt.url);
        let (line, answer) = attempt
            .patiently(async {
                let line = engine.host_connections.take_free(&asked, engine.config.transfers_per_host).await;
                Ok((line, origin::ask(engine, attempt.url, have).await?))
            })
            .await?;
        if answer.is_live_stream && self.may_stream {
            return Err(live_stream::failure());
        }
        if answer.from == 0 && self.part.length() > 0 {
            let restarted = self.part.restart().await;
            self.known = StoredArrival::default();
            self.kept(restarted).await?;
        }
        attempt.begin_telling_of(answer.total).await?;
        self.learn(&answer).await?;
        if is_worth_it(&self.known) {
            let opened = self.part.open().await;
            self.kept(opened).await?;
        }
        let version = answer.version();
        // It may have been redirected to another host.
        let _line = if answer.host() == asked { line } else { engine.host_connections.take(&answer.host()) };
        let OriginResponse { response, from, total, .. } = answer;
        let limit = self.limit;
        check_size(total.unwrap_or_default(), limit)?;

        let (mut watch, began) = (ByteWatch::new(engine, total, from), Instant::now());
        let mut endless = match total {
            Some(_) => None,
            None if !self.may_stream => None,
            None => Some(live_stream::LiveStreamWatch::new(
                engine.config.timeouts.live,
                self.hint().await?,
                began,
            )),
        };
        let mut body = response.bytes_stream();
        loop {
            tokio::select! {
                chunk = body.next() => {
                    let Some(chunk) = chunk else { break };
                    let chunk = chunk.map_err(|error| egress_error(explain(&error)))?;
                    check_size(self.part.length() + chunk.len() as u64, limit)?;
                    engine.throttle.pass(chunk.len()).await;
                    attempt.spent.add(chunk.len());
                    if let Some(endless) = &mut endless {
                        endless.add(&chunk);
                    }
                    let added = self.part.add(chunk).await;
                    self.kept(added).await?;
                }
                () = watch.ticked() => {
                    watch.look(self, self.part.length()).await?;
                    if let Some(endless) = &mut endless {
                        endless.check(self.part.length(), Instant::now())?;
                    }
                    if let (Some(version), Some(bps)) = (&version, watch.meter.speed_bps())
                        && self.is_worth_splitting(version, began)
                    {
                        return Ok(Read::TooSlow(version.clone(), bps));
                    }
                }
            }
        }
        if let Some(endless) = &mut endless {
            endless.end(self.part.length(), Instant::now())?;
        }
        match total {
            Some(total) if total != self.part.length() => {
                Err(JobError::retry("The connection broke off before the end of the file."))
            }
            _ => Ok(Read::Whole),
        }
    }

    /// Largest size that feeds state to the waiting downloads.
    async fn hint(&self) -> Result<Option<u64>, JobError> {
        let waiting = downloads::waiting(&self.attempt.engine.db, self.attempt.url).await?;
        Ok(waiting.iter().filter_map(|w| w.bytes_total).max().map(|bytes| bytes as u64))
    }

    /// Completes the file. Returns it with the content type that the origin declared.
    pub async fn finish(self) -> Result<(Whole, Option<String>), JobError> {
        let path = self.part.path.clone();
        match self.part.finish().await {
            Ok(whole) => Ok((whole, self.known.content_type)),
            Err(error) => Err(storage_error(&path, error).await),
        }
    }

    /// Closes the file, and keeps it if another attempt can resume it.
    pub async fn leave(self, error: JobError) -> JobError {
        let path = self.part.path.clone();
        let is_of_use = match &error {
            // The new holder of the job may be reading the file.
            JobError::LeaseLost => return error,
            JobError::Retry { .. } => is_worth_it(&self.known) && self.part.length() >= WORTH_RESUMING,
            JobError::Unavailable { .. } => true,
            JobError::Fail(_) => false,
        };
        // Chunks handed over are written first, so that the next attempt finds them.
        if self.part.close().await.is_err() || !is_of_use {
            remove(&path).await;
        }
        error
    }

    /// Records the version before its bytes arrive.
    async fn learn(&mut self, answer: &OriginResponse) -> Result<(), JobError> {
        self.known = StoredArrival {
            part: Some(self.attempt.part_name()),
            etag: answer.etag.clone().or(self.known.etag.take()),
            bytes_total: answer.total.map(|total| total as i64),
            content_type: answer.declared.clone(),
            synced: self.part.synced() as i64,
            boot: boot_id(),
            ..StoredArrival::default()
        };
        if let Some(bytes) = self.known.bytes_total {
            self.attempt.reserve(bytes).await?;
        }
        if is_worth_it(&self.known) {
            let work = self.attempt.begin().await?;
            transfers::learn(&*work, self.attempt.url, &self.known, self.attempt.engine.now()).await?;
            work.commit().await.map_err(fault)?;
        }
        Ok(())
    }

    pub async fn kept(&self, done: std::io::Result<()>) -> Result<(), JobError> {
        match done {
            Ok(()) => Ok(()),
            Err(error) => Err(storage_error(&self.part.path, error).await),
        }
    }

    async fn save(&self, meter: &Meter) -> Result<(), JobError> {
        let (attempt, now) = (self.attempt, self.attempt.engine.now());
        let work = attempt.begin().await?;
        downloads::progressed(&*work, attempt.url, &meter.progress(DownloadId(0))).await?;
        if is_worth_it(&self.known) {
            let (bytes, synced) = (self.part.length() as i64, self.part.synced() as i64);
            transfers::moved(&*work, attempt.url, bytes, synced, now).await?;
        }
        attempt.spent.write_down(&*work, attempt.url).await?;
        work.commit().await.map_err(fault)
    }

    async fn report(&self, meter: &Meter) -> Result<(), JobError> {
        let engine = self.attempt.engine;
        for w in downloads::waiting(&engine.db, self.attempt.url).await? {
            let progress: Progress = meter.progress(w.id);
            let data = serde_json::to_value(progress).map_err(JobError::retry)?;
            let mut frame = Frame::fleeting(engine.now(), EventKind::DownloadProgress, data);
            frame.run_id = w.run_id;
            engine.hub.send_progress(w.user_id, w.id, &frame);
        }
        Ok(())
    }
}

/// Periodic check of an arriving file: whether it is fast enough, and the progress to report.
pub struct ByteWatch {
    meter: Meter,
    pace: TransferPace,
    ticks: Interval,
    saved: Instant,
}

impl ByteWatch {
    pub fn new(engine: &Engine, total: Option<u64>, from: u64) -> Self {
        let now = Instant::now();
        let mut ticks = interval_at(tokio::time::Instant::now() + TELL_EVERY, TELL_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let pace = TransferPace::new(engine.config.timeouts.slow, now);
        Self { meter: Meter::new(total, from, now), pace, ticks, saved: now }
    }

    pub async fn ticked(&mut self) {
        self.ticks.tick().await;
    }

    /// Reports that `here` bytes of the whole have arrived.
    pub async fn look(&mut self, arriving: &ResumableBody<'_>, here: u64) -> Result<(), JobError> {
        let now = Instant::now();
        arriving.attempt.begin_telling(here).await?;
        self.pace.check(here, now)?;
        self.meter.look(here, now);
        if self.saved.elapsed() >= SAVE_EVERY {
            self.saved = now;
            arriving.save(&self.meter).await?;
        }
        arriving.report(&self.meter).await
    }
}

/// Whether bytes of this version can be resumed, and are enough to be worth it.
fn is_worth_it(known: &StoredArrival) -> bool {
    known.etag.is_some() && known.bytes_total.is_none_or(|total| total as u64 >= WORTH_RESUMING)
}

/// File of an earlier attempt and the number of its reliable bytes: after a power failure, those that were
/// synced.
async fn left_by(known: &StoredArrival, incoming: PathBuf) -> Option<(PathBuf, u64)> {
    known.etag.as_ref()?;
    let path = incoming.join(known.part.as_ref()?);
    let length = tokio::fs::metadata(&path).await.ok()?.len();
    let is_same_boot = known.boot.is_some() && known.boot == boot_id();
    let sure = if is_same_boot { length } else { length.min(known.synced as u64) };
    let fits = known.bytes_total.is_none_or(|total| sure <= total as u64);
    fits.then_some((path, sure))
}
