//! Counters and histograms of this process for monitoring, in a registry of Prometheus. The server adds at
//! each scrape what is read elsewhere, such as numbers of rows.
//!
//! Label values are words of the program or patterns of routes: never ids, hosts or text of users.

use std::time::Duration;

use chrono::TimeDelta;
use jobs::{JobObserver, JobOutcome};
use metrics::{Counter, CounterFamily, Histogram, HistogramFamily, Registry, ResponseTimes};
use sea_orm::{DatabaseConnection, DbBackend};

use super::{Error, Result};
use crate::domain::event::EventKind;

/// Upper bounds in seconds: of jobs, and of the delay of live frames.
const JOBS: [f64; 9] = [0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1_800.0];
const FRAMES: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Values of labels that are known from the beginning.
const PROVIDERS: [&str; 3] = ["origin", "store", "cache"];
const RUNS: [&str; 3] = ["completed", "failed", "cancelled"];
const TOKENS: [&str; 2] = ["input", "output"];
const TRANSFERS: [&str; 6] = ["ready", "failed", "postponed", "waiting", "stopped", "readdressed"];
const REFRESHES: [&str; 4] = ["updated", "not_modified", "failed", "fault"];
const OUTCOMES: [&str; 4] = ["ready", "contradicted", "short", "unconfirmed"];
const BUNDLES: [[&str; 2]; 7] = [
    ["sent", "done"],
    ["sent", "refused"],
    ["sent", "fault"],
    ["received", "done"],
    ["received", "known"],
    ["received", "refused"],
    ["received", "fault"],
];
const SIGN_INS: [&str; 5] = ["ok", "wrong_credentials", "too_fast", "unavailable", "fault"];

/// Metrics of one process. Counters get the suffix `_total` when they are written.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    pub responses: ResponseTimes,
    pub jobs: HistogramFamily<2>,
    pub leases_lost: Counter,
    pub transfer_bytes: CounterFamily<1>,
    pub transfers: CounterFamily<1>,
    pub runs: CounterFamily<1>,
    pub model_tokens: CounterFamily<1>,
    pub feed_refreshes: CounterFamily<1>,
    pub websocket_frames: CounterFamily<1>,
    pub frame_delay: Histogram,
    pub limit_decisions: CounterFamily<2>,
    pub sign_ins: CounterFamily<1>,
    pub plan_outcomes: CounterFamily<1>,
    pub bundles: CounterFamily<2>,
    pub bundle_bytes: CounterFamily<1>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let r = &mut registry;
        let (leases_lost, frame_delay) = (Counter::default(), Histogram::new(FRAMES));
        let help = "Running jobs that another worker took over";
        r.register("smartcache_leases_lost", help, leases_lost.clone());
        let help = "Time from an event to its live frame being sent, by the clocks of both processes";
        r.register("smartcache_frame_delay_seconds", help, frame_delay.clone());
        let bytes = "Bytes received from origins, and bytes that the storage had";
        Self {
            responses: ResponseTimes::new(r, "smartcache_http_request_duration_seconds"),
            jobs: job_durations(r),
            leases_lost,
            transfer_bytes: counters(r, "smartcache_transfer_bytes", bytes, "provider", &PROVIDERS),
            transfers: counters(r, "smartcache_transfers", "Attempts at transfers", "outcome", &TRANSFERS),
            runs: counters(r, "smartcache_runs", "Runs that ended", "outcome", &RUNS),
            model_tokens: counters(r, "smartcache_model_tokens", "Tokens of models", "kind", &TOKENS),
            feed_refreshes: counters(r, "smartcache_feed_refreshes", "Feeds read", "outcome", &REFRESHES),
            websocket_frames: counters(r, "smartcache_websocket_frames", "Live frames sent", "kind", &[]),
            frame_delay,
            limit_decisions: limit_decisions(r),
            sign_ins: counters(r, "smartcache_signins", "Attempts to sign in", "outcome", &SIGN_INS),
            plan_outcomes: counters(
                r,
                "smartcache_plan_outcomes",
                "Departures of devices",
                "outcome",
                &OUTCOMES,
            ),
            bundles: bundles(r),
            bundle_bytes: counters(
                r,
                "smartcache_bundle_bytes",
                "Bytes of volumes that were written or imported",
                "direction",
                &["sent", "received"],
            ),
            registry,
        }
    }
}

fn bundles(registry: &mut Registry) -> CounterFamily<2> {
    let help = "Bundles that were written, and volumes that were to be imported";
    CounterFamily::new(registry, "smartcache_bundles", help, ["direction", "outcome"]).known(BUNDLES)
}

fn counters(
    registry: &mut Registry,
    name: &'static str,
    help: &'static str,
    label: &'static str,
    words: &[&'static str],
) -> CounterFamily<1> {
    CounterFamily::new(registry, name, help, [label]).known(words.iter().map(|word| [*word]))
}

fn job_durations(registry: &mut Registry) -> HistogramFamily<2> {
    let (name, help) = ("smartcache_job_duration_seconds", "Duration of attempts at jobs");
    HistogramFamily::new(registry, name, help, ["kind", "outcome"], || Histogram::new(JOBS))
}

fn limit_decisions(registry: &mut Registry) -> CounterFamily<2> {
    let help = "Requests that a rate limit allowed or refused";
    CounterFamily::new(registry, "smartcache_limit_decisions", help, ["limit", "decision"])
}

impl Metrics {
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Counts a live frame that was sent, with its delay unless it was a late one.
    pub fn frame_sent(&self, kind: Option<EventKind>, delay: Option<TimeDelta>) {
        self.websocket_frames.inc([kind.map_or("other", EventKind::as_str)]);
        if let Some(delay) = delay {
            // Clocks of two machines may differ.
            self.frame_delay.observe(delay.to_std().unwrap_or_default().as_secs_f64());
        }
    }

    /// Counts a decision of a rate limit.
    pub fn decided(&self, limit: &'static str, is_allowed: bool) {
        self.limit_decisions.inc([limit, if is_allowed { "allowed" } else { "refused" }]);
    }
}

impl JobObserver for Metrics {
    fn ended(&self, kind: &'static str, outcome: JobOutcome, duration: Duration) {
        self.jobs.observe([kind, outcome.as_str()], duration);
    }

    fn lease_lost(&self) {
        self.leases_lost.inc();
    }
}

/// Connections of a pool by their use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    pub idle: i64,
    pub used: i64,
}

pub fn pool_usage(db: &DatabaseConnection) -> PoolUsage {
    let (size, idle) = match db.get_database_backend() {
        DbBackend::Postgres => {
            let pool = db.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        }
        _ => {
            let pool = db.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        }
    };
    let idle = i64::try_from(idle).unwrap_or(i64::MAX);
    PoolUsage { idle, used: i64::from(size).saturating_sub(idle).max(0) }
}

/// Word for the outcome of an action: `ok`, the code of the refusal, or `fault`.
pub fn outcome<T>(result: &Result<T>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Refused(refusal)) => refusal.code(),
        Err(_) => "fault",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Refusal;

    #[test]
    fn an_outcome_is_a_word_of_the_program() {
        assert_eq!(outcome(&Ok(())), "ok");
        assert_eq!(outcome::<()>(&Err(Refusal::wrong_credentials().into())), "wrong_credentials");
        assert_eq!(outcome::<()>(&Err(Error::fault("ada's disk"))), "fault");
    }
}
