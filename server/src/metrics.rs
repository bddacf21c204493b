//! Metrics for monitoring: the counters of the engine, and what is read at each scrape.

mod response_times;
mod table_counts;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics::{Scrape, encode, process};
use smartcache::engine::metrics::pool_usage;
use smartcache::engine::{Engine, downloads};
use tokio::time::timeout;

use crate::Web;
use crate::health::TIMEOUT;
pub use response_times::measure;
pub(crate) use table_counts::CountsCache;

/// Writes all metrics as OpenMetrics, or in Prometheus' older text format for clients that do not ask for
/// that. Omits table counts if the database does not answer, and if another process tells them.
pub async fn metrics(State(web): State<Web>, headers: HeaderMap) -> Response {
    let engine = web.engine();
    let mut scrape = Scrape::default();
    let is_up = matches!(timeout(TIMEOUT, engine.db.ping()).await, Ok(Ok(())));
    scrape.gauge("smartcache_database_up", "Whether the database answers", i64::from(is_up));
    if is_up {
        table_counts::add_to(&mut scrape, &web).await;
    }
    add_engine(&mut scrape, engine);
    let sockets = i64::try_from(web.sockets().len()).unwrap_or(i64::MAX);
    scrape.gauge("smartcache_websocket_connections", "Open live connections", sockets);
    let started_at = web.started_at().timestamp_millis() as f64 / 1000.0;
    let help = "When the process started, in Unix time";
    scrape.gauge_f64("process_start_time_seconds", help, started_at);
    process::add_to(&mut scrape).await;
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    match encode(&[engine.metrics.registry(), scrape.registry()], accept) {
        Ok(encoded) => ([(header::CONTENT_TYPE, encoded.content_type)], encoded.text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Adds the state of the engine that is in memory.
fn add_engine(scrape: &mut Scrape, engine: &Engine) {
    let version = [([env!("CARGO_PKG_VERSION").to_owned()], 1)];
    scrape.gauges("smartcache_build_info", "Version of the program", ["version"], version);
    let pool = pool_usage(&engine.db);
    let states = [(["idle".to_owned()], pool.idle), (["used".to_owned()], pool.used)];
    scrape.gauges("smartcache_db_connections", "Connections to the database", ["state"], states);
    if let Some(free) = downloads::free(&engine.config).ok().and_then(|free| i64::try_from(free).ok()) {
        scrape.gauge("smartcache_disk_free_bytes", "Free space for arriving files", free);
    }
    if engine.model.has_chat() {
        let is_up = engine.model.health().trouble.is_none();
        scrape.gauge("smartcache_model_up", "Whether the chat model is asked", i64::from(is_up));
    }
    let lookups = engine.response_cache.usage(engine.now()).into_iter().flat_map(|used| {
        let results = [("memory", used.memory_hits), ("redis", used.redis_hits), ("miss", used.misses)];
        results.map(|(result, count)| ([used.scope.to_string(), result.to_owned()], count))
    });
    let help = "Lookups in the cache of responses";
    scrape.counters("smartcache_cache_requests", help, ["scope", "result"], lookups);
    if let Some(relay) = &engine.relay {
        let health = relay.health();
        let up = "Whether Redis relays frames to the other processes";
        scrape.gauge("smartcache_relay_up", up, i64::from(health.is_up()));
        let dropped = "Messages to other processes that were not published";
        scrape.counter("smartcache_relay_dropped", dropped, health.dropped());
        let reconnects = "Connections to Redis after the first";
        scrape.counter("smartcache_relay_reconnects", reconnects, health.reconnects());
    }
}
