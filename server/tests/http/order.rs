//! The order of downloads; and pause, resume, cancel and retry of all at once.

use both_databases::both_databases;
use std::time::Duration;

use serde_json::{Value, json};
use smartcache::db::sql;
use smartcache::testing::Backend;

use crate::harness::{App, Person, until};
use crate::origin::{Entry, Manner};

/// Items of a new feed, each with its own sound.
async fn items(app: &App, person: &Person, name: &str, count: usize, manner: Manner) -> Vec<Value> {
    let paths: Vec<_> = (0..count).map(|n| format!("/{name}{n}.mp3")).collect();
    for path in &paths {
        app.origin.sound(path, 20_000, manner.clone());
    }
    let entry = |path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() };
    let entries: Vec<_> = paths.iter().map(|path| entry(path.as_str())).collect();
    let source = person.follow(&app.origin.feed(&format!("/{name}.xml"), name, &entries)).await;
    let mut items = person.all(&format!("/api/v1/items?source_id={source}")).await;
    assert_eq!(items.len(), count);
    items.sort_by_key(|item| item["id"].as_i64());
    items
}

async fn all(person: &Person, verb: &str) -> Value {
    person.post(&format!("/api/v1/downloads/{verb}"), json!({})).await.ok()
}

/// Number of a user's downloads in each of these states.
async fn counted<const N: usize>(person: &Person, states: [&str; N]) -> [usize; N] {
    let downloads = person.all("/api/v1/downloads").await;
    states.map(|state| downloads.iter().filter(|download| download["status"] == state).count())
}

#[both_databases]
async fn a_priority_is_a_whole_number_from_minus_ten_to_ten(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let item = &items(app, &ada, "one", 1, Manner::NeverAnswers).await[0];
    let id = ada.queue(item).await;
    let path = format!("/api/v1/downloads/{id}");
    assert_eq!(ada.download(id).await["priority"], 0);
    for priority in [-10, 10, 3] {
        assert_eq!(ada.patch(&path, json!({ "priority": priority })).await.ok()["priority"], priority);
    }
    for wrong in [
        json!({ "priority": 11 }),
        json!({ "priority": -11 }),
        json!({ "priority": 1.5 }),
        json!({ "priority": "high" }),
        json!({}),
    ] {
        assert_eq!(ada.patch(&path, wrong.clone()).await.fields(), ["priority"], "{wrong}");
    }
    assert_eq!(eve.patch(&path, json!({ "priority": 1 })).await.code(), "not_found");
    assert_eq!(app.stranger().patch(&path, json!({ "priority": 1 })).await.status, 401);
    assert_eq!(ada.download(id).await["priority"], 3);
}

#[both_databases]
async fn all_at_once_is_for_who_is_signed_in_and_does_nothing_where_there_is_nothing(app: &App) {
    let ada = app.sign_up("ada").await;
    for verb in ["pause", "resume", "cancel"] {
        assert_eq!(app.stranger().post(&format!("/api/v1/downloads/{verb}"), json!({})).await.status, 401);
        assert_eq!(all(&ada, verb).await, json!({ "changed": 0 }));
    }
    assert_eq!(all(&ada, "retry").await, json!({ "changed": 0, "refused": 0, "reason": null }));
    assert_eq!(ada.get("/api/v1/downloads/pause").await.status, 405);
}

