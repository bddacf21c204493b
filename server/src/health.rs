//! Health, readiness and metrics endpoints for administrators and monitoring.

use std::fmt::Display;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jobs::{self, QueueHealth};
use serde::Serialize;
use serde_json::{Value, json};
use smartcache::db::sql;
use smartcache::engine::{Engine, Error, Result};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::Web;
use crate::client_info::ClientInfo;
use crate::problem::Problem;

/// Timeout of a check; a slower dependency counts as down.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Lifetime of cached results. The checks write to the disk, so more frequent requests get the last results.
const FRESH: Duration = Duration::from_secs(5);

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

#[derive(Debug, Clone, Copy, Serialize)]
struct Findings {
    database: HealthFinding,
    storage: HealthFinding,
    workers: HealthFinding,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct HealthFinding {
    ok: bool,
    latency_ms: u64,
}

/// Refuses clients outside the networks that may read metrics and detailed health.
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
    Problem::of(
        StatusCode::FORBIDDEN,
        "This is for the networks that the administrator names in SMARTCACHE_METRICS_ALLOW.",
    )
    .into_response()
}

pub async fn detailed(State(web): State<Web>) -> Response {
    let mut last = web.checkup().0.lock().await;
    let findings = match *last {
        Some((at, findings)) if at.elapsed() < FRESH => findings,
        _ => {
            let engine = web.engine();
            let new = Findings {
                database: check(database(engine)).await,
                storage: check(engine.store.probe()).await,
                workers: check(workers(engine)).await,
            };
            last.insert((Instant::now(), new)).1
        }
    };
    let ok = findings.database.ok && findings.storage.ok && findings.workers.ok;
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if ok { "ok" } else { "failing" };
    let uptime = (web.engine().now() - web.started_at()).num_seconds();
    // A failing model does not make the server unhealthy: the built-in planner takes over.
    let model = web.engine().model.health();
    let model = json!({ "name": model.name, "ok": model.trouble.is_none(), "trouble": model.trouble });
    let told = json!({ "status": word, "uptime_seconds": uptime, "checks": findings, "model": model });
    (status, Json(told)).into_response()
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

/// Metrics in the Prometheus text format 0.0.4. Omits database metrics if the database does not answer.
pub async fn metrics(State(web): State<Web>) -> Response {
    let engine = web.engine();
    let mut text = String::new();
    let counts = timeout(TIMEOUT, counts(engine)).await;
    let is_up = matches!(counts, Ok(Ok(_)));
    let up = "Whether the database answers.";
    single(&mut text, "smartcache_database_up", up, u8::from(is_up).to_string());
    match counts {
        Ok(Ok(HealthCounts { jobs, downloads, queue_health })) => {
            family(&mut text, "smartcache_jobs", "Background jobs by state.", "state", &jobs);
            family(&mut text, "smartcache_downloads", "Downloads by status.", "status", &downloads);
            let workers = queue_health.workers.to_string();
            single(&mut text, "smartcache_workers", "Workers that were heard of lately.", workers);
        }
        Ok(Err(error)) => tracing::warn!(%error, "metrics are told without what the database says"),
        Err(_) => tracing::warn!("metrics are told without the database, which takes too long"),
    }
    let sockets = web.sockets().len();
    single(&mut text, "smartcache_websocket_connections", "Open live connections.", sockets.to_string());
    let start = web.started_at().timestamp_millis() as f64 / 1000.0;
    single(
        &mut text,
        "process_start_time_seconds",
        "When the process started, in Unix time.",
        start.to_string(),
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

struct HealthCounts {
    jobs: Vec<(String, String)>,
    downloads: Vec<(String, String)>,
    queue_health: QueueHealth,
}

async fn counts(engine: &Engine) -> Result<HealthCounts> {
    Ok(HealthCounts {
        jobs: counted(engine, "job", "state").await?,
        downloads: counted(engine, "download", "status").await?,
        queue_health: jobs::queue_health(&engine.db, engine.config.lease).await?,
    })
}

/// Number of rows of a table per value of a column.
async fn counted(
    engine: &Engine,
    table: &'static str,
    column: &'static str,
) -> Result<Vec<(String, String)>> {
    let query =
        sql::sql!("SELECT {column} || ' ' || COUNT(*) FROM {table} GROUP BY {column} ORDER BY {column}");
    let rows: Vec<String> = sql::values(&engine.db, query, Vec::new()).await?;
    Ok(rows
        .iter()
        .filter_map(|row| row.split_once(' '))
        .map(|(word, n)| (word.to_owned(), n.to_owned()))
        .collect())
}

fn family(text: &mut String, name: &str, help: &str, label: &str, counts: &[(String, String)]) {
    text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
    for (word, count) in counts {
        text.push_str(&format!("{name}{{{label}=\"{word}\"}} {count}\n"));
    }
}

fn single(text: &mut String, name: &str, help: &str, value: String) {
    text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"));
}
