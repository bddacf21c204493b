//! Runs whose process is killed repeatedly end as if uninterrupted.
//!
//! `SMARTCACHE_TEST_KILLS` sets the number of kills; `make test` uses a small default.

use std::collections::HashSet;
use std::time::Duration;

use rand::Rng;
use serde_json::json;
use smartcache::testing::Backend;
use smartcache::testing::chat::{Chat, diligent};

use crate::harness::Person;
use crate::origin::{Entry, Manner};
use crate::spawned::Place;

const KILLS: usize = 6;

fn kills() -> usize {
    std::env::var("SMARTCACHE_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS)
}

/// Follows a feed of this many items, two for each possible run.
pub async fn followed(person: &Person, origin: &crate::origin::Origin, items: usize) {
    let paths: Vec<String> = (0..items).map(|n| format!("/{n}.mp3")).collect();
    paths.iter().for_each(|path| drop(origin.sound(path, 20_000, Manner::Proper)));
    let entries: Vec<Entry<'_>> = paths
        .iter()
        .map(|path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() })
        .collect();
    person.follow(&origin.feed("/feed.xml", "Many", &entries)).await;
    let wishes = json!({ "max_daily_items": 50 });
    person.put("/api/v1/preferences", wishes).await.ok();
}

/// Asserts the result of an uninterrupted run: two downloads of its own, and one result per call.
pub async fn is_whole(person: &Person, run: i64, before: &HashSet<i64>) -> HashSet<i64> {
    let over = person.until_run(run, "completed").await;
    assert_eq!((&over["summary"]["queued"], &over["summary"]["ready"]), (&json!(2), &json!(2)), "{over}");
    assert_eq!(over["degraded"], json!(null), "{over}");
    let downloads = person.all("/api/v1/downloads").await;
    let all: HashSet<i64> = downloads.iter().map(|download| download["id"].as_i64().unwrap()).collect();
    assert_eq!(all.difference(before).count(), 2, "{downloads:?}");
    let messages = person.all(&format!("/api/v1/runs/{run}/messages")).await;
    let of = |kind: &str| -> Vec<&str> {
        messages.iter().filter(|m| m["kind"] == kind).map(|m| m["call_id"].as_str().unwrap()).collect()
    };
    let (calls, results) = (of("tool_call"), of("tool_result"));
    assert_eq!(calls.len(), 7, "{messages:?}");
    let once = |ids: &[&str]| ids.iter().collect::<HashSet<_>>().len() == ids.len();
    assert!(once(&calls) && once(&results) && results.len() == calls.len(), "{calls:?} {results:?}");
    all
}

async fn killed(backend: Backend) {
    let Some((mut place, origin)) = Place::on(backend).await else { return };
    let chat = Chat::start(|request| {
        // Long enough that most kills hit a model that is about to answer.
        std::thread::sleep(Duration::from_millis(rand::rng().random_range(0..80)));
        diligent(request)
    })
    .await;
    place.set_model(&chat);
    place.set([("SMARTCACHE_LEASE_SECONDS", "1".to_owned())]);
    let mut server = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    followed(&ada, &origin, 40).await;
    let (mut run, mut runs, mut downloads) = (ada.start_run(2).await, 1, HashSet::new());
    for _ in 0..kills() {
        tokio::time::sleep(Duration::from_millis(rand::rng().random_range(0..2_500))).await;
        server.kill();
        server = place.spawn().await;
        let now = ada.get(&format!("/api/v1/runs/{run}")).await.ok();
        // There are items for twenty runs; the last run keeps being killed.
        if now["status"] == "completed" && runs < 20 {
            downloads = is_whole(&ada, run, &downloads).await;
            (run, runs) = (ada.start_run(2).await, runs + 1);
        }
    }
    is_whole(&ada, run, &downloads).await;
    drop(server);
    let (well, said) = place.run(&["doctor", "--audit"]);
    assert!(well, "{said}");
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_death_of_a_run_is_survived_on_sqlite() {
    killed(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_death_of_a_run_is_survived_on_postgres() {
    killed(Backend::Postgres).await;
}
