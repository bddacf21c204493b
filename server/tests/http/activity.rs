//! Notifications and tasks, over REST and on their pages.

use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::{App, Person};
use crate::origin::Manner;

async fn titles(person: &Person, query: &str) -> Vec<String> {
    let all = person.all(&format!("/api/v1/notifications{query}")).await;
    all.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
}

#[both_databases]
async fn a_run_leaves_one_notification_that_leads_to_it(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("night", 2_000, Manner::Proper);
    ada.follow(&feed).await;
    let run = ada.start_run(1).await;
    ada.until_run(run, "completed").await;
    let all = ada.all("/api/v1/notifications?unread=true").await;
    assert_eq!((all.len(), &all[0]["kind"]), (1, &json!("run_ended")), "{all:?}");
    assert_eq!((&all[0]["link"], &all[0]["read_at"]), (&json!(format!("/runs/{run}")), &Value::Null));
    assert!(ada.get(all[0]["link"].as_str().unwrap()).await.status == 200);
    assert!(eve.all("/api/v1/notifications").await.is_empty());
    let id = &all[0]["id"];
    let read = format!("/api/v1/notifications/{id}/read");
    assert_eq!(eve.post(&read, json!({})).await.status, 404);
    let first = ada.post(&read, json!({})).await.ok();
    assert!(first["read_at"].is_string());
    assert_eq!(ada.post(&read, json!({})).await.ok(), first, "it is idempotent");
    assert!(titles(&ada, "?unread=true").await.is_empty() && titles(&ada, "?unread=false").await.len() == 1);
}

#[both_databases]
async fn all_are_marked_as_read_at_once_and_lists_have_pages(app: &App) {
    let ada = app.sign_up("ada").await;
    let (good, _) = app.origin.podcast("good", 2_000, Manner::Proper);
    let ready = ada.queue(&ada.item_of(ada.follow(&good).await).await).await;
    ada.until_download(ready, "ready").await;
    let (bad, _) = app.origin.podcast("bad", 2_000, Manner::Fails(404));
    let failed = ada.queue(&ada.item_of(ada.follow(&bad).await).await).await;
    ada.until_download(failed, "failed").await;
    let first = ada.get("/api/v1/notifications?limit=1").await.ok();
    assert!(first["data"][0]["title"].as_str().unwrap().starts_with("Failed to load: "), "{first}");
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/api/v1/notifications?limit=1&cursor={cursor}")).await.ok();
    assert!(second["data"][0]["title"].as_str().unwrap().starts_with("Ready: "), "{second}");
    let page = ada.get("/notifications").await.text();
    assert!(page.contains("Mark all as read") && page.contains("Failed to load: "));
    assert_eq!(ada.post("/api/v1/notifications/read", json!({})).await.ok(), json!({ "changed": 2 }));
    assert_eq!(ada.post("/api/v1/notifications/read", json!({})).await.ok(), json!({ "changed": 0 }));
    for (query, field) in [("?unread=maybe", "unread"), ("?read=true", "read"), ("?limit=0", "limit")] {
        let fields = ada.get(&format!("/api/v1/notifications{query}")).await.fields();
        assert_eq!(fields, [field], "{query}");
    }
}

#[both_databases]
async fn tasks_are_the_users_own_and_end(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("slow", 30_000, Manner::Slow(6_000));
    let item = ada.item_of(ada.follow(&feed).await).await;
    let download = ada.queue(&item).await;
    ada.until_download(download, "downloading").await;
    let running = ada.all("/api/v1/tasks?status=running").await;
    assert_eq!(
        (running.len(), &running[0]["id"], &running[0]["kind"], &running[0]["item_id"]),
        (1, &json!(download), &json!("download"), &item["id"])
    );
    assert!(ada.get("/tasks").await.text().contains("Under way"));
    assert!(eve.all("/api/v1/tasks").await.is_empty());
    ada.until_download(download, "ready").await;
    let ended = ada.all("/api/v1/tasks?kind=download&status=completed").await;
    assert_eq!((ended.len(), &ended[0]["progress"]), (1, &json!(1.0)));
    assert!(ended[0]["ended_at"].is_string());
    assert_eq!(ada.get("/api/v1/tasks?status=done").await.fields(), ["status"]);
}

#[both_databases]
async fn the_history_shows_what_was_listened_to(app: &App) {
    let ada = app.sign_up("ada").await;
    assert!(ada.get("/history").await.text().contains("Nothing listened to in these days"));
    let (feed, _) = app.origin.podcast("heard", 30_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    let path = format!("/api/v1/items/{}/position", item["id"]);
    for (at, seconds) in [("2026-01-01T08:00:00Z", 0), ("2026-01-01T08:01:00Z", 60)] {
        ada.put(&path, json!({ "seconds": seconds, "at": at })).await.ok();
    }
    let report = ada.get("/api/v1/analytics/listening?days=365").await.ok();
    assert_eq!(report["picks"], json!({ "ready": 0, "played": 0, "ignored": 0 }));
}
