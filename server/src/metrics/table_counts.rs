//! Numbers of rows. They are counted at most every 15 seconds, and by one process of the installation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jobs::JobCount;
use metrics::Scrape;
use smartcache::db::bundles::{self, PeerRow};
use smartcache::db::counts::{self, WordCount};
use smartcache::db::processes;
use smartcache::domain::bundle::RequestCount;
use smartcache::domain::download::DownloadStatus;
use smartcache::domain::source::Health;
use smartcache::engine::bundles::request_counts;
use smartcache::engine::{Engine, Result};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::Web;
use crate::health::TIMEOUT;

/// Lifetime of counts. Counting reads whole tables.
const FRESH: Duration = Duration::from_secs(15);

/// The last counts, with their time. None of a process that does not count.
#[derive(Default)]
pub(crate) struct CountsCache(Mutex<Option<(Instant, Option<Arc<TableCounts>>)>>);

struct TableCounts {
    jobs: Vec<JobCount>,
    workers: i64,
    downloads: Vec<WordCount>,
    sources: Vec<WordCount>,
    stored_bytes: i64,
    /// Names of peers, with the time of the newest import.
    imports: Vec<(String, f64)>,
    requests: Vec<RequestCount>,
}

/// Adds the counts, if this process tells them.
pub async fn add_to(scrape: &mut Scrape, web: &Web) {
    let engine = web.engine();
    let counts = match timeout(TIMEOUT, latest(engine, web.counts())).await {
        Ok(Ok(counts)) => counts,
        Ok(Err(error)) => {
            tracing::warn!(%error, "metrics are told without what the database says");
            None
        }
        Err(_) => {
            tracing::warn!("metrics are told without table counts, which take too long");
            None
        }
    };
    let tier = |tier: &str, bytes| ([tier.to_owned()], bytes);
    let cached = engine.store.cached_bytes().and_then(|bytes| i64::try_from(bytes).ok());
    let cached = cached.map(|bytes| tier("cache", bytes));
    let stored = counts.as_ref().map(|counts| tier("store", counts.stored_bytes));
    let tiers = stored.into_iter().chain(cached);
    scrape.gauges("smartcache_store_bytes", "Bytes of stored files", ["tier"], tiers);
    if let Some(counts) = counts {
        counts.add_to(scrape);
    }
}

/// Counts that are at most `FRESH` old. Concurrent scrapes count once (single flight).
async fn latest(engine: &Engine, cache: &CountsCache) -> Result<Option<Arc<TableCounts>>> {
    let mut last = cache.0.lock().await;
    if let Some((at, ref counts)) = *last
        && at.elapsed() < FRESH
    {
        return Ok(counts.clone());
    }
    let counts = match processes::is_first(&engine.db, &engine.process_id).await? {
        true => Some(Arc::new(TableCounts::read(engine).await?)),
        false => None,
    };
    *last = Some((Instant::now(), counts.clone()));
    Ok(counts)
}

impl TableCounts {
    async fn read(engine: &Engine) -> Result<Self> {
        let db = &engine.db;
        Ok(Self {
            jobs: jobs::counts(db).await?,
            workers: jobs::queue_health(db, engine.config.lease).await?.workers,
            downloads: counts::downloads(db).await?,
            sources: counts::sources(db).await?,
            stored_bytes: counts::stored(db).await?.bytes,
            imports: imports(bundles::peers(db).await?),
            requests: request_counts(engine).await?,
        })
    }

    fn add_to(&self, scrape: &mut Scrape) {
        let jobs = self.jobs.iter().map(|count| ([count.queue.clone(), count.state.clone()], count.jobs));
        scrape.gauges("smartcache_jobs", "Background jobs by queue and state", ["queue", "state"], jobs);
        let mut oldest: BTreeMap<&str, f64> = BTreeMap::new();
        for JobCount { queue, oldest_seconds, .. } in &self.jobs {
            let seconds = oldest.entry(queue).or_default();
            *seconds = seconds.max(oldest_seconds.unwrap_or_default());
        }
        let oldest = oldest.into_iter().map(|(queue, seconds)| ([queue.to_owned()], seconds));
        let help = "Time that the oldest due job has waited";
        scrape.gauges_f64("smartcache_job_oldest_ready_seconds", help, ["queue"], oldest);
        let downloads = by_word(DownloadStatus::ALL.iter().map(|word| word.as_str()), &self.downloads);
        scrape.gauges("smartcache_downloads", "Downloads by status", ["status"], downloads);
        let sources = by_word(Health::ALL.iter().map(|word| word.as_str()), &self.sources);
        scrape.gauges("smartcache_sources", "Sources by health", ["health"], sources);
        let imports = self.imports.iter().map(|(peer, at)| ([peer.clone()], *at));
        let help = "When the newest bundle of the peer came, in Unix time";
        scrape.gauges_f64("smartcache_bundle_last_import_timestamp_seconds", help, ["peer"], imports);
        let requests = self.requests.iter().map(|count| ([count.status.to_string()], count.number));
        let help = "Requests of this site, or of the sites of this gateway, by state";
        scrape.gauges("smartcache_bundle_requests", help, ["state"], requests);
        scrape.gauge("smartcache_workers", "Workers that were heard of lately", self.workers);
    }
}

/// Times of the trusted peers of which something came.
fn imports(peers: Vec<PeerRow>) -> Vec<(String, f64)> {
    let trusted = peers.into_iter().filter(|peer| peer.revoked_at.is_none());
    let with_time = |peer: PeerRow| Some((peer.name, peer.received_at?.timestamp_millis() as f64 / 1000.0));
    trusted.filter_map(with_time).collect()
}

/// Number of rows for each word of a vocabulary, 0 for those without rows.
fn by_word(words: impl Iterator<Item = &'static str>, counts: &[WordCount]) -> BTreeMap<[String; 1], i64> {
    let none = words.map(|word| ([word.to_owned()], 0));
    none.chain(counts.iter().map(|count| ([count.word.clone()], count.number))).collect()
}
