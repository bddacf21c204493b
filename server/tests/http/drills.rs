//! Drills: something between the processes of an installation is away or dies, and no durable frame is lost.
//!
//! Two web processes serve one user. Meanwhile this process records numbered frames as a third one. Every
//! connection must receive every number, in order and once.

mod outages;
mod redis;

use std::time::{Duration, Instant};

use serde_json::json;
use smartcache::db::sql;
use smartcache::domain::UserId;
use smartcache::domain::event::EventKind;
use smartcache::engine::clock::Clock;
use smartcache::engine::{Result, SharedEngine, start};
use smartcache::testing::{Backend, PASSWORD};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::harness::{Person, until};
use crate::live::Line;
use crate::redis::RedisServer;
use crate::spawned::{Place, Spawned};

/// Time within which frames must come again, however they do.
const RECOVERY: Duration = Duration::from_secs(10);
/// Pause between two recorded frames.
const PACE: Duration = Duration::from_millis(50);
/// Number of the last frame.
const LAST: u64 = u64::MAX;

struct Stage {
    place: Place,
    redis: RedisServer,
    teller: SharedEngine,
    webs: Vec<Spawned>,
    people: Vec<Person>,
    ada: UserId,
}

impl Stage {
    /// None if there is no PostgreSQL for tests.
    async fn set(redis: RedisServer) -> Option<Self> {
        let (place, _) = Place::on(Backend::Postgres).await?;
        Some(Self::at(place, redis, &[]).await)
    }

    async fn at(mut place: Place, redis: RedisServer, settings: &[(&'static str, &str)]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        place.set([("SMARTCACHE_REDIS_URL", redis.url())]);
        place.set(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let (mut webs, mut people) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let (web, person) = place.spawn_beside("web").await;
            webs.push(web);
            people.push(person);
        }
        people[0].sign_up("ada").await;
        people[1].post("/api/v1/auth/login", json!({ "username": "ada", "password": PASSWORD })).await.ok();
        let ada = people[0].get("/api/v1/auth/me").await.ok()["user"]["id"].as_i64().unwrap();
        let mut config = place.config();
        config.redis_url = Some(redis.url());
        let teller = start::open_with(config, Clock::System, None).await.unwrap();
        Self { place, redis, teller, webs, people, ada: UserId(ada) }
    }

    async fn until_relayed(&self) {
        until("Redis relays", async || {
            let mut up = self.teller.relay.as_ref().unwrap().health().is_up();
            for person in &self.people {
                up &= person.get("/metrics").await.text().contains("smartcache_relay_up 1\n");
            }
            up.then_some(())
        })
        .await;
    }

    async fn end(self) {
        drop(self.webs);
        self.teller.db.clone().close().await.unwrap();
        self.place.clear().await;
    }
}

/// Frames that are recorded at a pace, and the connections that must receive them.
struct Ledger {
    teller: JoinHandle<usize>,
    listeners: Vec<JoinHandle<Vec<(usize, Duration)>>>,
    stopping: CancellationToken,
}

impl Ledger {
    async fn open(stage: &Stage) -> Self {
        Self::with_connections(stage, 1).await
    }

    /// Opens this many connections to each web process. One that breaks is opened again at the next one.
    async fn with_connections(stage: &Stage, connections: usize) -> Self {
        let stopping = CancellationToken::new();
        let start = Instant::now();
        let mut listeners = Vec::new();
        for n in 0..connections * stage.people.len() {
            let mut line = Line::open(&stage.people[n % stage.people.len()]).await;
            let seq = line.hear().await.unwrap()["data"]["seq"].as_i64().unwrap();
            line.say(json!({ "type": "hello", "after_seq": seq })).await;
            listeners.push(tokio::spawn(numbers(stage.people.clone(), n, line, seq, start)));
        }
        let (engine, ada, stop) = (stage.teller.clone(), stage.ada, stopping.clone());
        let teller = tokio::spawn(async move {
            let mut told = 0;
            while !stop.is_cancelled() {
                record(&engine, ada, told, start).await;
                told += 1;
                sleep(PACE).await;
            }
            record(&engine, ada, LAST, start).await;
            told as usize
        });
        Self { teller, listeners, stopping }
    }

    /// Stops recording. Returns the frames that the connections received, with their delays.
    async fn close(self) -> Vec<(usize, Duration)> {
        self.stopping.cancel();
        let told = self.teller.await.unwrap();
        let mut all = Vec::new();
        for listener in self.listeners {
            let heard = timeout(RECOVERY, listener).await.expect("the last frame came in time").unwrap();
            let numbers: Vec<_> = heard.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, (0..told).collect::<Vec<_>>(), "every frame once and in order");
            all.extend(heard);
        }
        all
    }
}

/// Records a frame. While the database is away, it is tried again; a commit without an answer may have
/// happened.
async fn record(engine: &SharedEngine, ada: UserId, number: u64, start: Instant) {
    let at = start.elapsed().as_millis() as u64;
    let data = json!({ "message": "drill", "level": "info", "number": number, "mark": format!("<{number}>"), "at": at });
    let attempt = async || {
        let mut work = engine.begin().await?;
        work.record(ada, None, EventKind::System, data.clone()).await?;
        work.commit().await
    };
    let is_recorded = async || -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM event WHERE user_id = $1 AND CAST(data AS TEXT) LIKE $2";
        let values = sql::args![ada, format!("%<{number}>%")];
        Ok(sql::value::<i64>(&engine.db, sql, values).await? > Some(0))
    };
    while attempt().await.is_err() {
        let known = loop {
            match is_recorded().await {
                Ok(known) => break known,
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        };
        if known {
            return;
        }
    }
}

/// Numbers of the drill's frames up to the last, with their delays. Reconnects to the next process.
async fn numbers(
    people: Vec<Person>,
    mut turn: usize,
    mut line: Line,
    mut seq: i64,
    start: Instant,
) -> Vec<(usize, Duration)> {
    let mut heard = Vec::new();
    loop {
        let Ok(frame) = line.hear().await else {
            line = loop {
                turn += 1;
                match Line::try_open(&people[turn % people.len()], None).await {
                    Ok(line) => break line,
                    Err(_) => sleep(Duration::from_millis(100)).await,
                }
            };
            line.say(json!({ "type": "hello", "after_seq": seq })).await;
            continue;
        };
        seq = frame["seq"].as_i64().unwrap_or(seq);
        let Some(number) = frame["data"]["number"].as_u64() else { continue };
        if number == LAST {
            return heard;
        }
        let sent = Duration::from_millis(frame["data"]["at"].as_u64().unwrap());
        heard.push((number as usize, start.elapsed().saturating_sub(sent)));
    }
}

/// Median and maximum of the delays.
fn delays(heard: &[(usize, Duration)]) -> (Duration, Duration) {
    let mut delays: Vec<_> = heard.iter().map(|(_, delay)| *delay).collect();
    delays.sort_unstable();
    (delays[delays.len() / 2], delays[delays.len() - 1])
}
