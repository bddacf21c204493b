//! Request limits of the REST API: headers, refusals, overrides and resets, with Redis and without.

use both_databases::both_databases;
use chrono::TimeDelta;
use futures::StreamExt;
use serde_json::{Value, json};
use smartcache::domain::request_limit::RequestLimits;
use smartcache::engine::clock::Clock;
use smartcache::engine::config::RoleLimits;
use smartcache::engine::{SharedEngine, request_limits};
use smartcache::testing::Backend;

use crate::api_keys::program;
use crate::harness::{App, Person, Reply, until};
use crate::redis::RedisServer;
use crate::users::administrator;

const LIMITS: RequestLimits = RequestLimits { minute: 5, hour: 100, day: 200, hard_percent: 120 };
const MINE: &str = "/api/v1/account/limits";

/// A server with limits for users and strangers, none for administrators, and a clock that stands.
struct LimitedApp {
    app: App,
    clock: Clock,
    root: Person,
}

impl LimitedApp {
    async fn on(backend: Backend) -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::fixed("2026-11-21T06:00:00Z".parse().unwrap());
        let limits = RoleLimits {
            user: Some(LIMITS),
            stranger: Some(RequestLimits { minute: 10, ..LIMITS }),
            ..RoleLimits::OFF
        };
        let app = App::at(backend, clock.clone(), |config| config.request_limits = limits).await?;
        let root = administrator(&app).await;
        clock.advance(TimeDelta::minutes(2));
        Some(Self { app, clock, root })
    }

    async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    /// Address of a user's limits for administrators.
    async fn address(&self, name: &str) -> String {
        let found = self.root.get(&format!("/api/v1/admin/limits?q={name}")).await.ok();
        format!("/api/v1/admin/limits/{}", found["data"][0]["user_id"])
    }

    async fn clear(self) {
        self.app.clear().await;
    }
}

fn used(limits: &Value) -> Vec<i64> {
    let windows = limits["windows"].as_array().unwrap().iter();
    windows.map(|window| window["used"].as_i64().unwrap()).collect()
}

fn headers(reply: &Reply) -> [&str; 3] {
    ["ratelimit-policy", "ratelimit", "smartcache-limit"].map(|name| reply.header(name))
}

