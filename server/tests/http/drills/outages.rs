//! Long drills, with `make drill`: the database, the bucket, a worker and a web process are away or die.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use blobs::testing::{Fault, S3};
use serde_json::{Value, json};
use smartcache::testing::Ground;
use smartcache::testing::chat::{Chat, diligent};
use tokio::time::sleep;

use super::{Ledger, RECOVERY, Stage, delays};
use crate::harness::{Person, until};
use crate::killed_runs::{followed, is_whole};
use crate::origin::{Manner, Origin, sha256};
use crate::redis::RedisServer;
use crate::spawned::Place;

/// A PostgreSQL server of a drill's own, which keeps what it has committed.
struct PostgresServer {
    directory: PathBuf,
    url: String,
}

impl PostgresServer {
    fn start() -> Self {
        let directory = std::env::temp_dir().join(format!("smartcache-drill-{:016x}", rand::random::<u64>()));
        let mut server = Self { directory, url: String::new() };
        server.url = server.script("start").trim().to_owned();
        server
    }

    /// Runs `scripts/postgres.sh`.
    fn script(&self, verb: &str) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres.sh");
        let mut command = Command::new(script);
        let output =
            command.arg(verb).arg(&self.directory).env("SMARTCACHE_POSTGRES_DURABLE", "1").output().unwrap();
        assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.script("stop");
    }
}

/// Queues slow downloads. Returns their ids with the hashes that their files must have.
async fn slow_downloads(
    person: &Person,
    origin: &Origin,
    files: usize,
    seconds: usize,
) -> Vec<(i64, String)> {
    let mut queued = Vec::new();
    for n in 0..files {
        let (feed, sound) = origin.podcast(&format!("slow-{n}"), seconds * 200_000, Manner::Slow(20_000));
        let item = person.item_of(person.follow(&feed).await).await;
        queued.push((person.queue(&item).await, sha256(&sound)));
    }
    queued
}

/// Waits until all are ready, and compares their bytes.
async fn all_arrive(person: &Person, queued: &[(i64, String)]) {
    for (id, hash) in queued {
        person.until_download(*id, "ready").await;
        let file = person.get(&format!("/api/v1/downloads/{id}/file")).await;
        assert_eq!(&sha256(&file.body), hash, "download {id}");
    }
}

