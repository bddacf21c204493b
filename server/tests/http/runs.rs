//! Runs: the complete main job over REST, and the rules for starting one.

use crate::harness::App;
use both_databases::both_databases;
use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, send, until};
use crate::origin::{Entry, Manner, sha256};

async fn demo(person: &Person) -> i64 {
    let sources = person.all("/api/v1/sources?q=demo&kind=podcast").await;
    sources[0]["id"].as_i64().unwrap()
}

fn agents(messages: &[Value]) -> HashSet<&str> {
    messages.iter().map(|message| message["agent"].as_str().unwrap()).collect()
}

#[both_databases]
async fn the_main_job_is_done_over_rest_alone(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = demo(&ada).await;
    ada.post("/api/v1/subscriptions", json!({ "source_id": source })).await.ok();
    ada.refresh(source).await;
    let run = ada.start_run(2).await;
    let over = ada.until_run(run, "completed").await;
    let messages = ada.all(&format!("/api/v1/runs/{run}/messages")).await;
    assert_eq!(agents(&messages), HashSet::from(["discovery", "download", "summarizer"]));
    assert!(messages.iter().all(|message| message["model"] == "builtin"));

    let downloads = ada.all("/api/v1/downloads").await;
    assert_eq!(downloads.len(), 2);
    assert!(downloads.iter().all(|d| d["status"] == "ready" && d["run_id"] == run), "{downloads:?}");
    let bytes: i64 = downloads.iter().map(|d| d["bytes_total"].as_i64().unwrap()).sum();
    let summary = &over["summary"];
    assert_eq!(
        (&summary["queued"], &summary["ready"], &summary["failed"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert_eq!(summary["bytes"], bytes);
    for download in &downloads {
        let item = ada.get(&format!("/api/v1/items/{}", download["item_id"])).await.ok();
        let media = item["enclosures"][0]["url"].as_str().unwrap().strip_prefix(&app.base).unwrap();
        let path = format!("/api/v1/downloads/{}/file", download["id"]);
        let (file, origin) = (ada.get(&path).await, ada.get(media).await);
        assert_eq!(sha256(&file.body), sha256(&origin.body));
        assert_eq!(download["sha256"], sha256(&origin.body));
        let part = send(ada.request(Method::GET, &path).header("range", "bytes=0-99")).await;
        assert_eq!((part.status, &part.body[..]), (206, &origin.body[..100]));
    }
    let stats = ada.get("/api/v1/auth/me").await.ok()["stats"].clone();
    assert_eq!(stats, json!({ "subscriptions": 1, "downloads": 2, "ready": 2, "bytes": bytes }));
}

#[both_databases]
async fn one_run_at_a_time_and_the_second_is_told_so(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("slow", 400_000, Manner::Slow(10_000));
    ada.follow(&feed).await;
    let run = ada.start_run(1).await;
    let refused = ada.post("/api/v1/runs", json!({ "max_items": 1 })).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict".into()));
    assert_eq!(app.sign_up("bob").await.post("/api/v1/runs", json!({})).await.status, 202);
    ada.until_run(run, "completed").await;
    ada.start_run(1).await;
}

#[both_databases]
async fn a_run_is_cancelled_with_what_it_was_fetching(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("slow", 900_000, Manner::Slow(5_000));
    ada.follow(&feed).await;
    let run = ada.start_run(1).await;
    crate::harness::until("it is fetching", async || {
        ada.all("/api/v1/downloads?status=downloading").await.first().map(|_| ())
    })
    .await;
    let cancelled = ada.post(&format!("/api/v1/runs/{run}/cancel"), json!({})).await.ok();
    assert_eq!((&cancelled["status"], cancelled["finished_at"].is_string()), (&json!("cancelled"), true));
    assert_eq!(ada.post(&format!("/api/v1/runs/{run}/cancel"), json!({})).await.ok(), cancelled);
    assert_eq!(ada.all("/api/v1/downloads?status=cancelled").await.len(), 1);
    let said = ada.all(&format!("/api/v1/runs/{run}/messages")).await.len();
    app.origin.podcast("slow", 900_000, Manner::Proper);
    let next = ada.start_run(1).await;
    ada.until_run(next, "completed").await;
    assert_eq!(ada.all(&format!("/api/v1/runs/{run}/messages")).await.len(), said);
}

#[both_databases]
async fn a_run_stands_still_while_it_is_paused_and_its_downloads_go_on(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("slow", 200_000, Manner::Slow(10_000));
    ada.follow(&feed).await;
    let run = ada.start_run(1).await;
    until("it is fetching", async || ada.all("/api/v1/downloads?status=downloading").await.pop()).await;
    let verb = async |verb: &str| ada.post(&format!("/api/v1/runs/{run}/{verb}"), json!({})).await;
    assert_eq!(verb("pause").await.ok()["status"], "paused");
    let said = async || ada.all(&format!("/api/v1/runs/{run}/messages")).await.len();
    let before = said().await;
    until("its download is ready", async || ada.all("/api/v1/downloads?status=ready").await.pop()).await;
    assert_eq!(said().await, before, "nobody has spoken");
    assert_eq!(ada.post("/api/v1/runs", json!({})).await.status, 409);

    assert_eq!(
        app.sign_up("bob").await.post(&format!("/api/v1/runs/{run}/resume"), json!({})).await.status,
        404
    );
    assert_eq!(verb("resume").await.ok()["status"], "running");
    let done = ada.until_run(run, "completed").await;
    assert_eq!(done["summary"]["ready"], 1);
    assert_eq!(verb("resume").await.status, 409);
}

#[both_databases]
async fn a_run_takes_1_to_20_items(app: &App) {
    let ada = app.sign_up("ada").await;
    for wrong in [0, 21, -3] {
        assert_eq!(ada.post("/api/v1/runs", json!({ "max_items": wrong })).await.fields(), ["max_items"]);
    }
    assert_eq!(ada.post("/api/v1/runs", json!({ "max_items": "many" })).await.fields(), ["max_items"]);
    assert_eq!(ada.post("/api/v1/runs", json!({ "goal": "x".repeat(501) })).await.fields(), ["goal"]);
    assert!(ada.all("/api/v1/runs").await.is_empty());
}

#[both_databases]
async fn a_run_with_nothing_to_find_says_so(app: &App) {
    let ada = app.sign_up("ada").await;
    let run = ada.start_run(5).await;
    let over = ada.until_run(run, "completed").await;
    assert_eq!(over["summary"], json!({ "queued": 0, "ready": 0, "failed": 0, "skipped": 0, "bytes": 0 }));
    assert!(!over["stop_reason"].as_str().unwrap().is_empty());
    assert!(ada.all("/api/v1/downloads").await.is_empty());
}

#[both_databases]
async fn a_run_counts_what_failed_and_goes_on(app: &App) {
    let ada = app.sign_up("ada").await;
    app.origin.sound("/good.mp3", 50_000, Manner::Proper);
    app.origin.put("/wall.mp3", "audio/mpeg", "<html>Pay", Manner::Proper);
    let entry = |path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() };
    ada.follow(&app.origin.feed("/mixed.xml", "Mixed", &[entry("/good.mp3"), entry("/wall.mp3")])).await;
    let run = ada.start_run(2).await;
    let summary = ada.until_run(run, "completed").await["summary"].clone();
    assert_eq!(
        (&summary["queued"], &summary["ready"], &summary["failed"]),
        (&json!(2), &json!(1), &json!(1))
    );
}

#[both_databases]
async fn runs_are_listed_newest_first_and_by_status(app: &App) {
    let ada = app.sign_up("ada").await;
    let first = ada.start_run(1).await;
    ada.until_run(first, "completed").await;
    let second = ada.start_run(1).await;
    ada.until_run(second, "completed").await;
    let runs = ada.all("/api/v1/runs?status=completed").await;
    assert_eq!(runs.iter().map(|run| run["id"].as_i64().unwrap()).collect::<Vec<_>>(), [second, first]);
    assert!(ada.all("/api/v1/runs?status=failed").await.is_empty());
}

#[both_databases]
async fn the_downloads_of_a_run_come_with_the_reasons_of_its_picks(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    ada.follow(&app.origin.podcast("trains", 9_000, Manner::Proper).0).await;
    let run = ada.start_run(1).await;
    ada.until_run(run, "completed").await;
    let path = format!("/api/v1/runs/{run}/downloads");
    let rows = ada.all(&path).await;
    assert_eq!((rows.len(), &rows[0]["status"], &rows[0]["run_id"]), (1, &json!("ready"), &json!(run)));
    let reason = rows[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with(char::is_uppercase), "{reason}");
    assert_eq!(eve.get(&path).await.status, 404);
    assert_eq!(eve.get("/api/v1/runs/999999/downloads").await.status, 404);
    assert_eq!(app.stranger().get(&path).await.status, 401);

    let page = ada.get(&format!("/runs/{run}")).await.text();
    for words in ["What it got", "1 candidate from 1 source", "1 download, 1 ready", "Show the conversation"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(eve.get(&format!("/runs/{run}")).await.status, 404);
    let list = ada.get("/runs").await.text();
    assert!(list.contains("1 item from your topics") && list.contains("1 ready"), "{list}");
    assert!(!eve.get("/runs").await.text().contains("1 item from your topics"));
}