#[both_databases]
async fn answers_tell_of_the_limits_and_the_hard_one_refuses(t: &LimitedApp) {
    let ada = t.app.sign_up("ada").await;
    let first = ada.get("/api/v1/items").await;
    let policy = r#""minute";q=5;w=60, "hour";q=100;w=3600, "day";q=200;w=86400"#;
    let until_midnight = 18 * 3_600 - 120;
    let left = format!(r#""minute";r=4;t=10, "hour";r=99;t=3480, "day";r=199;t={until_midnight}"#);
    assert_eq!((first.status, headers(&first)), (200, [policy, &left, ""]));
    for _ in 0..4 {
        assert_eq!(ada.get("/api/v1/items").await.header("smartcache-limit"), "");
    }
    let soft = ada.get("/api/v1/items").await;
    assert_eq!((soft.status, soft.header("smartcache-limit")), (200, "soft"));
    assert!(soft.header("ratelimit").starts_with(r#""minute";r=0;t=60,"#), "{}", soft.header("ratelimit"));
    let hard = ada.post("/api/v1/collections", json!({ "name": "Trip" })).await;
    assert_eq!((hard.status, hard.code().as_str(), hard.header("retry-after")), (429, "too_fast", "10"));
    let problem = hard.json();
    assert_eq!((&problem["limit"], &problem["used"]), (&json!(6), &json!(6)));
    assert_eq!(problem["resets_at"], "2026-11-21T06:03:00Z");
    assert_eq!(problem["detail"], "The limit of 6 requests per minute is reached. Wait 10 seconds.");
    assert_eq!((hard.header("ratelimit-policy"), hard.header("smartcache-limit")), (policy, ""));
    let mine = ada.get(MINE).await;
    assert_eq!((mine.status, used(&mine.json())), (200, vec![6, 6, 6]), "the limits can be read");
    t.clock.advance(TimeDelta::seconds(10));
    assert_eq!(ada.post("/api/v1/collections", json!({ "name": "Trip" })).await.status, 201);
    assert_eq!(ada.get("/api/v1/items").await.status, 429);
}

#[both_databases]
async fn each_key_has_its_own_counters_and_administrators_here_none(t: &LimitedApp) {
    let ada = t.app.sign_up("ada").await;
    let [one, two] = [program(&t.app, &ada, &["read"]).await, program(&t.app, &ada, &["read"]).await];
    for person in [&one, &two] {
        for status in [200, 200, 200, 200, 200, 200, 429, 429] {
            assert_eq!(person.get("/api/v1/items").await.status, status);
        }
    }
    let mine = ada.get(MINE).await.ok();
    assert_eq!((used(&mine), mine["api_keys"].as_array().unwrap().len()), (vec![2, 2, 2], 2));
    assert_eq!(mine["api_keys"][0]["windows"][0]["used"], 6);
    assert_eq!(ada.get("/api/v1/items").await.status, 200, "the keys take nothing from the sessions");
    for _ in 0..20 {
        let reply = t.root.get("/api/v1/items").await;
        assert_eq!((reply.status, headers(&reply)), (200, [""; 3]));
    }
}

#[both_databases]
async fn strangers_are_counted_by_their_network(t: &LimitedApp) {
    let ada = t.app.sign_up("ada").await;
    let (stranger, wrong) = (t.app.stranger(), Person::with_key(&t.app.base, "smc_wrong"));
    // One of the twelve was the registration.
    for n in 0..11 {
        let seen =
            if n % 2 == 0 { stranger.get("/api/v1/items").await } else { wrong.get("/api/v1/items").await };
        assert_eq!(seen.status, 401);
        assert!(seen.header("ratelimit-policy").starts_with(r#""minute";q=10;w=60"#));
    }
    for person in [&stranger, &wrong] {
        assert_eq!(person.get("/api/v1/items").await.code(), "too_fast");
    }
    let typed = json!({ "username": "eve", "password": smartcache::testing::PASSWORD });
    assert_eq!(stranger.post("/api/v1/auth/register", typed).await.status, 429);
    assert_eq!(stranger.get("/api/v1/openapi.json").await.status, 200);
    assert_eq!(ada.get("/api/v1/items").await.status, 200, "whoever is signed in is not one of them");
    assert_eq!(ada.post("/api/v1/auth/logout", json!({})).await.status, 204);
}

#[both_databases]
async fn what_pages_and_devices_send_by_themselves_is_free(t: &LimitedApp) {
    let ada = t.app.sign_up("ada").await;
    let device = ada.post("/api/v1/devices", json!({ "name": "Phone", "platform": "Android" })).await.ok();
    let device = &device["id"];
    for _ in 0..20 {
        for path in ["/api/v1/downloads/999/file", "/api/v1/downloads/999/text", "/api/v1/downloads/999"] {
            assert_eq!(ada.get(path).await.status, 404);
        }
        let position = json!({ "seconds": 1.0 });
        assert_eq!(ada.post("/api/v1/items/999/position", position).await.status, 404);
        assert_ne!(ada.post(&format!("/api/v1/devices/{device}/contact"), json!({})).await.status, 429);
        assert_ne!(ada.get("/api/v1/devices/vault").await.status, 429);
        assert_eq!(ada.get("/").await.status, 200);
    }
    assert_eq!(used(&ada.get(MINE).await.ok()), [1, 1, 1]);
}

#[both_databases]
async fn an_administrator_sets_and_resets_the_limits_of_a_user(t: &LimitedApp) {
    let ada = t.app.sign_up("ada").await;
    let address = t.address("ada").await;
    while ada.get("/api/v1/items").await.status == 200 {}
    let seen = t.root.get(&address).await.ok();
    assert_eq!((used(&seen), &seen["is_override"]), (vec![6, 6, 6], &json!(false)));
    assert_eq!(t.root.post(&format!("{address}/reset"), json!({})).await.status, 204);
    assert_eq!(used(&t.root.get(&address).await.ok()), [0, 0, 0]);
    assert_eq!(ada.get("/api/v1/items").await.status, 200);
    let own = json!({ "minute": 20, "hour": 30, "day": 40 });
    let set = t.root.put(&address, own).await.ok();
    let expected = json!({ "minute": 20, "hour": 30, "day": 40, "hard_percent": 120 });
    assert_eq!((&set["limits"], &set["is_override"]), (&expected, &json!(true)));
    assert!(ada.get("/api/v1/items").await.header("ratelimit-policy").starts_with(r#""minute";q=20;"#));
    let wrong = t.root.put(&address, json!({ "minute": 0, "hour": 30, "day": 40, "hard_percent": 99 })).await;
    assert_eq!(wrong.fields(), ["minute", "hard_percent"]);
    assert_eq!(t.root.put(&address, json!({ "minute": 1 })).await.fields(), ["hour"]);
    assert_eq!(t.root.delete(&address).await.status, 204);
    assert!(ada.get("/api/v1/items").await.header("ratelimit-policy").starts_with(r#""minute";q=5;"#));
    assert_eq!(t.root.all("/api/v1/admin/limits").await.len(), 2);
    for missing in ["/api/v1/admin/limits/999999", "/api/v1/admin/limits/no"] {
        assert_eq!(t.root.get(missing).await.status, 404);
    }
    assert_eq!(ada.get(&address).await.status, 403);
}

/// A server on a database of its own with Redis, and a user whose limits are set.
async fn with_redis(redis: &RedisServer) -> (App, Person, i64) {
    let url = redis.url();
    let app = App::with(Backend::Sqlite, |config| config.redis_url = Some(url)).await.unwrap();
    let ada = app.sign_up("ada").await;
    let id = ada.get("/api/v1/auth/me").await.ok()["user"]["id"].as_i64().unwrap();
    until_redis_is(&app.engine, true).await;
    (app, ada, id)
}

async fn until_redis_is(engine: &SharedEngine, up: bool) {
    until("Redis comes or goes", async || (engine.request_limiter.redis_up() == Some(up)).then_some(()))
        .await;
}

async fn limit(app: &App, id: i64, limits: RequestLimits) {
    request_limits::override_limits(&app.engine, smartcache::domain::UserId(id), Some(limits)).await.unwrap();
}

/// Number of requests that are served of those made over twenty connections.
async fn served(ada: &Person, made: usize) -> usize {
    let all = (0..made).map(|_| async { ada.get("/api/v1/auth/me").await.status });
    let all: Vec<_> = futures::stream::iter(all).buffer_unordered(20).collect().await;
    assert!(all.iter().all(|status| matches!(status, 200 | 429)), "{all:?}");
    all.iter().filter(|status| **status == 200).count()
}

/// Hour of the clock that Redis goes by.
fn hour() -> i64 {
    Clock::System.now().timestamp() / 3_600
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_counts_exactly_and_a_restart_of_it_resets_nothing() {
    // Redis has no clock that a test could set: once more if the hour has ended meanwhile.
    for _ in 0..2 {
        let (start, seen) = (hour(), count_with_redis().await);
        if hour() == start {
            let [first, forgotten, away, back, more] = seen;
            assert_eq!(first, 120, "the hard limit of the hour");
            assert_eq!(forgotten, 0, "a script that Redis has forgotten is sent again");
            assert_eq!(away, 0, "the memory of the process goes on counting");
            assert_eq!(back, 0, "an empty Redis learns what the process knows");
            assert_eq!(more, 12, "a larger limit lets the difference pass");
            return;
        }
    }
    panic!("two hours ended within one test");
}

async fn count_with_redis() -> [usize; 5] {
    let mut redis = RedisServer::start().await;
    let (app, ada, id) = with_redis(&redis).await;
    limit(&app, id, RequestLimits { minute: 100_000, hour: 100, day: 200, hard_percent: 120 }).await;
    let first = served(&ada, 300).await;
    let keys = redis.command("KEYS *:l:*").await.unwrap();
    assert!(keys.contains(&format!(":l:{{u{id}:0}}:hour")), "{keys}");
    let key = keys.lines().find(|key| key.ends_with("hour")).unwrap().to_owned();
    let lifetime = redis.command(&format!("TTL {key}")).await.unwrap();
    let seconds: i64 = lifetime.trim().trim_start_matches(':').parse().unwrap();
    assert!((0..=3_600).contains(&seconds), "{seconds}");
    assert_eq!(redis.command("SCRIPT FLUSH").await.unwrap(), "+OK\r\n");
    let forgotten = served(&ada, 5).await;
    redis.kill();
    let away = served(&ada, 20).await;
    until_redis_is(&app.engine, false).await;
    redis.run().await;
    until_redis_is(&app.engine, true).await;
    let back = served(&ada, 20).await;
    limit(&app, id, RequestLimits { minute: 100_000, hour: 110, day: 200, hard_percent: 120 }).await;
    let more = served(&ada, 20).await;
    app.clear().await;
    [first, forgotten, away, back, more]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_requests_are_neither_all_served_nor_all_refused() {
    let redis = RedisServer::reserved();
    let url = redis.url();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Clock::fixed("2026-11-21T06:00:00Z".parse().unwrap());
    let app = App::at(Backend::Sqlite, clock, |config| config.redis_url = Some(url)).await.unwrap();
    let ada = app.sign_up("ada").await;
    let id = ada.get("/api/v1/auth/me").await.ok()["user"]["id"].as_i64().unwrap();
    limit(&app, id, RequestLimits { minute: 100_000, hour: 50, day: 200, hard_percent: 120 }).await;
    assert_eq!(served(&ada, 100).await, 60);
    app.clear().await;
}
