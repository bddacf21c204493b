//! Segmented download of a large file over several connections, if its host is faster that way. Ranges are
//! fetched ahead into unlinked temporary files, which vanish with the process, and are appended in order.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use bytes::BytesMut;
use egress::{explain, host};
use futures::StreamExt;
use futures::stream::FuturesOrdered;
use jobs::JobError;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use url::Url;

use super::fault::storage_error;
use super::host_connections::Trial;
use super::origin::{self, egress_error};
use super::partial_file::{self, PartialFile};
use super::resume::{ByteWatch, ResumableBody};
use super::transfer::TransferAttempt;

/// Minimum number of missing ranges for a trial.
const WORTH_SPLITTING: u64 = 4;
/// Minimum speed-up of several connections over one.
const GAIN: f64 = 1.2;

/// A file version whose server supports ranges.
#[derive(Debug, Clone)]
pub struct Version {
    /// Address after all redirects.
    pub url: Url,
    pub host: String,
    pub etag: String,
    pub total: u64,
}

impl ResumableBody<'_> {
    /// Whether to fetch the rest over several connections, after one has run for a while.
    pub fn is_worth_splitting(&self, version: &Version, began: Instant) -> bool {
        let engine = self.attempt.engine;
        let missing = version.total.saturating_sub(self.part.length());
        let timeouts = match engine.host_connections.trial(&version.host, Instant::now()) {
            Some(Trial::NoFaster) => return false,
            Some(Trial::Faster) => engine.config.ranges.trial / 4,
            None => engine.config.ranges.trial,
        };
        !self.splits_badly
            && missing >= WORTH_SPLITTING * engine.config.ranges.bytes
            && began.elapsed() >= timeouts
            && engine.host_connections.in_use(&version.host) < engine.config.transfers_per_host
    }

    /// Fetches the rest over as many connections as the host allows; `alone_bps` is the speed of one. Returns
    /// when one connection is enough: at the end, if several were no faster, or if a range failed.
    pub async fn read_split(&mut self, version: &Version, alone_bps: i64) -> Result<(), JobError> {
        let (attempt, engine, began) = (self.attempt, self.attempt.engine, Instant::now());
        let from = self.part.length();
        let (arrived, tail) = (AtomicU64::new(from), Tail::default());
        let mut watch = ByteWatch::new(engine, Some(version.total), from);
        let is_open = engine.host_connections.trial(&version.host, began).is_none();
        let (mut next, mut until, mut is_trial) = (from, version.total, is_open);
        let mut pieces = FuturesOrdered::new();
        loop {
            if let Some(end) = tail.cut() {
                next = end;
            }
            while next < until
                && (pieces.is_empty()
                    || engine.host_connections.in_use(&version.host) < engine.config.transfers_per_host)
            {
                let range = next..(next + engine.config.ranges.bytes).min(version.total);
                next = range.end;
                tail.begins(range.start);
                pieces.push_back(piece(attempt, version, range, &arrived, &tail));
            }
            tail.is_alone.store(pieces.len() < 2, Ordering::Relaxed);
            tokio::select! {
                piece = pieces.next() => match piece {
                    None => return Ok(()),
                    Some(Ok(piece)) => {
                        let added = append(&mut self.part, piece).await;
                        self.kept(added).await?;
                    }
                    Some(Err(error)) => {
                        tracing::debug!(%error, host = host(attempt.url), "a range did not come: one connection goes on");
                        self.splits_badly = true;
                        return Ok(());
                    }
                },
                () = watch.ticked() => {
                    let here = arrived.load(Ordering::Relaxed);
                    watch.look(self, here).await?;
                    let took = began.elapsed();
                    if is_trial && took >= engine.config.ranges.trial {
                        is_trial = false;
                        let is_faster = (here - from) as f64 >= GAIN * alone_bps as f64 * took.as_secs_f64();
                        let trial = if is_faster { Trial::Faster } else { Trial::NoFaster };
                        engine.host_connections.tried(&version.host, trial, Instant::now());
                        if !is_faster {
                            // Ranges already requested are still used.
                            until = next;
                        }
                    }
                }
            }
        }
    }
}

