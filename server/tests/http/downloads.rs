//! Downloads: arrival, failure, and the limits of requests.

use crate::harness::App;
use crate::origin::{Entry, Manner, sha256, sound};
use both_databases::both_databases;
use serde_json::json;
use smartcache::db::sql;

#[both_databases]
async fn two_people_want_the_same_bytes_and_the_origin_is_asked_once(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let (feed, sound) = app.origin.podcast("shared", 300_000, Manner::Slow(30_000));
    let item = ada.item_of(ada.follow(&feed).await).await;
    bob.follow(&feed).await;
    let (first, second) = tokio::join!(ada.queue(&item), bob.queue(&item));
    let (first, second) =
        tokio::join!(ada.until_download(first, "ready"), bob.until_download(second, "ready"));
    assert_eq!((&first["sha256"], &second["sha256"]), (&json!(sha256(&sound)), &json!(sha256(&sound))));
    assert_eq!(app.origin.asked("/shared.mp3"), 1);
    let late = app.sign_up("eve").await;
    late.follow(&feed).await;
    let late = late.until_download(late.queue(&item).await, "ready").await;
    assert_eq!((&late["provider"], app.origin.asked("/shared.mp3")), (&json!("cache"), 1));
}

#[both_databases]
async fn a_small_file_is_told_of_once_and_a_slow_one_from_its_beginning(app: &App) {
    let ada = app.sign_up("ada").await;
    for (name, manner, told) in
        [("quick", Manner::Proper, &[][..]), ("slow", Manner::Slow(6_000), &["task_update"][..])]
    {
        let (feed, _) = app.origin.podcast(name, 30_000, manner);
        let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
        let ready = ada.until_download(id, "ready").await;
        assert_eq!((&ready["attempts"], &ready["provider"]), (&json!(1), &json!("origin")));
        let kinds = "SELECT kind FROM event WHERE kind <> 'system' AND data LIKE $1 ORDER BY seq";
        let title = format!("%{}%", ready["title"].as_str().unwrap());
        let heard: Vec<String> = sql::values(&app.engine.db, kinds, vec![title.into()]).await.unwrap();
        let (begin, end) =
            (["download_queued", "task_update"], ["download_ready", "task_update", "notification"]);
        assert_eq!(heard, [&begin[..], told, &end[..]].concat(), "{name}");
    }
    let figures = ada.get("/api/v1/analytics/downloads").await.ok();
    assert_eq!(figures["totals"]["bytes_fetched"], 60_000, "{figures}");
}

#[both_databases]
async fn asking_twice_gives_the_same_download(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("same", 50_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    let (first, second) = tokio::join!(ada.queue(&item), ada.queue(&item));
    assert_eq!(first, second);
    ada.until_download(first, "ready").await;
    assert_eq!((ada.queue(&item).await, ada.all("/api/v1/downloads").await.len()), (first, 1));
}

#[both_databases]
async fn a_failed_download_says_why_and_a_retry_works(app: &App) {
    let ada = app.sign_up("ada").await;
    let page = app.origin.put("/wall.mp3", "audio/mpeg", "<!doctype html><p>Please pay", Manner::Proper);
    let entry = Entry { guid: Some("wall"), title: "wall", media: Some("/wall.mp3"), ..Entry::default() };
    let item = ada.item_of(ada.follow(&app.origin.feed("/wall.xml", "Wall", &[entry])).await).await;
    let id = ada.queue(&item).await;
    let failed = ada.until_download(id, "failed").await;
    assert!(failed["error"].as_str().unwrap().contains("web page"), "{failed} {page}");
    assert_eq!(failed["sha256"], json!(null));
    let sound = app.origin.sound("/wall.mp3", 50_000, Manner::Proper);
    ada.post(&format!("/api/v1/downloads/{id}/retry"), json!({})).await.ok();
    assert_eq!(ada.until_download(id, "ready").await["sha256"], sha256(&sound));
}

#[both_databases]
async fn bytes_that_are_not_what_they_should_be_are_not_kept(app: &App) {
    let ada = app.sign_up("ada").await;
    let origin = &app.origin;
    origin.sound("/large.mp3", 3_000_000, Manner::Proper);
    origin.put("/inward.mp3", "audio/mpeg", "", Manner::Redirects("http://127.0.0.2/x.mp3".into()));
    origin.put("/empty.mp3", "audio/mpeg", "", Manner::Proper);
    origin.put("/forbidden.mp3", "audio/mpeg", "", Manner::Fails(403));
    let cases = [
        ("/large.mp3", "larger than 2 MB"),
        ("/inward.mp3", "private network"),
        ("/empty.mp3", "empty"),
        ("/missing.mp3", "404"),
        ("/forbidden.mp3", "403"),
    ];
    let entries =
        cases.map(|(path, _)| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() });
    let source = ada.follow(&origin.feed("/bad.xml", "Bad", &entries)).await;
    for item in ada.all(&format!("/api/v1/items?source_id={source}")).await {
        let failed = ada.until_download(ada.queue(&item).await, "failed").await;
        let (path, reason) = cases.iter().find(|(path, _)| item["title"] == *path).unwrap();
        assert!(failed["error"].as_str().unwrap().contains(reason), "{path}: {failed}");
        let item = ada.get(&format!("/api/v1/items/{}", item["id"])).await.ok();
        assert_eq!(item["availability"], "unavailable");
    }
}

