//! Content of a scrape of `/metrics`.

use std::collections::BTreeSet;

use both_databases::both_databases;
use reqwest::Method;
use serde_json::json;
use smartcache::db::processes;
use smartcache::domain::process::{Process, Role};
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, Reply, send, until};
use crate::live::Line;
use crate::origin::Manner;
use crate::spawned::Place;

/// Families of every process; those of Redis and of a chat model need a setting.
const FAMILIES: [&str; 32] = [
    "process_cpu_seconds",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "smartcache_build_info",
    "smartcache_bundle_bytes",
    "smartcache_bundles",
    "smartcache_cache_requests",
    "smartcache_database_up",
    "smartcache_db_connections",
    "smartcache_disk_free_bytes",
    "smartcache_downloads",
    "smartcache_feed_refreshes",
    "smartcache_frame_delay_seconds",
    "smartcache_http_request_duration_seconds",
    "smartcache_job_duration_seconds",
    "smartcache_job_oldest_ready_seconds",
    "smartcache_jobs",
    "smartcache_leases_lost",
    "smartcache_limit_decisions",
    "smartcache_model_tokens",
    "smartcache_plan_outcomes",
    "smartcache_runs",
    "smartcache_signins",
    "smartcache_sources",
    "smartcache_store_bytes",
    "smartcache_transfer_bytes",
    "smartcache_transfers",
    "smartcache_websocket_connections",
    "smartcache_websocket_frames",
    "smartcache_workers",
];

/// A line of a scrape, such as `smartcache_runs_total{outcome="completed"} 1`.
#[derive(Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Sample {
    fn read(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix("\"}").unwrap()),
            None => (series, ""),
        };
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
        let labels = labels.split("\",").filter(|label| !label.is_empty()).map(|label| {
            let (name, value) = label.split_once("=\"").unwrap();
            (name.to_owned(), value.to_owned())
        });
        Self { name: name.to_owned(), labels: labels.collect(), value: value.parse().unwrap() }
    }

    fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str())
    }
}

struct Scrape {
    families: BTreeSet<String>,
    samples: Vec<Sample>,
}

impl Scrape {
    async fn of(app: &App) -> Self {
        let reply = open_metrics(app).await;
        assert_eq!(reply.status, 200);
        let expected = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(reply.header("content-type"), expected);
        let text = reply.text();
        let lines = text.strip_suffix("# EOF\n").expect("an end").lines();
        let (comments, samples): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with('#'));
        let families = comments.iter().filter_map(|line| line.strip_prefix("# TYPE "));
        let families: Vec<_> = families.map(|line| line.split(' ').next().unwrap().to_owned()).collect();
        let unique: BTreeSet<_> = families.iter().cloned().collect();
        assert_eq!(unique.len(), families.len(), "a family is written once: {families:?}");
        Self { families: unique, samples: samples.into_iter().map(Sample::read).collect() }
    }

    /// Value of the series with these labels; 0 if there is none.
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has_all = |sample: &&Sample| labels.iter().all(|(name, value)| sample.label(name) == Some(value));
        let mut found = self.samples.iter().filter(|sample| sample.name == name).filter(has_all);
        found.next().map_or(0.0, |sample| sample.value)
    }
}

async fn open_metrics(app: &App) -> Reply {
    let accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    send(app.stranger().request(Method::GET, "/metrics").header("accept", accept)).await
}

