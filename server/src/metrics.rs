//! Metrics for monitoring, in the Prometheus text format 0.0.4.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jobs::QueueHealth;
use smartcache::db::sql;
use smartcache::engine::{Engine, Result};
use tokio::time::timeout;

use crate::Web;
use crate::health::TIMEOUT;

/// Writes all metrics. Omits database metrics if the database does not answer.
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
    if let Some(relay) = &engine.relay {
        let health = relay.health();
        let up = "Whether Redis relays frames to the other processes.";
        single(&mut text, "smartcache_relay_up", up, u8::from(health.is_up()).to_string());
        let dropped = "Messages to other processes that were not published.";
        counter(&mut text, "smartcache_relay_dropped_total", dropped, health.dropped());
        let reconnects = "Connections to Redis after the first.";
        counter(&mut text, "smartcache_relay_reconnects_total", reconnects, health.reconnects());
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

fn counter(text: &mut String, name: &str, help: &str, value: u64) {
    text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}\n"));
}

fn single(text: &mut String, name: &str, help: &str, value: String) {
    text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"));
}
