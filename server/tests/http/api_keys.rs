//! API keys over REST and on the live connection: made once, limited by scopes, revoked at once.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, Person, Reply, send};
use crate::live::Line;

const KEYS: &str = "/api/v1/api-keys";
const ITEMS: &str = "/api/v1/items";

pub async fn make(person: &Person, scopes: &[&str]) -> Value {
    let new = json!({ "name": "script", "scopes": scopes});
    let made = person.post(KEYS, new).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

/// A program with a key and without cookies.
pub async fn program(app: &App, owner: &Person, scopes: &[&str]) -> Person {
    let key = make(owner, scopes).await["key"].as_str().unwrap().to_owned();
    Person::with_key(&app.base, &key)
}

#[both_databases]
async fn a_key_is_shown_once_and_does_what_its_scopes_allow(app: &App) {
    let ada = app.sign_up("ada").await;
    let made = make(&ada, &["read", "listen"]).await;
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("smc_") && key.len() == 51, "{key}");
    let program = Person::with_key(&app.base, key);
    assert_eq!(program.get("/api/v1/auth/me").await.ok()["user"]["username"], "ada");
    let refused = program.post("/api/v1/runs", json!({})).await;
    assert_eq!((refused.status, refused.code()), (403, "forbidden".into()));
    assert_eq!(refused.json()["detail"], "This API key has no scope run. Make one with it under API keys.");

    let listed = ada.get(KEYS).await;
    assert!(!listed.text().contains(key), "no list has the secret");
    let row = listed.ok()["data"][0].clone();
    assert_eq!(row["prefix"], key[..12]);
    assert!(row["last_used_at"].is_string() && row["last_used_from"] == "127.0.0.0/24", "{row}");
    let one = format!("{KEYS}/{}", row["id"]);
    assert_eq!(ada.get(&one).await.ok(), row);
    let eve = app.sign_up("eve").await;
    assert_eq!((eve.get(&one).await.status, eve.delete(&one).await.status), (404, 404));
    assert_eq!(eve.get(&format!("{ITEMS}?api_key={key}")).await.fields(), ["api_key"], "never in a query");

    assert_eq!((ada.delete(&one).await.status, ada.delete(&one).await.status), (204, 204));
    let ended = program.get(ITEMS).await;
    assert_eq!((ended.status, ended.code()), (401, "wrong_key".into()));
    assert_eq!(ended.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    assert!(ended.text().contains("was revoked"), "{}", ended.text());
}

#[both_databases]
async fn a_key_manages_neither_keys_nor_the_account_and_opens_no_session(app: &App) {
    let ada = app.sign_up("ada").await;
    let program = program(app, &ada, &["read", "listen", "write", "run"]).await;
    let new = json!({ "name": "another", "scopes": ["read"] });
    let change = json!({ "current_password": PASSWORD, "new_password": "copper-lantern-river-41" });
    let account = [
        program.post(KEYS, new).await,
        program.get(KEYS).await,
        program.delete(&format!("{KEYS}/1")).await,
        program.post("/api/v1/account/password", change).await,
        program.patch("/api/v1/account", json!({ "display_name": "A" })).await,
        program.get("/api/v1/sessions").await,
        program.delete("/api/v1/sessions").await,
        program.get("/api/v1/personal-feed").await,
    ];
    assert_eq!(account.map(|reply| reply.status), [403; 8]);
    let out = program.post("/api/v1/auth/logout", json!({})).await;
    assert_eq!(out.status, 204);
    assert_eq!((program.get(ITEMS).await.status, ada.get(ITEMS).await.status), (200, 200));
    let page = program.get("/account").await;
    assert!(!page.text().contains("current_password"), "pages take no keys");
}

#[both_databases]
async fn wrong_requests_for_a_key_name_the_field(app: &App) {
    let ada = app.sign_up("ada").await;
    let ask = async |change: Value| -> Reply {
        let mut new = json!({ "name": "a", "scopes": ["read"] });
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        ada.post(KEYS, new).await
    };
    assert_eq!(ask(json!({ "name": "", "scopes": [] })).await.fields(), ["name", "scopes"]);
    assert_eq!(ask(json!({ "scopes": ["everything"] })).await.fields(), ["scopes[0]"]);
    assert_eq!(ask(json!({ "scopes": ["admin"] })).await.fields(), ["scopes"]);
    assert_eq!(ask(json!({ "expires_at": "2020-01-01T00:00:00Z" })).await.fields(), ["expires_at"]);
    assert_eq!(ask(json!({ "owner": 1 })).await.fields(), ["owner"]);
    assert_eq!(ada.all(KEYS).await, [] as [Value; 0]);
}

#[both_databases]
async fn a_key_needs_no_proof_of_origin_and_a_cookie_beside_it_counts_for_nothing(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let key = make(&ada, &["read", "write"]).await["key"].as_str().unwrap().to_owned();
    let foreign = |person: &Person, bearer: Option<&str>| {
        let request = person.request(Method::PUT, "/api/v1/preferences");
        let request = request.header("origin", "https://elsewhere.example").json(&json!({}));
        bearer.map_or(request.try_clone().unwrap(), |key| request.bearer_auth(key))
    };
    assert_eq!(send(foreign(&eve, None)).await.status, 403);
    assert_eq!(send(foreign(&app.stranger(), Some(&key))).await.status, 200);
    let me = eve.request(Method::GET, "/api/v1/auth/me").bearer_auth(&key);
    assert_eq!(send(me).await.ok()["user"]["username"], "ada");
    let (begin, last) = key.split_at(key.len() - 1);
    let other = if last == "x" { "y" } else { "x" };
    let wrong = eve.request(Method::GET, "/api/v1/auth/me").bearer_auth(format!("{begin}{other}"));
    assert_eq!(send(wrong).await.code(), "wrong_key");
    let of_a_proxy = eve.request(Method::GET, "/api/v1/auth/me").bearer_auth("eyJhbGciOi");
    assert_eq!(send(of_a_proxy).await.ok()["user"]["username"], "eve");
}

#[both_databases]
async fn a_live_connection_by_key_obeys_its_scopes_and_ends_with_it(app: &App) {
    let ada = app.sign_up("ada").await;
    let made = make(&ada, &["read"]).await;
    let program = Person::with_key(&app.base, made["key"].as_str().unwrap());
    let mut line = Line::open(&program).await;
    assert_eq!(line.hear().await.unwrap()["type"], "connection_established");
    line.say(json!({ "type": "trigger_agents" })).await;
    let error = line.hear().await.unwrap();
    assert_eq!((&error["type"], &error["data"]["code"]), (&json!("error"), &json!("forbidden")));
    ada.delete(&format!("{KEYS}/{}", made["id"])).await;
    let start = std::time::Instant::now();
    while line.hear().await.is_ok() {}
    assert!(start.elapsed().as_millis() < 1_000, "{:?}", start.elapsed());
    assert_eq!(Line::try_open(&program, None).await.err(), Some(401));
    let deaf = self::program(app, &ada, &["write"]).await;
    assert_eq!(Line::try_open(&deaf, None).await.err(), Some(403));
}

#[tokio::test]
async fn metrics_open_to_a_key_of_an_administrator_from_everywhere() {
    let closed = |config: &mut smartcache::engine::Config| config.metrics_allow = Vec::new();
    let app = App::with(Backend::Sqlite, closed).await.unwrap();
    let ada = app.sign_up("ada").await;
    smartcache::engine::accounts::make_admin(&app.engine, "ada").await.unwrap();
    let (scraper, reader) =
        (program(&app, &ada, &["metrics"]).await, program(&app, &ada, &["read", "admin"]).await);
    assert_eq!(app.stranger().get("/metrics").await.status, 403);
    assert_eq!(ada.get("/metrics").await.status, 403, "a session opens none");
    assert_eq!(reader.get("/metrics").await.status, 403);
    assert_eq!(scraper.get("/metrics").await.status, 200);
    assert_eq!(scraper.get("/health/detailed").await.status, 200);
    assert_eq!(scraper.get(ITEMS).await.status, 403);
    app.clear().await;
}
