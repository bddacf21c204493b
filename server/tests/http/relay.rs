//! Frames and signals between two processes over Redis, without the watch that would find them in the database.

use std::time::Duration;

use both_databases::both_databases;
use serde_json::json;
use smartcache::db::sessions;
use smartcache::domain::UserId;
use smartcache::domain::account::Credentials;
use smartcache::domain::event::{EventKind, Frame};
use smartcache::domain::preference::Preferences;
use smartcache::engine::clock::Clock;
use smartcache::engine::live::{self, Listener};
use smartcache::engine::{SharedEngine, accounts, start};
use smartcache::testing::{Backend, Ground, PASSWORD};
use tokio::time::timeout;

use crate::harness::until;
use crate::redis::RedisServer;

/// Two engines on one database, as two processes have them.
pub struct Relayed {
    pub here: SharedEngine,
    pub there: SharedEngine,
    pub redis: RedisServer,
    ground: Ground,
}

impl Relayed {
    pub async fn on(backend: Backend) -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (ground, redis) = (Ground::new(backend).await?, RedisServer::start().await);
        let mut config = ground.config();
        config.redis_url = Some(redis.url());
        let here = start::open_with(config.clone(), Clock::System, None).await.unwrap();
        let there = start::open_with(config, Clock::System, None).await.unwrap();
        let both = Self { here, there, redis, ground };
        both.until_up().await;
        Some(both)
    }

    pub async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    pub async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    async fn until_up(&self) {
        until("both relay", async || (is_up(&self.here) && is_up(&self.there)).then_some(())).await;
    }

    async fn user(&self) -> UserId {
        let typed = Credentials { username: "ada".into(), password: PASSWORD.into() };
        accounts::create(&self.here, typed, Preferences::default()).await.unwrap().id
    }

    pub async fn clear(self) {
        for engine in [&self.here, &self.there] {
            engine.db.clone().close().await.unwrap();
        }
        self.ground.clear().await;
    }
}

fn is_up(engine: &SharedEngine) -> bool {
    engine.relay.as_ref().unwrap().health().is_up()
}

async fn tell(engine: &SharedEngine, owner: UserId) {
    let mut work = engine.begin().await.unwrap();
    let data = json!({ "message": "hello", "level": "info" });
    work.record(owner, None, EventKind::System, data).await.unwrap();
    work.commit().await.unwrap();
}

async fn listen(engine: &SharedEngine, owner: UserId, token: &str) -> Listener {
    let (hash, now) = (accounts::token_hash(token), engine.now());
    sessions::insert(&engine.db, owner, &hash, Default::default(), now, now + chrono::TimeDelta::days(7))
        .await
        .unwrap();
    let listener = engine.hub.listen(owner, hash);
    live::greeting(engine, owner).await.unwrap();
    listener
}

async fn heard(listener: &mut Listener) -> (Option<i64>, String) {
    let wire = timeout(Duration::from_secs(10), listener.frames.recv()).await.expect("a frame").unwrap();
    (wire.seq, wire.text.clone())
}

#[both_databases]
async fn a_frame_reaches_the_other_process_once(both: &Relayed) {
    let ada = both.user().await;
    let (mut here, mut there) = (listen(&both.here, ada, "one").await, listen(&both.there, ada, "two").await);
    let other = both.there.hub.listen(UserId(ada.0 + 1), "three".into());
    tell(&both.here, ada).await;
    let told = heard(&mut here).await;
    assert_eq!(heard(&mut there).await, told);
    let progress = Frame::fleeting(both.here.now(), EventKind::DownloadProgress, json!({ "bytes_done": 7 }));
    both.here.hub.send(ada, &progress);
    assert!(heard(&mut there).await.1.contains("\"bytes_done\":7"));
    // The watch finds nothing that was not sent, and what it finds is not relayed again.
    for engine in [&both.here, &both.there] {
        live::look(engine, &mut live::ToldProgress::default()).await.unwrap();
    }
    tell(&both.there, ada).await;
    assert_eq!(heard(&mut there).await.0, told.0.map(|seq| seq + 1));
    assert!(heard(&mut here).await.1.contains("bytes_done"));
    assert_eq!(heard(&mut here).await.0, told.0.map(|seq| seq + 1));
    assert!(here.frames.is_empty() && there.frames.is_empty() && other.frames.is_empty());
}

#[both_databases]
async fn a_session_that_ends_in_one_process_ends_in_the_other(both: &Relayed) {
    let ada = both.user().await;
    let first = listen(&both.there, ada, "first").await;
    let second = listen(&both.there, ada, "second").await;
    accounts::sign_out(&both.here, "first").await.unwrap();
    timeout(Duration::from_secs(10), first.ended.cancelled()).await.expect("the session has ended");
    assert!(!second.ended.is_cancelled());
    accounts::reset_password(&both.here, "ada", "another-violet-train-17".into()).await.unwrap();
    timeout(Duration::from_secs(10), second.ended.cancelled()).await.expect("all sessions have ended");
}

#[both_databases]
async fn workers_of_the_other_process_are_woken(both: &Relayed) {
    let woken = both.there.notifier.notified("refresh");
    let mut work = both.here.begin().await.unwrap();
    work.push(&smartcache::engine::downloads::OrderTransfers {}).await.unwrap();
    work.commit().await.unwrap();
    timeout(Duration::from_secs(10), woken).await.expect("the queue was announced");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_on_the_channel_harms_nobody() {
    let mut both = Relayed::on_sqlite().await.unwrap();
    let ada = both.user().await;
    let mut there = listen(&both.there, ada, "one").await;
    let channel = both.redis.command("PUBSUB CHANNELS").await.unwrap();
    let channel = channel.lines().find(|line| line.starts_with("smartcache:")).unwrap().to_owned();
    for nonsense in ["x", "{}", r#"{"from":"z","messages":[{"kind":"frame"}]}"#] {
        both.redis.command(&format!("PUBLISH {channel} '{nonsense}'")).await.unwrap();
    }
    tell(&both.here, ada).await;
    assert_eq!(heard(&mut there).await.0, Some(1));
    both.redis.kill();
    until("both have noticed", async || (!is_up(&both.here) && !is_up(&both.there)).then_some(())).await;
    tell(&both.here, ada).await;
    live::look(&both.there, &mut live::ToldProgress::default()).await.unwrap();
    assert_eq!(heard(&mut there).await.0, Some(2), "without Redis the watch finds it");
    both.redis.run().await;
    both.until_up().await;
    tell(&both.here, ada).await;
    assert_eq!(heard(&mut there).await.0, Some(3));
    assert!(both.here.relay.as_ref().unwrap().health().reconnects() >= 1);
    both.clear().await;
}