#[both_databases]
async fn a_hundred_are_paused_while_some_of_them_move_and_nobody_elses(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    ada.put("/api/v1/preferences", json!({ "max_daily_items": 50 })).await.ok();
    let hundred = items(app, &ada, "many", 100, Manner::Slow(100)).await;
    for item in &hundred[..50] {
        ada.queue(item).await;
    }
    // The limit is fifty a day, so the first fifty move to another day.
    let yesterday = "UPDATE download SET created_at = '2020-01-01T00:00:00+00:00'";
    sql::execute(&app.engine.db, yesterday, Vec::new()).await.unwrap();
    for item in &hundred[50..] {
        ada.queue(item).await;
    }
    bob.follow(&app.origin.url("/many.xml")).await;
    let his = bob.queue(&hundred[99]).await;
    let own = bob.queue(&items(app, &bob, "own", 1, Manner::Proper).await[0]).await;
    until("some are moving", async || (counted(&ada, ["downloading"]).await[0] > 2).then_some(())).await;
    assert_eq!(all(&ada, "pause").await, json!({ "changed": 100 }));
    assert_eq!(counted(&ada, ["paused"]).await, [100]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(counted(&ada, ["paused"]).await, [100]);
    bob.until_download(his, "downloading").await;
    // The download may have to wait for a lane.
    assert!(
        ["queued", "downloading", "verifying", "ready"]
            .contains(&bob.download(own).await["status"].as_str().unwrap())
    );
    bob.post(&format!("/api/v1/downloads/{own}/cancel"), json!({})).await;
    assert_eq!(all(&bob, "cancel").await, json!({ "changed": 1 }));
    assert_eq!(counted(&ada, ["paused"]).await, [100]);
    assert_eq!(all(&ada, "resume").await, json!({ "changed": 100 }));
    until("some are moving again", async || (counted(&ada, ["downloading"]).await[0] > 2).then_some(()))
        .await;
    assert_eq!(all(&ada, "cancel").await, json!({ "changed": 100 }));
    assert_eq!(counted(&ada, ["cancelled"]).await, [100]);
    assert_eq!(counted(&bob, ["queued", "downloading", "paused", "failed"]).await, [0; 4]);
}

#[both_databases]
async fn what_failed_is_tried_again_and_a_limit_says_why_not(app: &App) {
    let ada = app.sign_up("ada").await;
    let lost = items(app, &ada, "lost", 3, Manner::Fails(404)).await;
    let mut ids = Vec::new();
    for item in &lost {
        ids.push(ada.queue(item).await);
    }
    for id in &ids {
        ada.until_download(*id, "failed").await;
    }
    let cancelled = ada.queue(&items(app, &ada, "never", 1, Manner::NeverAnswers).await[0]).await;
    ada.post(&format!("/api/v1/downloads/{cancelled}/cancel"), json!({})).await.ok();
    for n in 0..3 {
        app.origin.sound(&format!("/lost{n}.mp3"), 20_000, Manner::Proper);
    }
    ada.put("/api/v1/preferences", json!({ "max_daily_items": 2 })).await.ok();
    let came = all(&ada, "retry").await;
    assert_eq!((&came["changed"], &came["refused"]), (&json!(2), &json!(1)));
    assert!(came["reason"].as_str().unwrap().contains("limit of 2 items a day"), "{came}");
    for id in &ids[..2] {
        ada.until_download(*id, "ready").await;
    }
    assert_eq!(counted(&ada, ["ready", "failed", "cancelled"]).await, [2, 1, 1]);
}

/// Uses a single transfer, so that the order of becoming ready is the order of claims.
async fn priority_decides(backend: Backend) {
    let Some(app) = App::with(backend, |config| config.transfers = 1).await else { return };
    let ada = app.sign_up("ada").await;
    let busy = ada.queue(&items(&app, &ada, "busy", 1, Manner::Slow(1_000)).await[0]).await;
    ada.until_download(busy, "downloading").await;
    let mut ids = Vec::new();
    for item in items(&app, &ada, "next", 3, Manner::Proper).await {
        ids.push(ada.queue(&item).await);
    }
    ada.patch(&format!("/api/v1/downloads/{}", ids[0]), json!({ "priority": -10 })).await.ok();
    ada.patch(&format!("/api/v1/downloads/{}", ids[2]), json!({ "priority": 10 })).await.ok();
    let mut ready = Vec::new();
    for id in &ids {
        ready.push((ada.until_download(*id, "ready").await["ready_at"].as_str().unwrap().to_owned(), *id));
    }
    ready.sort();
    assert_eq!(ready.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), [ids[2], ids[1], ids[0]]);
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_lane_the_priority_decides_who_goes_first_on_sqlite() {
    priority_decides(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_lane_the_priority_decides_who_goes_first_on_postgres() {
    priority_decides(Backend::Postgres).await;
}