/// The last range in flight. It ends early if another file needs its connection: nothing follows it yet, and
/// the missing bytes are requested again.
struct Tail {
    start: AtomicU64,
    /// Offset at which it ended early, or `WHOLE`.
    end: AtomicU64,
    is_alone: AtomicBool,
}

const TO_END: u64 = u64::MAX;

impl Default for Tail {
    fn default() -> Self {
        Self { start: TO_END.into(), end: TO_END.into(), is_alone: true.into() }
    }
}

impl Tail {
    fn begins(&self, start: u64) {
        self.start.store(start, Ordering::Relaxed);
    }

    /// Whether the range with this start gives up its connection, after `bytes` of it have arrived.
    fn gives_up(&self, start: u64, bytes: u64) -> bool {
        let is_last = self.start.load(Ordering::Relaxed) == start && !self.is_alone.load(Ordering::Relaxed);
        if is_last {
            self.end.store(start + bytes, Ordering::Relaxed);
            self.begins(TO_END);
        }
        is_last
    }

    /// Offset of the remaining bytes, if the range was just cut short.
    fn cut(&self) -> Option<u64> {
        Some(self.end.swap(TO_END, Ordering::Relaxed)).filter(|end| *end != TO_END)
    }
}

/// Appends a fetched range to the partial file.
async fn append(part: &mut PartialFile, piece: File) -> io::Result<()> {
    let mut piece = tokio::fs::File::from_std(piece);
    piece.rewind().await?;
    loop {
        let mut chunk = BytesMut::with_capacity(256 * 1024);
        if piece.read_buf(&mut chunk).await? == 0 {
            return Ok(());
        }
        part.add(chunk.freeze()).await?;
    }
}

/// Fetches one range into a temporary file. The connection counts from this call, not from the first poll.
fn piece<'a>(
    attempt: &'a TransferAttempt<'a>,
    version: &'a Version,
    range: Range<u64>,
    arrived: &'a AtomicU64,
    tail: &'a Tail,
) -> impl Future<Output = Result<File, JobError>> + 'a {
    let engine = attempt.engine;
    let line = engine.host_connections.take(&version.host);
    async move {
        let path = attempt.part_path().with_extension(format!("{}.range", range.start));
        let stored = |error| storage_error(&path, error);
        let file = match nameless(&path) {
            Ok(file) => file,
            Err(error) => return Err(stored(error).await),
        };
        let mut file = tokio::fs::File::from_std(file);
        let response = origin::ask_range(engine, version, range.clone()).await?;
        let mut body = response.bytes_stream();
        let mut missing = range.end - range.start;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| egress_error(explain(&error)))?;
            missing = missing
                .checked_sub(chunk.len() as u64)
                .ok_or_else(|| JobError::retry("The server sent more than was asked for."))?;
            engine.throttle.pass(chunk.len()).await;
            attempt.spent.add(chunk.len());
            arrived.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if let Err(error) = file.write_all(&chunk).await {
                return Err(stored(error).await);
            }
            let bytes = range.end - range.start - missing;
            if missing > 0
                && engine.host_connections.is_wanted(&version.host)
                && tail.gives_up(range.start, bytes)
            {
                missing = 0;
                break;
            }
        }
        drop((line, body));
        if missing > 0 {
            return Err(JobError::retry("The connection broke off before the end of the range."));
        }
        match file.flush().await {
            Ok(()) => Ok(file.into_std().await),
            Err(error) => Err(stored(error).await),
        }
    }
}

/// Creates an unlinked file, which is deleted when it is closed.
fn nameless(path: &std::path::Path) -> io::Result<File> {
    let file = partial_file::create(path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}
