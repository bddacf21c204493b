//! Collections: projects of a user, their runs, and the artifacts of those.

use crate::harness::App;
use crate::origin::Manner;
use both_databases::both_databases;
use serde_json::json;

const COLLECTIONS: &str = "/api/v1/collections";

#[both_databases]
async fn a_collection_is_added_changed_and_deleted(app: &App) {
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.get(COLLECTIONS).await.ok(), json!({ "data": [], "next_cursor": null }));
    let added = ada.post(COLLECTIONS, json!({ "name": "  Trip to the sea ", "notes": "By train." })).await;
    let made = added.json();
    assert_eq!((added.status, &made["name"], &made["runs"]), (201, &json!("Trip to the sea"), &json!(0)));
    let path = format!("{COLLECTIONS}/{}", made["id"]);
    let changed = ada.patch(&path, json!({ "notes": "By night train." })).await.ok();
    assert_eq!((&changed["name"], &changed["notes"]), (&made["name"], &json!("By night train.")));
    assert_eq!(ada.get(&path).await.ok(), changed);
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!((ada.get(&path).await.status, ada.delete(&path).await.status), (404, 404));
}

#[both_databases]
async fn every_wrong_field_of_a_collection_is_named(app: &App) {
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.post(COLLECTIONS, json!({})).await.fields(), ["name"]);
    let long = json!({ "name": "x".repeat(81), "notes": "x".repeat(1_001) });
    assert_eq!(ada.post(COLLECTIONS, long).await.fields(), ["name", "notes"]);
    assert_eq!(ada.post(COLLECTIONS, json!({ "name": "Trip", "user_id": 1 })).await.status, 422);
    assert_eq!(ada.post("/api/v1/runs", json!({ "collection_id": 99 })).await.fields(), ["collection_id"]);
    assert!(ada.all(COLLECTIONS).await.is_empty());
}

#[both_databases]
async fn a_collection_lists_its_runs_and_what_they_kept(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("trains", 2_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    ada.refresh(source).await;
    let id = ada.post(COLLECTIONS, json!({ "name": "Trip" })).await.json()["id"].clone();
    let run = ada.post("/api/v1/runs", json!({ "collection_id": id, "max_items": 1 })).await.json();
    let done = ada.until_run(run["id"].as_i64().unwrap(), "completed").await;
    assert_eq!((&done["status"], &done["collection_id"]), (&json!("completed"), &id));
    let runs = ada.all(&format!("/api/v1/runs?collection_id={id}")).await;
    assert_eq!(runs.len(), 1);
    let kept = ada.all(&format!("{COLLECTIONS}/{id}/artifacts")).await;
    let kinds: Vec<_> = kept.iter().map(|artifact| artifact["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["results", "summaries", "picks", "candidates"]);
    let picks = ada.all(&format!("{COLLECTIONS}/{id}/artifacts?kind=picks")).await;
    assert_eq!((picks.len(), &picks[0]["run_id"]), (1, &run["id"]));
    assert_eq!(ada.all(&format!("/api/v1/runs/{}/artifacts", run["id"])).await.len(), 4);
    assert!(ada.all(&format!("/api/v1/approvals?collection_id={id}")).await.is_empty());
    let eve = app.sign_up("eve").await;
    assert_eq!(eve.get(&format!("{COLLECTIONS}/{id}/artifacts")).await.status, 404);
}
