//! Pinning and eviction, over REST and on pages.

use crate::harness::App;
use crate::origin::{Manner, sound};
use both_databases::both_databases;
use serde_json::json;

/// A feed with one episode that announces this size. Its file never answers.
fn announce(origin: &crate::origin::Origin, name: &str, bytes: usize) -> String {
    let media = origin.put(&format!("/{name}.mp3"), "audio/mpeg", sound(name, 20_000), Manner::NeverAnswers);
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>{name}</title><item><guid>{name}</guid><title>{name}</title>\
         <enclosure url=\"{media}\" length=\"{bytes}\" type=\"audio/mpeg\"/></item></channel></rss>"
    );
    origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper)
}

#[both_databases]
async fn a_download_makes_room_for_a_large_one_unless_it_is_pinned(app: &App) {
    let ada = app.sign_up("ada").await;
    ada.put("/api/v1/preferences", json!({ "max_storage_mb": 100 })).await.ok();
    let (feed, _) = app.origin.podcast("small", 300_000, Manner::Proper);
    let small = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    ada.until_download(small, "ready").await;
    let large = ada.item_of(ada.follow(&announce(&app.origin, "large", 99_900_000)).await).await;

    assert_eq!(ada.post(&format!("/api/v1/downloads/{small}/pin"), json!({})).await.ok()["pinned"], true);
    let refused = ada.post("/api/v1/downloads", json!({ "item_id": large["id"] })).await;
    assert_eq!(refused.code(), "conflict");
    assert!(refused.json()["detail"].as_str().unwrap().contains("300 kB are pinned"), "{}", refused.text());

    assert_eq!(ada.post(&format!("/api/v1/downloads/{small}/unpin"), json!({})).await.ok()["pinned"], false);
    assert!(ada.all("/api/v1/downloads/evictions").await.is_empty());
    ada.queue(&large).await;
    assert_eq!(ada.download(small).await["status"], "expired");
    assert_eq!(ada.get(&format!("/api/v1/downloads/{small}/file")).await.status, 409);
    let gone = ada.all("/api/v1/downloads/evictions").await;
    assert_eq!(
        (gone.len(), &gone[0]["download_id"], &gone[0]["bytes"], &gone[0]["reason"]),
        (1, &json!(small), &json!(300_000), &json!("not played, oldest, 300 kB"))
    );
}

#[both_databases]
async fn reading_a_file_is_a_use_and_playing_it_is_remembered(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("used", 20_000, Manner::Proper);
    let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    let ready = ada.until_download(id, "ready").await;
    assert_eq!((&ready["last_used_at"], &ready["played_at"]), (&ready["ready_at"], &json!(null)));
    let played = ada.post(&format!("/api/v1/downloads/{id}/played"), json!({})).await.ok();
    assert!(played["played_at"].is_string() && played["last_used_at"] == played["played_at"], "{played}");
}

#[both_databases]
async fn nobody_pins_or_sees_what_is_not_theirs(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("hers", 20_000, Manner::Proper);
    let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    for verb in ["pin", "unpin", "played"] {
        assert_eq!(eve.post(&format!("/api/v1/downloads/{id}/{verb}"), json!({})).await.status, 404);
        assert_eq!(
            app.stranger().post(&format!("/api/v1/downloads/{id}/{verb}"), json!({})).await.status,
            401
        );
    }
    assert_eq!(app.stranger().get("/api/v1/downloads/evictions").await.status, 401);
}

async fn a_full_disk(backend: smartcache::testing::Backend) {
    let full = |config: &mut smartcache::engine::Config| config.min_free_mb = u64::MAX;
    let Some(app) = crate::harness::App::with(backend, full).await else { return };
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("late", 20_000, Manner::Proper);
    let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    let held = crate::harness::until("the download is held back", async || {
        Some(ada.download(id).await).filter(|download| download["error"].is_string())
    })
    .await;
    assert!(held["error"].as_str().unwrap().contains("storage is full"), "{held}");
    assert_eq!((&held["status"], app.origin.asked("/late.mp3")), (&json!("queued"), 0));
    assert_eq!(app.stranger().get("/health").await.status, 200);
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_fetched_and_the_site_works_on_sqlite() {
    a_full_disk(smartcache::testing::Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_fetched_and_the_site_works_on_postgres() {
    a_full_disk(smartcache::testing::Backend::Postgres).await;
}
