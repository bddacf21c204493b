//! Health and readiness endpoints for administrators and monitoring.

use std::fmt::Display;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jobs::{self, QueueHealth};
use relay::Relay;
use serde::Serialize;
use serde_json::{Value, json};
use smartcache::db::processes;
use smartcache::domain::process::Process;
use smartcache::engine::live::RelayMessage;
use smartcache::engine::rights::{self, Right};
use smartcache::engine::{Engine, Error, Result, downloads};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::Web;
use crate::auth::{authenticate, key_of};
use crate::client_info::ClientInfo;
use crate::problem::Problem;

/// Timeout of a check; a slower dependency counts as down.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// Lifetime of cached results. The checks write to the disk, so more frequent requests get the last results.
const FRESH: Duration = Duration::from_secs(5);

/// Routes of the probes.
pub fn probes() -> Router<Web> {
    Router::new().route("/health", get(alive)).route("/ready", get(ready))
}

/// Liveness probe; does not check dependencies.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Readiness probe: whether the database answers and the process is not about to stop.
pub async fn ready(State(web): State<Web>) -> Response {
    if web.draining().is_cancelled() {
        return Problem::of(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.").into_response();
    }
    match check(database(web.engine())).await {
        HealthFinding { ok: true, .. } => Json(json!({ "status": "ready" })).into_response(),
        _ => Problem::of(StatusCode::SERVICE_UNAVAILABLE, "The database does not answer.").into_response(),
    }
}

/// Results of the last checks, with their time.
#[derive(Default)]
pub(crate) struct Checkup(Mutex<Option<(Instant, Findings)>>);

#[derive(Debug, Clone, Serialize)]
struct Findings {
    checks: Checks,
    disk: DiskSpace,
    queue: OldestJob,
    /// All processes of the installation that are alive.
    processes: Vec<Process>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Checks {
    database: HealthFinding,
    storage: HealthFinding,
    workers: HealthFinding,
    /// Whether Redis relays, if it is configured. Without it live frames come later, and nothing is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<HealthFinding>,
}

/// Free space for arriving files, and whether it is enough to fetch anything.
#[derive(Debug, Clone, Copy, Serialize)]
struct DiskSpace {
    ok: bool,
    free_bytes: Option<u64>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct OldestJob {
    /// Time that the oldest due job has waited.
    waiting_seconds: Option<f64>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct HealthFinding {
    ok: bool,
    latency_ms: u64,
}

/// Refuses clients outside the networks that may read metrics and detailed health, unless they have an API
/// key with the scope for it.
pub async fn only_for_monitoring(
    State(web): State<Web>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Response {
    let (ip, config) = (client.address.ip(), &web.engine().config);
    // Behind a proxy that is not trusted, every client would have the proxy's own address.
    let is_hidden = config.trusted_proxies.is_empty() && request.headers().contains_key("x-forwarded-for");
    if !is_hidden && config.metrics_allow.iter().any(|network| network.contains(&ip)) {
        return next.run(request).await;
    }
    if key_of(request.headers()).is_some() {
        let caller = authenticate(web.engine(), request.headers(), client.address).await;
        return match caller.and_then(|caller| rights::check(&caller, Right::Monitor)) {
            Ok(()) => next.run(request).await,
            Err(refused) => Problem::from(refused).into_response(),
        };
    }
    Problem::of(
        StatusCode::FORBIDDEN,
        "This is for the networks that the administrator names in SMARTCACHE_METRICS_ALLOW, and for API keys \
         with the scope metrics.",
    )
    .into_response()
}

pub async fn detailed(State(web): State<Web>) -> Response {
    let mut last = web.checkup().0.lock().await;
    let findings = match *last {
        Some((at, ref findings)) if at.elapsed() < FRESH => findings.clone(),
        _ => last.insert((Instant::now(), examine(web.engine()).await)).1.clone(),
    };
    let checks = &findings.checks;
    let is_well = checks.database.ok && checks.storage.ok && checks.workers.ok;
    // In all these cases the server still serves, only later, less, or with the built-in planner.
    let model = web.engine().model.health();
    let is_degraded =
        checks.redis.is_some_and(|redis| !redis.ok) || !findings.disk.ok || model.trouble.is_some();
    let (status, word) = match (is_well, is_degraded) {
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
        (true, true) => (StatusCode::OK, "degraded"),
        (true, false) => (StatusCode::OK, "ok"),
    };
    let uptime = (web.engine().now() - web.started_at()).num_seconds();
    let model = json!({ "name": model.name, "ok": model.trouble.is_none(), "trouble": model.trouble });
    let told = json!({
        "status": word, "uptime_seconds": uptime, "checks": checks, "disk": findings.disk,
        "queue": findings.queue, "processes": findings.processes, "model": model,
    });
    (status, Json(told)).into_response()
}

async fn examine(engine: &Engine) -> Findings {
    let redis = async |relay: &Relay<RelayMessage>| match relay.health().is_up() {
        true => Ok(()),
        false => Err(Error::fault("Redis does not relay")),
    };
    let free_bytes = downloads::free(&engine.config).ok();
    let wanted = engine.config.min_free();
    Findings {
        checks: Checks {
            database: check(database(engine)).await,
            storage: check(engine.store.probe()).await,
            workers: check(workers(engine)).await,
            redis: match &engine.relay {
                Some(relay) => Some(check(redis(relay)).await),
                None => None,
            },
        },
        disk: DiskSpace { ok: free_bytes.is_none_or(|free| free >= wanted), free_bytes },
        queue: OldestJob { waiting_seconds: within(jobs::oldest_due(&engine.db)).await.flatten() },
        processes: within(processes::alive(&engine.db)).await.unwrap_or_default(),
    }
}

/// Result of a query, if the database answers in time.
async fn within<T, E>(query: impl Future<Output = Result<T, E>>) -> Option<T> {
    timeout(TIMEOUT, query).await.ok()?.ok()
}

async fn check<E: Display>(probe: impl Future<Output = Result<(), E>>) -> HealthFinding {
    let start = Instant::now();
    let outcome = timeout(TIMEOUT, probe).await;
    if let Ok(Err(error)) = &outcome {
        tracing::warn!(%error, "a health check failed");
    }
    let latency_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    HealthFinding { ok: matches!(outcome, Ok(Ok(()))), latency_ms }
}

async fn database(engine: &Engine) -> Result<()> {
    engine.db.ping().await.map_err(Error::from)
}

/// Fails if no worker is alive or a queue is stalled.
async fn workers(engine: &Engine) -> Result<()> {
    let queue_health = jobs::queue_health(&engine.db, engine.config.lease).await?;
    let words = match queue_health {
        _ if queue_health.is_well() => return Ok(()),
        QueueHealth { workers: 0, .. } => {
            "no worker lives: start `smartcache worker`, or `smartcache serve`".to_owned()
        }
        QueueHealth { stalled_seconds, .. } => format!("a job has waited for {stalled_seconds:.0} seconds"),
    };
    Err(Error::fault(words))
}
