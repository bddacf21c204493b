//! Pages, static files, and the health endpoints.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::json;
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, SITE, send};
use crate::origin::Entry;

#[both_databases]
async fn the_server_tells_how_it_is(app: &App) {
    let anybody = app.stranger();
    assert_eq!(anybody.get("/health").await.ok(), json!({ "status": "ok" }));
    assert_eq!(anybody.get("/ready").await.ok(), json!({ "status": "ready" }));
    let detailed = anybody.get("/health/detailed").await.ok();
    assert_eq!(
        (
            &detailed["status"],
            &detailed["checks"]["database"]["ok"],
            &detailed["checks"]["storage"]["ok"],
            &detailed["checks"]["workers"]["ok"]
        ),
        (&json!("ok"), &json!(true), &json!(true), &json!(true))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_and_details_are_for_the_networks_of_the_administrator() {
    let app = App::with(Backend::Sqlite, |config| config.metrics_allow.clear()).await.unwrap();
    let anybody = app.stranger();
    for path in ["/metrics", "/health/detailed"] {
        let refused = anybody.get(path).await;
        assert_eq!((refused.status, refused.code()), (403, "forbidden".into()), "{path}");
        assert!(refused.text().contains("SMARTCACHE_METRICS_ALLOW"));
    }
    assert_eq!((anybody.get("/health").await.status, anybody.get("/ready").await.status), (200, 200));
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_behind_a_proxy_that_is_not_trusted_reads_no_metrics() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let anybody = app.stranger();
    assert_eq!(anybody.get("/metrics").await.status, 200, "from this machine");
    let proxied = anybody.request(Method::GET, "/metrics").header("x-forwarded-for", "203.0.113.5");
    assert_eq!(send(proxied).await.status, 403);
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_response_has_the_id_of_its_request() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let anybody = app.stranger();
    let given = async |id: &str| {
        let asked = anybody.request(Method::GET, "/api/v1/auth/me").header("x-request-id", id);
        send(asked).await.header("x-request-id").to_owned()
    };
    assert_eq!(anybody.get("/health").await.header("x-request-id").len(), 32);
    assert_eq!(given("of-the-proxy.7").await, "of-the-proxy.7");
    for unfit in ["two words", "a{b}", &"x".repeat(65)] {
        let assigned = given(unfit).await;
        assert_eq!(assigned.len(), 32, "{assigned}");
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_gone_is_told() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    app.engine.db.clone().close().await.unwrap();
    let anybody = app.stranger();
    assert_eq!(anybody.get("/health").await.status, 200);
    let ready = anybody.get("/ready").await;
    assert_eq!((ready.status, ready.code()), (503, "unavailable".into()));
    assert_eq!(anybody.get("/health/detailed").await.status, 503);
    let metrics = anybody.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    for line in
        ["smartcache_database_up 0\n", "smartcache_websocket_connections 0\n", "process_start_time_seconds 1"]
    {
        assert!(metrics.text().contains(line), "{line} in {}", metrics.text());
    }
    let broken = anybody.post("/api/v1/auth/login", json!({ "username": "ada", "password": PASSWORD })).await;
    assert_eq!((broken.status, broken.code()), (500, "broken".into()));
    assert!(!broken.json()["reference"].as_str().unwrap().is_empty() && !broken.text().contains("sql"));
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_rendered_here_and_run_only_our_own_scripts() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let page = app.stranger().get("/login").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let script_src = policy.split("script-src").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
    assert!(!script_src.contains("unsafe-inline") && script_src.contains("'wasm-unsafe-eval'"), "{policy}");
    let html = page.text();
    let scripts: Vec<_> =
        html.match_indices("<script").map(|(at, _)| &html[at..at + html[at..].find('>').unwrap()]).collect();
    assert!(
        !scripts.is_empty() && scripts.iter().all(|script| script.contains(&format!("nonce=\"{nonce}\""))),
        "{scripts:?}"
    );
    assert_ne!(app.stranger().get("/login").await.header("content-security-policy"), policy);
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_the_site_are_asked_for_again_and_come_compressed() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let anybody = app.stranger();
    let file = anybody.get("/pkg/test.css").await;
    assert_eq!(
        (file.status, file.header("content-type"), file.text().as_str()),
        (200, "text/css; charset=utf-8", "main { color: teal }\n")
    );
    assert_eq!(file.header("cache-control"), "private, no-cache");
    let known = anybody
        .request(Method::GET, "/pkg/test.css")
        .header("if-modified-since", file.header("last-modified"));
    assert_eq!(send(known).await.status, 304);
    let of_build = anybody.get("/pkg/0123456789abcdef/test.css").await;
    assert_eq!((of_build.status, of_build.text().as_str()), (200, "main { color: navy }\n"));
    assert_eq!(of_build.header("cache-control"), "public, max-age=31536000, immutable");
    let page = anybody.get("/login").await;
    assert_eq!(page.header("cache-control"), "no-store");
    let page = page.text();
    for file in ["smartcache.css", "smartcache.js", "smartcache.wasm"] {
        assert!(page.contains(&format!("/pkg/0123456789abcdef/{file}")), "{file} in {page}");
    }
    let gone = anybody.get("/pkg/fedcba9876543210/test.css").await;
    assert_eq!((gone.status, gone.header("cache-control")), (404, "no-store"));
    assert_eq!(anybody.get("/mark.txt").await.text(), "A file beside the pages.\n");
    for path in
        ["/pkg/missing.js", "/pkg/../../Cargo.toml", "/pkg/%2e%2e/%2e%2e/%2e%2e/Cargo.toml", "/no/such/page"]
    {
        let missing = anybody.get(path).await;
        assert_eq!(
            (missing.status, missing.header("content-type")),
            (404, "text/html; charset=utf-8"),
            "{path}"
        );
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_comes_while_another_server_of_the_process_begins() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let (engine, anybody) = (app.engine.clone(), app.stranger());
    let others = tokio::spawn(async move {
        loop {
            drop(smartcache_server::app(engine.clone(), SITE.into()));
            tokio::task::yield_now().await;
        }
    });
    for _ in 0..20 {
        assert_eq!(anybody.get("/login").await.status, 200);
    }
    others.abort();
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn every_page_comes_however_many_are_asked_for_at_once() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let titles: Vec<_> = (1..=60).map(|day| format!("Day {day}")).collect();
    let entries: Vec<_> = titles.iter().map(|title| Entry { title, ..Entry::default() }).collect();
    ada.follow(&app.origin.feed("/days.xml", "Days", &entries)).await;
    let pages = async |_| {
        for page in ["/items", "/items?q=day", "/", "/sources", "/no/such/page"].repeat(20) {
            assert!(ada.get(page).await.text().contains("</html>"), "{page}");
        }
    };
    futures::future::join_all((0..4).map(pages)).await;
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_through_the_sign_in_page_is_slowed_down_too() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    app.sign_up("ada").await;
    let eve = app.stranger();
    let sign_in = |password: &str| {
        let form = format!("username=ada&password={password}&next=");
        let request = eve
            .request(Method::POST, "/api/ui/sign_in")
            .header("content-type", "application/x-www-form-urlencoded");
        send(request.body(form))
    };
    for _ in 0..10 {
        assert_eq!(sign_in("wrong-guess").await.status, 422);
    }
    assert_eq!(sign_in(PASSWORD).await.status, 429);
    assert_eq!(
        eve.post("/api/v1/auth/login", json!({ "username": "ada", "password": PASSWORD })).await.status,
        429
    );
    app.clear().await;
}
