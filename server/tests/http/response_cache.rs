//! The response cache of two processes that share a database and Redis.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::domain::UserId;
use smartcache::domain::account::Credentials;
use smartcache::domain::cache::CacheScope;
use smartcache::domain::preference::Preferences;
use smartcache::engine::clock::Clock;
use smartcache::engine::config::{DirectorySettings, PodcastIndex};
use smartcache::engine::response_cache::{CacheKey, MAX_LIFETIME, ScopeEpoch};
use smartcache::engine::{Config, SharedEngine, accounts, start};
use smartcache::testing::{Backend, Ground, PASSWORD};
use smartcache_server::connections::{self, Limits};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::harness::{App, Person, SITE, until};
use crate::origin::{Manner, Origin};
use crate::redis::RedisServer;

const INDEX: &str = "/index/search/byterm";
const STATS: &str = "/api/v1/admin/cache/stats";
const CLEAR: &str = "/api/v1/admin/cache/clear";

/// A server as a process has it, and an administrator who is signed in there.
struct Process {
    engine: SharedEngine,
    ada: Person,
    server: JoinHandle<()>,
}

impl Process {
    async fn start(mut config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        config.addr = listener.local_addr().unwrap();
        config.public_url = format!("http://{}", config.addr);
        let ada = Person::at(&config.public_url);
        let engine = start::open_with(config, Clock::System, None).await.unwrap();
        let router = smartcache_server::app(engine.clone(), PathBuf::from(SITE));
        let (limits, stopping) = (Limits::for_descriptors(4_096, Vec::new()), CancellationToken::new());
        let server = tokio::spawn(connections::serve(listener, router, limits, stopping));
        Self { engine, ada, server }
    }

    /// Titles that a search finds, of at most 50 podcasts.
    async fn search(&self, query: &str) -> Vec<String> {
        let found = self.ada.get(&format!("/api/v1/directory?limit=50&q={query}")).await.ok();
        assert_eq!(found["problems"], json!([]));
        let titles = found["data"].as_array().unwrap().iter();
        titles.map(|listed| listed["title"].as_str().unwrap().to_owned()).collect()
    }

    /// Statistics of the scope of all users.
    async fn of_all(&self) -> Value {
        self.ada.get(STATS).await.ok()["scopes"][0].clone()
    }

    async fn until_redis_is(&self, up: bool) {
        until("Redis comes or goes", async || {
            (self.ada.get(STATS).await.ok()["redis_up"] == up).then_some(())
        })
        .await;
    }

    async fn key(&self, scope: CacheScope) -> CacheKey {
        ScopeEpoch::now(&self.engine.db, scope).await.unwrap().key(&["test"])
    }

    async fn cached(&self, scope: CacheScope) -> Option<String> {
        self.engine.response_cache.get(&self.key(scope).await, self.engine.now()).await
    }
}

struct Processes {
    here: Process,
    there: Process,
    redis: RedisServer,
    directory: Origin,
    ground: Ground,
}

