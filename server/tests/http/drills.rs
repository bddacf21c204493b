//! Drills: something between the processes of an installation is away or dies, and no durable frame is lost.
//!
//! Two web processes serve one user. Meanwhile this process records numbered frames as a third one. Every
//! connection must receive every number, in order and once.

use std::time::{Duration, Instant};

use serde_json::json;
use smartcache::domain::UserId;
use smartcache::domain::event::EventKind;
use smartcache::engine::clock::Clock;
use smartcache::engine::{SharedEngine, start};
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

struct Stage {
    place: Place,
    redis: RedisServer,
    teller: SharedEngine,
    webs: Vec<Spawned>,
    people: Vec<Person>,
    ada: UserId,
}

impl Stage {
    async fn set(redis: RedisServer) -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (mut place, _) = Place::on(Backend::Postgres).await?;
        place.set([("SMARTCACHE_REDIS_URL", redis.url())]);
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
        Some(Self { place, redis, teller, webs, people, ada: UserId(ada) })
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
        let stopping = CancellationToken::new();
        let start = Instant::now();
        let mut listeners = Vec::new();
        for person in &stage.people {
            let mut line = Line::open(person).await;
            let greeting = line.hear().await.unwrap();
            line.say(json!({ "type": "hello", "after_seq": greeting["data"]["seq"] })).await;
            listeners.push(tokio::spawn(async move { numbers(&mut line, start).await }));
        }
        let (engine, ada, stop) = (stage.teller.clone(), stage.ada, stopping.clone());
        let teller = tokio::spawn(async move {
            let mut told = 0;
            while !stop.is_cancelled() {
                record(&engine, ada, told, start).await;
                told += 1;
                sleep(PACE).await;
            }
            record(&engine, ada, usize::MAX, start).await;
            told
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

async fn record(engine: &SharedEngine, ada: UserId, number: usize, start: Instant) {
    let at = start.elapsed().as_millis() as u64;
    let data = json!({ "message": "drill", "level": "info", "number": number, "at": at });
    let mut work = engine.begin().await.unwrap();
    work.record(ada, None, EventKind::System, data).await.unwrap();
    work.commit().await.unwrap();
}

/// Numbers of the drill's frames up to the last, with their delays.
async fn numbers(line: &mut Line, start: Instant) -> Vec<(usize, Duration)> {
    let mut heard = Vec::new();
    loop {
        let frame = line.hear().await.unwrap();
        let Some(number) = frame["data"]["number"].as_u64() else { continue };
        let sent = Duration::from_millis(frame["data"]["at"].as_u64().unwrap());
        if number == u64::MAX {
            return heard;
        }
        heard.push((number as usize, start.elapsed().saturating_sub(sent)));
    }
}

/// Median and maximum of the delays.
fn delays(heard: &[(usize, Duration)]) -> (Duration, Duration) {
    let mut delays: Vec<_> = heard.iter().map(|(_, delay)| *delay).collect();
    delays.sort_unstable();
    (delays[delays.len() / 2], delays[delays.len() - 1])
}

/// Runs a fault while frames are recorded.
async fn drill(stage: &mut Stage, name: &str, fault: impl AsyncFnOnce(&mut RedisServer)) {
    stage.until_relayed().await;
    let ledger = Ledger::open(stage).await;
    sleep(Duration::from_millis(500)).await;
    fault(&mut stage.redis).await;
    let back = Instant::now();
    stage.until_relayed().await;
    let recovery = back.elapsed();
    assert!(recovery < RECOVERY, "{name}: Redis relays again after {recovery:?}");
    let heard = ledger.close().await;
    let (median, most) = delays(&heard);
    assert!(most < RECOVERY, "{name}: a frame came after {most:?}");
    println!(
        "{name}: {} frames, delay {median:?} (median), {most:?} (most); relayed again after {recovery:?}",
        heard.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed_stopped_emptied_and_cut_off_and_no_frame_is_lost() {
    let Some(mut stage) = Stage::set(RedisServer::start().await).await else { return };
    drill(&mut stage, "Redis killed and started empty", async |redis| {
        redis.kill();
        sleep(Duration::from_secs(2)).await;
        redis.run().await;
    })
    .await;
    drill(&mut stage, "Redis stopped for 6 s", async |redis| {
        redis.signal("STOP");
        sleep(Duration::from_secs(6)).await;
        redis.signal("CONT");
    })
    .await;
    drill(&mut stage, "Redis emptied", async |redis| {
        redis.command("FLUSHALL").await.unwrap();
    })
    .await;
    drill(&mut stage, "subscriptions cut off", async |redis| {
        redis.command("CLIENT KILL TYPE pubsub").await.unwrap();
    })
    .await;
    drill(&mut stage, "connections cut off", async |redis| {
        redis.command("CLIENT KILL TYPE normal").await.unwrap();
    })
    .await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_start_after_the_processes() {
    let Some(mut stage) = Stage::set(RedisServer::reserved()).await else { return };
    let health = stage.people[0].get("/health/detailed").await.json();
    assert_eq!(health["checks"]["redis"]["ok"], false, "{health}");
    let ledger = Ledger::open(&stage).await;
    sleep(Duration::from_secs(3)).await;
    let (median, most) = delays(&ledger.close().await);
    assert!(most < RECOVERY, "without Redis a frame came after {most:?}, {median:?} in the median");
    stage.redis.run().await;
    stage.until_relayed().await;
    stage.end().await;
}
