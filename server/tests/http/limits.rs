//! Limits: refusals of a user's requests, with the reason.

use both_databases::both_databases;
use serde_json::json;
use smartcache::testing::Backend;

use crate::harness::App;
use crate::origin::{Entry, Manner};

#[both_databases]
async fn the_daily_limit_is_told_where_it_is_reached(app: &App) {
    let ada = app.sign_up("ada").await;
    ada.put("/api/v1/preferences", json!({ "max_daily_items": 1 })).await.ok();
    let entry = |path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() };
    for path in ["/one.mp3", "/two.mp3"] {
        app.origin.sound(path, 20_000, Manner::Proper);
    }
    let source =
        ada.follow(&app.origin.feed("/two.xml", "Two", &[entry("/one.mp3"), entry("/two.mp3")])).await;
    let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
    let first = ada.queue(&items[0]).await;
    let refused = ada.post("/api/v1/downloads", json!({ "item_id": items[1]["id"] })).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict".into()));
    assert!(
        refused.json()["detail"].as_str().unwrap().contains("limit of 1 items a day"),
        "{}",
        refused.text()
    );
    ada.until_download(first, "ready").await;
}

#[both_databases]
async fn limits_hold_when_many_ask_at_once(app: &App) {
    let ada = app.sign_up("ada").await;
    ada.put("/api/v1/preferences", json!({ "max_daily_items": 2 })).await.ok();
    let paths: Vec<_> = (0..8).map(|n| format!("/{n}.mp3")).collect();
    let entries: Vec<_> = paths
        .iter()
        .map(|path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() })
        .collect();
    paths.iter().for_each(|path| drop(app.origin.sound(path, 20_000, Manner::Proper)));
    let source = ada.follow(&app.origin.feed("/eight.xml", "Eight", &entries)).await;
    let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
    let asking = items.iter().map(|item| ada.post("/api/v1/downloads", json!({ "item_id": item["id"] })));
    let statuses: Vec<_> = futures::future::join_all(asking).await.iter().map(|reply| reply.status).collect();
    assert_eq!(
        (statuses.iter().filter(|s| **s == 201).count(), statuses.iter().filter(|s| **s == 409).count()),
        (2, 6),
        "{statuses:?}"
    );
}

#[both_databases]
async fn what_may_not_be_copied_is_not_queued(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("closed", 20_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    ada.patch(&format!("/api/v1/sources/{source}"), json!({ "policy": "metadata_only" })).await.ok();
    let item = ada.item_of(source).await;
    assert_eq!(item["availability"], "metadata_only");
    let refused = ada.post("/api/v1/downloads", json!({ "item_id": item["id"] })).await;
    assert_eq!((refused.code(), app.origin.asked("/closed.mp3")), ("conflict".into(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_the_servers_owner_does_not_keep_are_refused_by_their_name() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let change = |config: &mut smartcache::engine::Config| {
            config.types.blocked = vec!["podcast:audio/mpeg".parse().unwrap()];
        };
        let Some(app) = App::with(backend, change).await else { continue };
        let ada = app.sign_up("ada").await;
        let (feed, _) = app.origin.podcast("blocked", 20_000, Manner::Proper);
        let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
        let failed = ada.until_download(id, "failed").await;
        let why = failed["error"].as_str().unwrap();
        assert!(why.contains("audio/mpeg") && why.contains("podcast"), "{why}");
        assert_eq!(app.origin.asked("/blocked.mp3"), 1, "and once is enough");
        app.clear().await;
    }
}