async fn downloading(person: &Person) -> Vec<Value> {
    person.all("/api/v1/downloads?status=downloading").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make drill"]
async fn postgres_crashes_and_is_away_for_forty_seconds() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = PostgresServer::start();
    let (place, origin) = Place::at(Ground::on(Some(server.url.clone())).await).await;
    let stage = Stage::at(place, RedisServer::start().await, &[("SMARTCACHE_LEASE_SECONDS", "30")]).await;
    let worker = stage.place.start(&["worker"]);
    let queued = slow_downloads(&stage.people[0], &origin, 3, 20).await;
    until("they are on their way", async || (downloading(&stage.people[0]).await.len() == 3).then_some(()))
        .await;
    let ledger = Ledger::open(&stage).await;
    sleep(Duration::from_secs(2)).await;
    server.script("crash");
    sleep(Duration::from_secs(40)).await;
    server.script("recover");
    let back = Instant::now();
    until("the web answers again", async || {
        (stage.people[0].get("/ready").await.status == 200).then_some(())
    })
    .await;
    let recovery = back.elapsed();
    assert!(recovery < RECOVERY, "ready again after {recovery:?}");
    sleep(Duration::from_secs(2)).await;
    let heard = ledger.close().await;
    all_arrive(&stage.people[0], &queued).await;
    for (id, _) in &queued {
        let attempts = &stage.people[0].download(*id).await["attempts"];
        println!("download {id}: {attempts} attempts");
    }
    println!("PostgreSQL away for 40 s: ready again after {recovery:?}, {} frames, none lost", heard.len());
    drop(worker);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make drill"]
async fn the_bucket_refuses_for_thirty_seconds() {
    let Some((mut place, origin)) = Place::on(smartcache::testing::Backend::Postgres).await else { return };
    let s3 = S3::start().await;
    place.set(s3.environment());
    // Back-off is in proportion to the lease; this is the usual one.
    place.set([("SMARTCACHE_LEASE_SECONDS", "30".to_owned())]);
    let server = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    let queued = slow_downloads(&ada, &origin, 4, 5).await;
    until("they are on their way", async || (!downloading(&ada).await.is_empty()).then_some(())).await;
    s3.plan(usize::MAX, Fault::Answers(503, "SlowDown"), |_| true);
    sleep(Duration::from_secs(30)).await;
    assert!(
        ada.all("/api/v1/downloads?status=ready").await.is_empty(),
        "nothing is ready that is not stored"
    );
    s3.recover();
    let back = Instant::now();
    all_arrive(&ada, &queued).await;
    let recovery = back.elapsed();
    assert!(recovery < 2 * RECOVERY, "all are ready after {recovery:?}");
    println!("bucket away for 30 s: all ready {recovery:?} after it was back");
    drop(server);
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make drill"]
async fn one_of_two_workers_is_killed_with_six_transfers_and_two_runs() {
    let Some((mut place, origin)) = Place::on(smartcache::testing::Backend::Postgres).await else { return };
    let s3 = S3::start().await;
    place.set(s3.environment());
    place.set([
        ("SMARTCACHE_LEASE_SECONDS", "30".to_owned()),
        ("SMARTCACHE_TRANSFERS_PER_HOST", "8".to_owned()),
        ("SMARTCACHE_TRANSFERS", "8".to_owned()),
    ]);
    // Each run takes seconds, so that the death comes in the middle of both.
    let chat = Chat::start(|request| {
        std::thread::sleep(Duration::from_secs(1));
        diligent(request)
    })
    .await;
    place.set_model(&chat);
    let web = place.spawn_as("web").await;
    let (ada, runners) = (place.person(), [place.person(), place.person()]);
    ada.sign_up("ada").await;
    let first = place.spawn_worker("first");
    for (runner, name) in runners.iter().zip(["bob", "eve"]) {
        runner.sign_up(name).await;
        followed(runner, &origin, 4).await;
    }
    let queued = slow_downloads(&ada, &origin, 6, 15).await;
    until("they are on their way", async || (downloading(&ada).await.len() == 6).then_some(())).await;
    let mut runs = Vec::new();
    for runner in &runners {
        runs.push(runner.start_run(2).await);
    }
    for (runner, run) in runners.iter().zip(&runs) {
        until("the run is under way", async || {
            (!runner.all(&format!("/api/v1/runs/{run}/messages")).await.is_empty()).then_some(())
        })
        .await;
    }
    let second = place.spawn_worker("second");
    sleep(Duration::from_secs(2)).await;
    for (runner, run) in runners.iter().zip(&runs) {
        assert_eq!(runner.get(&format!("/api/v1/runs/{run}")).await.ok()["status"], "running");
    }
    let death = Instant::now();
    first.kill();
    all_arrive(&ada, &queued).await;
    for (runner, run) in runners.iter().zip(&runs) {
        is_whole(runner, *run, &HashSet::new()).await;
    }
    let recovery = death.elapsed();
    // The files themselves take 15 seconds.
    assert!(recovery < Duration::from_secs(60 + 15), "all are ready after {recovery:?}");
    println!("a worker killed with 6 transfers and 2 runs: all ready {recovery:?} after it");
    drop((web, second));
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make drill"]
async fn one_of_two_webs_is_killed_under_a_thousand_connections() {
    let Some(mut stage) = Stage::set(RedisServer::start().await).await else { return };
    stage.until_relayed().await;
    let ledger = Ledger::with_connections(&stage, 500).await;
    sleep(Duration::from_secs(3)).await;
    stage.webs.remove(0).kill();
    sleep(Duration::from_secs(5)).await;
    let heard = ledger.close().await;
    let (median, most) = delays(&heard);
    assert!(most < RECOVERY, "a frame came after {most:?}");
    println!(
        "a web killed under 1,000 connections: {} frames, {median:?} (median), {most:?} (most)",
        heard.len()
    );
    assert_eq!(stage.people[1].get("/api/v1/auth/me").await.ok()["user"]["username"], json!("ada"));
    stage.end().await;
}