impl Processes {
    async fn on(backend: Backend) -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (ground, redis, directory) =
            (Ground::new(backend).await?, RedisServer::start().await, Origin::start().await);
        let mut config = ground.config();
        config.redis_url = Some(redis.url());
        config.egress_allow.push(directory.allowance().parse().unwrap());
        let index = PodcastIndex { url: directory.url("/index"), key: "KEY".into(), secret: "s3cret".into() };
        config.directories = DirectorySettings { podcast_index: Some(index), ..Default::default() };
        let (here, there) = (Process::start(config.clone()).await, Process::start(config).await);
        here.ada.sign_up("ada").await;
        accounts::make_admin(&here.engine, "ada").await.unwrap();
        let typed = json!({ "username": "ada", "password": PASSWORD });
        there.ada.post("/api/v1/auth/login", typed).await.ok();
        let both = Self { here, there, redis, directory, ground };
        both.lists("Night Trains", "");
        both.until_redis_is(true).await;
        Some(both)
    }

    async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    /// Makes the directory answer with 50 podcasts, all with the same texts.
    fn lists(&self, title: &str, description: &str) {
        let feeds: Vec<_> = (0..50)
            .map(|n| {
                json!({ "url": self.directory.url(&format!("/{n}.xml")), "title": title, "author": title,
                "description": description, "dead": 0, "medium": "podcast" })
            })
            .collect();
        let answer = json!({ "status": "true", "feeds": feeds });
        self.directory.put(INDEX, "application/json", answer.to_string(), Manner::Proper);
    }

    /// Number of questions to the directory.
    fn asked(&self) -> usize {
        self.directory.asked(INDEX)
    }

    async fn until_redis_is(&self, up: bool) {
        self.here.until_redis_is(up).await;
        self.there.until_redis_is(up).await;
    }

    /// Waits until Redis has this number of values.
    async fn until_stored(&self, values: usize) {
        until("Redis has the values", async || {
            (self.redis.command("DBSIZE").await? == format!(":{values}\r\n")).then_some(())
        })
        .await;
    }

    /// Name of the only value in Redis.
    async fn stored_name(&self) -> String {
        let names = self.redis.command("KEYS *").await.unwrap();
        names.lines().find(|line| line.starts_with("sc:")).unwrap().to_owned()
    }

    async fn clear(self) {
        for process in [self.here, self.there] {
            process.server.abort();
            process.engine.db.clone().close().await.unwrap();
        }
        self.ground.clear().await;
    }
}

#[both_databases]
async fn an_answer_for_one_process_serves_the_other_until_any_clears_it(both: &Processes) {
    let (here, there) = (&both.here, &both.there);
    let found = here.search("night%20Trains").await;
    assert_eq!((found.len(), found[0].as_str(), both.asked()), (50, "Night Trains", 1));
    both.until_stored(1).await;
    for _ in 0..2 {
        assert_eq!((there.search("NIGHT%20trains").await, both.asked()), (found.clone(), 1));
    }
    let stats = there.of_all().await;
    let hits = ["memory_hits", "redis_hits", "misses", "entries"].map(|name| stats[name].as_u64().unwrap());
    assert_eq!(hits, [1, 1, 0, 1], "{stats}");
    let name = both.stored_name().await;
    assert!(name.contains(":c:all:0-0:"), "{name}");
    let lifetime = both.redis.command(&format!("TTL {name}")).await.unwrap();
    let seconds: i64 = lifetime.trim().trim_start_matches(':').parse().unwrap();
    assert!((86_000..=86_400).contains(&seconds), "{seconds}");
    assert_eq!(there.ada.delete(CLEAR).await.status, 204);
    assert_eq!((here.search("night%20trains").await, both.asked()), (found.clone(), 2));
    both.until_stored(2).await;
    assert_eq!((there.search("night%20trains").await, both.asked()), (found, 2));
}

