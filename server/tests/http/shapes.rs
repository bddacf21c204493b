//! Shapes of REST answers and live frames, as snapshots (`snapshots/`): the names and types that clients rely on, the
//! same on both databases. A changed shape is a changed contract; accept it with `INSTA_UPDATE=always`.

use both_databases::both_databases;
use serde_json::{Map, Value, json};
use smartcache::db::{accounts, events};

use crate::harness::{App, Person};
use crate::origin::Manner;

/// Replaces each value by the name of its type. A list has the merged shape of its entries.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("boolean"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(all) => all.iter().map(shape).reduce(merged).map_or(json!([]), |one| json!([one])),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
    }
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            for (name, value) in other {
                let known = one.remove(&name);
                one.insert(name, known.map_or(value.clone(), |known| merged(known, value)));
            }
            Value::Object(one)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.into_iter().chain(other).reduce(merged).map_or(json!([]), |one| json!([one]))
        }
        (one, other) if one == other => one,
        (Value::String(one), Value::String(other)) => {
            let mut types: Vec<_> = one.split(" | ").chain(other.split(" | ")).collect();
            types.sort_unstable();
            types.dedup();
            json!(types.join(" | "))
        }
        // A value that is an object in one entry and absent in another.
        (one, other) => {
            if one.is_string() {
                other
            } else {
                one
            }
        }
    }
}

/// Shapes of the answers at these paths.
async fn shapes(person: &Person, paths: &[(&str, String)]) -> Value {
    let mut all = Map::new();
    for (name, path) in paths {
        all.insert((*name).to_owned(), shape(&person.get(path).await.ok()));
    }
    Value::Object(all)
}

/// Shapes of a user's stored live frames, by the kind of frame.
async fn frames(app: &App, name: &str) -> Value {
    let owner = accounts::by_name(&app.engine.db, name).await.unwrap().unwrap().user.id;
    let mut all = Map::new();
    for frame in events::after(&app.engine.db, owner, 0, 10_000).await.unwrap() {
        let frame = serde_json::to_value(frame).unwrap();
        let kind = frame["type"].as_str().unwrap_or("unnamed").to_owned();
        let known = all.remove(&kind);
        let shape = shape(&frame);
        all.insert(kind, known.map_or(shape.clone(), |known| merged(known, shape)));
    }
    Value::Object(all)
}