#[both_databases]
async fn a_connection_that_breaks_off_is_tried_again(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("torn", 100_000, Manner::BreaksOff);
    let item = ada.item_of(ada.follow(&feed).await).await;
    let id = ada.queue(&item).await;
    crate::harness::until("the first attempt failed", async || {
        let download = ada.download(id).await;
        (download["error"].is_string() && download["next_attempt_at"].is_string()).then_some(())
    })
    .await;
    let sound = app.origin.sound("/torn.mp3", 100_000, Manner::Proper);
    let ready = ada.until_download(id, "ready").await;
    assert_eq!((&ready["sha256"], &ready["error"]), (&json!(sha256(&sound)), &json!(null)));
    assert!(ready["attempts"].as_i64().unwrap() > 1);
}

#[both_databases]
async fn a_download_is_cancelled_and_taken_up_again(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, bytes) = app.origin.podcast("long", 600_000, Manner::Slow(10_000));
    let item = ada.item_of(ada.follow(&feed).await).await;
    let id = ada.queue(&item).await;
    ada.until_download(id, "downloading").await;
    assert_eq!(
        ada.post(&format!("/api/v1/downloads/{id}/cancel"), json!({})).await.ok()["status"],
        "cancelled"
    );
    assert_eq!(ada.post(&format!("/api/v1/downloads/{id}/cancel"), json!({})).await.code(), "conflict");
    app.origin.sound("/long.mp3", 600_000, Manner::Proper);
    ada.post(&format!("/api/v1/downloads/{id}/retry"), json!({})).await.ok();
    assert_eq!(ada.until_download(id, "ready").await["sha256"], sha256(&bytes));
}

#[both_databases]
async fn whoever_cancels_just_as_the_transfer_begins_is_not_turned_away(app: &App) {
    let ada = app.sign_up("ada").await;
    let paths: Vec<_> = (0..8).map(|n| format!("/{n}.mp3")).collect();
    paths.iter().for_each(|path| drop(app.origin.sound(path, 500_000, Manner::Slow(5_000))));
    let entry = |path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() };
    let entries: Vec<_> = paths.iter().map(|path| entry(path.as_str())).collect();
    let source = ada.follow(&app.origin.feed("/eight.xml", "Eight", &entries)).await;
    for item in ada.all(&format!("/api/v1/items?source_id={source}")).await {
        let id = ada.queue(&item).await;
        let cancelled = ada.post(&format!("/api/v1/downloads/{id}/cancel"), json!({})).await.ok();
        assert_eq!(cancelled["status"], "cancelled");
    }
}

#[both_databases]
async fn a_download_is_paused_and_resumed(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, bytes) = app.origin.podcast("pause", 300_000, Manner::Slow(10_000));
    let item = ada.item_of(ada.follow(&feed).await).await;
    let id = ada.queue(&item).await;
    ada.until_download(id, "downloading").await;
    assert_eq!(ada.post(&format!("/api/v1/downloads/{id}/pause"), json!({})).await.ok()["status"], "paused");
    assert_eq!(ada.post(&format!("/api/v1/downloads/{id}/resume"), json!({})).await.ok()["status"], "queued");
    assert_eq!(ada.until_download(id, "ready").await["sha256"], sha256(&bytes));
    assert_eq!(ada.delete(&format!("/api/v1/downloads/{id}")).await.status, 204);
    assert_eq!(ada.get(&format!("/api/v1/downloads/{id}")).await.status, 404);
}

#[test]
fn test_sounds_differ() {
    assert_ne!(sound("/a.mp3", 1_000), sound("/b.mp3", 1_000));
}