#[both_databases]
async fn work_raises_its_counters(app: &App) {
    let ada = app.sign_up("ada").await;
    let mut live = Line::open(&ada).await;
    live.say(json!({ "type": "hello", "after_seq": 0 })).await;
    live.hear().await.unwrap();
    let (feed, _) = app.origin.podcast("counted", 20_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    ada.until_download(ada.queue(&item).await, "ready").await;
    live.hear_until("download_ready").await;
    ada.until_run(ada.start_run(1).await, "completed").await;
    live.hear_until("execution_complete").await;
    for (password, status) in [("not it at all", 401), (PASSWORD, 200)] {
        let typed = json!({ "username": "ada", "password": password });
        assert_eq!(app.stranger().post("/api/v1/auth/login", typed).await.status, status);
    }
    // The end of a job is observed after its effects are seen.
    let done = [("kind", "transfer"), ("outcome", "done")];
    let scrape = until("the jobs are counted", async || {
        let scrape = Scrape::of(app).await;
        let runs = [("kind", "run_agents"), ("outcome", "done")];
        let counted = |labels: &[_]| scrape.value("smartcache_job_duration_seconds_count", labels);
        (counted(&done) == 1.0 && counted(&runs) == 1.0).then_some(scrape)
    })
    .await;
    let created = [("method", "POST"), ("route", "/api/v1/downloads"), ("status", "201")];
    for (name, labels, expected) in [
        ("smartcache_transfers_total", &[("outcome", "ready")][..], 1.0),
        ("smartcache_runs_total", &[("outcome", "completed")], 1.0),
        ("smartcache_signins_total", &[("outcome", "ok")], 1.0),
        ("smartcache_signins_total", &[("outcome", "wrong_credentials")], 1.0),
        ("smartcache_feed_refreshes_total", &[("outcome", "updated")], 1.0),
        ("smartcache_limit_decisions_total", &[("limit", "sign_up"), ("decision", "allowed")], 1.0),
        ("smartcache_limit_decisions_total", &[("limit", "sign_in_name"), ("decision", "allowed")], 2.0),
        ("smartcache_websocket_frames_total", &[("kind", "connection_established")], 1.0),
        ("smartcache_websocket_frames_total", &[("kind", "download_ready")], 1.0),
        ("smartcache_http_request_duration_seconds_count", &created, 1.0),
        ("smartcache_leases_lost_total", &[], 0.0),
        ("smartcache_websocket_connections", &[], 1.0),
    ] {
        assert_eq!(scrape.value(name, labels), expected, "{name} {labels:?} in {:?}", scrape.samples);
    }
    assert!(scrape.value("smartcache_transfer_bytes_total", &[("provider", "origin")]) >= 20_000.0);
    assert!(scrape.value("smartcache_frame_delay_seconds_count", &[]) >= 3.0);
    assert!(scrape.value("smartcache_db_connections", &[("state", "idle")]) >= 1.0);
}

#[both_databases]
async fn every_family_is_there_under_its_name(app: &App) {
    let ada = app.sign_up("ada").await;
    Line::open(&ada).await.hear().await.unwrap();
    let scrape = until("a job has ended", async || {
        let scrape = Scrape::of(app).await;
        scrape.families.contains("smartcache_job_duration_seconds").then_some(scrape)
    })
    .await;
    let expected: BTreeSet<_> = FAMILIES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(scrape.families, expected);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(scrape.value("smartcache_build_info", &version), 1.0);
    for (name, least) in [
        ("smartcache_database_up", 1.0),
        ("smartcache_workers", 1.0),
        ("smartcache_disk_free_bytes", 1.0),
        ("smartcache_sources", 0.0),
        ("process_start_time_seconds", 1e9),
        ("process_resident_memory_bytes", 1e6),
        ("process_cpu_seconds_total", 0.001),
    ] {
        assert!(scrape.value(name, &[]) >= least, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_label_holds_an_id_or_an_address() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("secret", 5_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    let download = ada.queue(&item).await;
    ada.until_download(download, "ready").await;
    for path in
        ["/no/such/ada", "/api/v1/items/7777", "/runs/7777", "/pkg/7777.js", "/feed/ada-7777", "/?ada=7777"]
    {
        ada.get(path).await;
    }
    send(ada.request(Method::from_bytes(b"ADA7777").unwrap(), "/api/v1/items")).await;
    send(ada.request(Method::GET, "/health").header("host", "ada.example:7777")).await;
    let scrape = Scrape::of(&app).await;
    let known =
        ["method", "route", "status", "queue", "state", "kind", "outcome", "provider", "tier", "health"];
    let more = ["limit", "decision", "version", "le", "scope", "result", "direction", "peer"];
    let known: BTreeSet<_> = known.into_iter().chain(more).collect();
    for Sample { name, labels, .. } in &scrape.samples {
        for (label, value) in labels {
            assert!(known.contains(label.as_str()), "{name} has the label {label}");
            let stripped = value.replace("/api/v1", "");
            let may_be_number = matches!(label.as_str(), "status" | "version" | "le");
            let is_number = stripped.contains(|c: char| c.is_ascii_digit());
            assert!(may_be_number || !is_number, "{name}{{{label}=\"{value}\"}}");
            let is_told = ["ada", "secret", "://", "localhost"].iter().any(|word| stripped.contains(word));
            assert!(!is_told, "{name}{{{label}=\"{value}\"}}");
        }
    }
    let responses = "smartcache_http_request_duration_seconds_count";
    for (method, route, status) in
        [("GET", "/api/v1/items/{id}", "404"), ("GET", "other", "404"), ("other", "/api/v1/items", "405")]
    {
        let labels = [("method", method), ("route", route), ("status", status)];
        assert!(scrape.value(responses, &labels) >= 1.0, "{labels:?} in {:?}", scrape.samples);
    }
    app.clear().await;
}

#[both_databases]
async fn clients_without_open_metrics_get_the_older_format(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("counted", 20_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    ada.until_download(ada.queue(&item).await, "ready").await;
    let metrics = app.stranger().get("/metrics").await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = metrics.text();
    for line in [
        "# TYPE smartcache_transfers_total counter\n",
        "smartcache_transfers_total{outcome=\"ready\"} 1\n",
        "smartcache_downloads{status=\"ready\"} 1\n",
        "smartcache_database_up 1\n",
        "smartcache_workers 1\n",
        "smartcache_store_bytes{tier=\"store\"} 20000\n",
        "process_start_time_seconds 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("# EOF") && !text.contains("# UNIT"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_counted_once_in_a_while() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let sources = |scrape: &Scrape| -> f64 {
        scrape.samples.iter().filter(|sample| sample.name == "smartcache_sources").map(|one| one.value).sum()
    };
    let before = Scrape::of(&app).await;
    let (feed, _) = app.origin.podcast("later", 5_000, Manner::Proper);
    ada.follow(&feed).await;
    let after = Scrape::of(&app).await;
    assert_eq!(sources(&after), sources(&before));
    assert_eq!(after.value("smartcache_feed_refreshes_total", &[("outcome", "updated")]), 1.0);
    app.clear().await;
}

#[both_databases]
async fn one_process_of_several_counts_rows(app: &App) {
    let mut other = Process {
        id: "0".into(),
        host: "elsewhere".into(),
        role: Role::Worker,
        version: "0.1.0".into(),
        uptime_seconds: 0.0,
        silent_seconds: 0.0,
        connections: 0,
        slots: 1,
        free_bytes: None,
    };
    let (db, id) = (&app.engine.db, &app.engine.process_id);
    processes::beat(db, &other).await.unwrap();
    assert!(processes::is_first(db, id).await.unwrap(), "a worker answers no scrapes");
    other.role = Role::Web;
    processes::leave(db, "0").await.unwrap();
    processes::beat(db, &other).await.unwrap();
    let scrape = Scrape::of(app).await;
    let told = |name: &str| scrape.families.contains(name);
    assert!(!told("smartcache_jobs") && !told("smartcache_sources") && !told("smartcache_workers"));
    assert!(told("smartcache_database_up") && told("smartcache_runs") && told("smartcache_disk_free_bytes"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_is_monitored_at_an_address_of_its_own() {
    let (mut place, _origin) = Place::on(Backend::Sqlite).await.unwrap();
    let _web = place.spawn_as("web").await;
    let (_worker, there) = place.spawn_beside("worker").await;
    assert_eq!(there.get("/ready").await.status, 200);
    assert_eq!(there.get("/api/v1/items").await.status, 404, "a worker serves nothing else");
    // A family with labels appears with its first sample, so when the worker has run its first job.
    until("the worker has measured a job", async || {
        there.get("/metrics").await.text().contains("smartcache_job_duration_seconds").then_some(())
    })
    .await;
    place.set([("SMARTCACHE_MONITORING_ADDR", there.base.replace("http://", ""))]);
    let (succeeded, said) = place.run(&["worker"]);
    assert!(!succeeded && said.contains("--monitoring-addr"), "{said}");
    place.clear().await;
}