#[both_databases]
async fn an_answer_for_one_user_is_read_by_no_other(both: &Processes) {
    let (here, there) = (&both.here, &both.there);
    let ada = UserId(there.ada.get("/api/v1/auth/me").await.ok()["user"]["id"].as_i64().unwrap());
    let typed = Credentials { username: "bob".into(), password: PASSWORD.into() };
    let bob = accounts::create(&here.engine, typed, Preferences::default()).await.unwrap().id;
    let of = |user| CacheScope::User(user);
    here.engine.response_cache.keep(here.key(of(ada)).await, &"for ada", MAX_LIFETIME, here.engine.now());
    both.until_stored(1).await;
    for process in [here, there] {
        assert_eq!(process.cached(of(ada)).await.as_deref(), Some("for ada"));
        assert_eq!((process.cached(of(bob)).await, process.cached(CacheScope::All).await), (None, None));
    }
    here.engine.response_cache.keep(here.key(of(bob)).await, &"for bob", MAX_LIFETIME, here.engine.now());
    assert_eq!(here.ada.delete(&format!("/api/v1/admin/cache/user/{ada}")).await.status, 204);
    both.until_stored(2).await;
    for process in [here, there] {
        assert_eq!(process.cached(of(ada)).await, None);
        assert_eq!(process.cached(of(bob)).await.as_deref(), Some("for bob"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_process_asks_for_itself() {
    let mut both = Processes::on_sqlite().await.unwrap();
    both.here.search("trains").await;
    both.until_stored(1).await;
    both.redis.kill();
    assert_eq!((both.here.search("trains").await.len(), both.asked()), (50, 1), "from its memory");
    assert_eq!((both.there.search("trains").await.len(), both.asked()), (50, 2));
    both.until_redis_is(false).await;
    assert_eq!((both.there.search("planes").await.len(), both.asked()), (50, 3));
    both.redis.run().await;
    both.until_redis_is(true).await;
    assert_eq!((both.here.search("planes").await.len(), both.asked()), (50, 4));
    both.until_stored(1).await;
    both.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_hangs_holds_few_answers_up_and_misses_no_clearing() {
    let both = Processes::on_sqlite().await.unwrap();
    both.here.search("trains").await;
    both.until_stored(1).await;
    let name = both.stored_name().await;
    both.redis.signal("STOP");
    let mut delays = Vec::new();
    for n in 0..6 {
        let start = Instant::now();
        assert_eq!(both.there.search(&format!("trains{n}")).await.len(), 50);
        delays.push(start.elapsed());
    }
    println!("searches while Redis hangs: {delays:?}");
    // 200 ms for Redis, the rest for a busy machine.
    assert!(delays.iter().all(|delay| *delay < Duration::from_millis(1_200)), "{delays:?}");
    both.there.until_redis_is(false).await;
    let misses = both.there.of_all().await["misses"].clone();
    assert_eq!((misses, both.asked()), (json!(6), 7));
    assert_eq!(both.here.ada.delete(CLEAR).await.status, 204);
    both.redis.signal("CONT");
    both.until_redis_is(true).await;
    let exists = both.redis.command(&format!("EXISTS {name}")).await.unwrap();
    assert_eq!(exists, ":1\r\n", "the old answer is still there");
    both.there.search("trains").await;
    assert_eq!(both.asked(), 8, "and it is not read");
    both.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_and_damaged_values_are_misses() {
    let both = Processes::on_sqlite().await.unwrap();
    both.here.search("trains").await;
    both.until_stored(1).await;
    let name = both.stored_name().await;
    let damaged = r#"{"until":"2999-01-01T00:00:00Z","value":[1]}"#;
    assert_eq!(both.redis.command(&format!("SET {name} '{damaged}'")).await.unwrap(), "+OK\r\n");
    assert_eq!((both.there.search("trains").await.len(), both.asked()), (50, 2));
    until("the value is whole again", async || {
        let bytes = both.redis.command(&format!("STRLEN {name}")).await?;
        (bytes != format!(":{}\r\n", damaged.len())).then_some(())
    })
    .await;
    both.redis.command("FLUSHALL").await.unwrap();
    both.lists(&"🚂".repeat(300), &"🚂".repeat(1_000));
    for asked in [3, 4] {
        assert_eq!((both.here.search("long").await.len(), both.asked()), (50, asked));
    }
    both.until_stored(0).await;
    both.clear().await;
}

#[both_databases]
async fn only_an_administrator_sees_and_clears_the_cache(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    accounts::make_admin(&app.engine, "ada").await.unwrap();
    let bobs = format!("/api/v1/admin/cache/user/{}", bob.get("/api/v1/auth/me").await.ok()["user"]["id"]);
    for (person, status) in [(&app.stranger(), 401), (&bob, 403)] {
        assert_eq!(person.get(STATS).await.status, status);
        assert_eq!((person.delete(CLEAR).await.status, person.delete(&bobs).await.status), (status, status));
    }
    let stats = ada.get(STATS).await.ok();
    let empty = |scope| json!({ "scope": scope, "memory_hits": 0, "redis_hits": 0, "misses": 0, "entries": 0, "bytes": 0 });
    assert_eq!(stats, json!({ "epoch": 0, "redis_up": null, "scopes": [empty("all"), empty("user")] }));
    assert_eq!((ada.delete(CLEAR).await.status, ada.delete(&bobs).await.status), (204, 204));
    assert!(ada.get(STATS).await.ok()["epoch"].as_i64().unwrap() > 0);
    for unknown in ["/api/v1/admin/cache/user/999999", "/api/v1/admin/cache/user/bob"] {
        assert_eq!(ada.delete(unknown).await.status, 404);
    }
    assert_eq!(ada.get(CLEAR).await.status, 405);
}
