//! Protection from other users, other sites (CSRF) and broken requests.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::json;
use smartcache::engine::Config;
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, Person, send};
use crate::live::Line;
use crate::origin::Manner;

#[both_databases]
async fn what_is_not_yours_looks_exactly_like_what_is_not_there(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("secret", 20_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    let item = ada.item_of(source).await;
    let download = ada.queue(&item).await;
    let subscription = ada.all("/api/v1/subscriptions").await[0]["id"].as_i64().unwrap();
    let run = ada.start_run(1).await;
    ada.until_run(run, "completed").await;
    let nouns = [
        ("sources", source),
        ("subscriptions", subscription),
        ("items", item["id"].as_i64().unwrap()),
        ("downloads", download),
        ("runs", run),
    ];
    for (noun, id) in nouns {
        for (method, path) in doors(noun) {
            let theirs = ask(&eve, &method, &path.replace("{id}", &id.to_string())).await;
            let missing = ask(&eve, &method, &path.replace("{id}", "999999999")).await;
            let garbage = ask(&eve, &method, &path.replace("{id}", "x")).await;
            assert_eq!(theirs.0, 404, "{method} {path}: {}", theirs.1);
            assert_eq!(theirs, missing, "{method} {path}");
            assert_eq!(theirs, garbage, "{method} {path}");
        }
    }
    let queued = eve.post("/api/v1/downloads", json!({ "item_id": item["id"] })).await;
    assert_eq!(queued.status, 404);
    assert!(eve.all("/api/v1/items").await.iter().all(|i| i["source_id"] != source));
    ada.until_download(download, "ready").await;
}

#[both_databases]
async fn strangers_are_asked_to_sign_in_everywhere(app: &App) {
    let stranger = app.stranger();
    for noun in ["sources", "subscriptions", "items", "downloads", "runs"] {
        assert_eq!(stranger.get(&format!("/api/v1/{noun}")).await.code(), "sign_in_required");
        for (method, path) in doors(noun) {
            assert_eq!(ask(&stranger, &method, &path.replace("{id}", "1")).await.0, 401, "{method} {path}");
        }
    }
    for path in [
        "/api/v1/account",
        "/api/v1/sessions",
        "/api/v1/preferences",
        "/api/v1/auth/me",
        "/api/v1/items/1/position",
        "/api/v1/sources/1/speed",
        "/api/v1/queue",
        "/api/v1/playback/continue",
        "/api/v1/analytics/listening",
        "/api/v1/notifications",
        "/api/v1/shares",
        "/api/v1/tasks",
        "/ws",
    ] {
        assert_eq!(stranger.get(path).await.code(), "sign_in_required", "{path}");
    }
}

/// All endpoints that take an id.
fn doors(noun: &str) -> Vec<(Method, String)> {
    let verbs: &[(Method, &str)] = match noun {
        "sources" => &[
            (Method::GET, ""),
            (Method::PATCH, ""),
            (Method::DELETE, ""),
            (Method::POST, "/refresh"),
            (Method::POST, "/refresh?wait=true"),
        ],
        "subscriptions" => &[(Method::PATCH, ""), (Method::DELETE, "")],
        "items" => &[(Method::GET, "")],
        "runs" => &[(Method::GET, ""), (Method::GET, "/messages"), (Method::POST, "/cancel")],
        _ => &[
            (Method::GET, ""),
            (Method::DELETE, ""),
            (Method::POST, "/retry"),
            (Method::POST, "/pause"),
            (Method::POST, "/resume"),
            (Method::POST, "/cancel"),
            (Method::GET, "/file"),
        ],
    };
    verbs.iter().map(|(method, verb)| (method.clone(), format!("/api/v1/{noun}/{{id}}{verb}"))).collect()
}

async fn ask(person: &Person, method: &Method, path: &str) -> (u16, String) {
    let request = person.request(method.clone(), path);
    let reply =
        send(if method == Method::GET { request } else { request.json(&json!({ "priority": 1 })) }).await;
    (reply.status, reply.text())
}

async fn post_from(person: &Person, headers: &[(&str, &str)]) -> (u16, String) {
    let request = headers
        .iter()
        .fold(person.request(Method::POST, "/api/v1/auth/login"), |r, (name, value)| r.header(*name, *value));
    let reply = send(request.json(&json!({ "username": "ada", "password": PASSWORD }))).await;
    (reply.status, if reply.status == 200 { String::new() } else { reply.code() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sites_cannot_change_anything_and_programs_can() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let refused = (403, "forbidden".to_owned());
    assert_eq!(post_from(&ada, &[("origin", "https://evil.example")]).await, refused);
    assert_eq!(post_from(&ada, &[("origin", "null")]).await, refused);
    assert_eq!(post_from(&ada, &[("sec-fetch-site", "cross-site")]).await, refused);
    assert_eq!(post_from(&ada, &[("sec-fetch-site", "same-site")]).await, refused);
    assert_eq!(post_from(&ada, &[]).await.0, 200);
    assert_eq!(post_from(&ada, &[("origin", &app.base)]).await.0, 200);
    assert_eq!(post_from(&ada, &[("sec-fetch-site", "same-origin"), ("origin", &app.base)]).await.0, 200);
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scheme_of_an_origin_counts() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let by_https = app.base.replace("http://", "https://");
    assert_eq!(post_from(&ada, &[("origin", &by_https)]).await.0, 403);
    let told = [("origin", by_https.as_str()), ("x-forwarded-proto", "https")];
    assert_eq!(post_from(&ada, &told).await.0, 403, "a stranger says what it likes");
    assert_eq!(Line::try_open(&ada, Some(&by_https)).await.err(), Some(403));
    app.clear().await;

    let proxies = |config: &mut Config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    let app = App::with(Backend::Sqlite, proxies).await.unwrap();
    let ada = app.sign_up("ada").await;
    let by_https = "https://cache.example.org";
    let host = ("host", "cache.example.org");
    let told = ("x-forwarded-proto", "https");
    assert_eq!(post_from(&ada, &[("origin", by_https), host, told]).await.0, 200);
    assert_eq!(post_from(&ada, &[("origin", by_https), host]).await.0, 403);
    app.clear().await;

    let public = |config: &mut Config| config.public_url = by_https.into();
    let app = App::with(Backend::Sqlite, public).await.unwrap();
    let ada = app.sign_up("ada").await;
    assert_eq!(post_from(&ada, &[("origin", by_https), host]).await.0, 200);
    assert_eq!(post_from(&ada, &[("origin", by_https)]).await.0, 200, "a proxy may change the host");
    assert_eq!(post_from(&ada, &[("origin", "http://cache.example.org"), host]).await.0, 403);
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_paths_methods_types_and_sizes_are_problems_too() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.get("/api/v1/nothing").await.code(), "not_found");
    assert_eq!(ada.get("/api/nothing/at/all").await.code(), "not_found");
    let method = ada.delete("/api/v1/runs").await;
    assert_eq!((method.status, method.code()), (405, "method_not_allowed".into()));
    assert!(method.header("allow").contains("POST"));
    let form = send(ada.request(Method::POST, "/api/v1/runs").body("max_items=1")).await;
    assert_eq!((form.status, form.code()), (415, "unsupported_media_type".into()));
    let large = ada.post("/api/v1/runs", json!({ "goal": "x".repeat(1_100_000) })).await;
    assert_eq!((large.status, large.code()), (413, "too_large".into()));
    assert_eq!(ada.get("/api/v1/items?kind=zine").await.fields(), ["kind"]);
    assert_eq!(ada.get("/api/v1/runs?status=dreaming").await.fields(), ["status"]);
    assert_eq!(ada.get("/api/v1/sources?limit=many").await.fields(), ["limit"]);
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_arrives_however_much_was_still_to_be_read() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let (ada, stranger) = (app.sign_up("ada").await, app.stranger());
    let large = || "x".repeat(20_000_000);
    for _ in 0..3 {
        let list = ada.request(Method::POST, "/api/v1/subscriptions/import").body(large());
        assert_eq!(send(list).await.code(), "too_large");
        let form = ada.request(Method::POST, "/api/ui/import_list").body(large());
        let form = send(form).await;
        assert_eq!(form.status, 413);
        assert!(form.text().contains("larger than this server takes"), "for a page: {}", form.text());
        let text = ada.request(Method::POST, "/api/v1/runs").body("x".repeat(1_000_000));
        assert_eq!(send(text).await.code(), "unsupported_media_type");
        let nobody =
            stranger.request(Method::POST, "/api/v1/subscriptions/import").body("x".repeat(8_000_000));
        assert_eq!(send(nobody).await.code(), "sign_in_required");
        let pieces = futures::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>("x".repeat(1_000_000))));
        let in_pieces = ada.request(Method::POST, "/api/v1/subscriptions/import");
        let in_pieces = send(in_pieces.body(reqwest::Body::wrap_stream(pieces))).await;
        assert_eq!(in_pieces.code(), "too_large");
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_carries_the_headers_that_protect_it() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    for path in ["/", "/api/v1/auth/me", "/api/v1/nothing", "/no/such/page", "/health"] {
        let reply = ada.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert!(reply.header("content-security-policy").contains("default-src 'self'"), "{path}");
        assert_eq!(reply.headers.get_all("content-security-policy").iter().count(), 1, "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(reply.header("permissions-policy").contains("geolocation=()"), "{path}");
        assert_eq!(reply.header("x-robots-tag"), "noindex", "{path}");
        assert!(!reply.headers.contains_key("strict-transport-security"), "{path}: not over HTTP");
    }
    assert_eq!(ada.get("/feed/none").await.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(ada.get("/api/v1/auth/me").await.header("cache-control"), "no-store");
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_https_cookies_are_of_this_host_alone() {
    let app = App::with(Backend::Sqlite, |config| config.public_url = "https://cache.example".into())
        .await
        .unwrap();
    let anyone = app.stranger();
    let typed = json!({ "username": "ada", "password": "correct horse battery" });
    let signed_in = anyone.post("/api/v1/auth/register", typed).await;
    assert_eq!(signed_in.header("strict-transport-security"), "max-age=31536000");
    let cookies: Vec<_> =
        signed_in.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
    assert!(
        cookies.iter().all(|it| it.starts_with("__Host-smartcache_") && it.contains("; Secure")),
        "{cookies:?}"
    );
    let session = cookies[0].split(';').next().unwrap();
    let me = async |cookie: &str| {
        let request = anyone.request(Method::GET, "/api/v1/auth/me").header("cookie", cookie);
        send(request).await.status
    };
    assert_eq!(me(session).await, 200);
    assert_eq!(me(session.trim_start_matches("__Host-")).await, 401, "another host may have set it");
    let out = anyone.request(Method::POST, "/api/v1/auth/logout").header("cookie", session);
    let out = send(out).await;
    assert_eq!(out.header("clear-site-data"), "\"cache\"");
    assert_eq!(me(session).await, 401);
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_learn_whom_to_tell_and_that_nothing_is_to_be_indexed() {
    let app = App::with(Backend::Sqlite, |config| {
        config.security_contact = Some("mailto:ada@example.org".into());
    })
    .await
    .unwrap();
    let anyone = app.stranger();
    let security = anyone.get("/.well-known/security.txt").await;
    assert_eq!(security.header("content-type"), "text/plain; charset=utf-8");
    assert!(
        security.text().starts_with("Contact: mailto:ada@example.org\nExpires: 20"),
        "{}",
        security.text()
    );
    assert_eq!(anyone.get("/robots.txt").await.text(), "User-agent: *\nDisallow: /\n");
    app.clear().await;
}