#[both_databases]
async fn answers_have_the_shapes_that_clients_know(app: &App) {
    let ada = app.sign_up("ada").await;
    ada.put("/api/v1/preferences", json!({ "approval": { "file_mb": 1, "run_mb": 500 } })).await.ok();
    // Twelve hours ahead: near enough to be planned for, and too far to raise downloads.
    let clock =
        |minutes| (chrono::Utc::now() + chrono::TimeDelta::minutes(minutes)).format("%H:%M").to_string();
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let window = json!({ "label": "To work", "start": clock(720), "end": clock(760), "days": days });
    ada.post("/api/v1/commute-windows", window).await;
    let collection = ada.post("/api/v1/collections", json!({ "name": "Trip" })).await.json()["id"].clone();
    let (small, _) = app.origin.podcast("small", 2_000, Manner::Proper);
    let source = ada.follow(&small).await;
    let item = ada.item_of(source).await["id"].clone();
    let run = ada.post("/api/v1/runs", json!({ "collection_id": collection, "max_items": 1 })).await.json();
    let run = run["id"].as_i64().unwrap();
    ada.until_run(run, "completed").await;
    let up = json!({ "verdict": "up" });
    ada.put(&format!("/api/v1/items/{item}/rating"), up.clone()).await.ok();
    ada.put(&format!("/api/v1/runs/{run}/agents/discovery/rating"), up).await.ok();
    let (grand, _) = app.origin.podcast("grand", 1_500_000, Manner::Proper);
    ada.follow(&grand).await;
    let waiting = ada.start_run(1).await;
    ada.until_run(waiting, "waiting_approval").await;
    let download = ada.all("/api/v1/downloads").await[0]["id"].clone();
    let position = format!("/api/v1/items/{item}/position");
    for (seconds, device, rev) in [(600, "phone", 0), (60, "laptop", 0)] {
        let new = json!({ "seconds": seconds, "device": device, "rev": rev });
        ada.put(&position, new).await.ok();
    }
    ada.put("/api/v1/queue", json!({ "item_ids": [item] })).await.ok();
    ada.post("/api/v1/shares", json!({ "item_id": item })).await.ok();
    let hook = json!({ "kind": "webhook", "target": "https://example.org/hook" });
    let hook = ada.post("/api/v1/notifications/channels", hook).await.ok();
    insta::assert_json_snapshot!("added_channel", shape(&hook));
    let made = crate::api_keys::make(&ada, &["read"]).await;
    insta::assert_json_snapshot!("made_api_key", shape(&made));
    let device = ada.post("/api/v1/devices", json!({ "name": "Phone", "platform": "Android" })).await.json();
    let device = format!("/api/v1/devices/{}", device["id"]);
    ada.post(&format!("{device}/copies"), json!({ "download_id": download })).await.ok();
    let contact = json!({
        "boot": "one", "rev": 1, "sent_at": "2026-11-21T06:00:00Z", "copies": [], "build": "1f",
        "storage": { "used": 4_096, "persisted": true }
    });
    let contact = ada.post(&format!("{device}/contact"), contact).await.ok();
    insta::assert_json_snapshot!("contact", shape(&contact));
    let answers = shapes(
        &ada,
        &[
            ("me", "/api/v1/auth/me".into()),
            ("account", "/api/v1/account".into()),
            ("sessions", "/api/v1/sessions".into()),
            ("api_keys", "/api/v1/api-keys".into()),
            ("preferences", "/api/v1/preferences".into()),
            ("commute_windows", "/api/v1/commute-windows".into()),
            ("plans", format!("/api/v1/plans?device_id={}", device.rsplit('/').next().unwrap_or_default())),
            ("sources", format!("/api/v1/sources/{source}")),
            ("source_health", format!("/api/v1/sources/{source}/standing")),
            ("subscriptions", "/api/v1/subscriptions".into()),
            ("items", "/api/v1/items".into()),
            ("item", format!("/api/v1/items/{item}")),
            ("found", "/api/v1/items?q=small".into()),
            ("run", format!("/api/v1/runs/{run}")),
            ("runs", "/api/v1/runs".into()),
            ("messages", format!("/api/v1/runs/{run}/messages?limit=100")),
            ("artifacts", format!("/api/v1/runs/{run}/artifacts")),
            ("run_downloads", format!("/api/v1/runs/{run}/downloads")),
            ("agents", "/api/v1/agents".into()),
            ("agent_versions", "/api/v1/agents/discovery/versions".into()),
            ("collections", "/api/v1/collections".into()),
            ("approvals", "/api/v1/approvals".into()),
            ("download", format!("/api/v1/downloads/{download}")),
            ("evictions", "/api/v1/downloads/evictions".into()),
            ("history", "/api/v1/analytics/downloads".into()),
            ("position", position),
            ("play_queue", "/api/v1/queue".into()),
            ("continue", "/api/v1/playback/continue".into()),
            ("speed", format!("/api/v1/sources/{source}/speed")),
            ("listening", "/api/v1/analytics/listening".into()),
            ("notifications", "/api/v1/notifications".into()),
            ("channels", "/api/v1/notifications/channels".into()),
            ("channel_support", "/api/v1/notifications/channels/key".into()),
            ("shares", "/api/v1/shares".into()),
            ("devices", "/api/v1/devices".into()),
            ("copies", format!("{device}/copies")),
            ("tasks", "/api/v1/tasks".into()),
        ],
    )
    .await;
    insta::assert_json_snapshot!("answers", answers);
    insta::assert_json_snapshot!("frames", frames(app, "ada").await);
    let wrong = ada.post("/api/v1/runs", json!({ "max_items": 99 })).await;
    insta::assert_json_snapshot!("problem", wrong.json());
    ada.post(&format!("/api/v1/runs/{waiting}/cancel"), json!({})).await.ok();
    ada.until_run(waiting, "cancelled").await;
}
