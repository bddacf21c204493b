//! Files of unknown size: limits hold all the same.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};
use smartcache::testing::Backend;
use tokio::sync::Semaphore;

use crate::harness::{App, Person, until};
use crate::origin::{Manner, sound};
use crate::rogue::{Rogue, Step, head, proper};

const MB: usize = 1_000_000;

/// Items of a feed with this many episodes, none of which announces its size.
async fn silent(app: &App, person: &Person, rogue: &Rogue, episodes: usize) -> Vec<Value> {
    let items: String = (0..episodes)
        .map(|n| rogue.url(&format!("/{n}.mp3")))
        .map(|url| format!("<item><guid>{url}</guid><title>{url}</title><enclosure url=\"{url}\" type=\"audio/mpeg\"/></item>"))
        .collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>Silent</title>{items}</channel></rss>");
    let feed = app.origin.put("/silent.xml", "application/rss+xml", feed, Manner::Proper);
    let source = person.follow(&feed).await;
    person.all(&format!("/api/v1/items?source_id={source}")).await
}

/// Sends the sound; odd files without a `Content-Length`.
fn answer(n: usize, sound: &[u8]) -> Vec<Step> {
    let mut steps = proper(sound);
    if n % 2 == 1 {
        steps[0] = head("200 OK", &[("Content-Type", "audio/mpeg")]);
    }
    steps
}

fn bytes(downloads: &[Value], status: &str) -> usize {
    let of = downloads.iter().filter(|download| download["status"] == status);
    of.map(|download| download["bytes_total"].as_i64().unwrap() as usize).sum()
}

async fn fifty_of_unknown_size_into_room_for_ten(backend: Backend) {
    let (rogue, gate) = (Rogue::start().await, Arc::new(Semaphore::new(0)));
    let place = rogue.allowance().parse().unwrap();
    let with = |config: &mut smartcache::engine::Config| {
        config.max_file_mb = 20;
        config.egress_allow.push(place);
    };
    let Some(app) = App::with(backend, with).await else { return };
    let sound: Arc<[u8]> = sound("silent", 10 * MB).into();
    for n in 0..50 {
        let (sound, gate) = (sound.clone(), gate.clone());
        rogue.on(&format!("/{n}.mp3"), move |_| {
            [vec![Step::WaitFor(gate.clone())], answer(n, &sound)].into_iter().flatten().collect()
        });
    }
    let ada = app.sign_up("ada").await;
    ada.put("/api/v1/preferences", json!({ "max_daily_items": 50, "max_storage_mb": 100 })).await.ok();
    let items = silent(&app, &ada, &rogue, 50).await;
    assert_eq!(items.len(), 50);
    let asked = items.iter().map(|item| ada.post("/api/v1/downloads", json!({ "item_id": item["id"] })));
    for reply in join_all(asked).await {
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    // No download is ready before all are requested, so that none is evicted for another.
    gate.add_permits(1);
    let ended = until("all have ended", async || {
        let all = ada.all("/api/v1/downloads").await;
        assert!(bytes(&all, "ready") <= 100 * MB, "{all:?}");
        let over = all.iter().all(|d| d["status"] == "ready" || d["status"] == "failed");
        over.then_some(all)
    })
    .await;
    assert_eq!((ended.len(), bytes(&ended, "ready")), (50, 100 * MB));
    for failed in ended.iter().filter(|download| download["status"] == "failed") {
        let why = failed["error"].as_str().unwrap();
        assert!(why.contains("of your 100 MB are taken") && why.contains("raise the limit"), "{why}");
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_of_unknown_size_into_room_for_ten_end_with_ten_on_sqlite() {
    fifty_of_unknown_size_into_room_for_ten(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_of_unknown_size_into_room_for_ten_end_with_ten_on_postgres() {
    fifty_of_unknown_size_into_room_for_ten(Backend::Postgres).await;
}

async fn a_run_meets_a_file_of_unknown_size(backend: Backend) {
    let rogue = Rogue::start().await;
    let place = rogue.allowance().parse().unwrap();
    let Some(app) = App::with(backend, |config| config.egress_allow.push(place)).await else { return };
    let ada = app.sign_up("ada").await;
    ada.put("/api/v1/preferences", json!({ "approval": { "file_mb": 1, "run_mb": 500 } })).await.ok();
    rogue.on("/0.mp3", |_| proper(&sound("silent", 1_500_000)));
    silent(&app, &ada, &rogue, 1).await;
    let run = ada.start_run(1).await;
    let over = ada.until_run(run, "completed").await;
    assert_eq!((&over["summary"]["queued"], &over["summary"]["failed"]), (&json!(1), &json!(1)), "{over}");
    let failed = ada.all("/api/v1/downloads").await.remove(0);
    let why = failed["error"].as_str().unwrap();
    assert!(why.contains("of unknown size and turned out to be 1.5 MB"), "{why}");
    ada.post(&format!("/api/v1/downloads/{}/retry", failed["id"]), json!({})).await.ok();
    ada.until_download(failed["id"].as_i64().unwrap(), "ready").await;
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_stopped_at_a_file_its_owner_wants_to_be_asked_about_on_sqlite() {
    a_run_meets_a_file_of_unknown_size(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_stopped_at_a_file_its_owner_wants_to_be_asked_about_on_postgres() {
    a_run_meets_a_file_of_unknown_size(Backend::Postgres).await;
}
